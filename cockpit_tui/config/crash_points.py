"""Named places where the process can be made to die, for the tests that prove it may.

`COCKPIT_CRASH_POINT=name` or `name:3` (its third time) kills the process there as `kill -9` would.
Read once; unset, a crash point is one comparison.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import Final

VARIABLE: Final = "COCKPIT_CRASH_POINT"

CRASH_POINTS: Final = (
    "queue/taken", "queue/started", "recovery/begun", "recovery/done",
    "worktree/added", "worktree/named", "ledger/before-commit", "ledger/committed",
    "step/model_call/intent", "step/model_call/effect", "step/model_call/done", "approval/asked",
    "edit/written", "step/file_edit/intent", "step/file_edit/effect", "step/file_edit/done",
    "checkpoint/written", "checkpoint/kept",
    "step/shell/intent", "step/shell/effect", "step/shell/done",
    "commit/written", "commit/moved", "step/commit/intent", "step/commit/effect",
    "step/commit/done", "lane/merged", "lane/proven", "lane/landed",
    "step/ref_update/intent", "step/ref_update/effect", "step/ref_update/done",
    "publish/transferred", "publish/moved",
)
"""Every name, in about the order in which a job meets them first."""

_armed = ""
_passes = 0


def arm(environment: Mapping[str, str] = os.environ) -> None:
    """Read the choice again: only for a process that was forked for a test."""
    global _armed, _passes
    name, _, count = environment.get(VARIABLE, "").partition(":")
    _armed, _passes = name, int(count or 1) - 1 if count.isdigit() or not count else 0


def crash_point(*name: str) -> None:
    """Die here if this is the chosen place; `name` is joined by slashes."""
    global _passes
    if not _armed or "/".join(name) != _armed:
        return
    if _passes > 0:
        _passes -= 1
        return
    os.kill(os.getpid(), signal.SIGKILL)


arm()
