"""Effect classes: what kind of mark a step leaves on the world, and so how a restart repeats it."""

from __future__ import annotations

from enum import StrEnum


class EffectClass(StrEnum):
    READ = "read"
    """Leaves no mark: run again."""
    MODEL_CALL = "model_call"
    """A reply that was not stored is lost: ask once more, marked as reissued."""
    FILE_EDIT = "file_edit"
    """Hashes before and after stand in the intent: compare, then redo or accept."""
    SHELL = "shell"
    """Cannot be known: kill its group, reset the worktree to the last checkpoint, run again."""
    COMMIT = "commit"
    """Found by its `Step-Id` trailer."""
    REF_UPDATE = "ref_update"
    """Compare-and-swap: if the ref is new already, it is done."""
