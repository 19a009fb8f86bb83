"""What happens to projects, jobs and the plan: queued, reviewed, planned, phase by phase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectAdded:
    path: str
    name: str
    type: Literal["project:added"] = "project:added"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobQueued:
    number: int
    request: str
    branch: str
    type: Literal["job:queued"] = "job:queued"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStarted:
    base: str
    status: str = "reviewing"
    """The stage that started: reviewing, planning, building or testing."""
    type: Literal["job:started"] = "job:started"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobWaiting:
    waiting_on: str
    reason: str
    type: Literal["job:waiting"] = "job:waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCompleted:
    branch: str
    head: str
    commits: int
    summary: str
    type: Literal["job:completed"] = "job:completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed:
    reason: str
    error: str
    """The error's class name, which also decides the exit code."""
    type: Literal["job:failed"] = "job:failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCancelled:
    reason: str
    type: Literal["job:cancelled"] = "job:cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCompacted:
    """The working memory of a finished job was dropped: it cannot be retried any more."""

    steps: int
    payload_bytes: int
    type: Literal["job:compacted"] = "job:compacted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewStarted:
    commit: str
    type: Literal["review:started"] = "review:started"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewProgress:
    text: str
    type: Literal["review:progress"] = "review:progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewComplete:
    files: int
    findings: int
    summary: str
    type: Literal["review:complete"] = "review:complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGenerated:
    revision: int
    phases: int
    tasks: int
    summary: str
    type: Literal["plan:generated"] = "plan:generated"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEdited:
    revision: int
    by: str
    type: Literal["plan:edited"] = "plan:edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanApproved:
    revision: int
    by: str
    type: Literal["plan:approved"] = "plan:approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStarted:
    number: int
    title: str
    tasks: int
    type: Literal["phase:started"] = "phase:started"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseComplete:
    number: int
    title: str
    head: str
    landed: bool
    type: Literal["phase:complete"] = "phase:complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReady:
    number: str
    title: str
    type: Literal["task:ready"] = "task:ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStarted:
    number: str
    title: str
    role: str
    attempt: int
    type: Literal["task:started"] = "task:started"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskProgress:
    number: str
    status: str
    text: str
    type: Literal["task:progress"] = "task:progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted:
    number: str
    title: str
    commit: str
    files: tuple[str, ...]
    type: Literal["task:completed"] = "task:completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailed:
    number: str
    title: str
    reason: str
    status: str = "failed"
    """`failed`, `skipped` or `cancelled`."""
    type: Literal["task:failed"] = "task:failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRewound:
    """A task stands again where it was after a step of its last execution."""

    number: str
    title: str
    step: int
    kept: str
    """The ref that holds the files as they were before; empty where there was no worktree."""
    undone: bool = False
    """The other way: a rewind was taken back."""
    type: Literal["task:rewound"] = "task:rewound"
