"""The dialect of Anthropic Messages for `ModelServer`: faithful events, errors and cache counts.

    async with ModelServer(MessagesDialect(brain)) as server: ...

It refuses what the vendor refuses (order of tool results, empty texts, more than four breakpoints,
changed thinking), and counts the prompt cache from the breakpoints and the prefixes seen before.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterator
from typing import Any

from support.brains import (
    Asked,
    AskedCall,
    AskedMessage,
    AskedResult,
    Brain,
    BrainReply,
    Call,
    Spent,
    Thought,
    tokens,
)
from support.messages_rules import cache_blocks, content_of, fault_of, signature_of
from support.model_server import Answer, Json, Request, Sse

STOPS = {"end": "end_turn", "tools": "tool_use", "length": "max_tokens", "refusal": "refusal",
         "context": "model_context_window_exceeded", "pause": "pause_turn",
         "stop_sequence": "stop_sequence"}
ERROR_KINDS = {400: "invalid_request_error", 401: "authentication_error", 402: "billing_error",
               403: "permission_error", 404: "not_found_error", 413: "request_too_large",
               429: "rate_limit_error", 500: "api_error", 504: "timeout_error",
               529: "overloaded_error"}


class MessagesDialect:
    """A handler for `ModelServer`: POST /v1/messages only, streaming only."""

    def __init__(self, brain: Brain, *, key: str = "test-key",
                 models: tuple[str, ...] = ()) -> None:
        self.brain = brain
        self.key = key
        self.models = models
        """Models that exist; empty: all."""
        self.asked: list[Asked] = []
        self._ids = 0
        self._cached: dict[str, int] = {}
        """Prefixes seen before, by hash, with their tokens."""
        self._signed: set[str] = set()

    async def __call__(self, request: Request) -> Answer:
        if (request.method, request.path) != ("POST", "/v1/messages"):
            return error(404, f"{request.method} {request.path}")
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return error(401, "invalid x-api-key")
        if "anthropic-version" not in request.headers:
            return error(400, "anthropic-version: header is required")
        body = request.json
        if self.models and body["model"] not in self.models:
            return error(404, f"model: {body['model']}")
        if (fault := fault_of(body, self._signed)) is not None:
            return error(400, fault)
        asked = parsed(body)
        self.asked.append(asked)
        reply = self.brain(asked)
        if inspect.isawaitable(reply):
            reply = await reply
        return Sse(self.events(body, reply))

    def events(self, body: dict[str, Any], reply: BrainReply) -> list[tuple[str, Any]]:
        """The whole stream of one reply."""
        self._ids += 1
        read, write, fresh = self._cache_counts(body)
        blocks = list(self._blocks(reply))
        output = reply.usage.output if reply.usage else sum(
            tokens(piece) for _, _, deltas in blocks for delta in deltas
            for piece in delta.values() if isinstance(piece, str))
        spent = reply.usage or Spent(input=read + write + fresh, output=output, cache_read=read,
                                     cache_write=write)
        usage = {"input_tokens": spent.input - spent.cache_read - spent.cache_write,
                 "cache_creation_input_tokens": spent.cache_write,
                 "cache_read_input_tokens": spent.cache_read,
                 "cache_creation": {"ephemeral_5m_input_tokens": spent.cache_write,
                                    "ephemeral_1h_input_tokens": 0},
                 "service_tier": "standard"}
        message = {"id": f"msg_{self._ids:06}", "type": "message", "role": "assistant",
                   "model": reply.model or body["model"], "content": [], "stop_reason": None,
                   "stop_sequence": None, "usage": {**usage, "output_tokens": 1}}
        events: list[tuple[str, Any]] = [_event("message_start", message=message)]
        for index, start, deltas in blocks:
            events.append(_event("content_block_start", index=index, content_block=start))
            if index == 0:
                events.append(_event("ping"))
            events += [_event("content_block_delta", index=index, delta=delta)
                       for delta in deltas]
            events.append(_event("content_block_stop", index=index))
        end: dict[str, Any] = {"output_tokens": spent.output}
        if spent.reasoning:
            end["output_tokens_details"] = {"thinking_tokens": spent.reasoning}
        stop = STOPS[reply.stop_or_default]
        details = {"type": "refusal", "category": None, "explanation": "This is not allowed."}
        events += [
            _event("message_delta", usage=end, delta={
                "stop_reason": stop, "stop_sequence": "END" if stop == "stop_sequence" else None,
                "stop_details": details if stop == "refusal" else None}),
            _event("message_stop")]
        return events

    def _blocks(self, reply: BrainReply) -> Iterator[tuple[int, dict[str, Any], list[Any]]]:
        parts: list[Any] = [*reply.thoughts, *reply.texts, *reply.calls]
        for index, part in enumerate(parts):
            match part:
                case Thought(redacted=True):
                    self._signed.add(part.opaque)
                    yield index, {"type": "redacted_thinking", "data": part.opaque}, []
                case Thought():
                    self._signed.add(signature_of(part.text, part.opaque))
                    yield index, {"type": "thinking", "thinking": "", "signature": ""}, [
                        *({"type": "thinking_delta", "thinking": piece}
                          for piece in _pieces(part.text)),
                        {"type": "signature_delta", "signature": part.opaque}]
                case str():
                    yield index, {"type": "text", "text": ""}, [
                        {"type": "text_delta", "text": piece} for piece in _pieces(part)]
                case Call():
                    self._ids += 1
                    text = part.arguments if isinstance(part.arguments, str) \
                        else json.dumps(part.arguments)
                    start = {"type": "tool_use", "id": part.id or f"toolu_{self._ids:06}",
                             "name": part.name, "input": {}}
                    yield index, start, [{"type": "input_json_delta", "partial_json": piece}
                                         for piece in ("", *_pieces(text))]

    def _cache_counts(self, body: dict[str, Any]) -> tuple[int, int, int]:
        """Tokens read from the cache, written to it, and neither; breakpoints end prefixes."""
        total = read = marked = 0
        digest = hashlib.sha256(body["model"].encode())
        for block in cache_blocks(body):
            plain = {name: value for name, value in block.items() if name != "cache_control"}
            text = json.dumps(plain, sort_keys=True)
            digest.update(text.encode())
            total += tokens(text)
            if digest.hexdigest() in self._cached:
                read = total
            if "cache_control" in block:
                marked = total
                self._cached[digest.hexdigest()] = total
        return read, max(0, marked - read), total - max(marked, read)


def error(status: int, message: str, *, kind: str = "",
          headers: dict[str, str] | None = None) -> Json:
    """The vendor's error document."""
    kind = kind or ERROR_KINDS.get(status, "api_error" if status >= 500 else
                                   "invalid_request_error")
    return Json({"type": "error", "error": {"type": kind, "message": message},
                 "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy"}, status=status,
                headers={"request-id": "req_011CSHoEeqs5C35K2UUqR7Fy", **(headers or {})})


def error_event(kind: str, message: str) -> tuple[str, Any]:
    """An error inside a stream that began well."""
    return _event("error", error={"type": kind, "message": message})


def parsed(body: dict[str, Any]) -> Asked:
    """The body in the neutral words of brains."""
    system = body.get("system") or []
    return Asked(
        model=body["model"],
        system=system if isinstance(system, str) else "\n".join(part["text"] for part in system),
        messages=tuple(_message(message) for message in body["messages"]),
        tools=tuple(tool["name"] for tool in body.get("tools", [])),
        schema=body.get("output_config", {}).get("format", {}).get("schema"),
        max_tokens=body["max_tokens"], body=body)


def _message(message: dict[str, Any]) -> AskedMessage:
    content = content_of(message)

    def of(*kinds: str) -> list[dict[str, Any]]:
        return [block for block in content if block["type"] in kinds]

    return AskedMessage(
        role=message["role"],
        texts=tuple(block["text"] for block in of("text")),
        calls=tuple(AskedCall(id=block["id"], name=block["name"], arguments=block["input"])
                    for block in of("tool_use")),
        results=tuple(AskedResult(call_id=block["tool_use_id"], text=block.get("content", ""),
                                  is_error=block.get("is_error", False))
                      for block in of("tool_result")),
        thoughts=tuple(of("thinking", "redacted_thinking")))


def _event(name: str, **data: Any) -> tuple[str, Any]:
    return name, {"type": name, **data}


def _pieces(text: str) -> list[str]:
    """`text` in pieces of odd lengths, so that words, escapes and numbers are torn apart."""
    pieces, at, step = [], 0, 1
    while at < len(text):
        pieces.append(text[at:at + step])
        at, step = at + step, step % 7 + 2
    return pieces
