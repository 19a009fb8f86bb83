"""The rounds of an attempt: ask, commit, prove, judge, until it holds or nobody can make it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from cockpit_tui.agents.loop import CANNOT, Conversation
from cockpit_tui.domain import event
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.record import Facts
from cockpit_tui.domain.task import Proof, TaskStatus
from cockpit_tui.engine.attempt_failures import AttemptFailed, unproven
from cockpit_tui.engine.bench import WorktreeBench
from cockpit_tui.engine.judging import judge_commit
from cockpit_tui.engine.standing import Standing
from cockpit_tui.engine.task_commit import Committed, commit_task
from cockpit_tui.engine.task_prompt import (
    failed_proofs_prompt,
    left_out_words,
    take_over_prompt,
    task_prompt,
)
from cockpit_tui.engine.verification import failures, prove
from cockpit_tui.engine.workshop import Workshop

SeatStronger = Callable[[tuple[ModelProfile, ...], Conversation], Awaitable[Conversation]]
"""A conversation of the chain from scratch, whose steps count on from another one's."""

TellCommit = Callable[[str], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Working:
    """One agent at work in one worktree. `conversation` is that of who works at the moment."""

    standing: Standing
    shop: Workshop
    agent: str
    acceptance: Sequence[str]
    bench: WorktreeBench
    conversation: Conversation
    stronger: tuple[ModelProfile, ...]
    """Who takes over where the proofs go on failing; empty: nobody, or somebody has."""
    seat_stronger: SeatStronger
    on_commit: TellCommit | None = None
    _verify_rounds: int = 0
    _judge_rounds: int = 0

    async def until_it_holds(self, words: str) -> tuple[str, tuple[Proof, ...]]:
        """The commit and its proofs. Raises AttemptFailed, VerificationFailed, ProviderError."""
        base = commit = self.standing.begun.base
        failed: tuple[Proof, ...] = ()
        round_number = 0
        while True:
            round_number += 1
            try:
                await self._say(words)
            except AttemptFailed:
                if not failed:
                    raise
                words = await self._take_over(failed)
                continue
            made = await self._commit(round_number)
            stray = left_out_words(made.left_out)
            if not made.sha and commit == base:
                raise AttemptFailed(f"The agent changed nothing. {stray}".strip())
            commit = made.sha or commit
            proofs = await self._prove(commit, round_number)
            if failed := failures(proofs):
                words = await self._mend(failed, stray, has_changed=bool(made.sha))
            else:
                comment = await self._judge(commit, proofs, round_number)
                if not comment:
                    return commit, proofs
                words = f"The reviewer of your diff asks for changes:\n{comment}"
            await self.standing.become(TaskStatus.RUNNING, step=f"again/{round_number}")

    async def _say(self, words: str) -> None:
        closing = (await self.conversation.ask(words)).lstrip()
        if closing.startswith(CANNOT):
            raise AttemptFailed(closing.removeprefix(CANNOT).strip()
                                or "The agent gave up without a reason.")

    async def _commit(self, round_number: int) -> Committed:
        made = await commit_task(self.standing, self.shop, self.bench.worktree, round_number)
        if made.sha and self.on_commit is not None:
            await self.on_commit(made.sha)
        return made

    async def _prove(self, commit: str, round_number: int) -> tuple[Proof, ...]:
        standing = self.standing
        await standing.become(TaskStatus.VERIFYING, step=f"round/{round_number}")
        proofs = await prove(standing.ctx, f"{standing.key}/verify/{round_number}", self.bench,
                             self.acceptance, commit, standing.about, before=standing.begun.base)
        standing.record = replace(standing.record, proofs=proofs, commit=commit)
        return proofs

    async def _mend(self, failed: Sequence[Proof], stray: str, *, has_changed: bool) -> str:
        """The next words to who works, or to who takes over."""
        limits = self.shop.job.request.limits
        if self._verify_rounds < limits.verify_rounds and has_changed:
            self._verify_rounds += 1
            return f"{failed_proofs_prompt(failed)}\n{stray}".strip()
        return await self._take_over(failed)

    async def _take_over(self, failed: Sequence[Proof]) -> str:
        """Seat a stronger model where the first could not make the proofs pass; its first words.
        Where there is none, the proofs are the reason that the attempt fails for.

        A fresh context: what the first one thought has led nowhere, what it wrote is there.
        """
        if not self.stronger:
            raise unproven(failed) from None
        standing, before, chain = self.standing, self.conversation, self.stronger
        self.conversation = await self.seat_stronger(chain, before)
        self.stronger, self._verify_rounds = (), 0
        await standing.ctx.record(f"{standing.key}/stronger", Facts(events=(standing.about(
            event.ModelFellBack(agent=self.agent, asked=before.profile.name, used=chain[0].name,
                                reason=f"its work still fails: {failed[0].command}")),)))
        return take_over_prompt(task_prompt(standing.task, self.acceptance), failed)

    async def _judge(self, commit: str, proofs: Sequence[Proof], round_number: int) -> str:
        """What the judge wants changed; empty: it passes."""
        standing = self.standing
        await standing.become(TaskStatus.JUDGING, step=f"judge/{round_number}")
        comment = await judge_commit(
            standing.ctx, self.shop, standing.task, standing.key, round_number, proofs=proofs,
            execution_id=standing.begun.execution_id, base=standing.begun.base, commit=commit,
            about=standing.about)
        if comment and self._judge_rounds >= self.shop.job.request.limits.judge_rounds:
            raise AttemptFailed(f"The judge is not satisfied: {comment}")
        self._judge_rounds += 1
        return comment
