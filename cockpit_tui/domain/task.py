"""A task as it runs: status, attempts, proofs; and one attempt of one agent, an execution."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cockpit_tui.domain.ids import ExecutionId, JobId, PhaseId, TaskId
from cockpit_tui.domain.usage import TokenUsage


class TaskStatus(StrEnum):
    PENDING = "pending"
    READY = "ready"
    RUNNING = "running"
    VERIFYING = "verifying"
    JUDGING = "judging"
    AWAITING_APPROVAL = "awaiting_approval"
    LANDING = "landing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"

    @property
    def is_final(self) -> bool:
        return self in {TaskStatus.DONE, TaskStatus.FAILED, TaskStatus.CANCELLED,
                        TaskStatus.SKIPPED}


class ExecutionStatus(StrEnum):
    STARTED = "started"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class AgentStatus(StrEnum):
    IDLE = "idle"
    WORKING = "working"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One acceptance command, run by the engine on one commit.

    `exit_code` None: it could not run here, and `output` says why; that is not a pass and not a
    failure, and is shown as "not runnable".
    """

    command: str
    commit: str
    exit_code: int | None
    seconds: float
    output: str

    @property
    def passed(self) -> bool:
        return self.exit_code == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """A planned task's life in the ledger."""

    id: TaskId
    job_id: JobId
    phase_id: PhaseId
    phase_index: int
    """0-based position of the phase in the plan."""
    number: str
    """`2.3`."""
    title: str
    role: str
    status: TaskStatus
    attempts: int = 0
    reason: str = ""
    """Why it failed, was skipped or waits."""
    commit: str = ""
    files: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] = ()
    cost_microusd: int | None = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    is_paused: bool = False
    """The person holds it up: no step of it is begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One attempt of one agent at one task."""

    id: ExecutionId
    job_id: JobId
    task_id: TaskId
    attempt: int
    role: str
    model_asked: str
    model_used: str
    status: ExecutionStatus
    worktree: str
    steps: int
    usage: TokenUsage
    cost_microusd: int | None
    reason: str
    started_at: datetime
    finished_at: datetime | None
    agent: str = ""
    """Who made it, `a1`; empty in ledgers from before agents lasted."""
