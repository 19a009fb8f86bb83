"""What the person holds up, lets go on or allows while it runs, and from which process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPaused:
    """The steps under way come to their end; none is begun after them."""

    reason: str
    type: Literal["job:paused"] = "job:paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResumed:
    type: Literal["job:resumed"] = "job:resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPaused:
    number: str
    title: str
    type: Literal["task:paused"] = "task:paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResumed:
    number: str
    title: str
    type: Literal["task:resumed"] = "task:resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSet:
    """What the whole job may spend is another sum from now on."""

    before_microusd: int | None
    """None: it had no bound."""
    after_microusd: int
    type: Literal["budget:set"] = "budget:set"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandReceived:
    """Another process sent a command to the engine that holds the ledger."""

    command: str
    """Its name, like `CancelJob`."""
    sender: str
    """`process 41, ada`."""
    outcome: str
    """`done`, or why not."""
    type: Literal["command:received"] = "command:received"


ControlPayload = (JobPaused | JobResumed | TaskPaused | TaskResumed | BudgetSet | CommandReceived)
