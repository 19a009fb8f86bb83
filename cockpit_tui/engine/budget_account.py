"""The accounts of budgets: spent, held, when there is room, and what is said when there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from cockpit_tui.domain.event import RecordedEvent, UsageRecorded
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.usage import MICROUSD_PER_USD, exact_microusd

WARN_AT = 0.8


@dataclass(slots=True, eq=False)
class Account:
    """All in micro-dollars. `budget` None: no bound."""

    scope: Literal["job", "task", "day"]
    budget: int | None
    spent: int = 0
    held: int = 0
    warned: set[int] = field(default_factory=set)
    """Budgets that were warned of: a raised one is warned of anew."""

    def has_room_for(self, amount: int | None) -> bool:
        """None, an unknown price, passes while anything certain is left."""
        if self.budget is None:
            return True
        if amount is None:
            return self.spent < self.budget
        return self.spent + self.held + amount <= self.budget

    def begins_to_run_out(self) -> bool:
        """True once a budget: spent and held are past 80 % of it."""
        if not self.budget or self.budget in self.warned \
                or self.spent + self.held <= WARN_AT * self.budget:
            return False
        self.warned.add(self.budget)
        return True


@dataclass(slots=True, eq=False)
class Holding:
    """What one call set aside, in every account that it counts in."""

    owner: object
    """The asyncio task that makes the call."""
    amount: int
    accounts: tuple[Account, ...]

    def move(self, old: Account, new: Account) -> None:
        old.held -= self.amount
        new.held += self.amount
        self.accounts = tuple(new if account is old else account for account in self.accounts)


@dataclass(slots=True)
class JobBook:
    """A job's accounts, and what it was warned of."""

    number: int
    seq: int
    """The newest event that was in the ledger when it was read."""
    job: Account
    tasks: dict[TaskId, Account] = field(default_factory=dict)
    bounded: set[TaskId] = field(default_factory=set)
    """The tasks whose budget is read from the plan already."""

    def count(self, bill: RecordedEvent, usage: UsageRecorded) -> None:
        """Add what a bill says was spent, unless the ledger's sums had it already."""
        if bill.seq <= self.seq:
            return
        self.job.spent += usage.cost_microusd or 0
        if bill.task_id is not None:
            task = self.tasks.setdefault(bill.task_id, Account("task", None))
            task.spent += usage.cost_microusd or 0


def refusal(full: Account, amount: int | None, job_number: int) -> tuple[str, str]:
    """The message and the hint of the call that was not made."""
    whose = {"job": "This job's", "task": "This task's", "day": "Today's"}[full.scope]
    need = "a price that is not known" if amount is None else f"up to {exact_microusd(amount)}"
    held = f", {exact_microusd(full.held)} is held for calls under way" if full.held else ""
    message = (f"{whose} budget of {exact_microusd(full.budget or 0)} does not allow the next "
               f"model call: {exact_microusd(full.spent)} is spent{held}, the call costs {need}.")
    dollars = (full.spent + (amount or 0)) * 2 / MICROUSD_PER_USD
    more = f"{max(dollars, 0.01):.2f}"
    match full.scope:
        case "job":
            hint = f"Go on with more money: cockpit jobs resume {job_number} --budget {more}"
        case "task":
            hint = "Allow the task more, or retry it with a smaller one in the plan."
        case "day":
            hint = (f"Tomorrow, or with more: cockpit config set limits.daily_budget_usd {more}, "
                    f"then cockpit jobs resume {job_number}")
    return message, hint
