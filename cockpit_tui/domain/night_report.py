"""The morning report: what the hours before brought, cost, and left for the person to decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cockpit_tui.domain.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCost:
    """Of one job, in the time that is reported."""

    known_microusd: int = 0
    unpriced_calls: int = 0
    estimated_calls: int = 0
    """Calls whose bill nobody saw, like those that a kill cut off: what they cost is a guess."""
    estimated_microusd: int = 0
    """That guess, which is part of `known_microusd`."""

    def __add__(self, other: JobCost) -> JobCost:
        return JobCost(
            known_microusd=self.known_microusd + other.known_microusd,
            unpriced_calls=self.unpriced_calls + other.unpriced_calls,
            estimated_calls=self.estimated_calls + other.estimated_calls,
            estimated_microusd=self.estimated_microusd + other.estimated_microusd)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneJob:
    job: Job
    commits: int
    """On the job's branch, up to `job.head_commit`."""
    cost: JobCost


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedJob:
    """Failed or cancelled."""

    job: Job
    cost: JobCost
    command: str
    """What starts it again."""

    @property
    def why(self) -> str:
        return self.job.reason.strip().partition("\n")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedJob:
    """It waits for the person; `command` goes on."""

    job: Job
    cost: JobCost
    reason: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    job_number: int
    title: str
    risk: str
    command: str
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedQuestion:
    """Answered with no because nobody was there, as `queue.away` wants it."""

    job_number: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NextJob:
    """What the queue starts by itself, in order; `at` None: when it is its turn."""

    name: str
    """`#41`, or `s3` for a schedule."""
    title: str
    at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NightReport:
    since: datetime
    until: datetime
    cost: JobCost
    """Of all model calls in this time, those of jobs that are not over included."""
    done: tuple[DoneJob, ...]
    failed: tuple[FailedJob, ...]
    parked: tuple[ParkedJob, ...]
    questions: tuple[OpenQuestion, ...]
    next: tuple[NextJob, ...]
    paused_since: datetime | None
    denied: tuple[DeniedQuestion, ...] = ()


def why_idle(report: NightReport) -> str:
    """Why nothing was done in this time, in a sentence; empty where something was."""
    if report.done or report.failed or report.cost != JobCost():
        return ""
    if report.paused_since is not None:
        return "the queue is paused."
    if report.next:
        first = report.next[0]
        why = first.reason.strip().rstrip(".") or "no cockpit ran the queue"
        return f"{first.name} did not start: {why}."
    if report.parked:
        first_parked = report.parked[0]
        reason = first_parked.reason.strip().partition("\n")[0].rstrip(".")
        return f"#{first_parked.job.number} waits for you: " \
               f"{reason or first_parked.job.waiting_on.value}."
    if report.questions:
        return f"#{report.questions[0].job_number} asks: {report.questions[0].title}"
    return "nothing stood in the queue."
