"""A neutral request as the JSON body of Anthropic Messages.

The rules of the format, from the vendor's documentation: every `tool_use` is answered exactly once,
in the very next message, before any text of it; no text block is empty; thinking blocks go back
unchanged, and never as the only thing of a message; ids hold letters, digits, `_` and `-` alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

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
from cockpit_tui.domain.model import EditFormat, Thinking
from cockpit_tui.providers.chat.schemas import is_schema_on_wire, schema_in_words

CACHED: JsonObject = {"type": "ephemeral"}
"""A cache breakpoint that holds for five minutes, the default, which is free to renew."""
_MARKED_USER_TURNS = 2
"""With tools and system that makes four, the most that the format allows."""
_NEVER_ANSWERED = "This call was not carried out: the work was interrupted before it."

VENDOR_TOOLS = {
    "str_replace_based_edit_tool": "text_editor_20250728",
    "bash": "bash_20250124",
}
"""Tools that the vendor's models were trained on: they carry no description and no schema."""


def body_of(request: ModelRequest, *, origin: str) -> JsonObject:
    """The body for `POST /v1/messages`; `origin` is the `provider:model` that is asked."""
    profile = request.profile
    limit = request.max_output_tokens
    body: JsonObject = {
        "model": request.model,
        "max_tokens": max(1, min(limit, profile.max_output_tokens) if profile else limit),
        "stream": True,
    }
    if request.tools:
        is_vendors = profile is None or profile.edit_format is EditFormat.TEXT_EDITOR
        body["tools"] = [_tool(tool, is_vendors) for tool in request.tools]
        body["tools"][-1]["cache_control"] = CACHED
    if request.system.strip():
        body["system"] = [{"type": "text", "text": request.system, "cache_control": CACHED}]
    body["messages"] = _messages(request.messages, origin)
    if words := schema_in_words(request):
        # After the breakpoint: the next question must not find another prefix.
        _last_user_turn(body["messages"])["content"].append({"type": "text", "text": words})
    if profile is not None and profile.thinking is Thinking.ADAPTIVE:
        body["thinking"] = {"type": "adaptive"}
    if is_schema_on_wire(request):
        body["output_config"] = {"format": {"type": "json_schema",
                                            "schema": request.output_schema}}
    return body


def without_lone_surrogates(value: Any) -> Any:
    """`value` with what no UTF-8 can hold replaced, so that the body can be sent at all."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {without_lone_surrogates(key): without_lone_surrogates(item)
                    for key, item in value.items()}
        case list():
            return [without_lone_surrogates(item) for item in value]
        case _:
            return value


def _tool(tool: ToolSpec, is_vendors: bool) -> JsonObject:
    if is_vendors and (kind := VENDOR_TOOLS.get(tool.name)):
        return {"type": kind, "name": tool.name}
    return {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}


def _messages(messages: Sequence[Message], origin: str) -> list[JsonObject]:
    turns: list[JsonObject] = []
    open_calls: list[str] = []
    """The calls of the newest assistant turn, in their order."""
    for speaker, group in _turns(messages):
        if speaker is Speaker.ASSISTANT:
            content, open_calls = _assistant_content(group, origin)
        else:
            content, open_calls = _user_content(group, open_calls), []
        if content:
            turns.append({"role": speaker.value, "content": content})
    if open_calls:
        turns.append({"role": "user", "content": _user_content([], open_calls)})
    user_turns = [turn for turn in turns if turn["role"] == Speaker.USER.value]
    for turn in user_turns[-_MARKED_USER_TURNS:]:
        turn["content"][-1]["cache_control"] = CACHED
    return turns


def _last_user_turn(turns: list[JsonObject]) -> JsonObject:
    if not turns or turns[-1]["role"] != Speaker.USER.value:
        turns.append({"role": Speaker.USER.value, "content": []})
    return turns[-1]


def _turns(messages: Sequence[Message]) -> Iterator[tuple[Speaker, list[Message]]]:
    """Messages of one speaker in a row are one turn. A turn that would be empty does not part
    the two around it."""
    group: list[Message] = []
    for message in messages:
        if not any(_counts(block) for block in message.blocks):
            continue
        if group and group[-1].speaker is not message.speaker:
            yield group[-1].speaker, group
            group = []
        group.append(message)
    if group:
        yield group[-1].speaker, group


def _counts(block: object) -> bool:
    match block:
        case TextBlock():
            return bool(block.text.strip())
        case ThinkingBlock():
            return False
        case _:
            return True


def _assistant_content(group: Sequence[Message],
                       origin: str) -> tuple[list[JsonObject], list[str]]:
    content: list[JsonObject] = []
    calls: list[str] = []
    for block in (block for message in group for block in message.blocks):
        match block:
            case ThinkingBlock(origin=thinker) if thinker == origin:
                content.append(block.raw)
            case TextBlock() if block.text.strip():
                content.append({"type": "text", "text": block.text})
            case ToolCall():
                identity = _wire_id(block.id)
                calls.append(identity)
                content.append({"type": "tool_use", "id": identity, "name": block.name,
                                "input": block.arguments})
            case _:
                pass
    while content and content[-1]["type"] in ("thinking", "redacted_thinking"):
        content.pop()
    return content, calls


def _user_content(group: Sequence[Message], open_calls: Sequence[str]) -> list[JsonObject]:
    """Results first, one for each open call in the order of the calls; then what was said."""
    results: dict[str, JsonObject] = {}
    said: list[JsonObject] = []
    for block in (block for message in group for block in message.blocks):
        match block:
            case ToolResult():
                identity = _wire_id(block.call_id)
                if identity not in open_calls:
                    said.extend(_text(f"[result of an earlier tool call]\n{block.text}"))
                elif identity not in results:
                    results[identity] = _result(identity, block.text, block.is_error)
            case TextBlock():
                said.extend(_text(block.text))
            case _:
                pass
    answered = [results.get(identity) or _result(identity, _NEVER_ANSWERED, True)
                for identity in open_calls]
    return [*answered, *said]


def _text(text: str) -> list[JsonObject]:
    return [{"type": "text", "text": text}] if text.strip() else []


def _result(identity: str, text: str, is_error: bool) -> JsonObject:
    block: JsonObject = {"type": "tool_result", "tool_use_id": identity}
    if text:
        block["content"] = text
    if is_error:
        block["is_error"] = True
    return block


def _wire_id(identity: str) -> str:
    """Ids of other vendors (`functions.read:0`) as this one takes them, the same one each time."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", identity):
        return identity
    return "call_" + hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:24]
