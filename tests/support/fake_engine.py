"""An engine in memory: what a face sees, with every state at hand and every command kept.

It implements `EnginePort` for tests of faces. It runs nothing: a test says what is true (`scene`),
publishes events by hand, and reads `sent` to see what the face asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from support.scenes import NOW, Scene, new_job

from cockpit_tui.domain.agent import AgentView
from cockpit_tui.domain.approval import Approval, Decision
from cockpit_tui.domain.boards import LockBoard, QueueBoard
from cockpit_tui.domain.command import (
    AnswerApproval,
    CancelJob,
    Command,
    PutBack,
    ResumeJob,
    RetryJob,
    SubmitJob,
    UndoJob,
)
from cockpit_tui.domain.errors import CockpitError, LedgerBusy, NotARepository
from cockpit_tui.domain.event import (
    ApprovalDenied,
    ApprovalGranted,
    JobCancelled,
    JobQueued,
    Payload,
    RecordedEvent,
)
from cockpit_tui.domain.glance import Pulse
from cockpit_tui.domain.ids import ApprovalId, EventId, JobId, ProjectId, TaskId
from cockpit_tui.domain.job import Job, JobStatus, WaitingOn
from cockpit_tui.domain.night_report import JobCost, NightReport
from cockpit_tui.domain.notice import Notice
from cockpit_tui.domain.project import Project, RepositoryState
from cockpit_tui.domain.spending import DaySpending
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.domain.view import JobView

AT_WORK = {TaskStatus.RUNNING, TaskStatus.VERIFYING, TaskStatus.JUDGING, TaskStatus.LANDING}
_RISK_ORDER = {"HIGH": 0, "MED": 1, "low": 2}


class FakeEngine:
    """One `Scene`, changed by commands the way the real engine would, as far as a face can tell."""

    def __init__(self, scene: Scene, *, is_read_only: bool = False) -> None:
        self.scene = scene
        self.is_read_only = is_read_only
        self.writes_letters = False
        """Set by a test whose screen follows another cockpit: what is sent arrives."""
        self.sandbox = "bubblewrap"
        self.sent: list[Command] = []
        self.refuse: CockpitError | None = None
        """Raised by the next `send` instead of carrying it out."""
        self._queues: list[asyncio.Queue[tuple[RecordedEvent, ...]]] = []

    async def send(self, command: Command) -> Job | None:
        if self.is_read_only and not self.writes_letters:
            raise LedgerBusy("Another cockpit (process 4711) holds the engine.",
                             hint="Close it, or answer there.")
        if self.refuse is not None:
            error, self.refuse = self.refuse, None
            raise error
        self.sent.append(command)
        match command:
            case SubmitJob():
                return self._submit(command)
            case AnswerApproval():
                self._answer(command)
            case CancelJob():
                self._set_job(command.job_id, status=JobStatus.CANCELLED, reason=command.reason,
                              waiting_on=WaitingOn.NOTHING, finished_at=NOW)
                self.publish(JobCancelled(reason=command.reason), job_id=command.job_id)
            case UndoJob():
                self._set_job(command.job_id, head_commit="")
            case ResumeJob():
                self._set_job(command.job_id, waiting_on=WaitingOn.NOTHING, reason="")
            case RetryJob() | PutBack():
                self._set_job(command.job_id, status=JobStatus.QUEUED, reason="")
            case _:
                pass  # only what was sent is looked at
        return None

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[tuple[RecordedEvent, ...]]]:
        queue: asyncio.Queue[tuple[RecordedEvent, ...]] = asyncio.Queue()
        self._queues.append(queue)

        async def batches() -> AsyncIterator[tuple[RecordedEvent, ...]]:
            while True:
                yield await queue.get()

        try:
            yield batches()
        finally:
            self._queues.remove(queue)

    async def events(self, *, after: int = 0, limit: int = 1_000,
                     job_id: JobId | None = None) -> tuple[RecordedEvent, ...]:
        return tuple(e for e in self.scene.events
                     if e.seq > after and job_id in (None, e.job_id))[:limit]

    async def latest_events(self, *, limit: int = 1_000) -> tuple[RecordedEvent, ...]:
        return tuple(self.scene.events[-limit:])

    async def projects(self) -> tuple[Project, ...]:
        return tuple(self.scene.projects)

    async def add_project(self, path: str) -> Project:
        found = next((p for p in self.scene.addable if p.path == path), None)
        if found is None:
            raise NotARepository(f"{path!r} holds no git repository.",
                                 hint="Name a folder inside one, or run git init there.")
        self.scene.projects.append(found)
        return found

    async def remove_project(self, project_id: ProjectId) -> None:
        self.scene.projects = [p for p in self.scene.projects if p.id != project_id]

    async def trust_project(self, project_id: ProjectId) -> None:
        self.scene.projects = [replace(p, trusted_at=NOW) if p.id == project_id else p
                               for p in self.scene.projects]

    async def repository(self, path: str) -> RepositoryState:
        return self.scene.repositories[path]

    async def jobs(self, *, project_id: ProjectId | None = None,
                   limit: int = 200) -> tuple[Job, ...]:
        jobs = [v.job for v in self.scene.views if project_id in (None, v.job.project_id)]
        return tuple(sorted(jobs, key=lambda job: -job.number)[:limit])

    async def job_view(self, job_id: JobId) -> JobView:
        return self._view(job_id)

    async def agents(self, job_id: JobId | None = None) -> tuple[AgentView, ...]:
        return tuple(view for view in self.scene.agents if job_id in (None, view.agent.job_id))

    async def pulse(self) -> Pulse:
        """As if each task at work had one agent."""
        at_work = sum(task.status in AT_WORK for view in self.scene.views for task in view.tasks
                      if view.job.waiting_on in {WaitingOn.NOTHING, WaitingOn.APPROVAL})
        return Pulse(at_work=at_work, paused_at=self.scene.queue.state.paused_at)

    async def usage_today(self) -> DaySpending:
        by_job = {view.job.id: view.job.cost_microusd or 0 for view in self.scene.views}
        return DaySpending(known_microusd=sum(by_job.values()), unpriced_calls=0, by_job=by_job)

    async def queue_board(self) -> QueueBoard:
        return self.scene.queue

    async def lock_board(self) -> LockBoard:
        return self.scene.locks

    async def pending_approvals(self) -> tuple[Approval, ...]:
        waiting = [a for view in self.scene.views for a in view.pending]
        return tuple(sorted(waiting, key=lambda a: (_RISK_ORDER[a.question.risk], -a.holds_up,
                                                    a.asked_at)))

    async def notices(self, *, limit: int = 200) -> tuple[Notice, ...]:
        return tuple(self.scene.notices[:limit])

    async def night_report(self, since: datetime) -> NightReport:
        return self.scene.night or NightReport(
            since=since, until=NOW, cost=JobCost(), done=(), failed=(), parked=(), questions=(),
            next=(), paused_since=None)

    async def approval_diff(self, approval_id: ApprovalId) -> str:
        return self.scene.approval_diffs.get(approval_id, "")

    async def live_diff(self, task_id: TaskId) -> str:
        return self.scene.live_diffs.get(task_id, "")

    async def job_diff(self, job_id: JobId) -> str:
        return self.scene.job_diffs.get(job_id, "")

    def publish(self, *payloads: Payload, job_id: JobId | None = None,
                task_id: TaskId | None = None, at: datetime = NOW) -> None:
        """Record the payloads as the next events and hand them to every subscriber."""
        first = len(self.scene.events) + 1
        batch = tuple(
            RecordedEvent(seq=seq, id=EventId(f"E{seq}"), at=at, payload=payload, job_id=job_id,
                          task_id=task_id, execution_id=None, correlation_id=job_id or "engine")
            for seq, payload in enumerate(payloads, first))
        self.scene.events.extend(batch)
        for queue in self._queues:
            queue.put_nowait(batch)

    def ask(self, approval: Approval) -> None:
        """Add an approval to its job's view, as if an agent had just asked."""
        view = self._view(approval.job_id)
        self._put(replace(view, approvals=(*view.approvals, approval)))

    def _submit(self, command: SubmitJob) -> Job:
        project = next((p for p in self.scene.projects if p.path == command.repository), None)
        if project is None:
            raise NotARepository(f"{command.repository!r} holds no git repository.")
        number = max((v.job.number for v in self.scene.views), default=40) + 1
        job = new_job(number, project, request=command.request)
        self.scene.views.append(JobView(job=job, project=project, review=None, plan=None,
                                        tasks=(), executions=(), approvals=()))
        self.publish(JobQueued(number=number, request=job.request.text, branch=job.branch),
                     job_id=job.id)
        return job

    def _answer(self, command: AnswerApproval) -> None:
        view = next(v for v in self.scene.views
                    if any(a.id == command.approval_id for a in v.approvals))
        asked = next(a for a in view.approvals if a.id == command.approval_id)
        if asked.question.action_hash != command.action_hash:
            raise CockpitError("What was asked has changed since it was shown.",
                               hint="Look again and decide anew.")
        answered = replace(asked, answer=command.answer, answered_at=NOW)
        self._put(replace(view, approvals=tuple(answered if a.id == asked.id else a
                                                for a in view.approvals)))
        gate, by = asked.question.gate.value, command.answer.by
        granted = command.answer.decision is Decision.GRANTED
        self.publish(
            ApprovalGranted(approval_id=asked.id, gate=gate, by=by) if granted else
            ApprovalDenied(approval_id=asked.id, gate=gate, by=by,
                           returned=command.answer.decision is Decision.RETURNED),
            job_id=view.job.id, task_id=asked.task_id)

    def _set_job(self, job_id: JobId, **changes: object) -> None:
        view = self._view(job_id)
        self._put(replace(view, job=replace(view.job, **changes)))  # type: ignore[arg-type]

    def _view(self, job_id: JobId) -> JobView:
        return next(v for v in self.scene.views if v.job.id == job_id)

    def _put(self, view: JobView) -> None:
        self.scene.views = [view if v.job.id == view.job.id else v for v in self.scene.views]
