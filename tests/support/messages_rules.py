"""What the vendor refuses of a Messages request, and the parts that cache and rules both read."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import Any


def fault_of(body: dict[str, Any], signed: Container[str]) -> str | None:
    """The first rule of the format that `body` breaks."""
    if body.get("stream") is not True:
        return "stream: this server streams only"
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        return "max_tokens: Field required"
    if sum("cache_control" in block for block in cache_blocks(body)) > 4:
        return "A maximum of 4 blocks with cache_control may be provided."
    return next(filter(None, (*map(_tool_fault, body.get("tools", [])),
                              _message_fault(body["messages"], signed))), None)


def _message_fault(messages: list[dict[str, Any]], signed: Container[str]) -> str | None:
    if not messages or messages[0]["role"] != "user":
        return "messages: first message must use the \"user\" role"
    open_calls: list[str] = []
    seen: set[str] = set()
    for number, message in enumerate(messages):
        where, content = f"messages.{number}", content_of(message)
        results = [block["tool_use_id"] for block in content
                   if block["type"] == "tool_result"]
        kinds = [block["type"] for block in content]
        if sorted(results) != sorted(open_calls):
            return (f"{where}: `tool_use` ids were found without `tool_result` blocks "
                    f"immediately after, or the other way: {open_calls} {results}")
        if kinds[:len(results)] != ["tool_result"] * len(results):
            return f"{where}: `tool_result` blocks must come first"
        if any(not block["text"].strip() for block in content if block["type"] == "text"):
            return f"{where}: text content blocks must contain non-whitespace text"
        if not content:
            return f"{where}: all messages must have non-empty content"
        if any(signature_of(block["thinking"], block["signature"]) not in signed
               for block in content if block["type"] == "thinking"):
            return f"{where}: Invalid `signature` in `thinking` block"
        open_calls = [block["id"] for block in content if block["type"] == "tool_use"]
        if bad := [one for one in open_calls
                   if one in seen or not re.fullmatch(r"[a-zA-Z0-9_-]+", one)]:
            return f"{where}: `tool_use` ids must be unique and match the pattern: {bad}"
        seen.update(open_calls)
    return f"tool_use without tool_result: {open_calls}" if open_calls else None


def _tool_fault(tool: dict[str, Any]) -> str | None:
    if tool.get("type", "custom") == "custom":
        schema = tool.get("input_schema")
        return None if isinstance(schema, dict) and schema.get("type") == "object" \
            else f"tools.{tool.get('name')}.custom.input_schema.type: Field required"
    extra = set(tool) - {"type", "name", "cache_control", "max_characters"}
    return f"tools.{tool['name']}: Extra inputs are not permitted: {extra}" if extra else None


def content_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def cache_blocks(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All blocks in the order of the cache: tools, system, messages."""
    yield from body.get("tools", [])
    system = body.get("system") or []
    yield from [{"type": "text", "text": system}] if isinstance(system, str) else system
    for message in body["messages"]:
        yield from content_of(message)


def signature_of(text: str, opaque: str) -> str:
    return f"{opaque}:{text}"
