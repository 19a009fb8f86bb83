"""Attempts whose answer broke off: their bill in the ledger, and the money for the next one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from support.memory_context import MemoryContext

from cockpit_tui.agents.loop import Conversation
from cockpit_tui.agents.seat import Seat
from cockpit_tui.config.redaction import Redactor
from cockpit_tui.domain import event
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.errors import BudgetReached, ProviderUnavailable
from cockpit_tui.domain.ids import ExecutionId, JobId, TaskId
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.policy import Limits
from cockpit_tui.domain.record import ModelCall
from cockpit_tui.domain.usage import FailedCall, TokenUsage
from cockpit_tui.providers.resilience import RetryNotice
from cockpit_tui.providers.scripted import says

MODEL = ModelProfile(provider="p", model="m")
BROKE_OFF = FailedCall(model="m-1", usage=TokenUsage(input=100, output=7, cache_read=40),
                       cost_microusd=300, is_estimated=True)
CEILING = 500


@dataclass
class Line:
    """Breaks off `times`, then answers; or fails for good."""

    times: int
    answers: bool = True

    async def complete(self, profile: ModelProfile, request: ModelRequest, *,
                       on_retry: Callable[[RetryNotice], Awaitable[None]],
                       fail_fast: bool = False) -> ModelReply:
        for attempt in range(1, self.times + 1):
            await on_retry(RetryNotice(attempt=attempt, reason="it broke off", wait_seconds=2.0,
                                       billed=BROKE_OFF))
        if self.answers:
            return says("done", usage=TokenUsage(input=100, output=10), cost_microusd=400)
        failure = ProviderUnavailable("It broke off again.")
        failure.billed = BROKE_OFF
        raise failure

    def ceiling_microusd(self, profile: ModelProfile, request: ModelRequest) -> int | None:
        return CEILING


@dataclass
class SmallPurse:
    """A budget over what the ledger was told, and what is held."""

    ctx: MemoryContext
    budget: int
    held: int = 0
    reserved: list[int] = field(default_factory=list)

    def reserve(self, amount_microusd: int | None, *,
                task_id: TaskId | None) -> AbstractAsyncContextManager[None]:
        return self._held(amount_microusd or 0)

    @asynccontextmanager
    async def _held(self, amount: int) -> AsyncIterator[None]:
        spent = sum(row.cost_microusd or 0 for row in self.ctx.rows if isinstance(row, ModelCall))
        if spent + self.held + amount > self.budget:
            raise BudgetReached("No money.", scope="day")
        self.held += amount
        self.reserved.append(amount)
        try:
            yield
        finally:
            self.held -= amount


def conversation(ctx: MemoryContext, line: Line, budget: int,
                 chain: tuple[ModelProfile, ...] = (MODEL,)) -> Conversation:
    return Conversation(ctx, Seat(
        key="t", agent="a1", purpose="task", models=line, chain=chain, system="s", session=None,
        bench=None, limits=Limits(), redactor=Redactor(()), job_id=JobId("job"),
        purse=SmallPurse(ctx, budget), task_id=TaskId("task"),
        execution_id=ExecutionId("execution")))


def bills(ctx: MemoryContext) -> list[tuple[str, str, int | None, bool]]:
    return [(row.purpose, row.model_used, row.cost_microusd, row.is_estimated)
            for row in ctx.rows if isinstance(row, ModelCall)]


LOST = ("lost", "p:m-1", 300, True)


async def test_every_attempt_that_broke_off_is_billed_beside_its_retry() -> None:
    ctx = MemoryContext()
    assert await conversation(ctx, Line(times=2), 10_000).ask("go") == "done"
    assert bills(ctx) == [LOST, LOST, ("task", "p:script", 400, False)]
    told = [p for p in ctx.payloads if isinstance(p, event.ModelRetried | event.UsageRecorded)]
    retried = event.ModelRetried(agent="a1", model="p:m", attempt=1, reason="it broke off",
                                 wait_seconds=2.0, is_billed=True, cost_microusd=300)
    assert told[:2] == [retried, event.UsageRecorded(
        model="p:m-1", model_asked="p:m", input_tokens=100, output_tokens=7, cached_tokens=40,
        cost_microusd=300)]
    assert {row.task_id for row in ctx.rows if isinstance(row, ModelCall)} == {"task"}


async def test_the_last_attempt_is_billed_and_a_second_run_does_not_bill_it_again() -> None:
    ctx = MemoryContext()
    for times in (1, 2):
        with pytest.raises(ProviderUnavailable):
            await conversation(ctx, Line(times=1, answers=False), 10_000).ask("go")
        assert bills(ctx) == [LOST, LOST] * times


async def test_no_attempt_is_made_again_without_the_money_for_it() -> None:
    ctx = MemoryContext()
    talk = conversation(ctx, Line(times=5), budget=1_200)
    with pytest.raises(BudgetReached):
        await talk.ask("go")
    assert bills(ctx) == [LOST, LOST, LOST]  # 900 are spent; 500 more could have passed 1,200
    assert talk.seat.purse.held == 0  # type: ignore[attr-defined]


async def test_a_model_that_failed_holds_no_money_against_the_next_of_its_chain() -> None:
    """800 are enough for one call of 500, whoever makes it; the first one's bill still counts."""
    cheaper = ModelProfile(provider="p", model="other")

    @dataclass
    class Chain(Line):
        async def complete(self, profile: ModelProfile, request: ModelRequest, *,
                           on_retry: Callable[[RetryNotice], Awaitable[None]],
                           fail_fast: bool = False) -> ModelReply:
            self.answers = profile is cheaper
            return await Line.complete(self, profile, request, on_retry=on_retry,
                                       fail_fast=fail_fast)

    ctx = MemoryContext()
    talk = conversation(ctx, Chain(times=0), budget=800, chain=(MODEL, cheaper))
    assert await talk.ask("go") == "done"
    assert bills(ctx) == [LOST, ("task", "p:script", 400, False)]
    assert talk.seat.purse.reserved == [CEILING, CEILING]  # type: ignore[attr-defined]
