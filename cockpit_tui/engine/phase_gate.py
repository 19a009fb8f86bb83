"""The gate at a phase's end: one diff, approved whole or in part, sent back, or rejected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from cockpit_tui.domain.approval import Answer, Decision, Question
from cockpit_tui.domain.diff import parse_diff
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import GitError
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.plan import Phase, Plan, Task
from cockpit_tui.domain.policy import Gate, Risk
from cockpit_tui.domain.record import Facts
from cockpit_tui.domain.task import Proof, TaskRecord, TaskStatus
from cockpit_tui.engine.agent_context import AgentContext
from cockpit_tui.engine.agent_pool import AgentSentAway
from cockpit_tui.engine.attempt import Attempt
from cockpit_tui.engine.attempt_failures import MAX_LOST, TASK_FAILURES, WorktreeLost
from cockpit_tui.engine.bench import WorktreeBench, checkpoint_ref
from cockpit_tui.engine.lane import Lane
from cockpit_tui.engine.task_prompt import describe_answer
from cockpit_tui.engine.verification import failures, prove, summarize
from cockpit_tui.engine.workshop import Workshop
from cockpit_tui.gitops import diffs, merges

SENSITIVE = (".github/workflows/", ".gitlab-ci", "Dockerfile", ".env", "secrets")
"""Paths whose change raises the risk from low: they decide what runs elsewhere."""

DECIDES_CHECKS = frozenset({
    "conftest.py", "pytest.ini", "tox.ini", "setup.cfg", "noxfile.py", "sitecustomize.py",
    "package.json", "Makefile", "justfile", "build.rs", "jest.config.js", "vitest.config.ts",
})
"""File names whose content decides what an acceptance command does: a proof says less then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """How a revision ended: the task's new record, or the old one and why nothing changed."""

    record: TaskRecord
    failure: str = ""


@dataclass(slots=True, kw_only=True)
class PhaseGate:
    ctx: JobContext
    shop: Workshop
    lane: Lane
    plan: Plan
    index: int
    records: list[TaskRecord]
    """Of the tasks that landed on the lane; replaced when one is revised."""
    why_rejected: str = ""
    _notes: list[str] = field(default_factory=list)

    @property
    def phase(self) -> Phase:
        return self.plan.phases[self.index]

    async def ask(self) -> str | None:
        """The commit that may land, or None when the phase was rejected."""
        round_number = 0
        while True:
            round_number += 1
            key = f"phase/{self.index + 1}/approve/{round_number}"
            head = await self.ctx.step(f"{key}/head", EffectClass.READ, self.lane.head, kind=str)
            answer = await self.ctx.approval(key, await self._question(head, round_number))
            match answer.decision:
                case Decision.DENIED:
                    self.why_rejected = answer.comment
                    return None
                case Decision.GRANTED if not answer.dropped_hunks:
                    return head
                case Decision.GRANTED:
                    kept = await self._keep(key, head, answer)
                    if kept is not None:
                        return kept
                case Decision.RETURNED:
                    await self._revise(key, head, answer, round_number)

    async def _question(self, head: str, round_number: int) -> Question:
        diff = parse_diff(await diffs.diff(self.shop.hub, self.lane.start, head))
        proofs = [proof for record in self.records for proof in record.proofs]
        risk, reasons = self._risk(tuple(file.path for file in diff.files), proofs)
        if awaited := self._awaited(head, proofs):
            risk = Risk.MED
            reasons.append("does not pass yet, a later task is to see to it: "
                           f"{', '.join(awaited)}")
        passed = sum(proof.passed for proof in proofs)
        not_run = sum(proof.exit_code is None for proof in proofs)
        checks = f"{passed} of {len(proofs)} checks passed"
        if not_run:
            checks += f", {not_run} could not run here"
        if awaited:
            checks += f", {len(awaited)} not asked for yet"
        count = len(diff.files)
        lines = [f"{count} file{'s' * (count != 1)} +{diff.added} -{diff.removed} · {checks}"]
        lines += [f"{record.number} {record.title}" for record in self.records]
        lines += self._notes
        if self._notes:
            # What was asked for did not happen: a plain yes now means something else than before.
            risk, reasons = Risk.HIGH, [*self._notes, *reasons]
        again = f" (round {round_number})" if round_number > 1 else ""
        return Question(
            gate=Gate.PHASE, title=f"Phase {self.index + 1}: {self.phase.title}{again}",
            detail="\n".join(lines), risk=risk, reasons=tuple(reasons),
            action={"phase": self.index + 1, "base": self.lane.start, "head": head,
                    "round": round_number})

    def _risk(self, paths: Sequence[str], proofs: Sequence[Proof]) -> tuple[Risk, list[str]]:
        reasons = ["a phase's diff is approved before it lands on the branch"]
        risk = Risk.LOW
        sensitive = [path for path in paths if any(mark in path for mark in SENSITIVE)]
        if sensitive:
            risk = Risk.MED
            reasons.append(f"sensitive path: {sensitive[0]}")
        deciding = [path for path in paths if path.rpartition("/")[2] in DECIDES_CHECKS]
        if deciding:
            risk = Risk.MED
            reasons.append(f"it changes what its own checks do: {deciding[0]}")
        unproven = [proof for proof in proofs if proof.exit_code is None]
        if unproven or not proofs:
            risk = Risk.MED
            reasons.append(f"not proven here: {unproven[0].command}" if unproven
                           else "no acceptance command proves it")
        return risk, reasons

    def _awaited(self, head: str, proofs: Sequence[Proof]) -> list[str]:
        """Tests of the repository that did not have to pass on `head`, because the plan promises
        them for later (`Lane.promised`)."""
        begun = {self.plan.number(task.id) for phase in self.plan.phases[:self.index + 1]
                 for task in phase.tasks}
        promised = {command for number in begun
                    for command in self.lane.promised.get(number, ())}
        tried = {proof.command for proof in proofs if proof.commit == head}
        return [test for test in self.lane.tests if test in promised and test not in tried]

    async def _keep(self, key: str, head: str, answer: Answer) -> str | None:
        """The kept set, proven; None when it cannot be made or its checks fail, which the next
        question says."""
        try:
            kept = await self._without(key, head, answer)
        except GitError as error:
            self._notes = [f"These hunks cannot be taken out alone: {error.message}"]
            return None
        proofs = await self._prove(f"{key}/kept", kept)
        if failed := failures(proofs):
            self._notes = [f"Without the dropped hunks it fails: {failed[0].command} "
                           f"({summarize(failed[0])}). Nothing was dropped: approving lands "
                           "them."]
            return None
        await self.lane.move(f"{key}/kept/move", kept, self._about)
        return kept

    async def _without(self, key: str, head: str, answer: Answer) -> str:
        count = len(answer.dropped_hunks)
        message = f"Drop {count} hunk{'s' if count != 1 else ''} of phase {self.index + 1}"
        trailers = {"Cockpit-Job": f"#{self.shop.job.number} {self.shop.job.id}",
                    "Step-Id": f"{self.shop.job.id}/{key}"}
        return await self.ctx.step(
            f"{key}/drop", EffectClass.READ,
            lambda: merges.keep_hunks(self.shop.hub, base=self.lane.start, head=head,
                                      dropped=answer.dropped_hunks, message=message,
                                      trailers=trailers),
            kind=str)

    async def _prove(self, key: str, commit: str) -> tuple[Proof, ...]:
        name = f"job{self.shop.job.number}-phase{self.index + 1}"
        worktree = await self.shop.pool.acquire(commit, name=name)
        bench = WorktreeBench(shop=self.shop, worktree=worktree,
                              checkpoint_ref=checkpoint_ref(self.shop.job.id, name))
        proofs = await prove(self.ctx, key, bench, self._acceptance(), commit, self._about,
                             before=self.lane.start)
        await bench.discard_scratch()
        await self.shop.pool.release(worktree)
        return proofs

    def _acceptance(self) -> tuple[str, ...]:
        landed = {record.id for record in self.records}
        return tuple(dict.fromkeys(command for task in self.phase.tasks if task.id in landed
                                   for command in task.acceptance))

    async def _revise(self, key: str, head: str, answer: Answer, round_number: int) -> None:
        """Apply what can be applied at once, hand the rest to an agent, note how it went."""
        self._notes = []
        diff = parse_diff(await diffs.diff(self.shop.hub, self.lane.start, head))
        if answer.dropped_hunks:
            kept = await self._without(key, head, answer)
            await self.lane.move(f"{key}/drop/move", kept, self._about)
        if not (answer.comment or answer.comments):
            return
        made: list[Attempt] = []
        revision = await self.ctx.step(
            f"{key}/revised", EffectClass.READ,
            lambda: self._attempt(self._whose(answer), describe_answer(answer, diff), made),
            kind=Revision, after=lambda done: Facts(rows=(done.record,)))
        for attempt in made:
            await attempt.let_go()
        if revision.failure:
            self._notes = [f"Round {round_number} changed nothing: {revision.failure}"]
        self.records = [revision.record if r.id == revision.record.id else r
                        for r in self.records]

    async def _attempt(self, record: TaskRecord, sent_back: str,
                       made: list[Attempt]) -> Revision:
        """By the agent that did the task, if it is still there."""
        seats = self.shop.agents.seats
        agent = await seats.take(self.plan.task(record.id))
        try:
            revision = await self._attempt_by(agent, record, sent_back, made)
            if not seats.is_gone(agent):
                await self.shop.agents.idle(agent, revision.failure)
        finally:
            seats.give(agent)
        return revision

    async def _attempt_by(self, agent: str, record: TaskRecord, sent_back: str,
                          made: list[Attempt]) -> Revision:
        task = self._widened(self.plan.task(record.id))
        while True:
            attempt = Attempt(
                ctx=AgentContext(ctx=self.ctx, pool=self.shop.agents, agent=agent),
                shop=self.shop, lane=self.lane, task=task, record=record,
                number=record.attempts + 1, agent=agent, acceptance=self._acceptance(),
                allowed_commands=frozenset(self.plan.commands()), sent_back=sent_back)
            made.append(attempt)
            try:
                return Revision(record=await self.shop.agents.at_work(
                    agent, attempt.run(), gives_task_back=False))
            except AgentSentAway as error:
                failure = str(error)
            except WorktreeLost as error:
                if len(made) <= MAX_LOST:
                    await self.ctx.forget(f"{attempt.key}/")
                    continue
                failure = str(error)
            except TASK_FAILURES as error:
                failure = str(error)
            waiting = replace(record, attempts=attempt.number,
                              status=TaskStatus.AWAITING_APPROVAL)
            return Revision(record=waiting, failure=failure)

    def _whose(self, answer: Answer) -> TaskRecord:
        """The task whose files were commented on, else the last one that landed."""
        for comment in answer.comments:
            for record in self.records:
                if comment.path in record.files:
                    return record
        return self.records[-1]

    def _widened(self, task: Task) -> Task:
        """The task with the paths of the whole phase: a revision may touch what was commented."""
        paths = tuple(dict.fromkeys(path for t in self.phase.tasks for path in t.owned_paths))
        return replace(task, owned_paths=paths if task.owned_paths else ())

    @property
    def _about(self) -> Callable[[Payload], Event]:
        return lambda payload: Event(payload=payload, job_id=self.shop.job.id)
