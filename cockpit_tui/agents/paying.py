"""Money before a call: what is dear is asked about, the rest set aside, an empty budget asked for.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass

from cockpit_tui.agents.seat import Seat
from cockpit_tui.domain.approval import Decision, Question
from cockpit_tui.domain.budget import raised_budget
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.errors import BudgetReached, JobParked, SpendingRefused
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.policy import Gate, Risk
from cockpit_tui.domain.usage import exact_microusd


@dataclass(slots=True)
class Payer:
    """Pays for a seat's calls."""

    ctx: JobContext
    seat: Seat

    async def is_allowed(self, key: str, profile: ModelProfile, most: int | None) -> bool:
        """Whether the call of step `key` may cost up to `most`: asked where that is much.

        Raises JobParked where nobody is there to answer."""
        threshold = self.seat.limits.expensive_microusd
        if threshold is None or most is None or most <= threshold:
            return True
        seat = self.seat
        question = Question(
            gate=Gate.EXPENSIVE, risk=Risk.MED,
            title=f"{seat.agent} asks {profile.name}: up to {exact_microusd(most)} in one call",
            detail=f"A {seat.purpose} call of {seat.agent} to {profile.name}.",
            action={"model": profile.name, "step": key, "threshold_microusd": threshold},
            reasons=(f"one call may cost more than {exact_microusd(threshold)}",))
        answer = await self.ctx.approval(f"{key}/expensive", question, task_id=seat.task_id)
        return answer.decision is Decision.GRANTED

    async def hold(self, most: int | None, held: AsyncExitStack) -> None:
        """Set `most` aside (None: its price is unknown) until `held` is left. A budget of the job
        or the task that has no room is asked about, once for every height of it.

        Raises BudgetReached where more is not allowed, or nobody is there to allow it for the job;
        for the task that is SpendingRefused and JobParked."""
        asked: set[tuple[str, int]] = set()
        while True:
            try:
                await held.enter_async_context(
                    self.seat.purse.reserve(most, task_id=self.seat.task_id))
                return
            except BudgetReached as full:
                # What was granted is in force; a budget that is as it was is not asked for again.
                if full.scope == "day" or (full.scope, full.budget_microusd) in asked:
                    raise
                asked.add((full.scope, full.budget_microusd))
                await self._ask_for_more(full)

    async def _ask_for_more(self, full: BudgetReached) -> None:
        """Return once the budget is raised: the answer does that, where it is recorded."""
        is_tasks = full.scope == "task"
        task_id = self.seat.task_id if is_tasks else None
        before = full.budget_microusd
        after = raised_budget(before, spent_microusd=full.spent_microusd,
                              call_microusd=full.call_microusd)
        whose = "task's" if is_tasks else "job's"
        question = Question(
            gate=Gate.BUDGET, risk=Risk.MED,
            title=f"Raise the {whose} budget of {exact_microusd(before)} to "
                  f"{exact_microusd(after)}?",
            detail=f"{full.message}\nYes: up to {exact_microusd(after)} in all may be spent, and "
                   f"the work goes on. No: {'the task fails.' if is_tasks else 'the job stops.'}",
            action={"before_microusd": before, "after_microusd": after, "task": task_id},
            reasons=(f"{exact_microusd(full.spent_microusd)} is spent, the next call may cost "
                     f"{_up_to(full.call_microusd)}",))
        # The first who comes to this budget asks for all: `engine.approvals` takes the key alone.
        key = f"budget/{task_id or 'job'}/{before}"
        try:
            answer = await self.ctx.approval(key, question, task_id=task_id)
        except JobParked:
            if is_tasks:
                raise
            raise full from None
        if answer.decision is not Decision.GRANTED:
            if is_tasks:
                raise SpendingRefused(f"{full.message} More was not allowed.") from None
            raise full


def _up_to(amount: int | None) -> str:
    return "any sum: its price is not known" if amount is None else \
        f"up to {exact_microusd(amount)}"
