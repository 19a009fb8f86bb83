"""A model's reply as the ledger can keep it: what it gives back later is what is used now."""

from __future__ import annotations

from dataclasses import replace

from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.conversation import (
    Block,
    ModelReply,
    TextBlock,
    ThinkingBlock,
    ToolCall,
    ToolResult,
)


def storable(reply: ModelReply) -> ModelReply:
    """`reply` as it reads back from JSON, so that a run and its resume see the same.

    Text that is no Unicode is repaired; arguments that JSON cannot hold (numbers of thousands of
    digits, hundreds of levels) are dropped, and the tool then tells the model what is missing.
    Calls get ids of their own where two share one, so that each has the one result that is its.
    """
    reply = _with_own_ids(reply)
    try:
        return _round_trip(reply)
    except (ValueError, RecursionError):
        blocks = tuple(_mended(block) for block in reply.message.blocks)
        return _round_trip(replace(reply, message=replace(reply.message, blocks=blocks)))


def _with_own_ids(reply: ModelReply) -> ModelReply:
    taken: set[str] = set()
    blocks: list[Block] = []
    for number, block in enumerate(reply.message.blocks, 1):
        if isinstance(block, ToolCall):
            if not block.id or block.id in taken:
                block = replace(block, id=_free(f"{block.id or 'call'}-{number}", taken))
            taken.add(block.id)
        blocks.append(block)
    if tuple(blocks) == reply.message.blocks:
        return reply
    return replace(reply, message=replace(reply.message, blocks=tuple(blocks)))


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "'"
    return name


def _round_trip(reply: ModelReply) -> ModelReply:
    codec = adapter(ModelReply)
    return codec.validate_json(codec.dump_json(reply))


def _mended(block: Block) -> Block:
    match block:
        case TextBlock():
            return TextBlock(text=_text(block.text))
        case ToolCall():
            call = replace(block, id=_text(block.id), name=_text(block.name))
            try:
                codec = adapter(ToolCall)
                return codec.validate_json(codec.dump_json(call))
            except (ValueError, RecursionError):
                return replace(call, arguments={})
        case ThinkingBlock():
            return replace(block, text=_text(block.text), raw={})
        case ToolResult():
            return replace(block, call_id=_text(block.call_id), text=_text(block.text))


def _text(value: str) -> str:
    return value.encode("utf-8", "replace").decode()
