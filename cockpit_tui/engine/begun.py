"""What an attempt is bound to, and where a rewind leaves its marks: what both have to know, without
the room for work that an attempt needs and a rewind does not."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit_tui.domain.ids import ExecutionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Fixed when an attempt begins."""

    execution_id: ExecutionId
    base: str
    worktree: str


def rewound_key(attempt_key: str) -> str:
    """Where a rewind leaves its intent: the commit that the worktree goes back to."""
    return f"{attempt_key}/rewound"


def undo_key(attempt_key: str) -> str:
    """Where a rewind keeps what it made the ledger forget, until the task goes on."""
    return f"{attempt_key}/undo-rewind"
