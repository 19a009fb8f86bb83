"""Money before it is spent: what a call may cost at most is set aside before the call is made."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.usage import MICROUSD_PER_USD

_CENT = MICROUSD_PER_USD // 100


def raised_budget(budget_microusd: int, *, spent_microusd: int, call_microusd: int | None) -> int:
    """What to ask for where a budget is used up: twice of it, or, where that is not enough for the
    next call (None: its price is unknown), twice of what is needed, in whole cents."""
    needed = spent_microusd + (call_microusd or 0)
    twice = 2 * budget_microusd
    if twice > 0 and needed <= twice:
        return twice
    return max(-(-2 * needed // _CENT) * _CENT, _CENT)


class Purse(Protocol):
    """The budgets of one job: its own, those of its tasks, and the day's over all jobs."""

    def reserve(self, amount_microusd: int | None, *, task_id: TaskId | None,
                ) -> AbstractAsyncContextManager[None]:
        """Hold `amount_microusd` for one call, over every agent, until the block is left; by then
        the call's true cost is in the ledger. None: the price is unknown, nothing can be held.

        Raises BudgetReached before the block where spent + held + amount passes a budget.
        """
        ...


class NoPurse:
    """Nothing is bounded: for seats outside of jobs, and for tests."""

    def reserve(self, amount_microusd: int | None, *, task_id: TaskId | None,
                ) -> AbstractAsyncContextManager[None]:
        from contextlib import nullcontext

        return nullcontext()
