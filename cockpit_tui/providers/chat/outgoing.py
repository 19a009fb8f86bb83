"""How a request goes out over chat.completions: messages, tools, the schema of the answer.

Everything here is a pure function of the request, with a stable order of keys and messages, so
that a provider's prompt cache sees the same prefix turn after turn.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

from cockpit_tui.domain.conversation import (
    JsonObject,
    Message,
    ModelRequest,
    Speaker,
    TextBlock,
    ThinkingBlock,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from cockpit_tui.domain.model import Thinking

MAX_CALL_ID = 40
"""OpenAI refuses longer ids of tool calls; those of other providers may be longer."""
NOT_RUN = "This call was not carried out: the work was interrupted before it."


def origin_of(provider: str, request: ModelRequest) -> str:
    """The `provider:model` that thinking of this request belongs to."""
    return request.profile.name if request.profile else f"{provider}:{request.model}"


def wire_id(call_id: str) -> str:
    """`call_id` in the length that every endpoint takes; the same id gives the same."""
    if len(call_id) <= MAX_CALL_ID:
        return call_id
    return "call_" + hashlib.sha256(call_id.encode("utf-8", "replace")).hexdigest()[:32]


def chat_messages(request: ModelRequest, *, origin: str) -> list[JsonObject]:
    """The `messages` of chat.completions. Each tool call is answered once, directly after."""
    out: list[JsonObject] = []
    if request.system:
        out.append({"role": "system", "content": request.system})
    gives_back = request.profile is not None and request.profile.thinking is Thinking.RETURNED
    open_calls: tuple[ToolCall, ...] = ()
    for message in request.messages:
        if message.speaker is Speaker.ASSISTANT:
            out += _answers((), open_calls)
            open_calls = message.tool_calls
            out += _assistant(message, origin, gives_back)
            continue
        results = [block for block in message.blocks if isinstance(block, ToolResult)]
        out += _answers(results, open_calls)
        texts = [*orphans(results, open_calls), message.text]
        _add_user(out, "\n\n".join(text for text in texts if text.strip()))
        open_calls = ()
    return out + _answers((), open_calls)


def answers(results: Sequence[ToolResult],
            calls: Sequence[ToolCall]) -> Iterable[tuple[str, str]]:
    """(call id, text) for every call, in the order of the calls; the first result counts."""
    by_id: dict[str, ToolResult] = {}
    for result in results:
        by_id.setdefault(result.call_id, result)
    for call in calls:
        found = by_id.get(call.id)
        yield wire_id(call.id), NOT_RUN if found is None else result_text(found)


def reply_bound(request: ModelRequest) -> int:
    """The most tokens that the reply may hold: what is asked for and the model can."""
    limit = request.profile.max_output_tokens if request.profile else request.max_output_tokens
    return max(1, min(request.max_output_tokens, limit))


def orphans(results: Sequence[ToolResult], calls: Sequence[ToolCall]) -> list[str]:
    """Results whose calls are gone (a shortened conversation), as plain text: not lost."""
    known = {call.id for call in calls}
    return [f"[result of an earlier tool call]\n{result_text(result)}" for result in results
            if result.call_id not in known]


def result_text(result: ToolResult) -> str:
    """The wire has no flag for errors, so a failure says so in its first word."""
    if result.is_error and not result.text.lower().startswith("error"):
        return f"Error: {result.text}"
    return result.text


def chat_tools(specs: Iterable[ToolSpec]) -> list[JsonObject]:
    return [{"type": "function", "function": {"name": spec.name, "description": spec.description,
                                              "parameters": spec.parameters}} for spec in specs]


def _assistant(message: Message, origin: str, gives_back: bool) -> list[JsonObject]:
    out: JsonObject = {"role": "assistant",
                       "content": "\n".join(block.text for block in message.blocks
                                            if isinstance(block, TextBlock)) or None}
    thoughts = [block for block in message.blocks
                if isinstance(block, ThinkingBlock) and block.origin == origin]
    extras: JsonObject = {}
    for thought in thoughts:
        extras |= thought.raw.get("call_extras") or {}
        if details := thought.raw.get("reasoning_details"):
            out["reasoning_details"] = details
    if gives_back and (text := "".join(thought.text for thought in thoughts)):
        out["reasoning_content"] = text
    if message.tool_calls:
        out["tool_calls"] = [
            {"id": wire_id(call.id), "type": "function",
             "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
             **(extras.get(call.id) or {})} for call in message.tool_calls]
    elif out["content"] is None:
        return []
    return [out]


def _answers(results: Sequence[ToolResult], calls: Sequence[ToolCall]) -> list[JsonObject]:
    return [{"role": "tool", "tool_call_id": call_id, "content": text}
            for call_id, text in answers(results, calls)]


def _add_user(out: list[JsonObject], text: str) -> None:
    """Strict templates want speakers to alternate, so two turns of the person become one."""
    if not text:
        return
    if out and out[-1]["role"] == "user":
        out[-1]["content"] += "\n\n" + text
    else:
        out.append({"role": "user", "content": text})
