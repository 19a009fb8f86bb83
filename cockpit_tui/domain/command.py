"""Commands: imperatives that a face sends to the engine. What happened comes back as events."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit_tui.domain.approval import Answer
from cockpit_tui.domain.ids import ApprovalId, JobId, LockId, ScheduleId, TaskId
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.queue import Move, Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitJob:
    repository: str
    """A path inside the repository."""
    request: JobRequest
    placement: Placement | None = None
    """Its place in the queue; None: at once, or where an engine runs the queue, its end."""
    job_id: JobId | None = None
    """Given by the sender, who knows the job by it; one that is known already is not made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerApproval:
    """`action_hash` must be the hash of what the person saw; otherwise nothing is answered."""

    approval_id: ApprovalId
    action_hash: str
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelJob:
    job_id: JobId
    reason: str = "cancelled by the person"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeJob:
    job_id: JobId
    budget_microusd: int | None = None
    """A new budget for the whole job; None keeps the one it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryJob:
    """Start the failed and skipped tasks of a finished job again."""

    job_id: JobId


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoJob:
    """Take the job's branch out of the person's repository again."""

    job_id: JobId


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoAnswer:
    """Take an answer back, where nothing was done with it yet: the question waits again."""

    approval_id: ApprovalId


@dataclass(frozen=True, slots=True, kw_only=True)
class RewindTask:
    """Bring a task of a job that does not run back to a step of its last attempt."""

    task_id: TaskId
    step: int
    """A model turn, counted from 1; 0: the beginning."""
    words: str = ""
    """What its agent is told when it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoRewind:
    """Take a task's last rewind back, where it has not gone on since."""

    task_id: TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseJob:
    """Let the steps under way come to their end, and begin no further one."""

    job_id: JobId


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseTask:
    """As `PauseJob`, for one task; what depends on it waits, everything else goes on."""

    task_id: TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeTask:
    task_id: TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTask:
    """Stop a task for good; what depends on it is skipped, everything else goes on."""

    task_id: TaskId
    reason: str = "cancelled by the person"


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAll:
    """The queue starts nothing more, and every job at work pauses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeAll:
    """Undo `PauseAll`, and every pause of a job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBudget:
    """What the whole job may spend from now on, also while it runs."""

    job_id: JobId
    budget_microusd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveJob:
    """To another place in the queue; a job that runs gets its locks and agents by its priority."""

    job_id: JobId
    to: Move


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseQueue:
    """One job, or with None the whole queue, starts no more. What runs goes on."""

    job_id: JobId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeQueue:
    """Undo `PauseQueue`; a job that is not paused starts next, whatever it waited for."""

    job_id: JobId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """A job that was cancelled before the queue began it stands in its old place again."""

    job_id: JobId


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSchedule:
    """A new job of `request` at every time that `cron` names."""

    schedule_id: ScheduleId
    """Given by the sender; one that is known already is not made again."""
    repository: str
    request: JobRequest
    cron: str
    priority: int = 0
    is_overnight: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseSchedule:
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeSchedule:
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveSchedule:
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseLock:
    """Take a held lock away from a task that runs on without it."""

    lock_id: LockId


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminateAgent:
    """Send an agent of a job away: its step is cut, its task is ready for another agent, and what
    it wrote lies in the trash."""

    job_id: JobId
    agent: str
    """`a3`."""


StopCommand = PauseJob | PauseTask | ResumeTask | CancelTask | PauseAll | ResumeAll
QueueCommand = (MoveJob | PutBack | PauseQueue | ResumeQueue | AddSchedule | PauseSchedule
                | ResumeSchedule | RemoveSchedule)
JobCommand = (CancelJob | ResumeJob | RetryJob | SetBudget | UndoJob | UndoAnswer | RewindTask
              | UndoRewind | TerminateAgent)
Command = SubmitJob | AnswerApproval | ReleaseLock | JobCommand | StopCommand | QueueCommand
