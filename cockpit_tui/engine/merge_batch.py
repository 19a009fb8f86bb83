"""One batch of the merge queue: brought on together, proven once, bisected where that fails.

Nothing is remembered of a batch itself. Commits are made so that the same input gives the same id,
and a proof is remembered under the commit that it is about: after a crash whoever waits then forms
the next batch, and finds the proofs that were made.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from cockpit_tui.config.crash_points import crash_point
from cockpit_tui.domain import event
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import MergeConflict
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.record import Facts
from cockpit_tui.domain.task import Proof
from cockpit_tui.engine.bisect import bisect
from cockpit_tui.engine.rewind_rows import landed_key
from cockpit_tui.engine.verification import failures, summarize
from cockpit_tui.gitops import merges
from cockpit_tui.gitops.hub import Hub

Prove = Callable[[str, Sequence[str], str], Awaitable[tuple[Proof, ...]]]
"""Under a durable key, run commands on a commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """A commit as it is on the lane now."""

    commit: str
    proofs: tuple[Proof, ...]
    """Of what it has to hold, on the tree that landed. Empty where nothing had landed in between:
    then the commit itself was proven before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A commit that goes back to its agent: conflicts in `paths`, or `failed` on the merged tree.
    """

    head: str
    """What it does not go together with."""
    paths: tuple[str, ...] = ()
    failed: tuple[Proof, ...] = ()


@dataclass(slots=True, kw_only=True, eq=False)
class Waiting:
    """A proven commit in the queue, made on `base`."""

    key: str
    """Of its attempt."""
    number: str
    base: str
    commit: str
    acceptance: Sequence[str]
    about: Callable[[Payload], Event]
    rank: Callable[[], tuple[float, ...]]
    """Lower lands first."""
    verdict: Landed | Refused | None = None
    is_gone: bool = False
    """Whoever waited for it does not wait any more."""
    moved: asyncio.Event | None = None
    """There while the ref is moved to hold it; set once that is over."""

    @property
    def land_key(self) -> str:
        return landed_key(self.key)


Brought = tuple[tuple[Waiting, str], ...]
"""Who comes on top of whom: each with the commit that holds it and all before it."""


@dataclass(slots=True, kw_only=True)
class MergeBatch:
    """`members`, in the order in which they shall land; afterwards each has its verdict, or waits
    for the next batch."""

    ctx: JobContext
    hub: Hub
    key: str
    """Prefix of what is remembered of trials."""
    ref: str
    start: str
    """The commit that the lane began with: what fails there already is nobody's fault."""
    tests: Sequence[str]
    """Commands of the job that hold for every merged tree."""
    prove: Prove
    members: Sequence[Waiting]
    promised: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """See `Lane.promised`."""
    _commands: dict[str, None] = field(default_factory=dict)
    """What those that landed from this batch have to hold."""

    async def run(self) -> None:
        """Raises RefMoved where somebody else moved the ref."""
        head = await self.hub.resolve(self.ref)
        together = [member for member, _ in await self._bring(self.members, head)]
        search = bisect(together)
        did_pass: bool | None = None
        failed: tuple[Proof, ...] = ()
        while True:
            try:
                part = search.send(did_pass)  # type: ignore[arg-type]
            except StopIteration as found:
                for culprit in found.value:
                    await self._refuse(culprit, Refused(head=head, failed=failed))
                return
            brought = await self._bring(part, head)
            if len(brought) < len(part) or any(member.is_gone for member in part):
                return  # They wait for the next batch.
            proofs = await self._proofs(brought, head)
            crash_point("lane/proven")
            if any(member.is_gone for member in part):
                return
            did_pass = not failures(proofs)
            if did_pass:
                head = await self._land(brought, proofs, head)
            else:
                failed = failures(proofs)
                await self._tell(brought, failed[0])

    async def _bring(self, members: Iterable[Waiting], head: str) -> Brought:
        """All of `members` onto `head` that go together; who conflicts with it gets the verdict,
        who conflicts with one before it waits for what becomes of that one."""
        brought: list[tuple[Waiting, str]] = []
        tip = head
        for member in members:
            try:
                tip = await merges.bring_onto(self.hub, base=member.base, commit=member.commit,
                                              head=tip)
            except MergeConflict as conflict:
                if tip == head:
                    await self._refuse(member, Refused(head=head, paths=conflict.paths))
            else:
                brought.append((member, tip))
        crash_point("lane/merged")
        return tuple(brought)

    async def _tell(self, brought: Brought, failed: Proof) -> None:
        if len(brought) > 1:
            tip = brought[-1][1]
            told = event.BatchFailed(numbers=tuple(member.number for member, _ in brought),
                                     commit=tip, reason=f"{failed.command}: {summarize(failed)}")
            await self.ctx.record(f"{self.key}/failed/{tip}", Facts(events=(
                Event(payload=told, job_id=self.ctx.job_id),)))

    async def _proofs(self, brought: Brought, head: str) -> tuple[Proof, ...]:
        """Of all that has to hold on the tip."""
        (first, _), tip = brought[0], brought[-1][1]
        later = {command for member, _ in brought
                 for command in self.promised.get(member.number, ())}
        commands = {command: None for command in self._commands if command not in later}
        for member, _ in brought:
            commands |= dict.fromkeys(member.acceptance)
        tests = tuple(test for test in self.tests if test not in commands and test not in later)
        if len(brought) == 1 and tip == first.commit and not self._commands:
            commands = {}  # Proven on this very commit, before it came here.
        return (*await self._prove(tip, tuple(commands)), *await self._tested(tip, tests, head))

    async def _tested(self, tip: str, tests: Sequence[str], head: str) -> tuple[Proof, ...]:
        """The job's own tests, without those that fail already where the lane began, or on what
        has landed since: a test that came before what makes it pass."""
        proofs = await self._prove(tip, tests)
        for before in dict.fromkeys((self.start, head)):
            failed = tuple(proof.command for proof in failures(proofs))
            excused = {proof.command for proof in failures(await self._prove(before, failed))}
            proofs = tuple(proof for proof in proofs if proof.command not in excused)
        return proofs

    async def _prove(self, commit: str, commands: Sequence[str]) -> tuple[Proof, ...]:
        if not commands:
            return ()
        digest = hashlib.sha256("\0".join(commands).encode()).hexdigest()[:12]
        return await self.prove(f"{self.key}/proof/{commit}/{digest}", commands, commit)

    async def _land(self, brought: Brought, proofs: tuple[Proof, ...], head: str) -> str:
        """Move the ref once, to the tip; every member remembers that it came with it."""
        tip = brought[-1][1]
        self._commands |= {command: None for member, _ in brought
                           for command in member.acceptance}
        moved = asyncio.Event()
        for member, _ in brought:
            member.moved = moved
        moving = asyncio.create_task(self._through(brought[::-1], proofs, head, tip),
                                     name=f"land {tip[:12]}")
        moving.add_done_callback(lambda _: moved.set())
        try:
            await asyncio.shield(moving)
        except asyncio.CancelledError:
            await asyncio.wait({moving})  # Half of it would have to be found out.
            raise
        return tip

    async def _through(self, left: Brought, proofs: tuple[Proof, ...], old: str,
                       new: str) -> None:
        """Write the intent of everybody left, then move the ref, then write that it is done."""
        if not left:
            await self.hub.update_ref(self.ref, new, old)
            crash_point("lane/landed")
            return
        (member, commit), *others = left
        wanted = {*member.acceptance, *self.tests}
        landed = Landed(commit=commit, proofs=tuple(p for p in proofs if p.command in wanted))

        async def on() -> Landed:
            await self._through(tuple(others), proofs, old, new)
            return landed

        moved = member.about(event.GitMerged(ref=self.ref, commit=commit))
        member.verdict = await self.ctx.step(
            member.land_key, EffectClass.REF_UPDATE, on, kind=Landed,
            intent={"ref": self.ref, "old": old, "new": new, "landed": _plain(landed)},
            after=lambda _: Facts(events=(moved,)))

    async def _refuse(self, member: Waiting, refused: Refused) -> None:
        async def no() -> Refused:
            return refused

        member.verdict = await self.ctx.step(f"{member.key}/merge/refused", EffectClass.READ, no,
                                             kind=Refused)


class _NotLanded(Exception):
    """The intent was written, the ref was not moved."""


async def known_verdict(ctx: JobContext, hub: Hub, ref: str, key: str,
                        about: Callable[[Payload], Event]) -> Landed | Refused | None:
    """What an earlier run came to for the attempt `key`, or found out now if it was killed while
    it moved the ref."""
    async def never() -> Any:
        raise _NotLanded

    async def recover(intent: JsonObject) -> Landed | None:
        landed: Landed = adapter(Landed).validate_python(intent["landed"])
        # Others may have landed on top of it since.
        return landed if await hub.is_ancestor(landed.commit, await hub.resolve(ref)) else None

    land, refused = landed_key(key), f"{key}/merge/refused"
    if ctx.was_finished(refused):
        return await ctx.step(refused, EffectClass.READ, never, kind=Refused)
    if not (ctx.was_finished(land) or ctx.was_begun(land)):
        return None
    try:
        return await ctx.step(
            land, EffectClass.REF_UPDATE, never, kind=Landed, recover=recover,
            after=lambda landed: Facts(events=(about(event.GitMerged(
                ref=ref, commit=landed.commit)),)))
    except _NotLanded:
        await ctx.forget(land)
        return None


def _plain(landed: Landed) -> JsonObject:
    return asdict(landed)
