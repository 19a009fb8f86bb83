"""What models cost, and what became of calls that failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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
    is_billed: bool = False
    """Whether an answer had begun: its `usage:recorded` stands beside this event."""
    cost_microusd: int | None = None
    """What the failed attempt costs, about; None: nothing, or `is_billed` and not known."""
    type: Literal["model:retried"] = "model:retried"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFellBack:
    """From here on another model of the chain is asked."""

    agent: str
    asked: str
    used: str
    reason: str
    type: Literal["model:fell_back"] = "model:fell_back"
