"""The contract of wires on OpenAI Responses, and what only this wire has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from contract.wire_contract import QUICK, WireContract
from contract.wire_contract_bad import BadWireContract
from support.brains import Brain, BrainReply, Call, Spent, Thought, in_turn, says
from support.model_server import Answer, Json, Sse, SseItem
from support.model_server_chat import error
from support.model_server_responses import ResponsesDialect

from cockpit_tui.domain.conversation import StopReason
from cockpit_tui.domain.errors import (
    ContextOverflow,
    CreditExhausted,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from cockpit_tui.domain.model import Thinking, Wire
from cockpit_tui.providers.chat.responses import ResponsesProvider
from cockpit_tui.providers.timeouts import Timeouts


class TestResponses(WireContract, BadWireContract):
    wire_name = Wire.RESPONSES
    thinking = Thinking.EFFORT

    def provider(self, url: str, *, key: str = "test-key", timeouts: Timeouts = QUICK,
                 headers: Mapping[str, str] | None = None,
                 extra_body: Mapping[str, Any] | None = None) -> ResponsesProvider:
        return ResponsesProvider("fake", base_url=f"{url.rstrip('/')}/v1", key=key,
                                 timeouts=timeouts, headers=headers, extra_body=extra_body)

    def dialect(self, brain: Brain) -> ResponsesDialect:
        return ResponsesDialect(brain)

    def events(self, reply: BrainReply) -> list[SseItem]:
        return list(ResponsesDialect(in_turn(reply)).events({"model": "model-1"}, reply))

    def refusal(self, status: int, message: str,
                headers: dict[str, str] | None = None) -> Answer:
        return error(status, message, headers=headers)

    def failing_events(self) -> list[tuple[SseItem, type[Exception]]]:
        def failed(code: str, message: str) -> SseItem:
            return "response.failed", {"type": "response.failed", "response": {
                "object": "response", "status": "failed", "output": [], "usage": None,
                "error": {"code": code, "message": message}}}

        return [(failed("server_error", "Oops"), ProviderUnavailable),
                (failed("rate_limit_exceeded", "Slow down"), RateLimited),
                (failed("insufficient_quota", "quota"), CreditExhausted),
                (failed("invalid_prompt", "No"), RequestRefused),
                (failed("context_length_exceeded", "too long"), ContextOverflow),
                (("error", {"type": "error", "code": "rate_limit_exceeded", "message": "Slow"}),
                 RateLimited),
                (("error", {"type": "error", "error": {"type": "tokens", "message": "Slow"}}),
                 RateLimited)]

    async def test_nothing_is_stored_and_reasoning_is_asked_for_encrypted(self) -> None:
        dialect = self.dialect(in_turn(says("Yes.")))
        extra = {"reasoning_effort": "high", "service_tier": "flex"}
        for thinking in (Thinking.EFFORT, Thinking.NONE):
            profile = replace(self.profile, thinking=thinking)
            await self.answer(dialect, self.request(profile=profile), extra_body=extra)
        assert [{key: asked.body.get(key) for key in ("store", "include", "reasoning",
                                                      "service_tier")}
                for asked in dialect.asked] == [
            {"store": False, "include": ["reasoning.encrypted_content"],
             "reasoning": {"effort": "high"}, "service_tier": "flex"},
            {"store": False, "include": None, "reasoning": None, "service_tier": "flex"}]

    @pytest.mark.parametrize(("used", "meant"), [
        (Spent(input=50, output=100), StopReason.MAX_TOKENS),
        (Spent(input=950, output=50), StopReason.CONTEXT_FULL),
        (Spent(input=50, output=99), StopReason.END_TURN)])
    async def test_what_a_bound_cut_off_is_no_end_though_the_server_calls_it_completed(
            self, used: Spent, meant: StopReason) -> None:
        """llama.cpp knows no other status."""
        profile = replace(self.profile, context_tokens=1_000)
        reply = await self.answer(self.dialect(in_turn(says("So far", usage=used))),
                                  self.request(profile=profile, max_output_tokens=100))
        assert reply.stop_reason is meant

    async def test_running_into_the_window_is_told(self) -> None:
        reply = await self.answer(self.dialect(in_turn(says("So far", stop="context"))))
        assert reply.stop_reason is StopReason.CONTEXT_FULL

    async def test_a_refusal_in_words_is_one(self) -> None:
        item = {"type": "message", "role": "assistant", "content": [
            {"type": "refusal", "refusal": "I will not."}]}
        done = {"type": "response.completed", "response": {
            "object": "response", "status": "completed", "model": "m", "output": [item],
            "usage": {"input_tokens": 3, "output_tokens": 4}}}
        reply = await self.answer(lambda _: Sse([("response.completed", done)]))
        assert (reply.stop_reason, reply.message.text) == (StopReason.REFUSAL, "I will not.")

    @pytest.mark.parametrize("stop", ["end", "length"])
    async def test_a_server_that_does_not_stream_is_understood(self, stop: Any) -> None:
        reply = says("Yes.", stop=stop)
        whole = self.events(reply)[-1][1]["response"]  # type: ignore[index]
        assert await self.answer(lambda _: Json(whole)) == await self.answer(
            lambda _: Sse(self.events(reply)))

    async def test_a_thought_that_led_to_nothing_does_not_go_back(self) -> None:
        """The vendor refuses reasoning without the item that came of it."""
        dialect = self.dialect(in_turn(
            BrainReply(thoughts=(Thought(text="Hm"),), stop="length"), says("Done.")))
        first = await self.answer(dialect)
        again = self.request(*self.request().messages, first.message, *self.request().messages)
        await self.answer(dialect, again)
        assert [message.thoughts for message in dialect.asked[1].messages] == [()]

    async def test_calls_without_number_are_no_reply(self) -> None:
        flood = BrainReply(calls=(Call(name="list_files", id="same"),) * 1_001)
        told = await self.refused(Sse(self.events(flood)))
        assert (type(told), "1,000 calls" in told.message) == (ProviderUnavailable, True)
