"""The agents of a job: who there is, in which role, what each does, and how many there may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.ids import ApprovalId, JobId, TaskId
from cockpit_tui.domain.task import AgentStatus, TaskStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One member of its job's pool. It lasts as long as the job, and never changes its role."""

    job_id: JobId
    name: str
    """`a1` and on, in the order in which they were spawned; no name is given twice."""
    role: str
    status: AgentStatus = AgentStatus.IDLE
    detail: str = ""
    """Blocked: what it waits for. Idle: how its last task ended, where that is worth a word."""
    since: datetime
    task_id: TaskId | None = None
    """What it works at; while idle, what it worked at last."""
    spawned_at: datetime
    terminated_at: datetime | None = None
    """When the person sent it away; None: it is there."""

    @property
    def number(self) -> int:
        return int(self.name[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolBounds:
    """How many agents one job may have."""

    at_once: int
    """At work at the same time."""
    per_role: Mapping[str, int] = field(default_factory=dict)
    """Of one role at the same time; a role that is not named has no bound of its own."""
    spawned: int = 100
    """Over the job's whole life, those that were sent away included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedFile:
    path: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """An agent with what belongs to it: all that a face shows of it."""

    agent: Agent
    job_number: int
    job_title: str
    task_number: str = ""
    """`2.3`; empty: it never had one."""
    task_title: str = ""
    task_status: TaskStatus | None = None
    attempt: int = 0
    model: str = ""
    """Who answered last, as `provider:model`; before that, who is asked."""
    steps: int = 0
    """Model turns of its attempt at the task."""
    cost_microusd: int | None = 0
    """Of that attempt; None: a price is unknown."""
    tokens: int = 0
    """In and out, cached ones included, of that attempt."""
    worktree: str = ""
    is_left: bool = False
    """The engine it worked for is gone, and no other has come: nobody works."""
    files: tuple[TouchedFile, ...] = ()
    """What that attempt wrote, the last one written first."""
    last: RecordedEvent | None = None
    """What it did last, as far as that is not long ago in its job."""
    holds_up: tuple[str, ...] = ()
    """Numbers of the tasks that cannot begin before its task is done, in plan order."""
    asks: str = ""
    """The title of the question that it, or its task, waits for the person with."""
    approval_id: ApprovalId | None = None
    """That question."""
    tasks_done: int = 0
    """In this job, so far."""
    total_microusd: int | None = 0
    """What all its attempts in this job cost; None: a price is unknown."""

    @property
    def needs_person(self) -> bool:
        return bool(self.asks)

    @property
    def order(self) -> tuple[int, int, int]:
        """Who needs the person first, then who is blocked, works, is free; by job and name."""
        rank = {AgentStatus.BLOCKED: 1, AgentStatus.WORKING: 2, AgentStatus.IDLE: 3}
        return (0 if self.needs_person else rank[self.agent.status], self.job_number,
                self.agent.number)
