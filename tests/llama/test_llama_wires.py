"""What every wire owes, held against llama.cpp's own server, which nobody of us wrote.

The model is a toy that cannot be scripted: only what holds for any model is asserted.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from llama.llama_serve import ALIAS, WINDOW_TOKENS
from llama.llama_server import KEY, LlamaServer

from cockpit_tui.domain.conversation import (
    Message,
    ModelReply,
    ModelRequest,
    Speaker,
    StopReason,
    TextBlock,
    ToolCall,
    ToolResult,
    ToolSpec,
    user,
)
from cockpit_tui.domain.errors import ContextOverflow, CredentialsRefused, ProviderUnavailable
from cockpit_tui.domain.model import EditFormat, ModelProfile, Wire
from cockpit_tui.providers.base import Provider
from cockpit_tui.providers.chat import endpoint
from cockpit_tui.providers.chat.provider import ChatProvider
from cockpit_tui.providers.chat.responses import ResponsesProvider
from cockpit_tui.providers.messages import provider as messages
from cockpit_tui.providers.sse import server_events
from cockpit_tui.providers.timeouts import Timeouts

PATIENT = Timeouts(connect_seconds=10, idle_seconds=120, total_seconds=300)
READ = ToolSpec(name="read_file", description="Read a file.", parameters={
    "type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]})
SCHEMA = {"type": "object", "additionalProperties": False, "required": ["verdict", "score"],
          "properties": {"verdict": {"type": "string", "enum": ["pass", "fail"]},
                         "score": {"type": "integer", "enum": [1, 2, 3]}}}
STORY = user("Tell a very long story about a harbour, with a hundred chapters.")
WIRES = (Wire.CHAT, Wire.RESPONSES, Wire.MESSAGES)


def make(wire: Wire, url: str, *, key: str = KEY, timeouts: Timeouts = PATIENT) -> Provider:
    if wire is Wire.MESSAGES:
        return messages.MessagesProvider("llama", base_url=url, key=key, timeouts=timeouts)
    kind = ChatProvider if wire is Wire.CHAT else ResponsesProvider
    return kind("llama", base_url=f"{url}/v1", key=key, timeouts=timeouts)


def asking(wire: Wire, *said: Message, **changes: Any) -> ModelRequest:
    profile = ModelProfile(provider="llama", model=ALIAS, wire=wire, is_local=True,
                           supports_schema=wire is Wire.CHAT, context_tokens=WINDOW_TOKENS,
                           max_output_tokens=WINDOW_TOKENS, edit_format=EditFormat.WHOLE_FILE)
    request = ModelRequest(model=ALIAS, purpose="task", system="You are a helper.",
                           messages=said or (user("Say hello."),), profile=profile,
                           max_output_tokens=24)
    return replace(request, **changes)


@pytest.fixture(params=WIRES, ids=lambda wire: str(wire))
def wire(request: pytest.FixtureRequest) -> Wire:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
async def provider(wire: Wire, llama: LlamaServer) -> AsyncIterator[Provider]:
    made = make(wire, llama.url)
    yield made
    await made.close()


async def failure(provider: Provider, request: ModelRequest) -> Exception:
    try:
        with pytest.raises(Exception) as caught:  # noqa: PT011
            await provider.complete(request)
    finally:
        await provider.close()
    return caught.value


async def test_a_text_comes_with_usage_its_model_and_a_reason(wire: Wire,
                                                              provider: Provider) -> None:
    reply = await provider.complete(asking(wire, user("Say hello."), max_output_tokens=200))
    [block] = reply.message.blocks
    assert isinstance(block, TextBlock)
    assert block.text
    assert (reply.model, reply.is_usage_known, reply.cost_microusd) == (ALIAS, True, None)
    assert 15 < reply.usage.input < 40
    assert 0 < reply.usage.output <= 200
    assert reply.stop_reason is (StopReason.END_TURN if reply.usage.output < 200
                                 else StopReason.MAX_TOKENS)


async def test_a_reply_cut_by_its_length_says_so(wire: Wire, provider: Provider) -> None:
    reply = await provider.complete(asking(wire, STORY, max_output_tokens=16))
    assert (reply.stop_reason, reply.usage.output) == (StopReason.MAX_TOKENS, 16)


async def test_a_reply_that_runs_into_the_window_says_so(wire: Wire, provider: Provider) -> None:
    nearly_full = user("sea " * (WINDOW_TOKENS - 60) + "Tell a very long story about it.")
    reply = await provider.complete(asking(wire, nearly_full, max_output_tokens=500))
    if reply.usage.total < WINDOW_TOKENS:
        pytest.skip("the model fell silent before the end of its window")
    assert reply.stop_reason is StopReason.CONTEXT_FULL


async def test_replies_arrive_in_pieces(wire: Wire, provider: Provider,
                                        monkeypatch: pytest.MonkeyPatch) -> None:
    packets: list[float] = []

    def timed(body: AsyncIterable[bytes]) -> AsyncGenerator[Any, None]:
        async def told() -> AsyncIterator[bytes]:
            async for packet in body:
                packets.append(time.monotonic())
                yield packet

        return server_events(told())

    monkeypatch.setattr(messages if wire is Wire.MESSAGES else endpoint, "server_events", timed)
    reply = await provider.complete(asking(wire, STORY, max_output_tokens=64))
    assert len(packets) > reply.usage.output / 2
    assert packets[-1] > packets[0]


async def test_cancelling_ends_the_work_at_the_server(wire: Wire, provider: Provider,
                                                      llama: LlamaServer) -> None:
    await llama.until_idle()
    before = llama.cancelled
    asked = asyncio.create_task(provider.complete(asking(wire, STORY, max_output_tokens=3_000)))
    await llama.until_busy()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await llama.until_idle()
    assert llama.cancelled == before + 1


async def test_too_long_a_conversation_is_told_as_such(wire: Wire, llama: LlamaServer) -> None:
    said = await failure(make(wire, llama.url), asking(wire, user("word " * 20_000)))
    assert type(said) is ContextOverflow
    assert f"({WINDOW_TOKENS} tokens)" in str(said)


@pytest.mark.parametrize("key", ["", "another-key-9876543210"])
async def test_a_wrong_key_is_refused_and_not_shown(wire: Wire, llama: LlamaServer,
                                                    key: str) -> None:
    said = await failure(make(wire, llama.url, key=key), asking(wire))
    assert type(said) is CredentialsRefused
    assert "another-key" not in str(said)


async def test_who_answered_for_an_unknown_model_is_told(wire: Wire, provider: Provider) -> None:
    """The server has one model and takes any name for it: the reply must not repeat the name."""
    reply = await provider.complete(asking(wire, model="frontier-9"))
    assert reply.model == ALIAS


async def test_a_schema_holds_where_the_wire_takes_one(wire: Wire, provider: Provider) -> None:
    """llama.cpp takes it over chat alone; elsewhere it is told in words and must do no harm."""
    reply = await provider.complete(asking(wire, user("Does x = 1 work?"), output_schema=SCHEMA,
                                           max_output_tokens=100))
    assert reply.message.text
    if wire is Wire.CHAT:
        told = json.loads(reply.message.text)
        assert (set(told), told["verdict"] in ("pass", "fail"), told["score"] in (1, 2, 3)) == (
            {"verdict", "score"}, True, True)


async def test_a_result_of_a_tool_is_taken_and_counted(wire: Wire, provider: Provider) -> None:
    call = ToolCall(id="call_1", name="read_file", arguments={"path": "a.py", "deep": {"n": [1]}})
    calling = Message(speaker=Speaker.ASSISTANT, blocks=(TextBlock(text="I look."), call))
    asked = asking(wire, user("What is in a.py?"), tools=(READ,))
    used = []
    for result in ("x = 1", "x = 1\n" * 200):
        found = Message(speaker=Speaker.USER, blocks=(ToolResult(call_id="call_1", text=result),))
        reply = await provider.complete(replace(
            asked, messages=(*asked.messages, calling, found)))
        used.append(reply.usage.input)
    assert used[1] - used[0] > 500


async def test_the_same_beginning_is_read_from_the_cache(wire: Wire, provider: Provider) -> None:
    messages = (user(f"Remember over {wire}: " + "harbour, " * 150),)
    usages = []
    for _ in range(3):
        reply = await provider.complete(asking(wire, *messages, max_output_tokens=16))
        usages.append(reply.usage)
        messages += (reply.message, user("And now? " * 20))
    assert usages[0].cache_read < usages[0].input * 0.5
    for before, after in pairwise(usages):
        assert before.input * 0.9 <= after.cache_read < after.input


async def test_four_at_once_are_worked_on_together_and_kept_apart(
        wire: Wire, provider: Provider, llama: LlamaServer) -> None:
    await llama.until_idle()
    before = len(llama.slots_used)
    words = [1, 40, 80, 120]
    replies: list[ModelReply] = await asyncio.gather(*(
        provider.complete(asking(wire, user(f"Story {count}: " + "sea " * count),
                                 max_output_tokens=48)) for count in words))
    inputs = [reply.usage.input for reply in replies]
    assert [after - inputs[0] for after in inputs[1:]] == [
        pytest.approx(count - 1, abs=3) for count in words[1:]]
    assert len(set(llama.slots_used[before:])) > 1


async def test_one_connection_after_another_may_close_behind_a_stream(
        wire: Wire, provider: Provider) -> None:
    """The server closes some connections right after a stream, and says so to nobody."""
    for _ in range(40):
        await provider.complete(asking(wire, max_output_tokens=1))


async def test_silence_and_slowness_end(wire: Wire, llama: LlamaServer) -> None:
    silent = replace(PATIENT, idle_seconds=0.1)
    fresh = user(f"{time.monotonic()} {wire} " + "ship rope tar " * 300)
    said = await failure(make(wire, llama.url, timeouts=silent), asking(wire, fresh))
    assert type(said) is ProviderUnavailable
    assert "sent nothing for 0.1 seconds" in str(said)
    slow = replace(PATIENT, total_seconds=1)
    said = await failure(make(wire, llama.url, timeouts=slow),
                         asking(wire, STORY, max_output_tokens=3_000))
    assert type(said) is ProviderUnavailable
    assert "not finished its answer after 1 seconds" in str(said)
    await llama.until_idle()
