"""The contract of wires on Anthropic Messages, and what only this wire has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from contract.wire_contract import LIST, QUICK, WireContract, results
from contract.wire_contract_bad import BadWireContract
from support.brains import Brain, BrainReply, Call, Spent, Thought, in_turn, says
from support.model_server import Answer, ModelServer, Sse, SseItem
from support.model_server_messages import MessagesDialect, error, error_event

from cockpit_tui.domain.conversation import (
    Message,
    Speaker,
    StopReason,
    TextBlock,
    ToolCall,
    ToolResult,
    ToolSpec,
    user,
)
from cockpit_tui.domain.errors import (
    ContextOverflow,
    CredentialsRefused,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from cockpit_tui.domain.model import EditFormat, Thinking, Wire
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.providers.messages import MessagesProvider
from cockpit_tui.providers.timeouts import Timeouts


class TestMessages(WireContract, BadWireContract):
    wire_name = Wire.MESSAGES
    thinking = Thinking.ADAPTIVE
    has_cache_writes = True
    tells_input_first = True

    def provider(self, url: str, *, key: str = "test-key", timeouts: Timeouts = QUICK,
                 headers: Mapping[str, str] | None = None) -> MessagesProvider:
        return MessagesProvider("fake", base_url=url, key=key, timeouts=timeouts, headers=headers)

    def dialect(self, brain: Brain) -> MessagesDialect:
        return MessagesDialect(brain)

    def events(self, reply: BrainReply) -> list[SseItem]:
        body = {"model": "model-1", "messages": []}
        return list(MessagesDialect(in_turn(reply)).events(body, reply))

    def refusal(self, status: int, message: str,
                headers: dict[str, str] | None = None) -> Answer:
        return error(status, message, headers=headers)

    def failing_events(self) -> list[tuple[SseItem, type[Exception]]]:
        return [(error_event("overloaded_error", "Overloaded"), ProviderUnavailable),
                (error_event("api_error", "Internal server error"), ProviderUnavailable),
                (error_event("rate_limit_error", "Slow down"), RateLimited),
                (error_event("authentication_error", "invalid"), CredentialsRefused),
                (error_event("invalid_request_error", "prompt is too long: 9"), ContextOverflow),
                (error_event("something_new", "?"), ProviderUnavailable),
                (("error", "no document"), ProviderUnavailable)]

    async def test_the_vendors_tools_go_out_by_type_to_models_that_know_them(self) -> None:
        dialect = self.dialect(in_turn(says("Yes.")))
        tools = tuple(ToolSpec(name=name, description="d", parameters={"type": "object"})
                      for name in ("str_replace_based_edit_tool", "bash", "list_files"))
        for edit_format in (EditFormat.TEXT_EDITOR, EditFormat.WHOLE_FILE):
            profile = replace(self.profile, edit_format=edit_format)
            await self.answer(dialect, self.request(tools=tools, profile=profile))
        assert [[tool.get("type", "custom") for tool in asked.body["tools"]]
                for asked in dialect.asked] == [
            ["text_editor_20250728", "bash_20250124", "custom"], ["custom"] * 3]

    async def test_breakpoints_follow_tools_system_and_the_last_two_user_turns(self) -> None:
        dialect = self.dialect(in_turn(says("Yes.")))
        said = Message(speaker=Speaker.ASSISTANT, blocks=(TextBlock(text="Well."),))
        await self.answer(dialect, self.request(user("1"), said, user("2"), said, user("3")))
        body = dialect.asked[0].body
        marked = [tool["name"] for tool in body["tools"] if "cache_control" in tool]
        marked += [block["text"] for part in (body["system"],
                                              *(turn["content"] for turn in body["messages"]))
                   for block in part if "cache_control" in block]
        assert marked == [LIST.name, self.request().system, "2", "3"]

    async def test_one_word_for_both_bounds_is_told_apart_by_the_counts(self) -> None:
        """llama.cpp says `max_tokens` where it ran into the window; the cut call is told as cut."""
        cut = BrainReply(calls=(Call(name="read_file", arguments='{"path": "a'),), stop="length",
                         usage=Spent(input=950, output=50))
        profile = replace(self.profile, context_tokens=1_000)
        reply = await self.answer(self.dialect(in_turn(cut)),
                                  self.request(profile=profile, max_output_tokens=100))
        [call] = reply.message.tool_calls
        assert (reply.stop_reason, "cut off" in call.malformed) == (StopReason.CONTEXT_FULL, True)

    @pytest.mark.parametrize(("stop", "meant"), [("context", StopReason.CONTEXT_FULL),
                                                 ("pause", StopReason.END_TURN)])
    async def test_stops_of_this_vendor_alone(self, stop: Any, meant: StopReason) -> None:
        reply = await self.answer(self.dialect(in_turn(says("So far.", stop=stop))))
        assert reply.stop_reason is meant

    async def test_a_refusal_without_words_says_why(self) -> None:
        reply = await self.answer(self.dialect(in_turn(BrainReply(stop="refusal"))))
        assert (reply.stop_reason, reply.message.text) == (
            StopReason.REFUSAL, "This is not allowed.")

    async def test_usage_that_is_not_told_is_not_known(self) -> None:
        for nonsense in ({}, None, {"output_tokens": None}, {"output_tokens": "7"}):
            events = self.events(says("Yes."))
            for _, data in events:  # type: ignore[misc]
                data.get("message", data).update(usage=nonsense)
            reply = await self.answer(lambda _, events=events: Sse(events))
            assert (reply.usage, reply.is_usage_known) == (TokenUsage(), False)

    async def test_redacted_thinking_goes_back_but_never_alone(self) -> None:
        hidden = Thought(redacted=True, opaque="ZW5j")
        dialect = self.dialect(in_turn(
            BrainReply(thoughts=(hidden,), calls=(Call(name="list_files"),)),
            BrainReply(thoughts=(hidden,), stop="length"), says("Done.")))
        async with ModelServer(dialect) as server:
            provider = self.provider(server.url)
            messages = (user("Hi"),)
            for answer in ("a.py", None, None):
                reply = await provider.complete(self.request(*messages))
                messages += (reply.message, results(reply, answer) if answer else user("On."))
            await provider.close()
        last = dialect.asked[-1].body["messages"]
        assert [(turn["role"], [block["type"] for block in turn["content"]])
                for turn in last] == [
            ("user", ["text"]), ("assistant", ["redacted_thinking", "tool_use"]),
            ("user", ["tool_result", "text"])]

    async def test_what_other_vendors_left_in_a_conversation_is_taken(self) -> None:
        dialect = self.dialect(in_turn(says("Yes.")))
        foreign = Message(speaker=Speaker.ASSISTANT, blocks=(
            TextBlock(text=""), ToolCall(id="functions.read:0", name="list_files", arguments={})))
        answer = Message(speaker=Speaker.USER, blocks=(
            ToolResult(call_id="long-gone", text="old"),
            ToolResult(call_id="functions.read:0", text="", is_error=True)))
        await self.answer(dialect, self.request(user("Hi"), foreign, answer))
        [call], [result] = dialect.asked[0].messages[1].calls, dialect.asked[0].results
        assert (result.call_id, result.text, result.is_error) == (call.id, "", True)
        assert dialect.asked[0].last_text == "[result of an earlier tool call]\nold"

    async def test_no_key_for_the_vendor_is_told_before_anything_is_sent(self) -> None:
        provider = MessagesProvider("anthropic", base_url=None, key="", timeouts=QUICK,
                                    key_variable="ANTHROPIC_API_KEY")
        with pytest.raises(CredentialsRefused) as caught:
            await provider.complete(self.request())
        assert "ANTHROPIC_API_KEY" in caught.value.hint

    async def test_a_local_server_needs_no_key_and_gets_none(
            self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
            monkeypatch.setenv(name, "key-of-someone-else")
        monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Gateway: pass-of-mine\nno header\n")
        async with ModelServer(MessagesDialect(in_turn(says("Yes.")), key="")) as server:
            provider = self.provider(f"{server.url}/v1/", key="")
            await provider.complete(self.request())
            await provider.close()
        assert not {"authorization", "x-api-key", "x-gateway"} & set(server.requests[0].headers)

    async def test_blocks_without_number_are_no_reply(self) -> None:
        block = [(None, {"type": "content_block_start", "index": n, "content_block": {
            "type": "tool_use", "id": "same", "name": "list_files", "input": {}}})
            for n in range(1_001)]
        told = await self.refused(Sse([*self.events(says("Yes."))[:1], *block]))
        assert (type(told), "1,000 blocks" in told.message) == (ProviderUnavailable, True)

    async def test_a_schema_that_is_none_is_refused_before_it_is_sent(self) -> None:
        with pytest.raises(RequestRefused, match="no valid JSON Schema"):
            await self.answer(self.dialect(in_turn(says("{}"))),
                              self.request(output_schema={"properties": 7}))
