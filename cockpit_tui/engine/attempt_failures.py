"""What ends one attempt at a task, and what of it leaves the rest of the job running."""

from __future__ import annotations

from collections.abc import Sequence

from cockpit_tui.agents.loop import LimitReached
from cockpit_tui.domain.errors import (
    CockpitError,
    GitError,
    ProviderError,
    RepositoryError,
    SpendingRefused,
    ToolError,
    UsageError,
    VerificationFailed,
)
from cockpit_tui.domain.task import Proof
from cockpit_tui.engine.verification import summarize


class AttemptFailed(CockpitError):
    """The attempt ended without a proven commit; the message is the reason."""


class WorktreeLost(CockpitError):
    """The attempt's worktree is gone, and with it what was not committed."""


TASK_FAILURES = (AttemptFailed, VerificationFailed, ProviderError, LimitReached, SpendingRefused,
                 ToolError, GitError, RepositoryError, UsageError, OSError)
"""What fails one attempt and leaves the job running; what passes by itself (`engine.passing`) is
none of them by then."""

MAX_LOST = 3
"""How often an attempt starts again because somebody removed its worktree."""


def unproven(failed: Sequence[Proof]) -> VerificationFailed:
    """What the first proof that failed says."""
    return VerificationFailed(f"{failed[0].command}: {summarize(failed[0])}")
