"""The pool: retries, breaker, prices and believable usage around a provider, with a false clock."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from cockpit_tui.domain.conversation import (
    Message,
    ModelReply,
    ModelRequest,
    Speaker,
    StopReason,
    TextBlock,
    ToolResult,
    ToolSpec,
    user,
)
from cockpit_tui.domain.errors import (
    ContextOverflow,
    CredentialsRefused,
    CreditExhausted,
    ModelUnknown,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from cockpit_tui.domain.model import ModelProfile, Price
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.providers.pool import ModelPool, RetryNotice
from cockpit_tui.providers.pricing import PriceBook
from cockpit_tui.providers.resilience import RetryPolicy

PROFILE = ModelProfile(provider="acme", model="big", price=Price(input=3_000_000,
                                                                 output=15_000_000))
REQUEST = ModelRequest(model="", purpose="task", system="s" * 400, messages=(user("u" * 400),))
REPLY = ModelReply(message=Message(speaker=Speaker.ASSISTANT, blocks=(TextBlock(text="done"),)),
                   stop_reason=StopReason.END_TURN, model="big-1",
                   usage=TokenUsage(input=200, output=10))
DOWN = ProviderUnavailable("acme answers 503.")
Answer = ModelReply | Exception | Callable[[], Awaitable[ModelReply]]


@dataclass
class Acme:
    """A provider that gives its answers in turn, the last one for ever."""

    answers: list[Answer]
    name: str = "acme"
    is_ai: bool = True
    asked: list[ModelRequest] = field(default_factory=list)
    closed: int = 0

    async def complete(self, request: ModelRequest) -> ModelReply:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, ModelReply) else await answer()

    async def close(self) -> None:
        self.closed += 1


@dataclass
class Clock:
    """Sleeping moves it on at once."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(1_800_000_000 + self.seconds, UTC)  # 08:00 UTC


class Longest(random.Random):
    """Jitter that always takes the whole interval."""

    def uniform(self, a: float, b: float) -> float:
        return b


def pool_over(provider: Acme, clock: Clock | None = None, prices: PriceBook | None = None,
              policy: RetryPolicy | None = None) -> ModelPool:
    clock = clock or Clock()
    return ModelPool(lambda _: (provider, "big-wire"), prices=prices or PriceBook(),
                     policy=policy or RetryPolicy(), sleep=clock.sleep, rng=Longest(),
                     monotonic=clock.monotonic, now=clock.now)


async def unheard(notice: RetryNotice) -> None:
    """For calls whose notices do not matter."""


async def test_waits_double_and_every_retry_is_told() -> None:
    provider, clock, told = Acme([DOWN, DOWN, DOWN, REPLY]), Clock(), list[RetryNotice]()

    async def on_retry(notice: RetryNotice) -> None:
        told.append(notice)

    reply = await pool_over(provider, clock).complete(PROFILE, REQUEST, on_retry=on_retry)

    assert reply == replace(REPLY, cost_microusd=200 * 3 + 10 * 15)
    assert told == [RetryNotice(attempt=n, reason="acme answers 503.", wait_seconds=wait)
                    for n, wait in ((1, 1.0), (2, 2.0), (3, 4.0))]
    assert clock.slept == [1.0, 2.0, 4.0]
    assert {request.model for request in provider.asked} == {"big-wire"}
    assert provider.asked[0].profile is PROFILE


async def test_after_four_attempts_the_failure_counts() -> None:
    provider = Acme([DOWN])

    with pytest.raises(ProviderUnavailable, match=r"acme answers 503\. It was asked 4 times\."):
        await pool_over(provider).complete(PROFILE, REQUEST, on_retry=unheard)
    assert len(provider.asked) == 4


@pytest.mark.parametrize("error", [
    CredentialsRefused("no"), CreditExhausted("no"), ModelUnknown("no"), RequestRefused("no"),
    ContextOverflow("no"), ProviderError("no")])
async def test_what_does_not_get_better_is_asked_once(error: ProviderError) -> None:
    provider = Acme([error])

    with pytest.raises(type(error)):
        await pool_over(provider).complete(PROFILE, REQUEST, on_retry=unheard)
    assert len(provider.asked) == 1


async def test_the_providers_own_wait_is_kept_and_jitter_comes_on_top() -> None:
    clock = Clock()
    provider = Acme([RateLimited("Slow down.", retry_after_seconds=30), REPLY])

    await pool_over(provider, clock).complete(PROFILE, REQUEST, on_retry=unheard)

    assert clock.slept == [31.0]


async def test_a_long_wait_is_given_up_at_once_and_says_until_when() -> None:
    clock = Clock()
    provider = Acme([RateLimited("Slow down.", retry_after_seconds=3_600, hint="Wait.")])

    with pytest.raises(RateLimited) as caught:
        await pool_over(provider, clock).complete(PROFILE, REQUEST, on_retry=unheard)

    error = caught.value
    assert (error.message, error.hint, error.retry_after_seconds) == (
        "Slow down. It asks to wait until 09:00 UTC.", "Wait.", 3_600)
    assert clock.slept == []


async def test_all_waits_together_are_bounded() -> None:
    clock = Clock()
    provider = Acme([RateLimited("Slow down.", retry_after_seconds=50)])

    with pytest.raises(RateLimited, match="been waited for 51 s"):
        await pool_over(provider, clock, policy=RetryPolicy(total_wait_seconds=100)).complete(
            PROFILE, REQUEST, on_retry=unheard)
    assert clock.slept == [51.0]


async def test_the_breaker_opens_over_all_agents_and_one_probe_closes_it() -> None:
    clock = Clock()
    probing, answered = asyncio.Event(), asyncio.Event()

    async def slowly() -> ModelReply:
        probing.set()
        await answered.wait()
        return REPLY

    provider = Acme([*[DOWN] * 4, slowly, REPLY])
    pool = pool_over(provider, clock, policy=RetryPolicy(max_attempts=1, failures_to_open=4,
                                                         cool_down_seconds=20))
    for _ in range(4):
        with pytest.raises(ProviderUnavailable):
            await pool.complete(PROFILE, REQUEST, on_retry=unheard)

    with pytest.raises(ProviderUnavailable, match=r"failed 4 times in a row; it is asked again at "
                                                  r"08:00 UTC"):
        await pool.complete(PROFILE, REQUEST, on_retry=unheard, fail_fast=True)
    assert len(provider.asked) == 4

    clock.seconds += 20
    probe = asyncio.create_task(pool.complete(PROFILE, REQUEST, on_retry=unheard))
    await probing.wait()
    with pytest.raises(ProviderUnavailable, match="one call is trying it now"):
        await pool.complete(PROFILE, REQUEST, on_retry=unheard, fail_fast=True)
    answered.set()
    await probe
    await pool.complete(PROFILE, REQUEST, on_retry=unheard, fail_fast=True)
    assert len(provider.asked) == 6


async def test_another_model_of_the_provider_is_still_asked_and_closes_the_breaker() -> None:
    provider = Acme([DOWN, DOWN, REPLY])
    pool = pool_over(provider, policy=RetryPolicy(max_attempts=1, failures_to_open=2))
    for _ in range(2):
        with pytest.raises(ProviderUnavailable):
            await pool.complete(PROFILE, REQUEST, on_retry=unheard)
    with pytest.raises(ProviderUnavailable, match="in a row"):
        await pool.complete(PROFILE, REQUEST, on_retry=unheard, fail_fast=True)

    await pool.complete(replace(PROFILE, model="small"), REQUEST, on_retry=unheard, fail_fast=True)
    await pool.complete(PROFILE, REQUEST, on_retry=unheard, fail_fast=True)
    assert len(provider.asked) == 4


async def test_without_another_model_a_call_waits_for_the_breaker_and_tells_it_once() -> None:
    clock, told = Clock(), list[RetryNotice]()

    async def on_retry(notice: RetryNotice) -> None:
        told.append(notice)

    provider = Acme([DOWN, REPLY])
    pool = pool_over(provider, clock, policy=RetryPolicy(failures_to_open=1, cool_down_seconds=9))
    reply = await pool.complete(PROFILE, REQUEST, on_retry=on_retry)

    assert reply.model == "big-1"
    assert [(notice.attempt, notice.wait_seconds) for notice in told] == [(1, 1.0), (0, 8.0)]


async def test_a_cancelled_probe_leaves_the_next_call_to_probe() -> None:
    clock, probing = Clock(), asyncio.Event()

    async def never() -> ModelReply:
        probing.set()
        return await asyncio.get_running_loop().create_future()

    provider = Acme([DOWN, never, REPLY])
    pool = pool_over(provider, clock, policy=RetryPolicy(max_attempts=1, failures_to_open=1,
                                                         cool_down_seconds=5))
    with pytest.raises(ProviderUnavailable):
        await pool.complete(PROFILE, REQUEST, on_retry=unheard)
    clock.seconds += 5
    probe = asyncio.create_task(pool.complete(PROFILE, REQUEST, on_retry=unheard))
    await probing.wait()
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe

    reply = await pool.complete(PROFILE, REQUEST, on_retry=unheard, fail_fast=True)
    assert reply.model == "big-1"


async def test_a_wait_between_attempts_is_cancelled_at_once() -> None:
    provider, waiting = Acme([DOWN, REPLY]), asyncio.Event()

    async def sleep(seconds: float) -> None:
        waiting.set()
        await asyncio.get_running_loop().create_future()

    pool = ModelPool(lambda _: (provider, "m"), prices=PriceBook(), sleep=sleep)
    call = asyncio.create_task(pool.complete(PROFILE, REQUEST, on_retry=unheard))
    await waiting.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert len(provider.asked) == 1


async def test_a_call_that_waits_when_all_is_closed_asks_nobody_again() -> None:
    provider = Acme([DOWN, REPLY])

    async def sleep(seconds: float) -> None:
        await pool.close()

    pool = ModelPool(lambda _: (provider, "m"), prices=PriceBook(), sleep=sleep)
    with pytest.raises(ProviderError, match="were closed"):
        await pool.complete(PROFILE, REQUEST, on_retry=unheard)

    assert (len(provider.asked), provider.closed) == (1, 1)


async def test_a_provider_gets_so_many_calls_at_once_and_a_retry_that_waits_is_none() -> None:
    at_work, most = 0, 0
    answer, are_two = asyncio.Event(), asyncio.Event()

    async def slow() -> ModelReply:
        nonlocal at_work, most
        at_work += 1
        if at_work == 2:
            are_two.set()
        most = max(most, at_work)
        await answer.wait()
        at_work -= 1
        return REPLY

    provider, woken = Acme([DOWN, *[slow] * 5, REPLY]), asyncio.Event()

    async def nap(seconds: float) -> None:
        await woken.wait()

    pool = ModelPool(lambda _: (provider, "big-wire"), prices=PriceBook(), sleep=nap,
                     rng=Longest(), calls_per_provider=2)
    asked = [asyncio.create_task(pool.complete(PROFILE, REQUEST, on_retry=unheard))
             for _ in range(6)]
    await are_two.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    assert (at_work, len(provider.asked)) == (2, 3)  # the first failed, and sleeps
    answer.set()
    woken.set()
    replies = await asyncio.gather(*asked)
    assert (most, len(replies), len(provider.asked)) == (2, 6, 7)


async def test_other_providers_do_not_share_a_breaker_and_each_is_closed_once() -> None:
    down, well = Acme([DOWN]), Acme([REPLY])
    pool = ModelPool(lambda name: (down if name.startswith("down") else well, "m"),
                     prices=PriceBook(), policy=RetryPolicy(max_attempts=1, failures_to_open=1))
    with pytest.raises(ProviderUnavailable):
        await pool.complete(replace(PROFILE, provider="down"), REQUEST, on_retry=unheard)
    for model in ("a", "b"):
        await pool.complete(replace(PROFILE, model=model), REQUEST, on_retry=unheard)
    await pool.close()

    assert (down.closed, well.closed) == (1, 1)


@pytest.mark.parametrize("usage", [
    TokenUsage(),
    TokenUsage(input=-5, output=10),
    TokenUsage(input=200, output=-1),
    TokenUsage(input=200, output=0),
    TokenUsage(input=3, output=10),
    TokenUsage(input=1_000_000, output=10),
    TokenUsage(input=200, output=20_000),
    TokenUsage(input=200, output=10, cache_read=150, cache_write=100),
    TokenUsage(input=200, output=10, reasoning=11),
])
async def test_usage_that_cannot_be_true_is_estimated_and_its_cost_unknown(
        usage: TokenUsage) -> None:
    reply = await pool_over(Acme([replace(REPLY, usage=usage)])).complete(
        PROFILE, REQUEST, on_retry=unheard)

    assert reply == replace(REPLY, usage=TokenUsage(input=200, output=1), is_usage_known=False,
                            cost_microusd=None)


async def test_a_bill_from_the_provider_itself_wins_and_a_local_model_costs_nothing() -> None:
    billed = await pool_over(Acme([replace(REPLY, usage=TokenUsage(), cost_microusd=77)])).complete(
        PROFILE, REQUEST, on_retry=unheard)
    negative = await pool_over(Acme([replace(REPLY, cost_microusd=-1)])).complete(
        PROFILE, REQUEST, on_retry=unheard)
    local = await pool_over(Acme([replace(REPLY, usage=TokenUsage())])).complete(
        replace(PROFILE, is_local=True), REQUEST, on_retry=unheard)
    unpriced = await pool_over(Acme([REPLY])).complete(
        replace(PROFILE, price=None), REQUEST, on_retry=unheard)

    assert [reply.cost_microusd for reply in (billed, negative, local, unpriced)] == [
        77, 200 * 3 + 10 * 15, 0, None]


@pytest.mark.parametrize(("vendor", "told", "cost"), [
    ("openrouter", 0, 0), ("", 0, 750), ("openrouter", 10**30, 750), ("", 999_000_000, 999_000_000),
])
async def test_a_bill_of_nothing_counts_from_who_bills_and_an_absurd_one_from_nobody(
        vendor: str, told: int, cost: int) -> None:
    reply = await pool_over(Acme([replace(REPLY, cost_microusd=told)])).complete(
        replace(PROFILE, vendor=vendor), REQUEST, on_retry=unheard)

    assert reply.cost_microusd == cost


async def test_a_model_without_tools_gets_them_and_makes_its_calls_in_words() -> None:
    ping = ToolSpec(name="ping", description="Answers.", parameters={"type": "object"})
    written = '<tool_call>\n{"name": "ping", "arguments": {"n": 1}}\n</tool_call>'
    said = replace(REPLY, message=Message(speaker=Speaker.ASSISTANT, blocks=(
        TextBlock(text=f"I try.\n{written}"),)))
    provider, mute = Acme([said]), replace(PROFILE, supports_tools=False)
    pool, request = pool_over(provider), replace(REQUEST, tools=(ping,))
    first = await pool.complete(mute, request, on_retry=unheard)
    [call] = first.message.tool_calls
    result = Message(speaker=Speaker.USER, blocks=(
        ToolResult(call_id=call.id, text="pong", is_error=True),))
    second = await pool.complete(mute, replace(request, messages=(
        *request.messages, first.message, result)), on_retry=unheard)
    await pool.complete(mute, replace(request, output_schema={}), on_retry=unheard)
    await pool.complete(PROFILE, request, on_retry=unheard)

    assert (call.name, call.arguments, first.stop_reason) == ("ping", {"n": 1},
                                                              StopReason.TOOL_CALLS)
    assert call.id != second.message.tool_calls[0].id
    _, told, held, native = provider.asked
    assert (told.tools, told.messages) == ((), (
        request.messages[0],
        Message(speaker=Speaker.ASSISTANT, blocks=(TextBlock(text="I try."),
                                                   TextBlock(text=written))),
        Message(speaker=Speaker.USER, blocks=(
            TextBlock(text="<tool_response>\nError: pong\n</tool_response>"),))))
    assert told.system.startswith(REQUEST.system)
    assert told.system.endswith(
        '{"name": "ping", "description": "Answers.", "parameters": {"type": "object"}}')
    assert (held.tools, held.system) == ((), REQUEST.system)
    assert (native.tools, native.system) == ((ping,), REQUEST.system)


def test_the_ceiling_covers_dense_text_and_all_of_the_output() -> None:
    pool = pool_over(Acme([REPLY]))
    chinese = replace(REQUEST, system="", messages=(user("码" * 300),), max_output_tokens=100)

    assert pool.ceiling_microusd(PROFILE, chinese) == 300 * 3 + 100 * 15
    assert pool.ceiling_microusd(replace(PROFILE, price=None), chinese) is None


def test_a_grown_or_changed_transcript_is_measured_right() -> None:
    pool = pool_over(Acme([REPLY]))
    price = replace(PROFILE, price=Price(input=3_000_000, output=0))
    first, second, other = (user(letter * 300) for letter in "abc")

    def tokens(*messages: Message) -> int | None:
        cost = pool.ceiling_microusd(price, replace(REQUEST, system="", messages=messages))
        return None if cost is None else cost // 3

    assert [tokens(first), tokens(first, second), tokens(first, second, other),
            tokens(first, user("d" * 30)), tokens(first), tokens()] == [100, 200, 300, 110, 100, 0]
