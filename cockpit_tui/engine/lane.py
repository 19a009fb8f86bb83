"""A phase's lane: the ref its tasks land on, one at a time, proven again on the merged tree."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cockpit_tui.config.crash_points import crash_point
from cockpit_tui.domain import event
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import RefMoved, VerificationFailed
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.record import Facts
from cockpit_tui.domain.task import Proof
from cockpit_tui.engine.bench import WorktreeBench
from cockpit_tui.engine.verification import failures, prove, summarize
from cockpit_tui.gitops import merges
from cockpit_tui.gitops.hub import Hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A commit brought onto the lane's head; `new` is `old` plus it."""

    old: str
    new: str


@dataclass(slots=True, kw_only=True)
class Lane:
    """The integration branch of one phase in the hub. Width one: merges happen one by one."""

    ctx: JobContext
    hub: Hub
    ref: str
    start: str
    """Where the phase began: the job's approved head."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def head(self) -> str:
        return await self.hub.resolve(self.ref)

    async def land(self, key: str, *, base: str, commit: str, bench: WorktreeBench,
                   acceptance: Sequence[str], about: Callable[[Payload], Event]
                   ) -> tuple[str, tuple[Proof, ...]]:
        """Bring `commit` (made on `base`) onto the head; the new head and its proofs.

        The proofs are empty when nothing else landed in between, because then the commit itself
        was proven. Raises MergeConflict, or VerificationFailed when the merged tree fails.
        """
        async with self._turn:
            while True:
                merged = await self.ctx.step(
                    f"{key}/merge", EffectClass.READ, lambda: self._merge(base, commit),
                    kind=Merged)
                crash_point("lane/merged")
                proofs: tuple[Proof, ...] = ()
                if merged.new != commit:
                    await bench.worktree.reset(merged.new)
                    proofs = await prove(self.ctx, f"{key}/merge/verify", bench, acceptance,
                                         merged.new, about)
                    if failed := failures(proofs):
                        raise VerificationFailed(
                            f"Together with what landed meanwhile it fails: {failed[0].command} "
                            f"({summarize(failed[0])})")
                try:
                    await self._advance(f"{key}/merge/land", merged, about)
                except RefMoved:
                    await self.ctx.forget(f"{key}/merge")
                    continue
                return merged.new, proofs

    async def move(self, key: str, new: str, about: Callable[[Payload], Event]) -> None:
        """Put the head to `new`, a commit on top of it that the engine made itself."""
        async with self._turn:
            await self._advance(key, Merged(old=await self.head(), new=new), about)

    async def _merge(self, base: str, commit: str) -> Merged:
        head = await self.head()
        new = await merges.bring_onto(self.hub, base=base, commit=commit, head=head)
        return Merged(old=head, new=new)

    async def _advance(self, key: str, merged: Merged,
                       about: Callable[[Payload], Event]) -> None:
        async def advance() -> bool:
            await self.hub.update_ref(self.ref, merged.new, merged.old)
            crash_point("lane/landed")
            return True

        async def recover(intent: JsonObject) -> bool | None:
            # Others may have landed on top of it since.
            return await self.hub.is_ancestor(str(intent["new"]), await self.head()) or None

        moved = about(event.GitMerged(ref=self.ref, commit=merged.new))
        await self.ctx.step(
            key, EffectClass.REF_UPDATE, advance, kind=bool, recover=recover,
            intent={"ref": self.ref, "old": merged.old, "new": merged.new},
            after=lambda _: Facts(events=(moved,)))
