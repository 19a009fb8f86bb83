"""A model or a command that says nothing: broken off and asked once more, or told to the person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import NoReturn

import pytest

from cockpit_tui.agents.watchdog import told_when_silent
from cockpit_tui.domain.conversation import (
    Message,
    ModelReply,
    ModelRequest,
    Speaker,
    StopReason,
    TextBlock,
    user,
)
from cockpit_tui.domain.errors import ProviderSilent
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.silence import heard, listening
from cockpit_tui.domain.usage import TokenUsage, Unfinished
from cockpit_tui.providers.chat.assembly import ChunkAssembly
from cockpit_tui.providers.patience import unless_silent
from cockpit_tui.providers.pool import ModelPool, RetryNotice
from cockpit_tui.providers.pricing import PriceBook
from cockpit_tui.providers.sse import server_events
from cockpit_tui.providers.unfinished import opened

PROFILE = ModelProfile(provider="acme", model="big")
REQUEST = ModelRequest(model="", purpose="task", system="s", messages=(user("u"),))
REPLY = ModelReply(message=Message(speaker=Speaker.ASSISTANT, blocks=(TextBlock(text="done"),)),
                   stop_reason=StopReason.END_TURN, model="big", usage=TokenUsage(input=1))

Pass = Callable[[float], object]


@pytest.fixture
async def time_passes(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Moves the clock of the loop on; timers that are due by then come at the next step."""
    loop = asyncio.get_running_loop()
    real, ahead = loop.time, [0.0]
    monkeypatch.setattr(loop, "time", lambda: real() + ahead[0])

    def passes(seconds: float) -> None:
        ahead[0] += seconds

    return passes


async def _steps() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_whoever_goes_on_talking_is_never_broken_off(time_passes: Pass) -> None:
    async def answer() -> str:
        for _ in range(10):
            time_passes(200)
            heard()
            await _steps()
        return "a long story"

    assert await unless_silent(answer(), seconds=300, model="acme:big") == "a long story"


@pytest.mark.parametrize("has_begun", [False, True])
async def test_silence_is_broken_off_and_billed_where_an_answer_had_begun(
        time_passes: Pass, has_begun: bool) -> None:
    ended: list[str] = []

    async def answer() -> NoReturn:
        if has_begun:
            heard()
        time_passes(301)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("closed")
        raise AssertionError

    with pytest.raises(ProviderSilent) as caught:
        await unless_silent(answer(), seconds=300, model="acme:big")

    assert (caught.value.message, caught.value.seconds) == ("acme:big said nothing for 5 min.",
                                                            300)
    assert (caught.value.unfinished is not None) is has_begun
    assert ended == ["closed"]


async def test_what_had_come_before_the_silence_is_in_its_bill(time_passes: Pass) -> None:
    """As where the line is cut: a long answer that hangs in its last word is not free."""
    async def answer() -> NoReturn:
        assembly = ChunkAssembly()
        opened(assembly)
        piece = {"index": 0, "delta": {"content": "w" * 900}}
        assembly.take({"model": "big-2", "choices": [piece]})
        time_passes(301)
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(ProviderSilent) as caught:
        await unless_silent(answer(), seconds=300, model="acme:big")

    assert caught.value.unfinished == Unfinished(model="big-2", received_bytes=900)


async def test_what_is_heard_after_the_answer_harms_nobody() -> None:
    """By a task of the provider's that outlives it, like one that gives its connection back."""
    began: list[asyncio.Task[None]] = []
    answered = asyncio.Event()

    async def outlives() -> None:
        await answered.wait()
        heard()

    async def answer() -> str:
        began.append(asyncio.create_task(outlives()))
        return "done"

    assert await unless_silent(answer(), seconds=300, model="acme:big") == "done"
    answered.set()
    await began[0]


async def test_a_ping_is_no_sign_of_life() -> None:
    signs: list[str] = []

    async def chunks() -> AsyncIterator[bytes]:
        yield b": keep-alive\n\nevent: ping\ndata: {}\n\n"
        signs.append("word")
        yield b"event: message_delta\ndata: {}\n\n"

    with listening(lambda: signs.append("heard")):
        names = [told.name async for told in server_events(chunks())]

    assert (names, signs) == (["ping", "message_delta"], ["word", "heard"])


class Acme:
    """Says nothing `silent` times, then answers."""

    name, is_ai = "acme", True

    def __init__(self, silent: int, passes: Pass) -> None:
        self.silent, self.passes, self.asked = silent, passes, 0

    async def complete(self, request: ModelRequest) -> ModelReply:
        self.asked += 1
        if self.asked <= self.silent:
            self.passes(61)
            await asyncio.Event().wait()
        return REPLY

    async def close(self) -> None: ...


@pytest.mark.parametrize(("silent", "asked", "notices"), [(1, 2, [60.0]), (9, 2, [60.0])])
async def test_a_silent_model_is_asked_once_more_and_then_given_up(
        time_passes: Pass, silent: int, asked: int, notices: list[float]) -> None:
    told: list[RetryNotice] = []
    acme = Acme(silent, time_passes)

    async def on_retry(notice: RetryNotice) -> None:
        told.append(notice)

    async def no_wait(_: float) -> None: ...

    pool = ModelPool(lambda _: (acme, "big"), prices=PriceBook(), silent_seconds=60, sleep=no_wait)
    if silent < 2:
        reply = await pool.complete(PROFILE, REQUEST, on_retry=on_retry)
        assert reply.message == REPLY.message
    else:
        with pytest.raises(ProviderSilent, match=r"for 1 min\. It was asked 2 times"):
            await pool.complete(PROFILE, REQUEST, on_retry=on_retry)
    assert (acme.asked, [notice.silent_seconds for notice in told]) == (asked, notices)


async def test_a_silent_command_is_told_once_and_goes_on(time_passes: Pass) -> None:
    told: list[float] = []

    async def tell(seconds: float) -> None:
        told.append(seconds)

    async def command() -> str:
        await _steps()
        for _ in range(3):
            time_passes(299)
            heard()
            await _steps()
        assert told == []
        for _ in range(3):
            time_passes(301)
            await _steps()
        return "exit code 0"

    assert await told_when_silent(command(), seconds=300, tell=tell) == "exit code 0"
    assert told == [300]
