"""The queue's words: where a job stands in it, what comes before it, what the clock submits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import JobId, ProjectId, ScheduleId
from cockpit_tui.domain.job import JobRequest, JobStatus, WaitingOn
from cockpit_tui.domain.windows import DailyWindow

MAX_PRIORITY = 1_000
MAX_RESETS = 12
"""How often one job waits for a provider's limit before it fails."""


class AwayPolicy(StrEnum):
    """What becomes of a question that a job asks while nobody is there. None approves."""

    PARK = "park"
    """The job waits for the person; others take its place."""
    WAIT = "wait"
    """The job waits for the person, and keeps its place."""
    DENY = "deny"
    """The answer is no; the job goes on where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a new job stands in the queue and what has to be before it starts."""

    priority: int = 0
    """Higher ones start first."""
    not_before: datetime | None = None
    after: JobId | None = None
    """Starts once this job is completed."""
    is_overnight: bool = False
    """Starts in the night only."""

    def __post_init__(self) -> None:
        check_priority(self.priority)


def check_priority(priority: int) -> None:
    """Raises UsageError."""
    if not -MAX_PRIORITY <= priority <= MAX_PRIORITY:
        raise UsageError(f"A priority is between {-MAX_PRIORITY} and {MAX_PRIORITY}, "
                         f"not {priority}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """To where a job moves: another priority, the first or the last place, or before another job,
    whose priority it then takes."""

    priority: int | None = None
    is_first: bool = False
    is_last: bool = False
    before: JobId | None = None

    @property
    def is_priority_alone(self) -> bool:
        return not (self.is_first or self.is_last or self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry:
    """A job that is not over and that the queue may start."""

    job_id: JobId
    number: int
    project_id: ProjectId
    title: str
    status: JobStatus
    waiting_on: WaitingOn
    reason: str
    priority: int = 0
    position: int = 0
    not_before: datetime | None = None
    after: JobId | None = None
    is_overnight: bool = False
    is_paused: bool = False
    begun_at: datetime | None = None
    """When the queue started it last; None: it never ran from the queue."""

    @property
    def order(self) -> tuple[bool, int, int, int]:
        """What was begun goes on first; then priority, position, number."""
        return (self.begun_at is None, -self.priority, self.position, self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A job that another one waits for."""

    number: int
    status: JobStatus
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A request that becomes a new job at every time that `cron` names, in local time."""

    id: ScheduleId
    number: int
    """The short name that people type: `s3`."""
    repository: str
    request: JobRequest
    cron: str
    next_at: datetime
    created_at: datetime
    priority: int = 0
    is_overnight: bool = False
    last_at: datetime | None = None
    last_job_id: JobId | None = None
    is_paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRules:
    """The person's `[queue]` settings, as the queue goes by them."""

    concurrent_jobs: int = 2
    overnight: DailyWindow
    overnight_budget_microusd: int | None = None
    """What the jobs of one night may spend together; None: no bound of its own."""
    away: AwayPolicy = AwayPolicy.PARK


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """The whole queue at one moment of the ledger."""

    entries: tuple[QueueEntry, ...] = ()
    """In the order in which they start."""
    dependencies: Mapping[JobId, Dependency] = field(default_factory=dict)
    last_started: Mapping[ProjectId, datetime] = field(default_factory=dict)
    schedules: tuple[Schedule, ...] = ()
    paused_at: datetime | None = None
