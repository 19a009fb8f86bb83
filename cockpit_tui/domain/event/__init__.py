"""Events: past-tense facts, recorded first and shown second; one tagged union of payloads.

The payloads stand by subject in the modules of this package, and are imported from here. A payload
says what happened; `RecordedEvent` is the envelope the ledger puts around it. On the
wire (`--json`, API) an event is one object:
`{"seq", "id", "at", "type", "job_id", "task_id"?, "execution_id"?, "correlation_id", "data"}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from cockpit_tui.domain.event.agents import (
    AgentFinished,
    AgentMessage,
    AgentStarted,
    AgentStatusChanged,
    AgentTerminated,
    CodeGenerated,
    JudgePassed,
    JudgeRevised,
    StepCompleted,
    StepStarted,
    TestsComplete,
    TestsStarted,
    ToolCalled,
    ToolFinished,
)
from cockpit_tui.domain.event.approvals import (
    ApprovalDenied,
    ApprovalGranted,
    ApprovalRequired,
    ApprovalWithdrawn,
)
from cockpit_tui.domain.event.branches import (
    BatchFailed,
    CollisionCleared,
    CollisionForeseen,
    GitCheckpointed,
    GitCommitted,
    GitConflicted,
    GitMerged,
    GitUndone,
    LockAcquired,
    LockReleased,
    LockWaiting,
    TaskStrayed,
)
from cockpit_tui.domain.event.control import (
    BudgetSet,
    CommandReceived,
    ControlPayload,
    JobPaused,
    JobResumed,
    TaskPaused,
    TaskResumed,
)
from cockpit_tui.domain.event.disk import DiskShort, DiskTidied
from cockpit_tui.domain.event.engine import (
    EngineRecovered,
    EngineStarted,
    EngineStopped,
    QueueChanged,
    ScheduleChanged,
)
from cockpit_tui.domain.event.models import (
    BudgetExceeded,
    BudgetWarned,
    ModelFellBack,
    ModelRetried,
    UsageRecorded,
)
from cockpit_tui.domain.event.telling import AgentStalled, NoticeTold
from cockpit_tui.domain.event.work import (
    JobCancelled,
    JobCompacted,
    JobCompleted,
    JobFailed,
    JobQueued,
    JobStarted,
    JobWaiting,
    PhaseComplete,
    PhaseStarted,
    PlanApproved,
    PlanEdited,
    PlanGenerated,
    ProjectAdded,
    ReviewComplete,
    ReviewProgress,
    ReviewStarted,
    TaskCompleted,
    TaskFailed,
    TaskProgress,
    TaskReady,
    TaskRewound,
    TaskStarted,
)
from cockpit_tui.domain.ids import EventId, ExecutionId, JobId, TaskId

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "AgentFinished",
    "AgentMessage",
    "AgentStalled",
    "AgentStarted",
    "AgentStatusChanged",
    "AgentTerminated",
    "ApprovalDenied",
    "ApprovalGranted",
    "ApprovalRequired",
    "ApprovalWithdrawn",
    "BatchFailed",
    "BudgetExceeded",
    "BudgetSet",
    "BudgetWarned",
    "CodeGenerated",
    "CollisionCleared",
    "CollisionForeseen",
    "CommandReceived",
    "ControlPayload",
    "DiskShort",
    "DiskTidied",
    "EngineRecovered",
    "EngineStarted",
    "EngineStopped",
    "Event",
    "GitCheckpointed",
    "GitCommitted",
    "GitConflicted",
    "GitMerged",
    "GitUndone",
    "JobCancelled",
    "JobCompacted",
    "JobCompleted",
    "JobFailed",
    "JobPaused",
    "JobQueued",
    "JobResumed",
    "JobStarted",
    "JobWaiting",
    "JudgePassed",
    "JudgeRevised",
    "LockAcquired",
    "LockReleased",
    "LockWaiting",
    "ModelFellBack",
    "ModelRetried",
    "NoticeTold",
    "Payload",
    "PhaseComplete",
    "PhaseStarted",
    "PlanApproved",
    "PlanEdited",
    "PlanGenerated",
    "ProjectAdded",
    "QueueChanged",
    "RecordedEvent",
    "ReviewComplete",
    "ReviewProgress",
    "ReviewStarted",
    "ScheduleChanged",
    "StepCompleted",
    "StepStarted",
    "TaskCompleted",
    "TaskFailed",
    "TaskPaused",
    "TaskProgress",
    "TaskReady",
    "TaskResumed",
    "TaskRewound",
    "TaskStarted",
    "TaskStrayed",
    "TestsComplete",
    "TestsStarted",
    "ToolCalled",
    "ToolFinished",
    "UsageRecorded",
    "event_to_wire",
    "payload_adapter",
]

Payload = (
    ProjectAdded | JobQueued | JobStarted | JobWaiting | JobCompleted | JobFailed | JobCancelled
    | JobCompacted
    | ReviewStarted | ReviewProgress | ReviewComplete | PlanGenerated | PlanEdited | PlanApproved
    | PhaseStarted | PhaseComplete | TaskReady | TaskStarted | TaskProgress | TaskCompleted
    | AgentStalled | NoticeTold
    | TaskFailed | AgentStarted | AgentStatusChanged | AgentMessage | AgentFinished
    | AgentTerminated | StepStarted
    | StepCompleted | ToolCalled | ToolFinished | CodeGenerated | TestsStarted | TestsComplete
    | JudgePassed | JudgeRevised | ApprovalRequired | ApprovalGranted | ApprovalDenied
    | ApprovalWithdrawn | TaskRewound
    | GitCheckpointed | GitCommitted | GitMerged | GitConflicted | GitUndone | UsageRecorded
    | BudgetWarned | BudgetExceeded | LockAcquired | LockWaiting | LockReleased
    | CollisionForeseen | CollisionCleared | TaskStrayed | BatchFailed
    | ModelRetried | ModelFellBack | QueueChanged
    | ScheduleChanged | EngineStarted
    | EngineRecovered | EngineStopped | DiskTidied | DiskShort | ControlPayload
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact not yet recorded: the payload and whom it is about."""

    payload: Payload
    job_id: JobId | None = None
    task_id: TaskId | None = None
    execution_id: ExecutionId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """A fact in the ledger. `seq` is gapless per database and starts at 1."""

    seq: int
    id: EventId
    at: datetime
    payload: Payload
    job_id: JobId | None
    task_id: TaskId | None
    execution_id: ExecutionId | None
    correlation_id: str
    """Groups what belongs to one job run; the job's id, or the engine run's id."""

    @property
    def type(self) -> str:
        return self.payload.type


@cache
def payload_adapter() -> TypeAdapter[Payload]:
    """The one adapter for payloads, built at first use: SQLite, JSONL and tests share it."""
    from pydantic import Field, TypeAdapter

    return TypeAdapter(Annotated[Payload, Field(discriminator="type")])


def event_to_wire(event: RecordedEvent) -> dict[str, Any]:
    """The event as the JSON object that stands at the head of this module."""
    data = payload_adapter().dump_python(event.payload, mode="json")
    kind = data.pop("type")
    wire: dict[str, Any] = {
        "seq": event.seq,
        "id": event.id,
        "at": event.at.isoformat().replace("+00:00", "Z"),
        "type": kind,
        "job_id": event.job_id,
    }
    if event.task_id is not None:
        wire["task_id"] = event.task_id
    if event.execution_id is not None:
        wire["execution_id"] = event.execution_id
    wire["correlation_id"] = event.correlation_id
    wire["data"] = data
    return wire
