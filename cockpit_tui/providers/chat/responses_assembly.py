"""Puts a reply together from the events of OpenAI Responses.

The items of `response.output_item.done` count, as the vendor says for encrypted reasoning; the
last event holds status, usage and, on servers that send no items before, the whole output.
"""

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
    ToolCall,
)
from cockpit_tui.domain.usage import TokenUsage, Unfinished, estimated_tokens
from cockpit_tui.providers.bounds import bound_reached
from cockpit_tui.providers.chat.fragments import MAX_CALLS, CallFragments
from cockpit_tui.providers.chat.usage import reported_cost_microusd, responses_usage
from cockpit_tui.providers.messages.incoming import BrokenStream
from cockpit_tui.providers.unfinished import size_bytes

_ENDS = ("response.completed", "response.incomplete", "response.failed", "response.done")


class ResponseAssembly:
    """Takes the events of one stream, or one whole response."""

    def __init__(self) -> None:
        self.is_open = False
        self._answers: str | None = None
        """The model's name as told, maybe empty; None before the first part."""
        self._received_bytes = 0
        self._items: list[JsonObject] = []
        self._final: JsonObject | None = None
        self.error: JsonObject | None = None
        """What a failed response tells of its failure, in the shape of an error document."""

    @property
    def is_complete(self) -> bool:
        return self._final is not None

    def end(self) -> None:
        """`[DONE]` says nothing on this wire."""

    def take(self, event: JsonObject) -> None:
        kind = event.get("type")
        self._note_begun(event)
        if event.get("object") == "response":
            self._finish(event)
        elif kind == "response.output_item.done" and isinstance(event.get("item"), dict):
            self._items.append(event["item"])
        elif kind == "error":
            self.error = {"error": event.get("error") or event}
        elif kind in _ENDS and isinstance(event.get("response"), dict):
            self._finish(event["response"])

    @property
    def unfinished(self) -> Unfinished | None:
        """What has come so far; None before the first part of a reply."""
        if self._answers is None:
            return None
        usage = responses_usage((self._final or {}).get("usage"))
        return Unfinished(model=self._answers, usage=usage, is_whole=usage is not None,
                          received_bytes=self._received_bytes)

    def _note_begun(self, event: JsonObject) -> None:
        """The pieces are of no use to the reply, but to its bill, should it break off."""
        response, piece = event.get("response"), event.get("delta")
        if isinstance(response, dict) and response.get("status") != "failed":
            self._answers = str(response.get("model") or self._answers or "")
        if isinstance(piece, str):
            self._answers = self._answers or ""
            self._received_bytes += size_bytes((piece,))

    def _finish(self, response: JsonObject) -> None:
        if response.get("status") == "failed" or response.get("error"):
            self.error = {"error": response.get("error") or {"message": "no reason was given"}}
        self._final = response
        output = response.get("output")
        if not self._items and isinstance(output, list):
            self._items = [item for item in output if isinstance(item, dict)]
        if sum(item.get("type") == "function_call" for item in self._items) > MAX_CALLS:
            raise BrokenStream(f"it makes more than {MAX_CALLS:,} calls at once")

    def reply(self, *, origin: str, asked_model: str, taken_ids: Iterable[str],
              asked_tokens: int, max_tokens: int, window_tokens: int | None,
              tells_cuts: bool) -> ModelReply:
        """The whole reply. `asked_tokens` estimates the request where no usage was reported.

        `tells_cuts` is False for servers that may call a reply completed which a bound cut off
        (llama.cpp does): then its counts decide.
        """
        final = self._final or {}
        known = responses_usage(final.get("usage"))
        bound = bound_reached(known, max_tokens=max_tokens, window_tokens=window_tokens)
        # One that counts more than was asked for holds to no bound: its counts tell nothing.
        is_cut = _is_incomplete(final) or (not tells_cuts and bound is not None
                                           and known is not None and known.output <= max_tokens)
        blocks, refusal = self._blocks(origin, taken_ids, is_cut=is_cut)
        made = "".join(block.text if isinstance(block, TextBlock | ThinkingBlock)
                       else str(block) for block in blocks)
        return ModelReply(
            message=Message(speaker=Speaker.ASSISTANT, blocks=blocks),
            stop_reason=_stop(final, refusal, blocks, bound, is_cut=is_cut),
            model=str(final.get("model") or asked_model),
            usage=known or TokenUsage(input=asked_tokens, output=estimated_tokens(made)),
            is_usage_known=known is not None,
            cost_microusd=reported_cost_microusd(final.get("usage")))

    def _blocks(self, origin: str, taken_ids: Iterable[str], *,
                is_cut: bool) -> tuple[tuple[Block, ...], str]:
        """The reply's blocks in their order, and the words of a refusal."""
        fragments, refusal = CallFragments(), ""
        items = [item for item in self._items if item.get("type") == "function_call"]
        for number, item in enumerate(items):
            fragments.add(index=number, id=str(item.get("call_id") or item.get("id") or ""),
                          name=str(item.get("name") or ""), arguments=item.get("arguments"))
        calls = iter(fragments.calls(taken_ids, is_cut=is_cut))
        blocks: list[Block] = []
        for item in self._items:
            match item.get("type"):
                case "reasoning":
                    blocks.append(ThinkingBlock(text=_thought(item), raw=item, origin=origin))
                case "message":
                    refusal += _parts(item.get("content"), "refusal")
                    text = _parts(item.get("content"), "text") or refusal
                    if text:
                        blocks.append(TextBlock(text=text))
                case "function_call":
                    blocks.append(next(calls)[0])
        return tuple(blocks), refusal


def _thought(item: JsonObject) -> str:
    return _parts(item.get("content"), "text") or _parts(item.get("summary"), "text", "\n\n")


def _parts(parts: Any, key: str, between: str = "") -> str:
    if not isinstance(parts, list):
        return ""
    return between.join(part[key] for part in parts
                        if isinstance(part, dict) and isinstance(part.get(key), str))


def _cut_reason(final: JsonObject) -> str:
    details = final.get("incomplete_details")
    return str(details.get("reason") or "") if isinstance(details, dict) else ""


def _is_incomplete(final: JsonObject) -> bool:
    return final.get("status") == "incomplete" or bool(_cut_reason(final))


def _stop(final: JsonObject, refusal: str, blocks: tuple[Block, ...],
          bound: StopReason | None, *, is_cut: bool) -> StopReason:
    reason = _cut_reason(final)
    if reason == "content_filter":
        return StopReason.REFUSAL
    if reason in ("context_window", "max_context_length", "context_length_exceeded"):
        return StopReason.CONTEXT_FULL
    if is_cut:
        return bound or StopReason.MAX_TOKENS
    if refusal:
        return StopReason.REFUSAL
    has_calls = any(isinstance(block, ToolCall) for block in blocks)
    return StopReason.TOOL_CALLS if has_calls else StopReason.END_TURN
