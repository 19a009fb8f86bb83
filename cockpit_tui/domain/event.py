"""Events: past-tense facts, recorded first and shown second; one tagged union of payloads.

A payload says what happened; `RecordedEvent` is the envelope the ledger puts around it. On the
wire (`--json`, API) an event is one object:
`{"seq", "id", "at", "type", "job_id", "task_id"?, "execution_id"?, "correlation_id", "data"}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cockpit_tui.domain.ids import ApprovalId, EventId, ExecutionId, JobId, TaskId

if TYPE_CHECKING:
    from pydantic import TypeAdapter


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
class AgentStarted:
    agent: str
    role: str
    model: str
    type: Literal["agent:started"] = "agent:started"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatusChanged:
    agent: str
    status: str
    detail: str
    type: Literal["agent:status"] = "agent:status"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMessage:
    agent: str
    text: str
    type: Literal["agent:message"] = "agent:message"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFinished:
    agent: str
    outcome: str
    steps: int
    type: Literal["agent:finished"] = "agent:finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    agent: str
    number: int
    model: str
    type: Literal["step:started"] = "step:started"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCompleted:
    agent: str
    number: int
    stop_reason: str
    tool_calls: int
    reissued: bool = False
    """True where a crash lost the first reply and the call was made again."""
    type: Literal["step:completed"] = "step:completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled:
    agent: str
    tool: str
    summary: str
    """`write src/x.py`, `run pytest -q`: one line for people."""
    type: Literal["tool:called"] = "tool:called"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFinished:
    agent: str
    tool: str
    summary: str
    is_error: bool
    seconds: float
    type: Literal["tool:finished"] = "tool:finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGenerated:
    agent: str
    path: str
    added: int
    removed: int
    type: Literal["code:generated"] = "code:generated"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsStarted:
    command: str
    commit: str
    type: Literal["tests:started"] = "tests:started"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsComplete:
    command: str
    commit: str
    exit_code: int | None
    """None: not runnable here."""
    seconds: float
    summary: str
    type: Literal["tests:complete"] = "tests:complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgePassed:
    comment: str
    type: Literal["judge:passed"] = "judge:passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRevised:
    comment: str
    round: int
    type: Literal["judge:revised"] = "judge:revised"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequired:
    approval_id: ApprovalId
    gate: str
    risk: str
    title: str
    type: Literal["approval:required"] = "approval:required"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGranted:
    approval_id: ApprovalId
    gate: str
    by: str
    type: Literal["approval:granted"] = "approval:granted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDenied:
    approval_id: ApprovalId
    gate: str
    by: str
    returned: bool
    """True: sent back with changes asked for, rather than refused."""
    comment: str = ""
    type: Literal["approval:denied"] = "approval:denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalWithdrawn:
    """A question is asked no more, or an answer counts no more."""

    approval_id: ApprovalId
    gate: str
    what: Literal["question", "answer"]
    reason: str
    type: Literal["approval:withdrawn"] = "approval:withdrawn"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCheckpointed:
    """The worktree as a step of an execution left it was kept."""

    ref: str
    commit: str
    step: int = 0
    """The model turn, counted from 1 within the execution."""
    files: int = 0
    """How many differ from the checkpoint before."""
    type: Literal["git:checkpointed"] = "git:checkpointed"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCommitted:
    commit: str
    subject: str
    files: int
    type: Literal["git:committed"] = "git:committed"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitMerged:
    ref: str
    commit: str
    type: Literal["git:merged"] = "git:merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitConflicted:
    paths: tuple[str, ...]
    type: Literal["git:conflicted"] = "git:conflicted"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitUndone:
    """The job's branch was taken out of the person's repository again."""

    ref: str
    commit: str
    type: Literal["git:undone"] = "git:undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRecorded:
    model: str
    input_tokens: int
    output_tokens: int
    cost_microusd: int | None
    model_asked: str = ""
    cached_tokens: int = 0
    """How many of `input_tokens` the provider had in its cache."""
    type: Literal["usage:recorded"] = "usage:recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetWarned:
    """A call about to be made would take the scope past 80 % of its budget; said once."""

    scope: Literal["job", "task", "day"]
    spent_microusd: int
    budget_microusd: int
    held_microusd: int = 0
    """Set aside for calls under way, this one included."""
    type: Literal["budget:warned"] = "budget:warned"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetExceeded:
    """A call was not made, because with it the scope could have passed its budget."""

    spent_microusd: int
    budget_microusd: int
    scope: Literal["job", "task", "day"] = "job"
    type: Literal["budget:exceeded"] = "budget:exceeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRetried:
    """The provider did not answer; the same model is asked again after `wait_seconds`."""

    agent: str
    model: str
    attempt: int
    """Which attempt failed, from 1."""
    reason: str
    wait_seconds: float
    type: Literal["model:retried"] = "model:retried"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFellBack:
    """From here on another model of the chain is asked."""

    agent: str
    asked: str
    used: str
    reason: str
    type: Literal["model:fell_back"] = "model:fell_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockAcquired:
    number: str
    """The task's."""
    names: tuple[str, ...]
    """Path globs and resources."""
    waited_seconds: float
    type: Literal["lock:acquired"] = "lock:acquired"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockWaiting:
    number: str
    names: tuple[str, ...]
    """What is not free."""
    held_by: tuple[str, ...]
    """Tasks that hold it or may have it before, like `#41 2.3`."""
    type: Literal["lock:waiting"] = "lock:waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReleased:
    number: str
    names: tuple[str, ...]
    reason: str = ""
    """Empty where the task gave it back itself."""
    type: Literal["lock:released"] = "lock:released"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollisionForeseen:
    """A trial merge of a running task's newest commit failed."""

    number: str
    """The task's."""
    other: str
    """The running task that it does not go together with; empty: with what has landed."""
    files: tuple[str, ...]
    type: Literal["collision:foreseen"] = "collision:foreseen"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueChanged:
    change: Literal["paused", "resumed", "moved", "added"]
    text: str
    """Of what, in words; about the whole queue where the event is of no job."""
    type: Literal["queue:changed"] = "queue:changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChanged:
    """A schedule was made or changed, or its time came: then a job was queued, or could not be."""

    number: int
    change: Literal["added", "fired", "failed", "paused", "resumed", "removed"]
    text: str
    type: Literal["schedule:changed"] = "schedule:changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStarted:
    version: str
    pid: int
    type: Literal["engine:started"] = "engine:started"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRecovered:
    """Jobs of an earlier engine went on, or what it left behind when it was killed was put right.
    """

    jobs: int
    reissued: int
    processes: int = 0
    """Commands of agents that still ran, and were killed."""
    worktrees: int = 0
    """Given back; work in them that did not land went to the trash."""
    type: Literal["engine:recovered"] = "engine:recovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStopped:
    reason: str
    type: Literal["engine:stopped"] = "engine:stopped"


Payload = (
    ProjectAdded | JobQueued | JobStarted | JobWaiting | JobCompleted | JobFailed | JobCancelled
    | JobCompacted
    | ReviewStarted | ReviewProgress | ReviewComplete | PlanGenerated | PlanEdited | PlanApproved
    | PhaseStarted | PhaseComplete | TaskReady | TaskStarted | TaskProgress | TaskCompleted
    | TaskFailed | AgentStarted | AgentStatusChanged | AgentMessage | AgentFinished | StepStarted
    | StepCompleted | ToolCalled | ToolFinished | CodeGenerated | TestsStarted | TestsComplete
    | JudgePassed | JudgeRevised | ApprovalRequired | ApprovalGranted | ApprovalDenied
    | ApprovalWithdrawn | TaskRewound
    | GitCheckpointed | GitCommitted | GitMerged | GitConflicted | GitUndone | UsageRecorded
    | BudgetWarned | BudgetExceeded | LockAcquired | LockWaiting | LockReleased
    | CollisionForeseen | ModelRetried | ModelFellBack | QueueChanged
    | ScheduleChanged | EngineStarted
    | EngineRecovered | EngineStopped
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
