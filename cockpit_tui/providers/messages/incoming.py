"""The event stream of Anthropic Messages as a neutral reply: the whole of it, or an error."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cockpit_tui.domain.conversation import (
    Block,
    JsonObject,
    Message,
    ModelReply,
    Speaker,
    StopReason,
    TextBlock,
    ThinkingBlock,
    ToolCall,
)
from cockpit_tui.domain.usage import TokenUsage, Unfinished
from cockpit_tui.providers.bounds import bound_reached
from cockpit_tui.providers.unfinished import size_bytes

MAX_BLOCKS = 1_000
"""More than anybody means: every call among them would be made."""
_STOPS = {
    "end_turn": StopReason.END_TURN,
    "stop_sequence": StopReason.END_TURN,
    "pause_turn": StopReason.END_TURN,
    "tool_use": StopReason.TOOL_CALLS,
    "max_tokens": StopReason.MAX_TOKENS,
    "refusal": StopReason.REFUSAL,
    "model_context_window_exceeded": StopReason.CONTEXT_FULL,
}


class BrokenStream(Exception):
    """The events make no sense together; the words say how, for the end of a sentence."""


@dataclass(slots=True)
class _Part:
    """One content block while it grows."""

    start: JsonObject
    pieces: list[str] = field(default_factory=list)
    signature: str = ""
    is_closed: bool = False

    @property
    def joined(self) -> str:
        return "".join(self.pieces)


class ReplyAssembly:
    """Takes the events one by one; `is_complete` once `message_stop` has come."""

    def __init__(self) -> None:
        self.is_open = False
        self.is_complete = False
        self._model = ""
        self._has_begun = False
        self._parts: dict[int, _Part] = {}
        self._stop: str | None = None
        self._explanation = ""
        self._usage: JsonObject = {}
        self._is_usage_whole = False

    def take(self, event: JsonObject) -> None:
        """Raises BrokenStream. Events of kinds that are not known here are passed over."""
        match event.get("type"):
            case "message_start":
                message = _object(event, "message")
                self._has_begun = True
                self._model = str(message.get("model") or "")
                self._note_usage(message.get("usage"))
            case "content_block_start":
                if len(self._parts) >= MAX_BLOCKS:
                    raise BrokenStream(f"it has more than {MAX_BLOCKS:,} blocks")
                self._parts[_index(event)] = _Part(start=_object(event, "content_block"))
            case "content_block_delta":
                self._grow(event)
            case "content_block_stop":
                self._part(event).is_closed = True
            case "message_delta":
                delta = _object(event, "delta")
                self._stop = delta.get("stop_reason") or self._stop
                self._explanation = _explanation(delta) or self._explanation
                self._note_usage(event.get("usage"))
                self._is_usage_whole = _has_output(event.get("usage"))
            case "message_stop":
                self._finish()
            case _:
                pass

    def reply(self, *, origin: str, asked_model: str, taken_ids: Iterable[str], max_tokens: int,
              window_tokens: int | None) -> ModelReply:
        """The finished reply. `taken_ids` are the ids of all calls of the conversation so far."""
        stop = _STOPS.get(self._stop or "", StopReason.END_TURN)
        usage = _usage(self._usage)
        if stop is StopReason.MAX_TOKENS:
            # llama.cpp has this one word for both bounds; the counts tell which one it was.
            stop = bound_reached(usage, max_tokens=max_tokens,
                                 window_tokens=window_tokens) or stop
        was_cut = stop in (StopReason.MAX_TOKENS, StopReason.CONTEXT_FULL)
        used = set(taken_ids)
        blocks: list[Block] = []
        for _, part in sorted(self._parts.items()):
            blocks.extend(_block(part, origin, used, was_cut=was_cut))
        has_calls = any(isinstance(block, ToolCall) for block in blocks)
        if stop in (StopReason.END_TURN, StopReason.TOOL_CALLS):
            stop = StopReason.TOOL_CALLS if has_calls else StopReason.END_TURN
        if stop is StopReason.REFUSAL and self._explanation \
                and not any(isinstance(block, TextBlock) for block in blocks):
            blocks.append(TextBlock(text=self._explanation))
        return ModelReply(
            message=Message(speaker=Speaker.ASSISTANT, blocks=tuple(blocks)),
            stop_reason=stop, model=self._model or asked_model, usage=usage,
            is_usage_known=_has_output(self._usage))

    @property
    def unfinished(self) -> Unfinished | None:
        """What has come so far; None before the first part of a reply."""
        if not self._has_begun:
            return None
        return Unfinished(
            model=self._model, usage=_usage(self._usage) if self._usage else None,
            is_whole=self._is_usage_whole,
            received_bytes=sum(size_bytes(part.pieces) for part in self._parts.values()))

    def _grow(self, event: JsonObject) -> None:
        part, delta = self._part(event), _object(event, "delta")
        match delta.get("type"):
            case "text_delta":
                part.pieces.append(_string(delta, "text"))
            case "thinking_delta":
                part.pieces.append(_string(delta, "thinking"))
            case "input_json_delta":
                part.pieces.append(_string(delta, "partial_json"))
            case "signature_delta":
                part.signature = _string(delta, "signature")
            case _:
                pass

    def _part(self, event: JsonObject) -> _Part:
        part = self._parts.get(_index(event))
        if part is None or part.is_closed:
            raise BrokenStream(f"a piece came for block {event.get('index')!r}, which is not open")
        return part

    def _finish(self) -> None:
        if not self._has_begun:
            raise BrokenStream("the end came without a beginning")
        if any(not part.is_closed for part in self._parts.values()):
            raise BrokenStream("the end came in the middle of a block")
        self.is_complete = True

    def _note_usage(self, usage: Any) -> None:
        if isinstance(usage, dict):
            self._usage.update({key: value for key, value in usage.items() if value is not None})


def _block(part: _Part, origin: str, used: set[str], *, was_cut: bool) -> list[Block]:
    start = part.start
    match start.get("type"):
        case "text":
            text = str(start.get("text") or "") + part.joined
            return [TextBlock(text=text)] if text else []
        case "thinking":
            thought = str(start.get("thinking") or "") + part.joined
            raw = {"type": "thinking", "thinking": thought,
                   "signature": part.signature or str(start.get("signature") or "")}
            return [ThinkingBlock(text=thought, raw=raw, origin=origin)]
        case "redacted_thinking":
            return [ThinkingBlock(text="", raw=dict(start), origin=origin)]
        case "tool_use":
            return [_tool_call(part, used, was_cut=was_cut)]
        case _:
            return []


def _tool_call(part: _Part, used: set[str], *, was_cut: bool) -> ToolCall:
    identity = _fresh_id(str(part.start.get("id") or ""), used)
    name = str(part.start.get("name") or "")
    arguments, malformed = _arguments(part)
    if malformed and was_cut:
        malformed = ("The call was cut off, because the reply reached its length limit. "
                     "Make the call again with less in it.")
    return ToolCall(id=identity, name=name, arguments=arguments, malformed=malformed)


def _arguments(part: _Part) -> tuple[JsonObject, str]:
    """The arguments, or an empty object and what is wrong with the text that should hold them."""
    text = part.joined
    try:
        value = json.loads(text, parse_constant=_no_constant) if text.strip() \
            else part.start.get("input") or {}
    except json.JSONDecodeError as error:
        return {}, (f"The arguments are not valid JSON: {error.msg} at character {error.pos} "
                    f"of {len(text)}.")
    except (ValueError, RecursionError):
        return {}, "The arguments are not valid JSON: a number or the nesting is beyond bounds."
    if not isinstance(value, dict):
        return {}, f"The arguments are a JSON {_JSON_NAMES[type(value)]}, not an object."
    return value, ""


_JSON_NAMES = {list: "array", str: "string", int: "number", float: "number", bool: "boolean",
               type(None): "null"}


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _fresh_id(identity: str, used: set[str]) -> str:
    """`identity`, or one like it that the conversation does not hold yet."""
    fresh, number = identity, 1
    while not fresh or fresh in used:
        fresh, number = f"{identity or 'call'}_{len(used) + number}", number + 1
    used.add(fresh)
    return fresh


def _usage(told: JsonObject) -> TokenUsage:
    """As told, except that `input` includes what was read from and written to the cache."""
    read = _count(told.get("cache_read_input_tokens"))
    write = _count(told.get("cache_creation_input_tokens"))
    details = told.get("output_tokens_details")
    thinking = details.get("thinking_tokens") if isinstance(details, dict) else None
    return TokenUsage(input=_count(told.get("input_tokens")) + read + write,
                      output=_count(told.get("output_tokens")), cache_read=read, cache_write=write,
                      reasoning=_count(thinking))


def _has_output(usage: Any) -> bool:
    return isinstance(usage, dict) and isinstance(usage.get("output_tokens"), int)


def _count(value: Any) -> int:
    """Absurd numbers stay what they are, to be judged elsewhere; what is no number is 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _explanation(delta: JsonObject) -> str:
    details = delta.get("stop_details")
    return str(details.get("explanation") or "") if isinstance(details, dict) else ""


def _object(event: JsonObject, key: str) -> JsonObject:
    value = event.get(key)
    if not isinstance(value, dict):
        raise BrokenStream(f"an event has no {key!r}")
    return value


def _string(delta: JsonObject, key: str) -> str:
    value = delta.get(key)
    if not isinstance(value, str):
        raise BrokenStream(f"a piece has no {key!r}")
    return value


def _index(event: JsonObject) -> int:
    index = event.get("index")
    if not isinstance(index, int):
        raise BrokenStream("an event names no block")
    return index
