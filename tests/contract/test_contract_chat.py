"""The contract of wires on chat.completions, and what only this wire has."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from contract.wire_contract import QUICK, WireContract
from contract.wire_contract_bad import BadWireContract
from support.brains import Brain, BrainReply, Call, Spent, in_turn, says
from support.model_server import Answer, Json, ModelServer, Sse, SseItem
from support.model_server_chat import ChatDialect, Habit, error

from cockpit_tui.domain.conversation import (
    Message,
    Speaker,
    StopReason,
    ThinkingBlock,
    ToolCall,
    user,
)
from cockpit_tui.domain.errors import (
    ContextOverflow,
    CredentialsRefused,
    CreditExhausted,
    ModelUnknown,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from cockpit_tui.domain.model import Thinking, Wire
from cockpit_tui.providers.chat.provider import ChatProvider
from cockpit_tui.providers.timeouts import Timeouts


class TestChat(WireContract, BadWireContract):
    wire_name = Wire.CHAT
    thinking = Thinking.RETURNED

    def provider(self, url: str, *, key: str = "test-key", timeouts: Timeouts = QUICK,
                 headers: Mapping[str, str] | None = None,
                 extra_body: Mapping[str, Any] | None = None) -> ChatProvider:
        return ChatProvider("fake", base_url=f"{url.rstrip('/')}/v1", key=key, timeouts=timeouts,
                            headers=headers, extra_body=extra_body)

    def dialect(self, brain: Brain, **habits: Any) -> ChatDialect:
        return ChatDialect(brain, **habits)

    def events(self, reply: BrainReply) -> list[SseItem]:
        return list(ChatDialect(in_turn(reply)).events({"model": "model-1"}, reply))

    def refusal(self, status: int, message: str,
                headers: dict[str, str] | None = None) -> Answer:
        return error(status, message, headers=headers)

    def failing_events(self) -> list[tuple[SseItem, type[Exception]]]:
        return [((None, {"error": told, "choices": [{"index": 0, "delta": {},
                                                     "finish_reason": "error"}]}), meant)
                for told, meant in (
            ({"code": 502, "message": "Provider disconnected"}, ProviderUnavailable),
            ({"code": "server_error", "message": "Oops"}, ProviderUnavailable),
            ({"code": 429, "message": "Slow down"}, RateLimited),
            ({"code": "insufficient_quota", "message": "quota"}, CreditExhausted),
            ({"code": "context_length_exceeded", "message": "too long"}, ContextOverflow),
            ({"type": "invalid_request_error", "message": "No"}, RequestRefused),
            ("just words", ProviderUnavailable))]

    @pytest.mark.parametrize("habit", ["repeats", "no-index", "whole", "all-zero", "stop",
                                       "no-usage", "json", "objects", "no-ids"])
    async def test_every_servers_habits_come_to_the_same_calls(self, habit: Habit) -> None:
        wanted = ({"path": "a.py", "n": [1, {"x": "ü"}]}, {"path": "b.py"}, {})
        reply = await self.answer(self.dialect(in_turn(BrainReply(
            texts=("I look.",), calls=tuple(Call(name="read_file", arguments=one)
                                            for one in wanted))), habit=habit))
        assert [(call.name, call.arguments, call.malformed)
                for call in reply.message.tool_calls] == [("read_file", one, "") for one in wanted]
        assert len({call.id for call in reply.message.tool_calls}) == 3
        assert (reply.stop_reason, reply.message.text) == (StopReason.TOOL_CALLS, "I look.")
        assert (reply.is_usage_known, reply.usage.input > 100) == (habit != "no-usage", True)

    @pytest.mark.parametrize(("vendor", "name"), [("openai", "max_completion_tokens"),
                                                  ("groq", "max_tokens")])
    async def test_the_bound_has_the_name_that_the_vendor_knows(self, vendor: str,
                                                                name: str) -> None:
        dialect = self.dialect(in_turn(says("Yes.")))
        await self.answer(dialect, self.request(profile=replace(self.profile, vendor=vendor)))
        body = dialect.asked[0].body
        assert {key for key in body if key.startswith("max_")} == {name}

    async def test_extra_fields_go_along_and_effort_to_models_that_take_it(self) -> None:
        dialect = self.dialect(in_turn(says("Yes.")))
        extra = {"provider": {"order": ["cerebras"]}, "reasoning_effort": "high"}
        for thinking in (Thinking.NONE, Thinking.EFFORT):
            profile = replace(self.profile, thinking=thinking)
            await self.answer(dialect, self.request(profile=profile), extra_body=extra)
        assert [(asked.body["provider"], asked.body.get("reasoning_effort"))
                for asked in dialect.asked] == [(extra["provider"], None),
                                                (extra["provider"], "high")]

    async def test_a_reported_cost_is_the_cost_and_hidden_thinking_is_output(self) -> None:
        events = self.events(says("Yes."))
        usage = {"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 145, "cost": 0.00042,
                 "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30}}
        last = (None, {"choices": [], "usage": usage})
        reply = await self.answer(lambda _: Sse([*events[:-2], last, events[-1]]))
        assert (reply.cost_microusd, reply.usage.output, reply.usage.reasoning) == (420, 45, 40)
        assert (reply.usage.cache_read, reply.usage.cache_write) == (60, 30)

    async def test_what_a_vendor_hides_in_calls_goes_back_with_them(self) -> None:
        """Google refuses a call that comes back without its thought signature."""
        signed = {"google": {"thought_signature": "c2ln"}}
        bodies: list[Any] = []

        def handler(request: Any) -> Answer:
            bodies.append(request.json)
            call = {"index": 0, "id": "c1", "function": {"name": "list_files", "arguments": "{}"},
                    "extra_content": signed}
            return Sse([(None, {"choices": [{"index": 0, "delta": {"tool_calls": [call]},
                                             "finish_reason": "tool_calls"}]}), (None, "[DONE]")])

        async with ModelServer(handler) as server:
            provider = self.provider(server.url)
            reply = await provider.complete(self.request())
            turn = (user("Hi"), reply.message)
            await provider.complete(self.request(*turn))
            other = replace(self.profile, model="model-2")
            await provider.complete(self.request(*turn, model="model-2", profile=other))
            await provider.close()
        given = [body["messages"][2]["tool_calls"][0].get("extra_content") for body in bodies[1:]]
        assert given == [signed, None]

    async def test_ids_too_long_for_the_wire_are_the_same_short_one_each_time(self) -> None:
        dialect = self.dialect(in_turn(says("Yes.")))
        asking = Message(speaker=Speaker.ASSISTANT, blocks=(
            ToolCall(id="x" * 64, name="list_files", arguments={}),))
        await self.answer(dialect, self.request(user("Hi"), asking))
        assert dialect.asked[0].results[0].call_id == dialect.asked[0].messages[1].calls[0].id

    @pytest.mark.parametrize(("status", "body", "meant"), [
        (429, {"error": {"message": "You exceeded your current quota, please check your plan",
                         "type": "insufficient_quota", "code": "insufficient_quota"}},
         CreditExhausted),
        (404, {"error": {"message": "The model `gpt-9` does not exist",
                         "code": "model_not_found"}}, ModelUnknown),
        (404, {"error": 'model "qwen9" not found, try pulling it first'}, ModelUnknown),
        (400, {"error": {"message": "x", "code": "context_length_exceeded"}}, ContextOverflow),
        (400, {"object": "error", "message": "This model's maximum context length is 4096 tokens. "
               "However, you requested 5000 tokens", "code": 400}, ContextOverflow),
        (400, [{"error": {"code": 400, "status": "INVALID_ARGUMENT", "message":
                          "The input token count (2) exceeds the maximum number of tokens "
                          "allowed (1)."}}], ContextOverflow),
        (400, {"error": {"code": 400, "type": "exceed_context_size_error", "message": "the request "
                         "exceeds the available context size, try increasing it"}},
         ContextOverflow),
        (400, [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.",
                          "status": "INVALID_ARGUMENT"}}], CredentialsRefused),
        (402, {"error": {"code": 402, "message": "Insufficient credits"}}, CreditExhausted),
    ], ids=["quota", "openai", "ollama", "code", "vllm", "google", "llama.cpp", "google-key",
            "openrouter"])
    async def test_each_servers_words_for_one_thing(self, status: int, body: Any,
                                                    meant: type[Exception]) -> None:
        told = await self.refused(Json(body, status=status))
        assert type(told) is meant, told

    @pytest.mark.parametrize(("error_", "seconds"), [
        ({"message": "Rate limit reached. Please try again in 7.66s. Visit"}, 7.66),
        ({"message": "Please try again in 120ms."}, 0.12),
        ({"message": "Please try again in 1m30s."}, 90),
        ({"message": "x", "details": [{"@type": "RetryInfo", "retryDelay": "34s"}]}, 34),
        ({"message": f"Please try again in {'9' * 5_000}m1s."}, 315_360_000),
    ], ids=["seconds", "ms", "minutes", "google", "never"])
    async def test_a_wait_told_in_words_is_kept(self, error_: Any, seconds: float) -> None:
        told = await self.refused(Json({"error": error_}, status=429))
        assert isinstance(told, RateLimited)
        assert told.retry_after_seconds == seconds

    async def test_the_window_and_the_length_limit_are_told_apart(self) -> None:
        profile = replace(self.profile, context_tokens=1_000)
        stops = []
        for spent in (Spent(input=700, output=300), Spent(input=100, output=4_000)):
            brain = in_turn(says("So far", stop="length", usage=spent))
            reply = await self.answer(self.dialect(brain), self.request(profile=profile))
            stops.append(reply.stop_reason)
        assert stops == [StopReason.CONTEXT_FULL, StopReason.MAX_TOKENS]

    async def test_calls_without_number_are_no_reply(self) -> None:
        flood = BrainReply(calls=(Call(name="list_files", id="same"),) * 1_001)
        told = await self.refused(Sse(self.events(flood)))
        assert (type(told), "1,000 calls" in told.message) == (ProviderUnavailable, True)

    @pytest.mark.parametrize("last", [-1, None], ids=["no-done", "done"])
    async def test_a_connection_kept_open_after_the_end_is_not_waited_for(
            self, last: int | None) -> None:
        events = self.events(says("Yes."))[:last]
        reply = await self.answer(lambda _: Sse([*events, asyncio.Event().wait()]))
        assert (reply.message.text, reply.is_usage_known) == ("Yes.", True)

    async def test_a_thought_in_very_many_pieces_comes_together_in_time(self) -> None:
        """One piece grown by another each time would copy a hundred gigabytes."""
        piece = {"type": "reasoning.text", "index": 0, "text": "thought " * 4}
        chunks = [(None, {"choices": [{"index": 0, "delta": {"reasoning_details": [piece]}}]}),
                  ] * 80_000
        signed = (None, {"choices": [{"index": 0, "delta": {"reasoning_details": [
            {**piece, "text": None, "signature": "c2ln"}]}}]})
        began = time.monotonic()
        reply = await self.answer(lambda _: Sse([*chunks, signed, *self.events(says("Yes."))]))
        [thought] = [block for block in reply.message.blocks if isinstance(block, ThinkingBlock)]
        assert thought.raw == {"reasoning_details": [
            {**piece, "text": "thought " * 320_000, "signature": "c2ln"}]}
        assert time.monotonic() - began < 12

    async def test_an_error_hidden_in_a_good_answer_is_one(self) -> None:
        told = await self.refused(Json({"error": {"code": 429, "message": "Slow down"}}))
        assert type(told) is RateLimited

    async def test_the_environments_account_is_not_told_to_others(
            self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
            monkeypatch.setenv(name, "mine-alone")
        async with ModelServer(ChatDialect(in_turn(says("Yes.")), key="")) as server:
            provider = self.provider(server.url, key="")
            await provider.complete(self.request())
            await provider.close()
        assert "mine-alone" not in str(server.requests[0].headers)
        assert "authorization" not in server.requests[0].headers

    async def test_a_proxy_of_the_environment_does_not_stand_before_this_machine(
            self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with ModelServer(lambda _: Json({}, status=502)) as proxy:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url)
            monkeypatch.setenv("NO_PROXY", "")
            monkeypatch.setenv("no_proxy", "")
            reply = await self.answer(self.dialect(in_turn(says("Yes."))))
        assert (reply.message.text, proxy.requests) == ("Yes.", [])
