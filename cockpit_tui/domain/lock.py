"""Locks: what a running task keeps from every other task of its project, and who is next.

A task gets everything it asks for at once or waits without anything, so that no two tasks can ever
wait for each other. It never passes somebody who asked before it, or whose job matters more, and
wants the same: so everybody's turn comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cockpit_tui.domain.glob_overlap import may_overlap
from cockpit_tui.domain.ids import JobId, LockId, ProjectId, TaskId
from cockpit_tui.domain.plan import Task

MOST_OBSERVED = 50
"""Paths of an observed claim; beyond, folders stand for what is in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is locked: path globs, and resources by name, both sorted."""

    paths: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    is_observed: bool = False
    """It was not asked for: the task was seen to write there."""

    @classmethod
    def of(cls, task: Task) -> Claim:
        """A task that declares no paths locks none before it is seen to write them."""
        return cls(paths=tuple(sorted(set(task.owned_paths))), resources=tuple(sorted(
            {name.strip().casefold() for name in task.resources if name.strip()})))

    @property
    def is_empty(self) -> bool:
        return not self.paths and not self.resources

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.paths, *self.resources)

    def shared_with(self, other: Claim) -> tuple[str, ...]:
        """What of this one the other one wants too; empty: both can be held at once."""
        return _shared(self, other)


@lru_cache(maxsize=16_384)
def _shared(one: Claim, other: Claim) -> tuple[str, ...]:
    paths = [path for path in one.paths if any(may_overlap(path, p) for p in other.paths)]
    return (*paths, *(name for name in one.resources if name in other.resources))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A task's claim, held or waited for."""

    id: LockId
    number: int
    """The short name that people type; grows with the time it was asked for."""
    project_id: ProjectId
    job_id: JobId
    job_number: int
    task_id: TaskId
    task_number: str
    title: str
    """The task's."""
    claim: Claim
    priority: int
    """The job's, as it is now."""
    asked_at: datetime
    held_at: datetime | None
    """None: it waits."""
    pid: int
    """The engine's process."""
    beat_at: datetime
    """When that engine last said that it lives."""

    @property
    def task_name(self) -> str:
        """`#41 2.3`."""
        return f"#{self.job_number} {self.task_number}"

    @property
    def order(self) -> tuple[bool, int, int]:
        """Who holds comes first; then priority, then age."""
        return (self.held_at is None, -self.priority, self.number)


def in_the_way(lock: Lock, locks: Iterable[Lock]) -> tuple[Lock, ...]:
    """Who holds, or may have before `lock`, something that it wants; in their order."""
    return tuple(other for other in sorted(locks, key=lambda one: one.order)
                 if other.task_id != lock.task_id and other.project_id == lock.project_id
                 and other.order < lock.order and lock.claim.shared_with(other.claim))


def observed(files: Iterable[str], most: int = MOST_OBSERVED) -> Claim:
    """A claim on what a task was seen to write: on the folders, or those above, where it is much;
    of what lies side by side at the top on the first ones only.
    """
    paths = {file for file in files if file}
    while len(paths) > most:
        deepest = max(path.count("/") for path in paths)
        if deepest == 0:
            break
        paths = {path.rpartition("/")[0] if path.count("/") == deepest else path
                 for path in paths}
    return Claim(paths=tuple(sorted(paths)[:most]), is_observed=True)


def next_holders(locks: Sequence[Lock]) -> tuple[Lock, ...]:
    """Those who wait and whose turn it is now, in their order."""
    waiting = sorted((lock for lock in locks if lock.held_at is None), key=lambda one: one.order)
    return tuple(lock for lock in waiting if not in_the_way(lock, locks))
