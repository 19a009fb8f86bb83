"""A job: one request for work on a project, with its pipeline status and its limits."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.domain.policy import Limits, Policy

MAX_REQUEST_CHARACTERS = 20_000


class JobStatus(StrEnum):
    QUEUED = "queued"
    REVIEWING = "reviewing"
    PLANNING = "planning"
    BUILDING = "building"
    TESTING = "testing"
    DEPLOYING = "deploying"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in {JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED}


class WaitingOn(StrEnum):
    NOTHING = "nothing"
    APPROVAL = "approval"
    BUDGET = "budget"
    SCHEDULE = "schedule"
    RATE_LIMIT = "rate_limit"
    DEPENDENCY = "dependency"
    DISK = "disk"
    """Room on the disk; it goes on by itself where the queue runs."""
    PERSON = "person"
    PAUSED = "paused"
    """The person's own wish: it needs nobody, and goes on when they say so."""


class Mode(StrEnum):
    FRUGAL = "frugal"
    BALANCED = "balanced"
    PERFORMANCE = "performance"
    BUSU = "busu"


class LandMode(StrEnum):
    """Where approved work goes: nowhere but the hub, or a branch in the person's repository."""

    NONE = "none"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """How far a job goes: `review`, `plan`, `phase:N` (1-based, inclusive) or `all`."""

    stage: str = "all"
    phase: int | None = None

    @classmethod
    def parse(cls, text: str) -> Until:
        if text in {"review", "plan", "all"}:
            return cls(stage=text)
        found = re.fullmatch(r"phase:([1-9]\d{0,3})", text)
        if found is None:
            raise UsageError(
                f"--until takes review, plan, phase:N or all, not {text!r}",
                hint="For example: --until phase:1",
            )
        return cls(stage="phase", phase=int(found.group(1)))

    def __str__(self) -> str:
        return f"phase:{self.phase}" if self.stage == "phase" else self.stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Solo:
    """One agent on one task, without review, plan and judge: `cockpit agents spawn`."""

    role: str
    verify: tuple[str, ...] = ()
    """Commands that the engine runs on the commit; all must exit with 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """What the person asked for and within which bounds."""

    text: str
    mode: Mode = Mode.BALANCED
    model: str = "offline:rules"
    max_agents: int = 4
    policy: Policy = field(default_factory=Policy)
    limits: Limits = field(default_factory=Limits)
    land: LandMode = LandMode.BRANCH
    until: Until = field(default_factory=Until)
    solo: Solo | None = None

    def __post_init__(self) -> None:
        stripped = self.text.strip()
        if not stripped:
            raise UsageError(
                "The request is empty.", hint='Say what should be done: cockpit run "Add tests"'
            )
        if len(self.text) > MAX_REQUEST_CHARACTERS:
            raise UsageError(
                f"The request has {len(self.text):,} characters; at most "
                f"{MAX_REQUEST_CHARACTERS:,} are taken.",
                hint="Put long material into a file of the repository and name the file.",
            )
        if not 1 <= self.max_agents <= 64:
            raise UsageError(f"--agents takes 1 to 64, not {self.max_agents}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    id: JobId
    number: int
    """The short id that people type: `#41`."""
    project_id: ProjectId
    request: JobRequest
    status: JobStatus
    waiting_on: WaitingOn
    branch: str
    """`cockpit/<slug>`; exists in the hub once work landed on it."""
    base_branch: str
    """The person's branch that the work starts from; empty for a detached head."""
    base_commit: str
    head_commit: str
    """Head of `branch`: what was approved so far; `base_commit` before anything landed."""
    reason: str
    """Why it failed, was cancelled, or waits; empty otherwise."""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cost_microusd: int | None
    """What it cost so far; None once a call's price is unknown."""

    @property
    def title(self) -> str:
        first_line = self.request.text.strip().splitlines()[0]
        return first_line if len(first_line) <= 72 else first_line[:71] + "…"


def job_slug(number: int, text: str) -> str:
    """`41-google-login`: safe as a branch name on every platform, at most 48 characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    slug = str(number)
    for word in words:
        if len(slug) + 1 + len(word) > 48:
            break
        slug = f"{slug}-{word}"
    return slug
