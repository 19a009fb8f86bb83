"""Proof: acceptance commands run by the engine on a commit, with exit code and output kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from cockpit_tui.domain import event
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.record import Facts
from cockpit_tui.domain.sanitize import clip
from cockpit_tui.domain.task import Proof
from cockpit_tui.engine.bench import WorktreeBench

KEPT_OUTPUT = 8_000
"""Characters of a command's output that the ledger keeps, head and tail."""

_NOT_FOUND = 127
"""What a shell says of a command that it does not find."""


async def prove(ctx: JobContext, key: str, bench: WorktreeBench, commands: Sequence[str],
                commit: str, about: Callable[[Payload], Event], *,
                before: str = "") -> tuple[Proof, ...]:
    """Run every command on `commit`. All are run, also after a failure, so that one look shows
    everything. Before the first the worktree is made exactly `commit`, ignored files gone too: what
    is not in the commit proves nothing. What is proven already touches no worktree, because after a
    restart that may hold later work. A command that can not be run on `commit` but on the commit
    `before` it has failed: the work took away what it needs."""
    proofs = []
    bench = await bench.for_proof()
    for i, command in enumerate(commands, 1):
        proofs.append(await _prove_one(ctx, f"{key}/{i}", bench, command, commit, about,
                                       before=before, is_first=i == 1))
    await bench.discard_scratch()
    return tuple(proofs)


async def _prove_one(ctx: JobContext, key: str, bench: WorktreeBench, command: str, commit: str,
                     about: Callable[[Payload], Event], *, before: str,
                     is_first: bool) -> Proof:
    worktree = bench.worktree

    async def run() -> Proof:
        if is_first:
            await worktree.reset(commit)
        proof = await attempted()
        is_dirty, made = await worktree.look()
        if is_dirty or made or await worktree.head() != commit:
            await worktree.reset(commit)
        return proof

    async def attempted() -> Proof:
        is_runnable, reason = await bench.can_run(command)
        if not is_runnable:
            was_runnable = await runnable_before()
            return Proof(command=command, commit=commit, seconds=0.0,
                         exit_code=_NOT_FOUND if was_runnable else None,
                         output=f"{reason} Before this work it could be run."
                         if was_runnable else reason)
        began = time.monotonic()
        result = await bench.run(command)
        exit_code = result.exit_code if result.exit_code is not None else 124
        output = f"{result.output}\n[{result.reason}]" if result.reason else result.output
        return Proof(command=command, commit=commit, exit_code=exit_code,
                     seconds=round(time.monotonic() - began, 3),
                     output=clip(bench.shop.redactor.redact(output), KEPT_OUTPUT))

    async def runnable_before() -> bool:
        if before in {"", commit}:
            return False
        await worktree.reset(before)
        is_runnable, _ = await bench.can_run(command)
        await worktree.reset(commit)
        return is_runnable

    async def recover(intent: JsonObject) -> Proof | None:
        await bench.reset(str(intent["commit"]))
        return None

    def facts(proof: Proof) -> Facts:
        return Facts(events=(about(event.TestsComplete(
            command=command, commit=commit, exit_code=proof.exit_code, seconds=proof.seconds,
            summary=summarize(proof))),))

    started = about(event.TestsStarted(command=command, commit=commit))
    return await ctx.step(key, EffectClass.SHELL, run, kind=Proof, recover=recover,
                          intent={"command": command, "commit": commit},
                          before=Facts(events=(started,)), after=facts)


def summarize(proof: Proof) -> str:
    """`passed`, `exit code 1: 1 failed, 3 passed`, `not runnable: ...`, on one line."""
    if proof.exit_code is None:
        return f"not runnable: {proof.output}"
    lines = [line.strip(" =") for line in proof.output.splitlines() if line.strip(" =")]
    last = lines[-1][:120] if lines else ""
    if proof.passed:
        return f"passed: {last}" if last else "passed"
    return f"exit code {proof.exit_code}: {last}" if last else f"exit code {proof.exit_code}"


def failures(proofs: Sequence[Proof]) -> tuple[Proof, ...]:
    """Those that ran and did not exit with 0. What could not run is not a failure."""
    return tuple(p for p in proofs if p.exit_code not in (0, None))
