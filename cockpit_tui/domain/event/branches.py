"""What git kept, merged or refused; locks, and collisions seen before they happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCheckpointed:
    """The worktree as a step of an execution left it was kept."""

    ref: str
    commit: str
    step: int = 0
    """The model turn, counted from 1 within the execution."""
    files: int = 0
    """How many differ from the checkpoint before."""
    type: Literal["git:checkpointed"] = "git:checkpointed"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCommitted:
    commit: str
    subject: str
    files: int
    type: Literal["git:committed"] = "git:committed"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitMerged:
    ref: str
    commit: str
    type: Literal["git:merged"] = "git:merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitConflicted:
    paths: tuple[str, ...]
    type: Literal["git:conflicted"] = "git:conflicted"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFailed:
    """Tasks brought on together do not pass; the search for who breaks it goes on."""

    numbers: tuple[str, ...]
    """The tasks', in the order in which they would have landed."""
    commit: str
    reason: str
    type: Literal["batch:failed"] = "batch:failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitUndone:
    """The job's branch was taken out of the person's repository again."""

    ref: str
    commit: str
    type: Literal["git:undone"] = "git:undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockAcquired:
    number: str
    """The task's."""
    names: tuple[str, ...]
    """Path globs and resources."""
    waited_seconds: float
    type: Literal["lock:acquired"] = "lock:acquired"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockWaiting:
    number: str
    names: tuple[str, ...]
    """What is not free."""
    held_by: tuple[str, ...]
    """Tasks that hold it or may have it before, like `#41 2.3`."""
    type: Literal["lock:waiting"] = "lock:waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReleased:
    number: str
    names: tuple[str, ...]
    reason: str = ""
    """Empty where the task gave it back itself."""
    type: Literal["lock:released"] = "lock:released"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollisionForeseen:
    """A trial merge of a running task's newest commit failed."""

    number: str
    """The task's."""
    other: str
    """The running task that it does not go together with; empty: with what has landed."""
    files: tuple[str, ...]
    type: Literal["collision:foreseen"] = "collision:foreseen"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollisionCleared:
    """What was foreseen will not happen any more."""

    number: str
    other: str
    """As in the CollisionForeseen that it ends."""
    files: tuple[str, ...]
    reason: str
    """`merges cleanly`, or what became of the task."""
    type: Literal["collision:cleared"] = "collision:cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStrayed:
    """A running task wrote where its plan does not let it."""

    number: str
    """The task's."""
    files: tuple[str, ...]
    held_by: tuple[str, ...] = ()
    """Running tasks that hold some of them, like `#41 2.3`; empty: the task holds them now."""
    type: Literal["task:strayed"] = "task:strayed"
