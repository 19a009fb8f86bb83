"""The collision radar: trial merges of what a job's running tasks have written so far.

A conflict that will come is told while there is time, and told again once it will not come any
more. Nothing is changed by it; who lands second meets the conflict in any case.

A trial merge is a process, and among N tasks there are N x N of them. So one worker tries them, one
at a time and behind the agents' backs; a task that goes on meanwhile is tried once, as it is then.
Only tasks that changed the same path, or a path below the other's, are tried, and again only when
one of those files has changed. A clash by a renamed directory is not foreseen.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.errors import GitError, StorageError
from cockpit_tui.domain.globs import is_owned
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.plan import Task
from cockpit_tui.engine.foreseen import HEAD, Foreseen, Pair
from cockpit_tui.engine.lane import Lane
from cockpit_tui.gitops.merges import try_merge

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a running task has written last, as a checkpoint or a commit."""

    number: str
    base: str
    commit: str
    files: Mapping[str, str]
    """What it changed since it began, each with the id of its content now."""

    def meets(self, other: Iterable[str]) -> tuple[str, ...]:
        """Its own paths that `other` has too, or one has as a file and the other as a directory."""
        theirs = frozenset(other)
        mine = frozenset(self.files)
        below = _directories(theirs)
        return tuple(sorted(file for file in mine if file in theirs or file in below
                            or not theirs.isdisjoint(_directories({file}))))


def _directories(files: Iterable[str]) -> set[str]:
    """Every directory above one of `files`."""
    return {file[:at] for file in files for at, sign in enumerate(file) if sign == "/"}


@dataclass(slots=True, kw_only=True)
class Radar:
    """Of one phase, whose running tasks will all land on `lane`."""

    ctx: JobContext
    lane: Lane
    key: str
    weights: Mapping[TaskId, float] = field(default_factory=dict)
    """How much work stands behind each task in the plan."""
    trials: int = 0
    """How many merges were tried."""
    _running: dict[TaskId, Seen] = field(default_factory=dict)
    _landed: dict[str, None] = field(default_factory=dict)
    """Every path that landed on the lane."""
    _tried: dict[Pair, tuple[object, tuple[str, ...]]] = field(default_factory=dict)
    """Of each pair what went into its last trial, and the files that did not go together."""
    _dirty: dict[TaskId, None] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _foreseen: Foreseen = field(init=False)

    def __post_init__(self) -> None:
        self._idle.set()
        self._foreseen = Foreseen(ctx=self.ctx, key=f"{self.key}/radar")

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Look at what tasks write until the block is left."""
        worker = asyncio.create_task(self._work(), name="collision radar")
        try:
            yield
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)

    async def wrote(self, task_id: TaskId, number: str, *, base: str, commit: str,
                    owned_paths: Sequence[str] = ()) -> tuple[str, ...]:
        """A task that began at `base` has its files as in `commit` now; the paths that it changed,
        also those that no commit will hold, because it does not own them. Raises GitError."""
        files = await self.lane.hub.changed_contents(base, commit)
        will_land = {path: content for path, content in files.items()
                     if not owned_paths or is_owned(path, owned_paths)}
        self._running[task_id] = Seen(number, base, commit, will_land)
        self._look_at(task_id)
        return tuple(files)

    async def ended(self, task_id: TaskId, landed: Iterable[str] | None) -> None:
        """A task does not run any more. What `landed` of it, as paths, the others have to go
        together with; None: nothing did."""
        self._running.pop(task_id, None)
        has_landed = landed is not None
        if landed is not None:
            self._foreseen.landed(task_id)
            self._landed |= dict.fromkeys(landed)
            for other_id in self._running:
                self._look_at(other_id)
        await self._over(task_id, "it has landed" if has_landed else "it has ended")

    async def restarted(self, task_id: TaskId) -> None:
        """A task begins anew: what it had written will not land."""
        if self._running.pop(task_id, None) is not None:
            await self._over(task_id, "it begins anew")

    async def settled(self) -> None:
        """Wait until everything that was written has been looked at."""
        await self._idle.wait()

    def landing_rank(self, task_id: TaskId) -> tuple[float, ...]:
        """Lower lands first: who is in the fewest foreseen conflicts, then who holds up most."""
        return (len(self._foreseen.of(task_id)), -self.weights.get(task_id, 0.0))

    def is_contested(self, task: Task) -> bool:
        """Whether running tasks will conflict in what `task` is going to write."""
        return any(is_owned(file, task.owned_paths) for file in self._foreseen.files())

    def _look_at(self, task_id: TaskId) -> None:
        self._dirty[task_id] = None
        self._idle.clear()
        self._news.set()

    async def _over(self, task_id: TaskId, reason: str) -> None:
        self._dirty.pop(task_id, None)
        for pair in [pair for pair in self._tried if task_id in pair]:
            del self._tried[pair]
        try:
            await self._foreseen.end(task_id, reason)
        except StorageError as error:
            log.warning("a cleared collision was not told: %s", error)

    async def _work(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._dirty:
                task_id = next(iter(self._dirty))
                del self._dirty[task_id]
                try:
                    await self._look(task_id)
                except (GitError, StorageError) as error:
                    log.warning("no trial merge could be made: %s", error)
                except Exception:  # the edge of this task: one look less, not a blind radar
                    log.exception("the radar failed")
            self._idle.set()

    async def _look(self, task_id: TaskId) -> None:
        mine = self._running.get(task_id)
        if mine is None:
            return
        for other_id, other in list(self._running.items()):
            if other_id != task_id:
                await self._try(Pair.of(task_id, other_id), mine, other.commit, other.files,
                                other.base, other.number)
        head = await self.lane.head()
        await self._try(Pair.of(task_id, HEAD), mine, head, dict.fromkeys(self._landed, head),
                        head, "")

    async def _try(self, pair: Pair, mine: Seen, commit: str, files: Mapping[str, str],
                   base: str, other: str) -> None:
        """One trial, unless it is known: the files in which both meet are as they were."""
        met, theirs = mine.meets(files), Seen("", "", "", files).meets(mine.files)
        if not met and pair not in self._tried:
            return
        went_in = frozenset({(mine.number, mine.base, *((file, mine.files[file]) for file in met)),
                             (other, base, *((file, files[file]) for file in theirs))})
        known = self._tried.get(pair)
        if known is not None and known[0] == went_in:
            return
        conflicts: tuple[str, ...] = ()
        if met:
            self.trials += 1
            merge = await try_merge(self.lane.hub, head=commit, commit=mine.commit)
            conflicts = tuple(file for file in merge.conflicts if file in {*met, *theirs})
        if any(one not in self._running for one in pair if one != HEAD):
            return  # It ended, or began anew, meanwhile.
        self._tried[pair] = went_in, conflicts
        await self._foreseen.see(pair, mine.number, other, tuple(sorted(conflicts)))
