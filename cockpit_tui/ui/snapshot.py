"""What the screen shows, as one value: read from the engine by the bridge, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cockpit_tui.domain.agent import AgentView
from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.boards import LockBoard, QueueBoard
from cockpit_tui.domain.glance import Pulse
from cockpit_tui.domain.ids import ApprovalId, JobId, ProjectId, TaskId
from cockpit_tui.domain.job import Job, JobStatus, WaitingOn
from cockpit_tui.domain.night_report import NightReport
from cockpit_tui.domain.project import Project, RepositoryState
from cockpit_tui.domain.spending import DaySpending
from cockpit_tui.domain.view import JobView

_PARKED_ON = frozenset({WaitingOn.BUDGET, WaitingOn.PERSON, WaitingOn.PAUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    is_loaded: bool = False
    """False until the engine answered for the first time."""
    is_read_only: bool = False
    """Nothing can be asked for here: another cockpit works, and only it takes commands."""
    is_following: bool = False
    """Another cockpit works; what is asked for here is asked of that one."""
    sandbox: str = ""
    """How agents' commands are contained; empty while that is not known."""
    projects: tuple[Project, ...] = ()
    repositories: Mapping[ProjectId, RepositoryState] = field(default_factory=dict)
    """Missing where a repository could not be read."""
    jobs: tuple[Job, ...] = ()
    """Of all projects, newest first."""
    view: JobView | None = None
    """The watched job."""
    pending: tuple[Approval, ...] = ()
    """Every question that waits for a person, in the order it should be answered."""
    away: NightReport | None = None
    """What happened before the screen was opened, where nobody looked for long; else None."""
    pulse: Pulse = field(default_factory=Pulse)
    today: DaySpending | None = None
    """What was spent since midnight; None until it is known."""

    queue: QueueBoard | None = None
    """None while no screen shows it."""
    locks: LockBoard | None = None
    """None while no screen shows it."""
    agents: tuple[AgentView, ...] | None = None
    """Of all jobs that have not ended, who needs the person first; None while no screen shows it.
    """

    def project(self, project_id: ProjectId | None) -> Project | None:
        return next((p for p in self.projects if p.id == project_id), None)

    def job(self, job_id: JobId | None) -> Job | None:
        return next((job for job in self.jobs if job.id == job_id), None)

    @property
    def parked(self) -> tuple[Job, ...]:
        """Jobs that stopped without a question: money or the person's help lets them go on."""
        return tuple(job for job in self.jobs if needs_help(job))

    @property
    def waiting(self) -> int:
        """How many things need the person."""
        return len(self.pending) + len(self.parked)

    def jobs_of(self, project_id: ProjectId) -> tuple[Job, ...]:
        return tuple(job for job in self.jobs if job.project_id == project_id)

    def approval(self, approval_id: ApprovalId | None) -> Approval | None:
        return next((a for a in self.pending if a.id == approval_id), None)


def is_parked(job: Job) -> bool:
    """Whether it stopped without a question: for money, for help, or because the person wished."""
    return not job.status.is_final and job.waiting_on in _PARKED_ON


def is_at_work(job: Job) -> bool:
    """Whether it has begun and nothing but a question holds it."""
    return (not job.status.is_final and job.status is not JobStatus.QUEUED
            and job.waiting_on in {WaitingOn.NOTHING, WaitingOn.APPROVAL})


def needs_help(job: Job) -> bool:
    return is_parked(job) and job.waiting_on is not WaitingOn.PAUSED


class Board(StrEnum):
    """What is read only while a screen shows it."""

    QUEUE = "queue"
    LOCKS = "locks"
    AGENTS = "agents"


class DiffKind(StrEnum):
    APPROVAL = "approval"
    LIVE = "live"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class DiffSource:
    """Which diff: of an approval, of a running task's worktree, or of all a job has landed."""

    kind: DiffKind
    id: str

    @classmethod
    def of_approval(cls, approval_id: ApprovalId) -> DiffSource:
        return cls(DiffKind.APPROVAL, approval_id)

    @classmethod
    def of_task(cls, task_id: TaskId) -> DiffSource:
        return cls(DiffKind.LIVE, task_id)

    @classmethod
    def of_job(cls, job_id: JobId) -> DiffSource:
        return cls(DiffKind.JOB, job_id)
