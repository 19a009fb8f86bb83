"""A phase's lane: the ref its tasks land on, and the merge queue before it.

Width one: whoever comes while a batch is on its way waits, and all that wait are the next batch.
There is no worker: the first that gets the turn takes the others along.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cockpit_tui.domain import event
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import (
    GitError,
    RefMoved,
    StorageError,
    VerificationFailed,
)
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.record import Facts
from cockpit_tui.domain.task import Proof
from cockpit_tui.engine.bench import WorktreeBench, checkpoint_ref
from cockpit_tui.engine.merge_batch import Landed, MergeBatch, Refused, Waiting, known_verdict
from cockpit_tui.engine.verification import prove, summarize
from cockpit_tui.engine.workshop import Workshop
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.merges import conflict

MOST_TOGETHER = 16
"""Members of one batch: beyond, finding who broke it costs more than the batch saves."""


class FailsTogether(VerificationFailed):
    """What passes alone fails together with what has landed meanwhile."""

    def __init__(self, head: str, failed: tuple[Proof, ...]) -> None:
        super().__init__(f"Together with what landed meanwhile it fails: {failed[0].command} "
                         f"({summarize(failed[0])})")
        self.head = head
        self.failed = failed


@dataclass(slots=True, kw_only=True)
class Lane:
    """The integration branch of one phase in the hub."""

    ctx: JobContext
    shop: Workshop
    key: str
    """Prefix of its own durable keys."""
    ref: str
    start: str
    """Where the phase began: the job's approved head."""
    tests: Sequence[str] = ()
    """Commands of the job that every merged tree has to pass, if the start passed them."""
    promised: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By a task's number: commands that tasks which build on it prove. Before those have landed
    they may fail: whoever writes the tests first comes before what makes them pass."""
    together: int = MOST_TOGETHER
    _queue: list[Waiting] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _broken: StorageError | None = None

    @property
    def hub(self) -> Hub:
        return self.shop.hub

    async def head(self) -> str:
        return await self.hub.resolve(self.ref)

    async def land(self, key: str, *, number: str, base: str, commit: str,
                   acceptance: Sequence[str], about: Callable[[Payload], Event],
                   rank: Callable[[], tuple[float, ...]] = tuple) -> Landed:
        """Bring `commit`, made on `base` and proven there, onto the head, with whoever waits too.

        Raises MergeConflict, or FailsTogether when the merged tree fails.
        """
        verdict = await known_verdict(self.ctx, self.hub, self.ref, key, about)
        if verdict is None:
            verdict = await self._stand_in_line(Waiting(
                key=key, number=number, base=base, commit=commit, acceptance=acceptance,
                about=about, rank=rank))
        if isinstance(verdict, Landed):
            return verdict
        if verdict.failed:
            raise FailsTogether(verdict.head, verdict.failed)
        raise conflict(verdict.paths)

    async def _stand_in_line(self, mine: Waiting) -> Landed | Refused:
        self._queue.append(mine)
        try:
            while mine.verdict is None:
                async with self._turn:
                    if self._broken is not None:  # What it did last only a restart finds out.
                        raise self._broken
                    if mine.verdict is None:
                        await self._batch()
        except asyncio.CancelledError:
            if mine.moved is not None:
                await mine.moved.wait()
            if not isinstance(mine.verdict, Landed):
                raise
            # Too late: the branch holds its work, and the ledger should say no other thing.
        finally:
            mine.is_gone = True
            self._queue.remove(mine)
        return mine.verdict

    async def _batch(self) -> None:
        waiting = [one for one in self._queue if one.verdict is None]
        members = sorted(waiting, key=lambda one: one.rank())[:self.together]
        batch = MergeBatch(ctx=self.ctx, hub=self.hub, key=self.key, ref=self.ref,
                           start=self.start, tests=self.tests, prove=self._prove,
                           members=members, promised=self.promised)
        try:
            await batch.run()
        except RefMoved:
            return  # The next batch begins at the new head.
        except StorageError as error:
            self._broken = error
            raise

    async def _prove(self, key: str, commands: Sequence[str],
                     commit: str) -> tuple[Proof, ...]:
        """In a worktree of the lane's own: an agent's stays as its agent left it."""
        worktree = await self.shop.pool.find(self._place)
        if worktree is None:
            worktree = await self.shop.pool.acquire(commit, name=self._place)
        else:
            await worktree.reset(commit)
        bench = WorktreeBench(shop=self.shop, worktree=worktree,
                              checkpoint_ref=checkpoint_ref(self.shop.job.id, self._place))
        try:
            return await prove(self.ctx, key, bench, commands, commit, self._about,
                               before=self.start)
        except GitError:
            if worktree.is_present:
                raise
            await self.ctx.forget(f"{key}/")  # Somebody removed it; so it is made anew.
            return await self._prove(key, commands, commit)

    @property
    def _place(self) -> str:
        return f"job{self.shop.job.number}-{self.ref.rpartition('/')[2]}-lane"

    async def close(self) -> None:
        """Give the lane's own worktree back, if it has one. What was tried in it is not kept."""
        worktree = await self.shop.pool.find(self._place)
        if worktree is not None:
            await worktree.reset(self.start)
            await self.shop.give_back(worktree)

    async def move(self, key: str, new: str, about: Callable[[Payload], Event]) -> None:
        """Put the head to `new`, a commit on top of it that the engine made itself."""
        async with self._turn:
            old = await self.head()

            async def advance() -> bool:
                await self.hub.update_ref(self.ref, new, old)
                return True

            async def recover(intent: JsonObject) -> bool | None:
                return await self.hub.is_ancestor(str(intent["new"]), await self.head()) or None

            moved = about(event.GitMerged(ref=self.ref, commit=new))
            await self.ctx.step(key, EffectClass.REF_UPDATE, advance, kind=bool, recover=recover,
                                intent={"ref": self.ref, "old": old, "new": new},
                                after=lambda _: Facts(events=(moved,)))

    def _about(self, payload: Payload) -> Event:
        return Event(payload=payload, job_id=self.shop.job.id)
