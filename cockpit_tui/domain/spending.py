"""What was spent, as faces show it: lines by model, agent, job, day; edits; a comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.usage import TokenUsage

PriceOf = Callable[[TokenUsage], int | None]
"""What one call of this size costs at a certain model; None: its price is unknown."""


class UsageBy(StrEnum):
    MODEL = "model"
    AGENT = "agent"
    JOB = "job"
    DAY = "day"
    PROJECT = "project"
    TASK = "task"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """Some model calls together."""

    name: str
    """`anthropic:m`, a role, `#41`, `2026-11-21`, a project's name, `#41 2.3`."""
    detail: str = ""
    """The model that was asked where another answered; a job's or task's title."""
    calls: int = 0
    unpriced_calls: int = 0
    """Calls whose price is unknown: `known_microusd` is without them."""
    estimated_calls: int = 0
    usage: TokenUsage = field(default_factory=TokenUsage)
    known_microusd: int = 0

    @property
    def cost_microusd(self) -> int | None:
        return None if self.unpriced_calls else self.known_microusd

    @property
    def cached_share(self) -> float | None:
        """Input tokens that came from the provider's cache, 0 to 1; None without input."""
        return self.usage.cache_read / self.usage.input if self.usage.input else None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditScore:
    """How many of a model's edits could be made as it wrote them."""

    model: str
    edits: int
    failed: int

    @property
    def share(self) -> float:
        return (self.edits - self.failed) / self.edits


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """The same calls at one dear model; only calls whose price is known on both sides."""

    actual_microusd: int
    baseline_microusd: int
    calls: int
    left_out: int
    """Calls without a known price, which are on neither side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    lines: tuple[UsageLine, ...]
    total: UsageLine
    edits: tuple[EditScore, ...]
    savings: Savings | None
    """None where no baseline was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpending:
    """Of the person's day so far."""

    known_microusd: int
    unpriced_calls: int
    by_job: Mapping[JobId, int]
    """Known costs of the jobs that made calls today."""
