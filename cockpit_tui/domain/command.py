"""Commands: imperatives that a face sends to the engine. What happened comes back as events."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit_tui.domain.approval import Answer
from cockpit_tui.domain.ids import ApprovalId, JobId, TaskId
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.queue import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitJob:
    repository: str
    """A path inside the repository."""
    request: JobRequest
    placement: Placement | None = None
    """Its place in the queue; None: at once, or where an engine runs the queue, its end."""


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


Command = (SubmitJob | AnswerApproval | CancelJob | ResumeJob | RetryJob | UndoJob | UndoAnswer
           | RewindTask | UndoRewind)
