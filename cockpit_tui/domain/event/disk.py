"""What happens to the room on the disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskTidied:
    """The engine made room: nothing of it was work that is not kept elsewhere."""

    trash: int
    """Pieces of work in the trash of which every file is under a branch, too."""
    worktrees: int
    """Idle worktrees; the next task makes its own."""
    type: Literal["disk:tidied"] = "disk:tidied"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskShort:
    """A bound is passed, and only the person can throw away what is left."""

    text: str
    """Which bound, and what to do; one line."""
    type: Literal["disk:short"] = "disk:short"
