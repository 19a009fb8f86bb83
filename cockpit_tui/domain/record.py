"""What a step leaves in the ledger besides its result: events and the rows they describe."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit_tui.domain.conversation import ToolCall, ToolResult
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import ExecutionId, ProjectId, TaskId
from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.plan import Plan
from cockpit_tui.domain.review import Review
from cockpit_tui.domain.task import Execution, TaskRecord
from cockpit_tui.domain.usage import TokenUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class JobChange:
    """Fields of the running job that change; None leaves a field as it is."""

    status: JobStatus | None = None
    waiting_on: WaitingOn | None = None
    head_commit: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseBudget:
    """The job, or one of its tasks, may spend more: only where its budget is `before` still, for
    the person may have set another one meanwhile."""

    before_microusd: int
    after_microusd: int
    task_id: TaskId | None = None
    """None: the job's budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptPlan:
    """The approved plan: its phases and tasks get rows of their own."""

    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustProject:
    """The person allowed the repository's own code to run."""

    project_id: ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """One model turn of an execution (or of the lead, then without execution)."""

    number: int
    purpose: str
    model_asked: str
    model_used: str
    stop_reason: str
    usage: TokenUsage
    cost_microusd: int | None
    reissued: bool = False
    is_estimated: bool = False
    """True where the figures are ours: the call was lost in a crash, or reported no usage."""
    task_id: TaskId | None = None
    execution_id: ExecutionId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUsed:
    """One tool call of one model turn, with its outcome."""

    step_number: int
    call: ToolCall
    result: ToolResult
    seconds: float
    task_id: TaskId | None = None
    execution_id: ExecutionId | None = None


Row = (JobChange | RaiseBudget | TrustProject | Review | Plan | AdoptPlan | TaskRecord | Execution
       | ModelCall | ToolUsed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Written in one transaction: either all of it is in the ledger or nothing."""

    events: tuple[Event, ...] = ()
    rows: tuple[Row, ...] = ()


NO_FACTS = Facts()
