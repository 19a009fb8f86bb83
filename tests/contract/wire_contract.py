"""What every wire owes the rest of the code when all goes well; `wire_contract_bad` has the rest.

A wire plugs in with a subclass named `Test...` that fills in the five members of `Wire`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from support.brains import Asked, Brain, BrainReply, Call, Spent, Thought, calls, in_turn, says
from support.model_server import Answer, ModelServer, Request, SseItem

from cockpit_tui.domain.conversation import (
    Message,
    ModelReply,
    ModelRequest,
    Speaker,
    StopReason,
    TextBlock,
    ThinkingBlock,
    ToolCall,
    ToolResult,
    ToolSpec,
    user,
)
from cockpit_tui.domain.model import EditFormat, ModelProfile, Thinking
from cockpit_tui.domain.model import Wire as WireName
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.providers.timeouts import Timeouts

READ = ToolSpec(name="read_file", description="Read a file.", parameters={
    "type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]})
LIST = ToolSpec(name="list_files", description="List files.",
                parameters={"type": "object", "properties": {}})
SCHEMA = {"type": "object", "properties": {"verdict": {"type": "string"}},
          "required": ["verdict"], "additionalProperties": False}
QUICK = Timeouts(connect_seconds=5, idle_seconds=5, total_seconds=20)


class Wire(ABC):
    """One wire format: its provider, and a fake server that speaks it."""

    wire_name: WireName
    thinking = Thinking.NONE
    """How the wire gives thinking back; NONE: it does not."""
    has_cache_writes = False
    """Whether the wire reports tokens written to the cache."""

    @abstractmethod
    def provider(self, url: str, *, key: str = "test-key", timeouts: Timeouts = QUICK,
                 headers: Mapping[str, str] | None = None) -> Any:
        """The provider named `fake`, asking the server at `url`."""

    @abstractmethod
    def dialect(self, brain: Brain) -> Any:
        """A handler for `ModelServer` with `.asked`, the list of requests it has understood."""

    @abstractmethod
    def events(self, reply: BrainReply) -> list[SseItem]:
        """The whole event stream of `reply`, from its first event to its last."""

    @abstractmethod
    def refusal(self, status: int, message: str,
                headers: dict[str, str] | None = None) -> Answer:
        """An error as the vendor sends it before any stream."""

    @abstractmethod
    def failing_events(self) -> list[tuple[SseItem, type[Exception]]]:
        """Events that report an error inside a stream, and the errors they mean."""

    @property
    def profile(self) -> ModelProfile:
        return ModelProfile(provider="fake", model="model-1", wire=self.wire_name,
                            supports_schema=True, max_output_tokens=4_000,
                            thinking=self.thinking, edit_format=EditFormat.SEARCH_REPLACE)

    def request(self, *messages: Message, **changes: Any) -> ModelRequest:
        request = ModelRequest(
            model="model-1", purpose="task", system="You mend small programs. " * 40,
            messages=messages or (user("What is in a.py?"),), tools=(READ, LIST),
            profile=self.profile)
        return replace(request, **changes)

    async def answer(self, handler: Any, request: ModelRequest | None = None,
                     **settings: Any) -> ModelReply:
        """The reply of a fresh provider to one request against `handler`."""
        async with ModelServer(handler) as server:
            provider = self.provider(server.url, **settings)
            try:
                return await provider.complete(request or self.request())
            finally:
                await provider.close()


def results(reply: ModelReply, *texts: str) -> Message:
    return Message(speaker=Speaker.USER, blocks=tuple(
        ToolResult(call_id=call.id, text=text)
        for call, text in zip(reply.message.tool_calls, texts, strict=True)))


class WireContract(Wire):
    """One test a promise of `Provider`."""

    async def test_a_text_comes_back_whole_with_usage_and_the_model_that_answered(self) -> None:
        text = "Grüße — it holds `x = \"1\"`.\r\n\tTwo lines \N{ROCKET}."
        brain = in_turn(says(text, model="model-1-2026",
                             usage=Spent(input=1_000, output=50, cache_read=600,
                                         reasoning=20)))
        assert await self.answer(self.dialect(brain)) == ModelReply(
            message=Message(speaker=Speaker.ASSISTANT, blocks=(TextBlock(text=text),)),
            stop_reason=StopReason.END_TURN, model="model-1-2026",
            usage=TokenUsage(input=1_000, output=50, cache_read=600, reasoning=20))

    async def test_parallel_calls_torn_in_pieces_go_out_and_back_in_one_turn(self) -> None:
        wanted = {"path": "dir/ü \"q\" \\ \n.py", "deep": {"n": [1, 2.5, None, True]}}
        dialect = self.dialect(in_turn(
            BrainReply(texts=("I look.",), calls=(Call(name="read_file", arguments=wanted),
                                                  Call(name="list_files"))),
            says("Done.")))
        async with ModelServer(dialect) as server:
            provider = self.provider(server.url)
            first = await provider.complete(self.request())
            await provider.complete(self.request(user("What is in a.py?"), first.message,
                                                 results(first, "x = 1", "a.py\nb.py")))
            await provider.close()
        read, listed = first.message.tool_calls
        assert (first.stop_reason, first.message.text) == (StopReason.TOOL_CALLS, "I look.")
        assert (read.name, read.arguments, listed.name, listed.arguments) == (
            "read_file", wanted, "list_files", {})
        assert read.id != listed.id
        asked: Asked = dialect.asked[1]
        assert asked.tools == ("read_file", "list_files")
        given = [(result.call_id, result.text) for message in asked.messages
                 for result in message.results]
        assert given == [(read.id, "x = 1"), (listed.id, "a.py\nb.py")]
        assert [call.arguments for message in asked.messages
                for call in message.calls] == [wanted, {}]

    async def test_a_call_never_answered_gets_one_answer_all_the_same(self) -> None:
        dialect = self.dialect(in_turn(says("Yes.")))
        asking = Message(speaker=Speaker.ASSISTANT, blocks=tuple(
            ToolCall(id=f"call_{n}", name="list_files", arguments={}) for n in (1, 2)))
        answered = Message(speaker=Speaker.USER, blocks=(
            TextBlock(text="Go on."), ToolResult(call_id="call_2", text="two"),
            ToolResult(call_id="call_2", text="two again"), TextBlock(text="  ")))
        await self.answer(dialect, self.request(user("Hi"), asking, answered))
        given = [result for message in dialect.asked[0].messages for result in message.results]
        assert [result.call_id for result in given] == ["call_1", "call_2"]
        assert (given[1].text, "interrupted" in given[0].text) == ("two", True)

    @pytest.mark.parametrize(("text", "told"), [
        ('{"path": "a', "valid JSON"), ('["a"]', "not an object"), ("NaN", "valid JSON"),
        ("[" * 100_000, "valid JSON"), ('{"n": ' + "9" * 5_000 + "}", "valid JSON"),
    ], ids=["cut", "array", "constant", "deep", "long-number"])
    async def test_arguments_that_are_no_object_are_told_apart(self, text: str,
                                                                told: str) -> None:
        reply = await self.answer(self.dialect(in_turn(calls(("read_file", text)))))
        [call] = reply.message.tool_calls
        assert (call.name, call.arguments, told in call.malformed) == ("read_file", {}, True), call
        assert len(call.malformed) < 200

    async def test_ids_that_a_server_uses_twice_are_made_unique(self) -> None:
        brain = in_turn(BrainReply(calls=(Call(name="list_files", id="call_0"),
                                          Call(name="list_files", id="call_0"))))
        async with ModelServer(self.dialect(brain)) as server:
            provider = self.provider(server.url)
            first = await provider.complete(self.request())
            again = await provider.complete(self.request(user("Hi"), first.message,
                                                         results(first, "1", "2")))
            await provider.close()
        ids = [call.id for reply in (first, again) for call in reply.message.tool_calls]
        assert len(set(ids)) == 4, ids

    async def test_thinking_goes_back_unchanged_to_its_own_model_only(self) -> None:
        if self.thinking is Thinking.NONE:
            pytest.skip("this wire gives no thinking back")
        dialect = self.dialect(in_turn(
            BrainReply(thoughts=(Thought(text="First I read.", opaque="c2ln"),),
                       calls=(Call(name="list_files"),)), says("Done.")))
        async with ModelServer(dialect) as server:
            provider = self.provider(server.url)
            first = await provider.complete(self.request())
            turn = (user("Hi"), first.message, results(first, "a.py"))
            await provider.complete(self.request(*turn))
            other = replace(self.profile, model="model-2")
            await provider.complete(self.request(*turn, model="model-2", profile=other))
            await provider.close()
        [thought] = [block for block in first.message.blocks if isinstance(block, ThinkingBlock)]
        assert (thought.text, thought.origin) == ("First I read.", "fake:model-1")
        _, own, foreign = dialect.asked
        assert [thought for message in own.messages for thought in message.thoughts] \
            == [thought.raw]
        assert not any(message.thoughts for message in foreign.messages)

    async def test_a_longer_conversation_reads_its_beginning_from_the_cache(self) -> None:
        dialect = self.dialect(lambda asked: calls(("list_files", {})))
        async with ModelServer(dialect) as server:
            provider = self.provider(server.url)
            messages: tuple[Message, ...] = (user("Look around. " * 200),)
            usages = []
            for turn in range(5):
                reply = await provider.complete(self.request(*messages))
                usages.append(reply.usage)
                messages += (reply.message, results(reply, f"file {turn}\n" * 200))
            await provider.close()
        assert (usages[0].cache_read, server.connections_made) == (0, 1)
        for before, after in pairwise(usages):
            assert after.input > before.input > after.cache_read * 0.5
            assert after.cache_read >= before.input * 0.95, usages
            if self.has_cache_writes:
                assert after.cache_write >= (after.input - after.cache_read) * 0.95

    async def test_a_schema_goes_out_and_its_json_comes_back(self) -> None:
        dialect = self.dialect(in_turn(says('{"verdict": "pass"}')))
        reply = await self.answer(dialect, self.request(output_schema=SCHEMA))
        assert reply.message.text == '{"verdict": "pass"}'
        assert dialect.asked[0].schema == SCHEMA

    async def test_where_no_schema_is_taken_it_is_told_in_words(self) -> None:
        dialect = self.dialect(in_turn(says('{"verdict": "pass"}')))
        profile = replace(self.profile, supports_schema=False)
        await self.answer(dialect, self.request(output_schema=SCHEMA, profile=profile))
        asked: Asked = dialect.asked[0]
        assert (asked.schema, "verdict" in asked.messages[-1].texts[-1]) == (None, True)

    async def test_the_reply_is_bounded_by_what_the_model_can_and_what_was_asked(self) -> None:
        dialect = self.dialect(in_turn(says("Short.")))
        for wanted in (99, 1_000_000):
            await self.answer(dialect, self.request(max_output_tokens=wanted))
        assert [asked.max_tokens for asked in dialect.asked] == [99, 4_000]

    async def test_what_no_utf8_can_hold_is_sent_all_the_same(self) -> None:
        dialect = self.dialect(in_turn(says("Yes.")))
        await self.answer(dialect, self.request(user("name: \udcff.py")))
        assert dialect.asked[0].last_text == "name: ?.py"

    async def test_the_same_conversation_is_the_same_bytes(self) -> None:
        bodies: list[bytes] = []

        def keep(request: Request) -> Any:
            bodies.append(request.body)
            return dialect(request)

        dialect = self.dialect(in_turn(says("Yes.")))
        for _ in range(2):
            await self.answer(keep)
        assert bodies[0] == bodies[1]
