"""What a status line shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What goes on over all jobs, for the header of every screen."""

    at_work: int = 0
    """Agents that work at a task now."""
    paused_at: datetime | None = None
    """Since when the queue starts nothing more: the person paused it, or everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    questions: int = 0
    """That wait for an answer."""
    parked: int = 0
    """Jobs that stopped without a question: for money, or for the person's help."""
    agents: int = 0
    """At work now."""
    today_microusd: int = 0
    """Since the person's midnight."""
    unpriced_calls: int = 0
    """Calls of today whose price is not known: the cost is more."""

    @property
    def waiting(self) -> int:
        """How many things need the person."""
        return self.questions + self.parked
