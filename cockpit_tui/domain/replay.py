"""A job as it was at any moment: its state folded from its events, one event at a time. Pure.

What events do not tell (the plan's text, who has which role) is taken from the job's rows as they
are in the ledger now; what changes with time comes from the events alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from cockpit_tui.domain import event as ev
from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.ids import ApprovalId, TaskId
from cockpit_tui.domain.job import Job, JobStatus, WaitingOn
from cockpit_tui.domain.task import AgentStatus, TaskRecord, TaskStatus
from cockpit_tui.domain.view import JobView

_UNSTARTED = frozenset({TaskStatus.PENDING, TaskStatus.READY, TaskStatus.SKIPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMoment:
    """What one agent was at."""

    name: str
    role: str
    model: str
    task_id: TaskId | None
    since: datetime
    status: AgentStatus = AgentStatus.WORKING
    step: int = 0
    doing: str = ""
    """Its last tool call, in one line."""


@dataclass(slots=True, kw_only=True)
class Moment:
    """A job after some of its events. `take` changes it in place; `copy` keeps it as it is."""

    job: Job
    tasks: dict[TaskId, TaskRecord] = field(default_factory=dict)
    """In plan order; empty until the plan is approved."""
    agents: dict[str, AgentMoment] = field(default_factory=dict)
    rewound: dict[TaskId, TaskRecord] = field(default_factory=dict)
    """Tasks that went back to a step and have not gone on since, as they were before."""
    asked: dict[ApprovalId, bool] = field(default_factory=dict)
    """Every question so far; True while it waits."""
    has_review: bool = False
    plan_revision: int = 0
    at: datetime | None = None
    """Of the last event taken; None before the first."""

    @classmethod
    def before(cls, view: JobView) -> Moment:
        """As the job was when it was asked for."""
        job = view.job
        return cls(job=replace(job, status=JobStatus.QUEUED, waiting_on=WaitingOn.NOTHING,
                               reason="", head_commit=job.base_commit, started_at=None,
                               finished_at=None, cost_microusd=0))

    def copy(self) -> Moment:
        return replace(self, tasks=dict(self.tasks), agents=dict(self.agents),
                       rewound=dict(self.rewound), asked=dict(self.asked))

    def take(self, event: RecordedEvent, plan: Mapping[TaskId, TaskRecord]) -> None:
        """Let one more event happen; `plan` is the tasks as `planned_tasks` has them."""
        self.at = event.at
        fold = _FOLDS.get(type(event.payload))
        if fold is not None:
            fold(self, event, event.payload, plan)

    def view(self, now: JobView) -> JobView:
        """What faces would have been shown; `now` is the job's rows as they are today."""
        known = now.plan is not None and now.plan.revision == self.plan_revision
        approvals = tuple(
            replace(a, answer=None, answered_at=None) if self.asked[a.id] else a
            for a in now.approvals if a.id in self.asked)
        return replace(now, job=self.job, review=now.review if self.has_review else None,
                       plan=now.plan if known or self.tasks else None, approvals=approvals,
                       tasks=tuple(self.tasks.values()), executions=(), collisions=())

    # -- what the folds below share

    def change_job(self, event: RecordedEvent, status: JobStatus, reason: str | None = None
                   ) -> None:
        waiting = WaitingOn.NOTHING if status.is_final else self.job.waiting_on
        self.job = replace(
            self.job, status=status, waiting_on=waiting,
            reason=self.job.reason if reason is None else reason,
            started_at=self.job.started_at or event.at,
            finished_at=(self.job.finished_at or event.at) if status.is_final else None)

    def goes_on(self) -> None:
        """Something was done: what had stopped the job, but for a question, is over."""
        if self.job.waiting_on not in {WaitingOn.NOTHING, WaitingOn.APPROVAL}:
            self.job = replace(self.job, waiting_on=WaitingOn.NOTHING, reason="")

    def change_task(self, event: RecordedEvent, plan: Mapping[TaskId, TaskRecord],
                    status: TaskStatus, **fields: object) -> None:
        task_id = event.task_id
        if task_id not in self.tasks:
            if task_id is None or task_id not in plan:
                return
            self.tasks = dict(plan)
        record = self.tasks[task_id]
        rests = status.is_final or status is TaskStatus.AWAITING_APPROVAL
        self.tasks[task_id] = replace(
            record, **{"started_at": record.started_at or (
                None if status in _UNSTARTED else event.at),
                "finished_at": (record.finished_at or event.at) if rests else None,
                "status": status, **fields})  # type: ignore[arg-type]


def planned_tasks(view: JobView) -> dict[TaskId, TaskRecord]:
    """The job's tasks as they were when the plan was approved, by id, in plan order."""
    return {t.id: TaskRecord(id=t.id, job_id=t.job_id, phase_id=t.phase_id,
                             phase_index=t.phase_index, number=t.number, title=t.title,
                             role=t.role, status=TaskStatus.PENDING) for t in view.tasks}


_Plan = Mapping[TaskId, TaskRecord]


def _job_started(now: Moment, event: RecordedEvent, payload: ev.JobStarted, _: _Plan) -> None:
    if now.job.status.is_final:
        _retried(now)
    now.goes_on()
    now.change_job(event, JobStatus(payload.status))


def _retried(now: Moment) -> None:
    """A job that was over was queued again: what was not done starts from the beginning, or goes on
    from the step it was brought to."""
    now.job = replace(now.job, status=JobStatus.QUEUED, reason="", waiting_on=WaitingOn.NOTHING)
    for task_id, record in now.tasks.items():
        if task_id in now.rewound:
            del now.rewound[task_id]
            now.tasks[task_id] = replace(record, status=TaskStatus.RUNNING)
        elif record.status is not TaskStatus.DONE:
            now.tasks[task_id] = replace(
                record, status=TaskStatus.PENDING, reason="", started_at=None, finished_at=None,
                commit="", files=(), proofs=())


def _job_waiting(now: Moment, _: RecordedEvent, payload: ev.JobWaiting, __: _Plan) -> None:
    now.job = replace(now.job, waiting_on=WaitingOn(payload.waiting_on), reason=payload.reason)


def _queue_changed(now: Moment, _: RecordedEvent, payload: ev.QueueChanged, __: _Plan) -> None:
    if payload.change == "resumed":
        now.goes_on()


def _job_completed(now: Moment, event: RecordedEvent, payload: ev.JobCompleted, _: _Plan) -> None:
    now.change_job(event, JobStatus.COMPLETED, "")


def _job_stopped(now: Moment, event: RecordedEvent, payload: ev.JobFailed | ev.JobCancelled,
                 _: _Plan) -> None:
    for task_id, record in now.tasks.items():
        if not record.status.is_final:
            now.tasks[task_id] = replace(record, status=TaskStatus.CANCELLED,
                                         reason=payload.reason, finished_at=event.at)
    for name, agent in now.agents.items():
        now.agents[name] = replace(agent, status=AgentStatus.IDLE)
    now.change_job(event, JobStatus.FAILED if isinstance(payload, ev.JobFailed)
                   else JobStatus.CANCELLED, payload.reason)


def _reviewed(now: Moment, _: RecordedEvent, __: ev.ReviewComplete, ___: _Plan) -> None:
    now.has_review = True


def _planned(now: Moment, _: RecordedEvent, payload: ev.PlanGenerated | ev.PlanEdited,
             __: _Plan) -> None:
    now.plan_revision = payload.revision


def _plan_approved(now: Moment, _: RecordedEvent, payload: ev.PlanApproved, plan: _Plan) -> None:
    now.plan_revision = payload.revision
    now.tasks = dict(plan)


def _phase_complete(now: Moment, event: RecordedEvent, payload: ev.PhaseComplete, _: _Plan
                    ) -> None:
    if not payload.landed:
        return
    for task_id, record in now.tasks.items():
        if (record.phase_index == payload.number - 1
                and record.status is TaskStatus.AWAITING_APPROVAL):
            now.tasks[task_id] = replace(record, status=TaskStatus.DONE,
                                         finished_at=record.finished_at or event.at)


def _task_ready(now: Moment, event: RecordedEvent, _: ev.TaskReady, plan: _Plan) -> None:
    now.goes_on()
    now.change_task(event, plan, TaskStatus.READY, reason="", commit="", files=())


def _task_started(now: Moment, event: RecordedEvent, payload: ev.TaskStarted, plan: _Plan) -> None:
    now.goes_on()
    record = now.tasks.get(event.task_id) if event.task_id is not None else None
    is_revision = record is not None and record.status is TaskStatus.AWAITING_APPROVAL
    kept: dict[str, object] = {} if is_revision else {"commit": "", "files": ()}
    now.change_task(event, plan, TaskStatus.RUNNING, attempts=payload.attempt, reason="", **kept)


def _committed(now: Moment, event: RecordedEvent, payload: ev.GitCommitted, _: _Plan) -> None:
    """What is proven next; it is not on the job's branch yet."""
    if event.task_id is not None and event.task_id in now.tasks:
        now.tasks[event.task_id] = replace(now.tasks[event.task_id], commit=payload.commit)


def _task_progress(now: Moment, event: RecordedEvent, payload: ev.TaskProgress, plan: _Plan
                   ) -> None:
    try:
        status = TaskStatus(payload.status)
    except ValueError:
        return  # a word of the task's own, not one of its states
    said = {"reason": payload.text} if status.is_final else {}
    now.change_task(event, plan, status, **said)


def _task_completed(now: Moment, event: RecordedEvent, payload: ev.TaskCompleted, plan: _Plan
                    ) -> None:
    now.change_task(event, plan, TaskStatus.AWAITING_APPROVAL, reason="", commit=payload.commit,
                    files=payload.files)


def _task_failed(now: Moment, event: RecordedEvent, payload: ev.TaskFailed, plan: _Plan) -> None:
    status = TaskStatus(payload.status)
    unbegun: dict[str, object] = ({"attempts": 0, "commit": "", "files": ()}
                                  if status is TaskStatus.SKIPPED else {})
    now.change_task(event, plan, status, reason=payload.reason, **unbegun)


def _task_rewound(now: Moment, event: RecordedEvent, payload: ev.TaskRewound, plan: _Plan) -> None:
    if event.task_id is None or event.task_id not in now.tasks:
        return
    if payload.undone:
        if (before := now.rewound.pop(event.task_id, None)) is not None:
            now.tasks[event.task_id] = before
        return
    now.rewound[event.task_id] = now.tasks[event.task_id]
    status = TaskStatus.PENDING if now.job.status.is_final else TaskStatus.RUNNING
    now.change_task(event, plan, status, reason="", commit="", files=(), finished_at=None)
    for task_id, record in now.tasks.items():
        if record.status is TaskStatus.SKIPPED:  # What it waited for may get done now.
            now.tasks[task_id] = replace(record, status=TaskStatus.PENDING, reason="",
                                         finished_at=None)


def _task_held(now: Moment, event: RecordedEvent, payload: ev.TaskPaused | ev.TaskResumed,
               _: _Plan) -> None:
    if event.task_id is not None and event.task_id in now.tasks:
        now.tasks[event.task_id] = replace(now.tasks[event.task_id],
                                           is_paused=isinstance(payload, ev.TaskPaused))


def _asked(now: Moment, _: RecordedEvent, payload: ev.ApprovalRequired, __: _Plan) -> None:
    now.asked[payload.approval_id] = True


def _answered(now: Moment, _: RecordedEvent, payload: ev.ApprovalGranted | ev.ApprovalDenied
              | ev.ApprovalWithdrawn, __: _Plan) -> None:
    asks_again = isinstance(payload, ev.ApprovalWithdrawn) and payload.what == "answer"
    now.asked[payload.approval_id] = asks_again
    over = {WaitingOn.APPROVAL} | ({WaitingOn.BUDGET} if payload.gate == "budget" else set())
    if now.job.waiting_on in over and not any(now.asked.values()):
        now.job = replace(now.job, waiting_on=WaitingOn.NOTHING, reason="")


def _merged(now: Moment, _: RecordedEvent, payload: ev.GitMerged, __: _Plan) -> None:
    if payload.ref == f"refs/heads/{now.job.branch}":
        now.job = replace(now.job, head_commit=payload.commit)


def _spent(now: Moment, event: RecordedEvent, payload: ev.UsageRecorded, _: _Plan) -> None:
    """An unknown price makes every sum that it is part of unknown."""
    cost = payload.cost_microusd
    now.job = replace(now.job, cost_microusd=_sum(now.job.cost_microusd, cost))
    if event.task_id is not None and event.task_id in now.tasks:
        record = now.tasks[event.task_id]
        now.tasks[event.task_id] = replace(record, cost_microusd=_sum(record.cost_microusd, cost))


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _agent_started(now: Moment, event: RecordedEvent, payload: ev.AgentStarted, _: _Plan) -> None:
    now.agents[payload.agent] = AgentMoment(
        name=payload.agent, role=payload.role, model=payload.model, task_id=event.task_id,
        since=event.at)


def _agent_finished(now: Moment, _: RecordedEvent, payload: ev.AgentFinished, __: _Plan) -> None:
    if (agent := now.agents.get(payload.agent)) is not None:
        now.agents[payload.agent] = replace(agent, status=AgentStatus.IDLE, step=payload.steps)


def _agent_changed(now: Moment, event: RecordedEvent, payload: ev.AgentStatusChanged, _: _Plan
                   ) -> None:
    if (agent := now.agents.get(payload.agent)) is not None:
        now.agents[payload.agent] = replace(
            agent, status=AgentStatus(payload.status), task_id=event.task_id or agent.task_id,
            doing=payload.detail if payload.status == AgentStatus.BLOCKED else agent.doing)


def _agent_gone(now: Moment, _: RecordedEvent, payload: ev.AgentTerminated, __: _Plan) -> None:
    now.agents.pop(payload.agent, None)


def _stepped(now: Moment, event: RecordedEvent, payload: ev.StepStarted, _: _Plan) -> None:
    now.goes_on()
    agent = now.agents.get(payload.agent)
    if agent is None:  # The lead is nobody's execution: it is known by its turns alone.
        agent = AgentMoment(name=payload.agent, role="", model=payload.model,
                            task_id=event.task_id, since=event.at)
    now.agents[payload.agent] = replace(agent, step=payload.number, model=payload.model,
                                        status=AgentStatus.WORKING)


def _called(now: Moment, _: RecordedEvent, payload: ev.ToolCalled, __: _Plan) -> None:
    if (agent := now.agents.get(payload.agent)) is not None:
        now.agents[payload.agent] = replace(agent, doing=payload.summary)


_FOLDS: Mapping[type, Callable[..., None]] = {
    ev.JobStarted: _job_started, ev.JobWaiting: _job_waiting, ev.QueueChanged: _queue_changed,
    ev.JobCompleted: _job_completed, ev.JobFailed: _job_stopped, ev.JobCancelled: _job_stopped,
    ev.ReviewComplete: _reviewed, ev.PlanGenerated: _planned, ev.PlanEdited: _planned,
    ev.PlanApproved: _plan_approved, ev.PhaseComplete: _phase_complete,
    ev.TaskReady: _task_ready, ev.TaskStarted: _task_started, ev.TaskProgress: _task_progress,
    ev.TaskCompleted: _task_completed, ev.TaskFailed: _task_failed, ev.TaskRewound: _task_rewound,
    ev.TaskPaused: _task_held, ev.TaskResumed: _task_held,
    ev.ApprovalRequired: _asked, ev.ApprovalGranted: _answered, ev.ApprovalDenied: _answered,
    ev.ApprovalWithdrawn: _answered, ev.GitMerged: _merged,
    ev.GitCommitted: _committed, ev.UsageRecorded: _spent,
    ev.AgentStarted: _agent_started, ev.AgentFinished: _agent_finished,
    ev.AgentStatusChanged: _agent_changed, ev.AgentTerminated: _agent_gone,
    ev.StepStarted: _stepped, ev.ToolCalled: _called,
}
"""Which event changes what; those that are not here change nothing that is shown."""
