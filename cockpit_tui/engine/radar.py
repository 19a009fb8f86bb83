"""The collision radar: trial merges of what a job's running tasks have committed so far.

A conflict that will come is told while there is time: once for each pair of tasks and set of
files. Nothing is changed by it; who lands second meets the conflict in any case.

A trial merge is a process, and among N tasks there are N x N of them: only tasks that changed the
same path, or a path below the other's, are tried. A clash by a renamed directory is not foreseen.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field

from cockpit_tui.domain import event
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.errors import GitError, MergeConflict
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.record import Facts
from cockpit_tui.engine.lane import Lane
from cockpit_tui.gitops import merges

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a running task has committed last."""

    number: str
    commit: str
    files: frozenset[str]
    """What it changed since it began."""

    def meets(self, other: Seen) -> bool:
        """Whether both changed one path, or one a file where the other has a directory."""
        return not (self.files.isdisjoint(other.files)
                    and self.files.isdisjoint(_directories(other.files))
                    and _directories(self.files).isdisjoint(other.files))


def _directories(files: frozenset[str]) -> set[str]:
    """Every directory above one of `files`."""
    return {file[:at] for file in files for at, sign in enumerate(file) if sign == "/"}


@dataclass(slots=True, kw_only=True)
class Radar:
    """Of one phase, whose running tasks will all land on `lane`."""

    ctx: JobContext
    lane: Lane
    key: str
    _running: dict[TaskId, Seen] = field(default_factory=dict)
    _told: dict[TaskId, set[str]] = field(default_factory=dict)
    """Files of each running task that it was told will clash."""

    async def committed(self, task_id: TaskId, number: str, *, base: str, commit: str) -> None:
        """A task that began at `base` has a new commit. Raises StorageError; a merge that cannot
        be tried is logged."""
        try:
            files = await self.lane.hub.changed_files(base, commit)
            await self._look(task_id, Seen(number, commit, frozenset(files)))
        except GitError as error:
            log.warning("task %s: no trial merge could be made: %s", number, error)

    async def ended(self, task_id: TaskId, *, has_landed: bool) -> None:
        """A task does not run any more; what landed, the others have to go together with."""
        landed = self._running.get(task_id)
        self.restarted(task_id)
        if not has_landed:
            return
        try:
            for other_id, other in list(self._running.items()):
                if landed is None or landed.meets(other):
                    await self._against_head(other_id, other)
        except GitError as error:
            log.warning("after a landing no trial merge could be made: %s", error)

    def restarted(self, task_id: TaskId) -> None:
        """A task begins anew: what it had committed will not land."""
        self._running.pop(task_id, None)
        self._told.pop(task_id, None)

    def landing_rank(self, task_id: TaskId) -> tuple[float, ...]:
        """Lower lands first."""
        return (len(self._told.get(task_id, ())),)

    async def _look(self, task_id: TaskId, mine: Seen) -> None:
        self._running[task_id] = mine
        for other_id, other in list(self._running.items()):
            if other_id == task_id or not mine.meets(other):
                continue
            files = await self._clash(other.commit, mine.commit)
            if files and self._running.get(other_id) is other:
                self._told.setdefault(other_id, set()).update(files)
                await self._foresee(task_id, mine, other.number, files)
        await self._against_head(task_id, mine)

    async def _against_head(self, task_id: TaskId, seen: Seen) -> None:
        """Only what was not told of it already: most of it was foreseen before the other landed."""
        files = await self._clash(await self.lane.head(), seen.commit)
        if self._running.get(task_id) is not seen:  # It went on, or began anew, meanwhile.
            return
        if new := tuple(file for file in files if file not in self._told.get(task_id, set())):
            await self._foresee(task_id, seen, "", new)

    async def _clash(self, one: str, other: str) -> tuple[str, ...]:
        """The files in which both do not go together."""
        try:
            await merges.merged_tree(self.lane.hub, head=one, commit=other)
        except MergeConflict as conflict:
            return tuple(sorted(conflict.paths))
        return ()

    async def _foresee(self, task_id: TaskId, seen: Seen, other: str,
                       files: tuple[str, ...]) -> None:
        self._told.setdefault(task_id, set()).update(files)
        pair = "+".join(sorted((seen.number, other or "head")))
        digest = hashlib.sha256("\0".join(files).encode("utf-8", "surrogateescape")).hexdigest()
        foreseen = event.CollisionForeseen(number=seen.number, other=other, files=files)
        await self.ctx.record(f"{self.key}/radar/{pair}/{digest[:16]}", Facts(events=(
            Event(payload=foreseen, job_id=self.ctx.job_id, task_id=task_id),)))
