"""The approval desk: asks each question once, answers by policy, or waits for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from cockpit_tui.config.crash_points import crash_point
from cockpit_tui.domain import event
from cockpit_tui.domain.approval import Answer, Approval, Decision, Question
from cockpit_tui.domain.durable import OnWait
from cockpit_tui.domain.errors import JobParked, UsageError
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import ApprovalId, IdSource, JobId, TaskId
from cockpit_tui.domain.job import WaitingOn
from cockpit_tui.domain.plan import Plan, validate_plan
from cockpit_tui.domain.policy import ApproveMode, Gate, Policy, Verdict
from cockpit_tui.domain.record import JobChange, RaiseBudget
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.domain.usage import exact_microusd
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import approvals, jobs, tasks
from cockpit_tui.storage.database import Database, Transaction

_NOT_STARTED = frozenset({TaskStatus.PENDING, TaskStatus.READY})


class ApprovalDesk:
    """Questions of one engine. `is_attended`: somebody may answer while the engine runs."""

    def __init__(self, database: Database, *, policy_of: Callable[[JobId], Policy],
                 clock: Callable[[], datetime], new_id: IdSource, is_attended: bool) -> None:
        self._database = database
        self._policy_of = policy_of
        self._clock = clock
        self._new_id = new_id
        self._is_attended = is_attended
        self.denies_unattended = False
        """The person's word for questions that come while nobody attends: no, instead of parking.
        """
        self._waiting: dict[ApprovalId, set[asyncio.Future[Answer]]] = {}

    async def ask(self, job_id: JobId, key: str, question: Question, *,
                  task_id: TaskId | None, on_wait: OnWait | None = None) -> Answer:
        """The answer, at once if it was given before or policy gives it; else after `on_wait`.

        Raises JobParked where a person must answer and nobody attends.
        """
        # Several agents come to one budget, each with another call: the first one asks for all, and
        # what a yes allows is what that question says.
        if question.gate is Gate.EXPENSIVE:
            standing = await self._database.read(
                lambda conn: approvals.allowed_for_job(conn, job_id, question))
            if standing is not None:
                return standing
        exact_key = key if question.gate is Gate.BUDGET else f"{key}#{question.action_hash[:16]}"
        known = await self._database.read(
            lambda conn: approvals.by_key(conn, job_id, exact_key))
        if known is None:
            known = await self._put(job_id, exact_key, question, task_id)
        elif known.answer is None and self._holds_up(question):
            await self._database.write(lambda tx: _go_on_waiting(tx, job_id, question.title))
        if known.answer is not None:
            return known.answer
        if not self._is_attended:
            if self.denies_unattended:
                no = Answer(decision=Decision.DENIED, by="away",
                            comment="Nobody was there to answer.")
                return await self._answered(known, no)
            if on_wait is not None:
                await on_wait()
            raise JobParked(f"Waits for an answer: {question.title}")
        if on_wait is not None:
            await on_wait()
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(known.id, set())
        waiting.add(answered)
        try:
            # The answer may have come between the look above and this.
            now = await self._database.read(lambda conn: approvals.get(conn, known.id))
            return now.answer or await answered
        finally:
            waiting.discard(answered)
            if not waiting:
                self._waiting.pop(known.id, None)

    async def _answered(self, approval: Approval, answer: Answer) -> Answer:
        """The answer that is recorded: `answer`, unless another one came first."""
        def write(tx: Transaction) -> Answer:
            now = approvals.get(tx.conn, approval.id)
            return now.answer or self._settle(tx, now, answer).answer or answer

        return await self._database.write(write)

    def _holds_up(self, question: Question) -> bool:
        """Whether the job waits for this answer. A run that nobody attends ends for want of money
        instead, and says so itself."""
        return self._is_attended or question.gate is not Gate.BUDGET \
            or question.action["task"] is not None

    async def _put(self, job_id: JobId, key: str, question: Question,
                   task_id: TaskId | None) -> Approval:
        policy = self._policy_of(job_id)
        verdict = policy.verdict(question.gate, risk=question.risk)
        approval = Approval(id=ApprovalId(self._new_id()), job_id=job_id, task_id=task_id, key=key,
                            question=question, asked_at=self._clock())
        required = event.ApprovalRequired(approval_id=approval.id, gate=question.gate.value,
                                          risk=question.risk.value, title=question.title)
        answer = _automatic(verdict, policy.approve)

        def write(tx: Transaction) -> Approval:
            if (there := approvals.by_key(tx.conn, job_id, key)) is not None:
                return there  # another agent of the job asked it since the look
            waiting = sum(record.status in _NOT_STARTED
                          for record in tasks.for_job(tx.conn, job_id))
            approvals.insert(tx, replace(approval, holds_up=waiting))
            tx.emit(Event(payload=required, job_id=job_id, task_id=task_id))
            if answer is None:
                if self._holds_up(question):
                    _wait(tx, job_id, question.title)
                return approval
            return self._settle(tx, approval, answer)

        put = await self._database.write(write)
        crash_point("approval/asked")
        return put

    async def answer(self, approval_id: ApprovalId, action_hash: str, answer: Answer) -> None:
        """Record a person's answer and wake whoever waits for it.

        Raises UsageError when the approval is unknown, answered already, or about another action,
        when its job is over, or when the answer could not be followed.
        """
        def write(tx: Transaction) -> list[ApprovalId]:
            approval = approvals.get(tx.conn, approval_id)
            if approval.answer is not None:
                raise UsageError(f"This was answered already: {approval.answer.decision.value} "
                                 f"by {approval.answer.by}.")
            if approval.question.action_hash != action_hash:
                raise UsageError("The action changed after it was shown; nothing was answered.",
                                 hint="Look at it again: cockpit approvals show")
            job = jobs.get(tx.conn, approval.job_id)
            if job.status.is_final:
                raise UsageError(f"Job #{job.number} is {job.status.value}; nothing waits in it.")
            _refuse_unusable(tx, approval, answer)
            self._settle(tx, approval, answer)
            alike = approvals.waiting_alike(tx.conn, job.id, approval.question) \
                if answer.rest_of_job else ()
            for other in alike:
                self._settle(tx, other, answer)
            return [approval_id, *(other.id for other in alike)]

        for answered in await self._database.write(write):
            self._wake(answered, answer)

    async def set_budget(self, job_id: JobId, budget_microusd: int) -> None:
        """The person says what the job may spend: that answers a question about its budget, and no
        earlier answer holds for the budget that it had."""
        comment = f"The budget is {exact_microusd(budget_microusd)} now."

        def write(tx: Transaction) -> list[tuple[ApprovalId, Answer]]:
            open_questions = [a for a in approvals.pending(tx.conn, job_id)
                              if a.question.gate is Gate.BUDGET and a.task_id is None]
            job = jobs.get(tx.conn, job_id)
            before = job.request.limits.budget_microusd
            is_more = before is not None and budget_microusd > before
            given = Answer(decision=Decision.GRANTED if is_more else Decision.DENIED, by="person",
                           comment=comment)
            for approval in open_questions:
                self._settle(tx, approval, given)
            approvals.set_aside(tx, job_id, prefix="budget/job/")
            job = jobs.get(tx.conn, job_id)
            limits = replace(job.request.limits, budget_microusd=budget_microusd)
            jobs.save(tx, replace(job, request=replace(job.request, limits=limits)))
            tx.emit(Event(payload=event.BudgetSet(before_microusd=before,
                                                  after_microusd=budget_microusd), job_id=job_id))
            return [(approval.id, given) for approval in open_questions]

        for approval_id, given in await self._database.write(write):
            self._wake(approval_id, given)

    def _wake(self, approval_id: ApprovalId, answer: Answer) -> None:
        for waiting in self._waiting.get(approval_id, ()):
            if not waiting.done():
                waiting.set_result(answer)

    def _settle(self, tx: Transaction, approval: Approval, answer: Answer) -> Approval:
        now = self._clock()
        approvals.answer(tx, approval.id, answer, now)
        settled = replace(approval, answer=answer, answered_at=now)
        gate = approval.question.gate.value
        match answer.decision:
            case Decision.GRANTED:
                payload: event.Payload = event.ApprovalGranted(
                    approval_id=approval.id, gate=gate, by=answer.by)
            case Decision.DENIED | Decision.RETURNED:
                payload = event.ApprovalDenied(
                    approval_id=approval.id, gate=gate, by=answer.by, comment=answer.comment,
                    returned=answer.decision is Decision.RETURNED)
        tx.emit(Event(payload=payload, job_id=approval.job_id, task_id=approval.task_id))
        waited_on = WaitingOn.APPROVAL
        if approval.question.gate is Gate.BUDGET and answer.decision is Decision.GRANTED:
            save_rows(tx, approval.job_id, (_raised(approval.question),))
            waited_on = WaitingOn.BUDGET if approval.task_id is None else waited_on
        job = jobs.get(tx.conn, approval.job_id)
        if job.waiting_on in {WaitingOn.APPROVAL, waited_on} \
                and not approvals.pending(tx.conn, job.id):
            save_rows(tx, approval.job_id,
                      (JobChange(waiting_on=WaitingOn.NOTHING, reason=""),))
        return settled


def _raised(question: Question) -> RaiseBudget:
    """What a yes to a question about a budget does."""
    action = question.action
    return RaiseBudget(before_microusd=action["before_microusd"],
                       after_microusd=action["after_microusd"],
                       task_id=TaskId(action["task"]) if action["task"] is not None else None)


def _automatic(verdict: Verdict, mode: ApproveMode) -> Answer | None:
    by = "all" if mode is ApproveMode.ALL else "policy"
    match verdict:
        case Verdict.ALLOW:
            return Answer(decision=Decision.GRANTED, by=by)
        case Verdict.DENY:
            return Answer(decision=Decision.DENIED, by=by, comment="denied by policy")
        case Verdict.ASK:
            return None


def _go_on_waiting(tx: Transaction, job_id: JobId, title: str) -> None:
    """A question met again: something else may have stopped the job since it was put."""
    if jobs.get(tx.conn, job_id).waiting_on is not WaitingOn.APPROVAL:
        _wait(tx, job_id, title)


def _wait(tx: Transaction, job_id: JobId, title: str) -> None:
    save_rows(tx, job_id, (JobChange(waiting_on=WaitingOn.APPROVAL, reason=title),))
    tx.emit(Event(payload=event.JobWaiting(waiting_on=WaitingOn.APPROVAL.value, reason=title),
                  job_id=job_id))


def _refuse_unusable(tx: Transaction, approval: Approval, answer: Answer) -> None:
    """Raise UsageError for an answer that does not fit its question."""
    gate = approval.question.gate
    if answer.rest_of_job and (gate is not Gate.EXPENSIVE
                               or answer.decision is not Decision.GRANTED):
        raise UsageError("Only expensive calls are allowed for the rest of a job.")
    if answer.dropped_hunks and gate is not Gate.PHASE:
        raise UsageError("Hunks are dropped from a phase's diff only.")
    if answer.plan is not None:
        if gate is not Gate.PLAN:
            raise UsageError("A plan is edited where the plan is asked about only.")
        _refuse_wrong_plan(tx, approval, answer.plan)
    says_something = answer.comment.strip() or answer.comments or answer.dropped_hunks
    if answer.decision is Decision.RETURNED and not (says_something or answer.plan):
        raise UsageError("Sending back needs words.", hint="Say what should change.")


def _refuse_wrong_plan(tx: Transaction, approval: Approval, plan: Plan) -> None:
    """Raise UsageError unless `plan` is an edit of the draft that was asked about, and can run."""
    asked = approval.question.action
    if (plan.job_id, plan.id, plan.revision) != (
            approval.job_id, asked["plan"], asked["revision"]):
        raise UsageError("The edited plan belongs to another draft; nothing was answered.",
                         hint="Look at the newest draft and edit that.")
    validate_plan(plan)
    for task in plan.tasks():
        taken = tx.conn.execute("SELECT 1 FROM tasks WHERE id = ? AND job_id != ?",
                                (task.id, plan.job_id)).fetchone()
        if taken:
            raise UsageError(f"{task.title!r} is a task of another job.")
