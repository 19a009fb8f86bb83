"""Puts a reply together from the chunks of chat.completions, as servers really send them."""

from __future__ import annotations

from collections.abc import Iterable
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
)
from cockpit_tui.domain.usage import TokenUsage, Unfinished, estimated_tokens
from cockpit_tui.providers.bounds import bound_reached
from cockpit_tui.providers.chat.fragments import CallFragments
from cockpit_tui.providers.chat.usage import chat_usage, reported_cost_microusd
from cockpit_tui.providers.messages.incoming import BrokenStream
from cockpit_tui.providers.unfinished import size_bytes

_LENGTH = ("length", "max_tokens")
_CONTEXT = ("model_length", "context_length", "model_context_window_exceeded")
_REFUSAL = ("content_filter", "refusal", "safety")


class ChunkAssembly:
    """Takes the chunks of one stream, or one whole completion, which has the same shape."""

    def __init__(self) -> None:
        self.is_open = False
        self._has_begun = False
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._refusals: list[str] = []
        self._details = _Details()
        self._calls = CallFragments()
        self._finish = ""
        self._model = ""
        self._usage: Any = None
        self._is_ended = False
        self._is_billed = False

    @property
    def is_complete(self) -> bool:
        """Whether the server said that the reply is whole: a reason to stop, and after it the
        usage or `[DONE]`. Some leave the reason out."""
        if self._finish:
            return self._is_ended or self._is_billed
        return self._is_ended and bool(self._texts or self._calls or self._refusals)

    def end(self) -> None:
        """`[DONE]` was read."""
        self._is_ended = True

    def take(self, chunk: JsonObject) -> None:
        """One chunk. Raises BrokenStream where it is none."""
        self._model = _text(chunk.get("model")) or self._model
        self._usage = chunk.get("usage") or self._usage
        choices = chunk.get("choices")
        if not isinstance(choices, list):
            if choices is None and ("usage" in chunk or "id" in chunk):
                self._is_billed = bool(self._finish and self._usage)
                return
            raise BrokenStream("a part of it is no part of a chat completion")
        self._has_begun = True
        for choice in choices:
            if isinstance(choice, dict) and not choice.get("index"):
                self._take_choice(choice)
        self._is_billed = bool(self._finish and self._usage)

    @property
    def unfinished(self) -> Unfinished | None:
        """What has come so far; None before the first part of a reply. A usage told before the
        reason to stop is that of the moment."""
        if not self._has_begun:
            return None
        usage = chat_usage(self._usage)
        said = (*self._texts, *self._thoughts, *self._refusals)
        return Unfinished(model=self._model, usage=usage,
                          is_whole=bool(self._finish) and usage is not None,
                          received_bytes=size_bytes(said) + self._calls.size_bytes)

    def _take_choice(self, choice: JsonObject) -> None:
        self._usage = choice.get("usage") or self._usage
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            self._take_delta(delta)
        finish = choice.get("finish_reason")
        if finish == "error":
            raise BrokenStream("the provider says that it failed")
        self._finish = _text(finish) or self._finish

    def _take_delta(self, delta: JsonObject) -> None:
        self._take_content(delta.get("content"))
        # Servers in transition send the same words under both names.
        thought = _text(delta.get("reasoning_content")) or _text(delta.get("reasoning"))
        if thought:
            self._thoughts.append(thought)
        if refusal := _text(delta.get("refusal")):
            self._refusals.append(refusal)
        for detail in _objects(delta.get("reasoning_details")):
            self._details.add(detail)
        for piece in _objects(delta.get("tool_calls")):
            function = piece.get("function")
            function = function if isinstance(function, dict) else {}
            index = piece.get("index")
            extra = piece.get("extra_content")
            self._calls.add(index=index if isinstance(index, int) else None,
                            id=_text(piece.get("id")), name=_text(function.get("name")),
                            arguments=function.get("arguments"),
                            extras={"extra_content": extra} if extra else None)

    def _take_content(self, content: Any) -> None:
        """A text; Mistral also sends parts, thinking among them."""
        if isinstance(content, str):
            if content:
                self._texts.append(content)
            return
        for part in _objects(content):
            if part.get("type") == "thinking":
                self._thoughts += [_text(inner.get("text"))
                                   for inner in _objects(part.get("thinking"))]
            else:
                self._take_content(part.get("text"))

    def reply(self, *, origin: str, asked_model: str, taken_ids: Iterable[str],
              asked_tokens: int, max_tokens: int, window_tokens: int | None) -> ModelReply:
        """The whole reply. `asked_tokens` estimates the request where no usage was reported."""
        calls = self._calls.calls(taken_ids, is_cut=self._finish in (*_LENGTH, *_CONTEXT))
        text, thought = "".join(self._texts), "".join(self._thoughts)
        blocks: list[Block] = []
        raw: JsonObject = {"reasoning_content": thought} if thought else {}
        if details := self._details.whole():
            raw["reasoning_details"] = details
        if extras := {call.id: extra for call, extra in calls if extra}:
            raw["call_extras"] = extras
        if raw:
            blocks.append(ThinkingBlock(text=thought, raw=raw, origin=origin))
        if said := text or "".join(self._refusals):
            blocks.append(TextBlock(text=said))
        blocks += [call for call, _ in calls]
        known = chat_usage(self._usage)
        made = text + thought + "".join(f"{call.name}{call.arguments}" for call, _ in calls)
        usage = known or TokenUsage(input=asked_tokens, output=estimated_tokens(made))
        return ModelReply(
            message=Message(speaker=Speaker.ASSISTANT, blocks=tuple(blocks)),
            stop_reason=self._stop(known, max_tokens, window_tokens),
            model=self._model or asked_model, usage=usage, is_usage_known=known is not None,
            cost_microusd=reported_cost_microusd(self._usage))

    def _stop(self, usage: TokenUsage | None, max_tokens: int,
              window_tokens: int | None) -> StopReason:
        if self._finish in _CONTEXT:
            return StopReason.CONTEXT_FULL
        if self._finish in _LENGTH:
            # The wire has one word for both bounds; the counts tell which one it was.
            return bound_reached(usage, max_tokens=max_tokens, window_tokens=window_tokens) \
                or StopReason.MAX_TOKENS
        if self._finish.lower() in _REFUSAL or (self._refusals and not self._calls):
            return StopReason.REFUSAL
        # Several servers say `stop` although they call tools.
        return StopReason.TOOL_CALLS if self._calls else StopReason.END_TURN


class _Details:
    """OpenRouter's pieces of one thought become that thought again, as it wants it back."""

    def __init__(self) -> None:
        self._begun: list[tuple[JsonObject, list[str]]] = []
        """Each with the pieces of its text, joined once at the end: there may be very many."""

    def add(self, detail: JsonObject) -> None:
        key = _growing_field(detail)
        last, pieces = self._begun[-1] if self._begun else ({}, [])
        if not key or last.get("type") != detail.get("type") \
                or last.get("index") != detail.get("index") or last.get("signature"):
            last, pieces = {}, []
            self._begun.append((last, pieces))
        last.update({name: value for name, value in detail.items()
                     if value is not None or name not in last})
        if key and detail.get(key) is not None:
            pieces.append(_text(detail[key]))

    def whole(self) -> list[JsonObject]:
        return [detail | ({_growing_field(detail): "".join(pieces)} if pieces else {})
                for detail, pieces in self._begun]


def _growing_field(detail: JsonObject) -> str:
    return {"reasoning.text": "text", "reasoning.summary": "summary"}.get(
        _text(detail.get("type")), "")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _objects(value: Any) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
