"""The dialect of OpenAI chat.completions for `ModelServer`, with the habits of other servers.

    async with ModelServer(ChatDialect(brain, habit="whole")) as server: ...

It refuses what the vendor refuses (calls not answered directly after, ids too long), and counts
the prompt cache from prefixes seen before.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterator
from typing import Any, Literal

from support.brains import (
    Asked,
    AskedCall,
    AskedMessage,
    AskedResult,
    Brain,
    BrainReply,
    Call,
    Spent,
    tokens,
)
from support.model_server import Answer, Json, Request, Sse

Habit = Literal["book", "repeats", "no-index", "whole", "all-zero", "stop", "no-usage", "json",
                "objects", "no-ids"]
STOPS = {"end": "stop", "tools": "tool_calls", "length": "length", "refusal": "content_filter",
         "context": "model_length", "pause": "stop", "stop_sequence": "stop"}
ERROR_KINDS = {400: "invalid_request_error", 401: "authentication_error",
               402: "insufficient_credits", 403: "permission_error", 404: "not_found_error",
               429: "requests", 500: "server_error"}


class ChatDialect:
    """A handler for `ModelServer`: POST /v1/chat/completions only."""

    path = "/v1/chat/completions"

    def __init__(self, brain: Brain, *, key: str = "test-key", habit: Habit = "book",
                 thought_field: str = "reasoning_content") -> None:
        self.brain = brain
        self.key = key
        self.habit = habit
        self.thought_field = thought_field
        self.asked: list[Asked] = []
        self._ids = 0
        self._seen: set[str] = set()

    async def __call__(self, request: Request) -> Answer:
        if (request.method, request.path) != ("POST", self.path):
            return error(404, f"Unknown request URL: {request.method} {request.path}")
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return error(401, "Incorrect API key provided", code="invalid_api_key")
        body = request.json
        if (fault := self.fault(body)) is not None:
            return error(400, fault)
        asked = self.parsed(body)
        self.asked.append(asked)
        reply = self.brain(asked)
        if inspect.isawaitable(reply):
            reply = await reply
        return self.answer(body, reply)

    def answer(self, body: dict[str, Any], reply: BrainReply) -> Answer:
        if self.habit == "json":
            return Json(self._whole(body, reply))
        return Sse(self.events(body, reply))

    def events(self, body: dict[str, Any], reply: BrainReply) -> list[tuple[str | None, Any]]:
        """The whole stream of one reply."""
        self._ids += 1
        head = {"id": f"chatcmpl-{self._ids}", "object": "chat.completion.chunk",
                "created": 1, "model": reply.model or body.get("model", "model-1")}

        def chunk(delta: dict[str, Any], finish: str | None = None) -> tuple[None, Any]:
            return None, {**head, "choices": [{"index": 0, "delta": delta,
                                               "finish_reason": finish}]}

        finish = STOPS[reply.stop_or_default]
        if self.habit == "stop" and finish == "tool_calls":
            finish = "stop"
        chunks = [chunk({"role": "assistant", "content": ""})]
        chunks += [chunk({self.thought_field: piece})
                   for thought in reply.thoughts for piece in pieces(thought.text)]
        chunks += [chunk({"content": piece}) for text in reply.texts for piece in pieces(text)]
        chunks += [chunk({"tool_calls": [piece]}) for piece in self._call_pieces(reply)]
        chunks.append(chunk({}, finish))
        if self.habit != "no-usage":
            chunks.append((None, {**head, "choices": [], "usage": self.usage(body, reply)}))
        return [*chunks, (None, "[DONE]")]

    def _whole(self, body: dict[str, Any], reply: BrainReply) -> dict[str, Any]:
        calls = [{"id": self.id_of(call), "type": "function",
                  "function": {"name": call.name, "arguments": arguments(call)}}
                 for call in reply.calls]
        return {"id": "chatcmpl-1", "object": "chat.completion", "model": body["model"],
                "choices": [{"index": 0, "finish_reason": STOPS[reply.stop_or_default], "message": {
                    "role": "assistant", "content": "".join(reply.texts), "tool_calls": calls}}],
                "usage": self.usage(body, reply)}

    def _call_pieces(self, reply: BrainReply) -> Iterator[dict[str, Any]]:
        for index, call in enumerate(reply.calls):
            whole = arguments(call)
            head = {"index": 0 if self.habit == "all-zero" else index, "id": self.id_of(call),
                    "type": "function", "function": {"name": call.name, "arguments": ""}}
            if self.habit == "no-ids":
                del head["id"]
            match self.habit:
                case "whole":
                    del head["index"]
                    yield {**head, "function": {"name": call.name, "arguments": whole}}
                case "objects":
                    yield {**head, "function": {"name": call.name, "arguments": call.arguments}}
                case "repeats":
                    yield from ({**head, "function": {"name": call.name, "arguments": piece}}
                                for piece in pieces(whole))
                case "no-index":
                    del head["index"]
                    yield head
                    yield from ({"function": {"arguments": piece}} for piece in pieces(whole))
                case _:
                    yield head
                    yield from ({"index": head["index"], "function": {"arguments": piece}}
                                for piece in pieces(whole))

    def id_of(self, call: Call) -> str:
        self._ids += 1
        return call.id or f"call_{self._ids:06}"

    def spent(self, body: dict[str, Any], reply: BrainReply, prefix: list[Any]) -> Spent:
        """What the reply cost; what was sent before, in the same order, comes from the cache."""
        if reply.usage is not None:
            return reply.usage
        digest, total, cached = hashlib.sha256(str(body.get("model")).encode()), 0, 0
        for part in prefix:
            text = json.dumps(part, sort_keys=True)
            digest.update(text.encode())
            total += tokens(text)
            if digest.hexdigest() in self._seen:
                cached = total
            self._seen.add(digest.hexdigest())
        made = [*reply.texts, *(thought.text for thought in reply.thoughts),
                *map(arguments, reply.calls)]
        return Spent(input=total, output=sum(map(tokens, made)), cache_read=cached)

    def usage(self, body: dict[str, Any], reply: BrainReply) -> dict[str, Any]:
        spent = self.spent(body, reply, [*body.get("tools", ()), *body.get("messages", ())])
        return {"prompt_tokens": spent.input, "completion_tokens": spent.output,
                "total_tokens": spent.input + spent.output,
                "prompt_tokens_details": {"cached_tokens": spent.cache_read, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": spent.reasoning}}

    def fault(self, body: dict[str, Any]) -> str | None:
        """The first rule of the format that `body` breaks."""
        if body.get("stream") is not True or not body["stream_options"]["include_usage"]:
            return "stream: this server streams only"
        open_calls: list[str] = []
        for number, message in enumerate(body["messages"]):
            if message["role"] == "tool":
                if not open_calls or message["tool_call_id"] != open_calls.pop(0):
                    return f"messages[{number}]: 'tool' must follow its 'tool_calls'"
                continue
            if open_calls:
                return f"messages[{number}]: tool_call_ids without response: {open_calls}"
            open_calls = [call["id"] for call in message.get("tool_calls", ())]
            if any(len(one) > 40 for one in open_calls):
                return f"messages[{number}].tool_calls.id: string too long, maximum length 40"
            if not open_calls and not message["content"]:
                return f"messages[{number}].content: expected a string, got null"
        return f"tool_call_ids without response: {open_calls}" if open_calls else None

    def parsed(self, body: dict[str, Any]) -> Asked:
        """The body in the neutral words of brains; tool messages in a row are one message."""
        system, *rest = body["messages"]
        messages: list[AskedMessage] = []
        results: list[AskedResult] = []
        for message in rest:
            if message["role"] == "tool":
                results.append(AskedResult(call_id=message["tool_call_id"],
                                           text=message["content"]))
                continue
            if results and message["role"] == "assistant":
                messages.append(AskedMessage(role="user", results=tuple(results)))
                results = []
            messages.append(AskedMessage(
                role=message["role"], results=tuple(results),
                texts=(message["content"],) if message["content"] else (),
                calls=tuple(AskedCall(id=call["id"], name=call["function"]["name"],
                                      arguments=json.loads(call["function"]["arguments"]))
                            for call in message.get("tool_calls", ())),
                thoughts=tuple({name: message[name]} for name in ("reasoning_content",)
                               if name in message)))
            results = []
        if results:
            messages.append(AskedMessage(role="user", results=tuple(results)))
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
        return Asked(model=body["model"], system=system["content"], messages=tuple(messages),
                     tools=tuple(tool["function"]["name"] for tool in body.get("tools", ())),
                     schema=schema, body=body,
                     max_tokens=body.get("max_tokens", body.get("max_completion_tokens")))


def error(status: int, message: str, *, code: str | None = None,
          headers: dict[str, str] | None = None) -> Json:
    """The vendor's error document."""
    kind = ERROR_KINDS.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return Json({"error": {"message": message, "type": kind, "param": None, "code": code}},
                status=status, headers={"x-request-id": "req_1", **(headers or {})})


def arguments(call: Call) -> str:
    return call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments)


def pieces(text: str) -> list[str]:
    """`text` torn into small pieces, as a stream tears it."""
    return [text[at:at + 7] for at in range(0, len(text), 7)] if len(text) < 5_000 else [
        text[at:at + 4_000] for at in range(0, len(text), 4_000)]
