"""The pipeline: review → plan → approve → phases → testing, as one durable function.

It is written against `JobContext` alone and knows nothing of SQLite: a restart runs the same
function again, and every step that is done is skipped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cockpit_tui.agents.lead.planner import build_plan, draft_plan
from cockpit_tui.agents.lead.reviewer import review as ask_reviewer
from cockpit_tui.agents.loop import Conversation
from cockpit_tui.agents.roles import find_roles
from cockpit_tui.context.facts import collect_facts
from cockpit_tui.domain import event
from cockpit_tui.domain.approval import Answer, Decision, Question
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import CockpitError, JobRejected, VerificationFailed
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.job import JobStatus, Solo
from cockpit_tui.domain.plan import Plan, validate_plan
from cockpit_tui.domain.record import AdoptPlan, Facts, JobChange, Row, TrustProject
from cockpit_tui.domain.review import CommandKind, RepositoryFacts, Review
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.engine.bench import WorktreeBench, checkpoint_ref
from cockpit_tui.engine.branch import JobBranch
from cockpit_tui.engine.phase import PhaseRun, TaskOutcome
from cockpit_tui.engine.plan_question import plan_question
from cockpit_tui.engine.scheduler import TaskEnd
from cockpit_tui.engine.solo import solo_plan
from cockpit_tui.engine.verification import failures, prove, summarize
from cockpit_tui.engine.workshop import Workshop
from cockpit_tui.gitops.worktrees import Worktree
from cockpit_tui.tools.session import ToolSession

MAX_REPLANS = 20
_SHALLOW = "The clone is shallow: older commits were not read."


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """One run of one job."""

    ctx: JobContext
    shop: Workshop

    async def run(self) -> None:
        """Take the job through. Raises what ends it early: JobParked, JobCancelled, others."""
        until = self.shop.job.request.until
        if self.shop.job.request.solo is not None:
            plan = await self._solo(self.shop.job.request.solo)
        else:
            review = await self._review()
            if until.stage == "review":
                return await self._complete("Reviewed.")
            plan = await self._plan(review)
        if until.stage == "plan":
            return await self._complete(f"Planned: {plan.summary}")
        if plan.commands():
            self.shop = self.shop.trusting()
        await self._stage(JobStatus.BUILDING)
        branch = JobBranch(ctx=self.ctx, shop=self.shop)
        tests = await self._tests_of(plan)
        outcomes: dict[TaskId, TaskOutcome] = {}
        for index in range(len(plan.phases)):
            if until.phase is not None and index >= until.phase:
                break
            ended = {task_id: outcome.end for task_id, outcome in outcomes.items()}
            outcomes |= await PhaseRun(ctx=self.ctx, shop=self.shop, branch=branch, plan=plan,
                                       index=index, tests=tests).run(ended)
        await self._stage(JobStatus.TESTING)
        not_yet = await self._test(plan, branch, outcomes, tests)
        _raise_for_failures(outcomes, self.shop.job.number)
        return await self._complete(f"{len(outcomes)} of {len(outcomes)} tasks done.{not_yet}")

    # -- review ---------------------------------------------------------------------------------

    async def _review(self) -> Review:
        job = self.shop.job
        await self.ctx.record("review/started", Facts(
            events=(self._event(event.JobStarted(base=job.base_commit)),
                    self._event(event.ReviewStarted(commit=job.base_commit))),
            rows=(JobChange(status=JobStatus.REVIEWING),)))
        facts = await self.ctx.step("review/facts", EffectClass.READ, self._facts,
                                    kind=RepositoryFacts, after=self._facts_found)

        def finished(review: Review) -> Facts:
            return Facts(rows=(review,), events=(self._event(event.ReviewComplete(
                files=facts.file_count, findings=len(review.findings),
                summary=review.summary)),))

        async def judge() -> Review:
            conversation = await self._lead("review", "review")
            return await ask_reviewer(conversation, facts, job.request.text)

        return await self.ctx.step("review/report", EffectClass.READ, judge, kind=Review,
                                   after=finished)

    async def _facts(self) -> RepositoryFacts:
        hub, commit = self.shop.hub, self.shop.job.base_commit
        snapshot, recent, active = await asyncio.gather(
            hub.snapshot(commit), hub.recent_commits(commit, 20), hub.commits_since(commit, 90))
        facts = await asyncio.to_thread(collect_facts, snapshot, recent_commits=recent,
                                        commits_last_90_days=active)
        bench = self._bench(await self._lead_worktree(), "lead")
        runnable = await asyncio.gather(*(bench.can_run(f.command) for f in facts.commands))
        await bench.discard_scratch()
        left_out = (facts.truncated, _SHALLOW if hub.is_shallow else "")
        return self._redacted(replace(
            facts, truncated=" ".join(filter(None, left_out)), commands=tuple(
                replace(fact, runnable=can, reason=why)
                for fact, (can, why) in zip(facts.commands, runnable, strict=True))))

    async def _tests_of(self, plan: Plan) -> tuple[str, ...]:
        """The repository's own test commands, as far as the plan allows to run them."""
        if self.shop.job.request.solo is not None:
            return ()
        facts = await self.ctx.step("review/facts", EffectClass.READ, self._facts,
                                    kind=RepositoryFacts)
        allowed = plan.commands()
        return tuple(fact.command for fact in facts.commands
                     if fact.kind is CommandKind.TEST and fact.command in allowed)

    def _redacted(self, facts: RepositoryFacts) -> RepositoryFacts:
        """The ledger keeps the facts: a key in a commit message must not come along."""
        codec = adapter(RepositoryFacts)
        return codec.validate_python(
            self.shop.redactor.redact_all(codec.dump_python(facts, mode="json")))

    def _facts_found(self, facts: RepositoryFacts) -> Facts:
        languages = ", ".join(share.name for share in facts.languages[:3]) or "no known language"
        text = f"{facts.file_count:,} files, {languages}, {len(facts.classes)} classes"
        return Facts(events=(self._event(event.ReviewProgress(text=text)),))

    async def _lead(self, purpose: str, key: str, *, roles: str = "") -> Conversation:
        """A conversation with the lead, whose tools can only read the job's base commit."""
        worktree = await self._lead_worktree()
        session = ToolSession(root=worktree.path, owned_paths=(), read_only=True)
        return Conversation(self.ctx, await self.shop.lead(purpose, key, session, roles=roles))

    async def _lead_worktree(self) -> Worktree:
        name = f"job{self.shop.job.number}-lead"
        found = await self.shop.pool.find(name)
        return found or await self.shop.pool.acquire(self.shop.job.base_commit, name=name)

    def _bench(self, worktree: Worktree, name: str) -> WorktreeBench:
        return WorktreeBench(shop=self.shop, worktree=worktree,
                             checkpoint_ref=checkpoint_ref(self.shop.job.id, name))

    # -- plan -----------------------------------------------------------------------------------

    async def _plan(self, review: Review) -> Plan:
        """Draft, ask, and draft again as long as the plan is sent back."""
        await self._stage(JobStatus.PLANNING)
        comments: list[str] = []
        for round_number in range(1, MAX_REPLANS + 1):
            plan = await self._draft(review, comments, round_number)
            if self.shop.job.request.until.stage == "plan":
                await self._release_lead()
                return plan
            answer = await self.ctx.approval(f"plan/approve/{round_number}", self._question(plan))
            match answer.decision:
                case Decision.GRANTED:
                    await self._release_lead()
                    return await self._approved(answer.plan or plan, answer)
                case Decision.DENIED:
                    raise JobRejected(f"The plan was rejected. {answer.comment}".strip())
                case Decision.RETURNED:
                    comments.append(answer.comment)
        raise CockpitError(f"The plan was sent back {MAX_REPLANS} times.",
                           hint="Start a new request that says what is wanted.")

    async def _solo(self, solo: Solo) -> Plan:
        """The plan of one task that the person gave to one agent. What they typed they allowed;
        only where nothing contains its commands are they asked."""
        await self._stage(JobStatus.PLANNING)

        async def write() -> Plan:
            return await self.shop.estimator.of(solo_plan(self.shop.job, solo, self.shop.new_id))

        plan = await self.ctx.step("plan/solo", EffectClass.READ, write, kind=Plan,
                                   after=self._generated)
        answer = Answer(decision=Decision.GRANTED, by="the person")
        if plan.commands() and self.shop.sandbox.name == "none":
            answer = await self.ctx.approval("plan/approve/solo", self._question(plan))
            if answer.decision is not Decision.GRANTED:
                raise JobRejected(f"The commands were not allowed. {answer.comment}".strip())
        return await self._approved(plan, answer)

    async def _draft(self, review: Review, comments: Sequence[str], round_number: int) -> Plan:
        job = self.shop.job

        async def draft() -> Plan:
            found = await asyncio.to_thread(find_roles, self.shop.briefings.paths)
            conversation = await self._lead("plan", f"plan/{round_number}", roles=found.for_plan)
            drafted = await draft_plan(conversation, review, job.request.text, comments)
            return await self.shop.estimator.of(build_plan(
                drafted, job_id=job.id, revision=round_number, author=conversation.model_used,
                new_id=self.shop.new_id, is_free=not self.shop.models.is_ai(conversation.profile),
                roles={role.name for role in found.roles}))

        return await self.ctx.step(f"plan/{round_number}/draft", EffectClass.READ, draft,
                                   kind=Plan, after=self._generated)

    def _generated(self, plan: Plan) -> Facts:
        tasks = sum(len(phase.tasks) for phase in plan.phases)
        return Facts(rows=(plan,), events=(self._event(event.PlanGenerated(
            revision=plan.revision, phases=len(plan.phases), tasks=tasks,
            summary=plan.summary)),))

    def _question(self, plan: Plan) -> Question:
        return plan_question(plan, self.shop.job.request, is_trusted=self.shop.project.is_trusted,
                             is_contained=self.shop.sandbox.name != "none")

    async def _approved(self, plan: Plan, answer: Answer) -> Plan:
        validate_plan(plan)
        rows: list[Row] = [AdoptPlan(plan=plan)]
        events: list[Payload] = []
        if answer.plan is not None:
            plan = await self.shop.estimator.of(replace(plan, revision=plan.revision + 1))
            rows = [plan, AdoptPlan(plan=plan)]
            events.append(event.PlanEdited(revision=plan.revision, by=answer.by))
        if plan.commands():
            rows.append(TrustProject(project_id=self.shop.project.id))
        events.append(event.PlanApproved(revision=plan.revision, by=answer.by))
        await self.ctx.record("plan/approved", Facts(
            rows=tuple(rows), events=tuple(self._event(payload) for payload in events)))
        return plan

    async def _release_lead(self) -> None:
        worktree = await self.shop.pool.find(f"job{self.shop.job.number}-lead")
        if worktree is not None:
            await self.shop.pool.release(worktree)

    # -- testing --------------------------------------------------------------------------------

    async def _test(self, plan: Plan, branch: JobBranch, outcomes: Mapping[TaskId, TaskOutcome],
                    tests: Sequence[str]) -> str:
        """Every acceptance command of what got done, once more on the branch's final commit; where
        all got done also the repository's `tests`, but for those that failed before the job.

        What fails although a phase after the last one that was asked for was to make it pass, in
        words; empty: nothing. Raises VerificationFailed for all else.
        """
        head = await branch.head()
        done = [o.record for o in outcomes.values() if o.end is TaskEnd.DONE]
        proven = {p.command for r in done for p in r.proofs if p.commit == head}
        own = dict.fromkeys(c for record in done for c in plan.task(record.id).acceptance)
        wanted = own | dict.fromkeys(tests if len(done) == len(outcomes) else ())
        commands = [command for command in wanted if command not in proven]
        if not commands or head == self.shop.job.base_commit:
            return ""
        name = f"job{self.shop.job.number}-testing"
        worktree = await self.shop.pool.acquire(head, name=name)
        bench = self._bench(worktree, name)
        failed = failures(await prove(self.ctx, "testing", bench, commands, head, self._event,
                                      before=self.shop.job.base_commit))
        if others := [proof.command for proof in failed if proof.command not in own]:
            before = failures(await prove(self.ctx, "testing/before", bench, others,
                                          self.shop.job.base_commit, self._event))
            excused = {proof.command for proof in before}
            failed = tuple(proof for proof in failed if proof.command not in excused)
        await bench.discard_scratch()
        await self.shop.pool.release(worktree)
        later = {command for phase in plan.phases[self.shop.job.request.until.phase or len(
            plan.phases):] for task in phase.tasks for command in task.acceptance} - set(own)
        if due := [proof for proof in failed if proof.command not in later]:
            raise VerificationFailed(f"On the finished branch {due[0].command} fails: "
                                     f"{summarize(due[0])}")
        return "".join(f" Not yet: {proof.command} fails ({summarize(proof)}); a phase that was "
                       "not asked for is to make it pass." for proof in failed)

    # -- shared ---------------------------------------------------------------------------------

    async def _stage(self, status: JobStatus) -> None:
        await self.ctx.record(f"stage/{status.value}", Facts(
            rows=(JobChange(status=status),),
            events=(self._event(event.JobStarted(base=self.shop.job.base_commit,
                                                 status=status.value)),)))

    async def _complete(self, summary: str) -> None:
        branch = JobBranch(ctx=self.ctx, shop=self.shop)
        head = await branch.head()
        commits = await self.shop.hub.commits_between(self.shop.job.base_commit, head)
        await self.shop.release_worktrees()  # A job that is over is never opened again.
        await self.ctx.record("complete", Facts(
            rows=(JobChange(status=JobStatus.COMPLETED, reason=""),),
            events=(self._event(event.JobCompleted(
                branch=self.shop.job.branch if commits else "", head=head,
                commits=len(commits), summary=summary)),)))

    def _event(self, payload: Payload) -> Event:
        return Event(payload=payload, job_id=self.shop.job.id)


class TasksFailed(CockpitError):
    """Some tasks did not get done; what did is on the branch."""


def _raise_for_failures(outcomes: Mapping[TaskId, TaskOutcome], job_number: int) -> None:
    """Raise VerificationFailed or TasksFailed unless every task is done."""
    failed = [o for o in outcomes.values() if o.end is not TaskEnd.DONE]
    if not failed:
        return
    first = failed[0].record
    message = (f"{len(failed)} of {len(outcomes)} tasks did not get done. "
               f"{first.number} {first.title}: {first.reason}")
    landed = len(failed) < len(outcomes)
    if all(o.error == "JobCancelled" for o in failed if o.record.status is not TaskStatus.SKIPPED):
        raise JobRejected(f"{len(failed)} of {len(outcomes)} tasks were rejected. {first.reason}",
                          hint="" if landed else "Nothing landed.")
    kept = "What got done is on the branch." if landed else "Nothing landed."
    hint = f"{kept} Try the rest again: cockpit jobs retry {job_number}"
    if any(o.error == "VerificationFailed" for o in failed):
        raise VerificationFailed(message, hint=hint)
    raise TasksFailed(message, hint=hint)

