"""How large a request is, without reading a long transcript again at every round trip."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import Any

from cockpit_tui.domain.conversation import (
    Message,
    ModelRequest,
    TextBlock,
    ThinkingBlock,
    ToolCall,
    ToolResult,
    ToolSpec,
)

_CONVERSATIONS = 128
_BYTES_PER_TOKEN_AT_LEAST = 3


def most_tokens(size_bytes: int) -> int:
    """Tokens that so many bytes are at most, for money that is set aside.

    Plans divide characters by 4, which code and other scripts pass; 3 UTF-8 bytes a token is what
    dense code and Chinese come to.
    """
    return -(-size_bytes // _BYTES_PER_TOKEN_AT_LEAST)


class RequestSizes:
    """Sizes in UTF-8 bytes; remembers the last transcript of each conversation and counts on."""

    def __init__(self) -> None:
        self._seen: OrderedDict[int, tuple[tuple[Message, ...], int]] = OrderedDict()
        self._tools: tuple[tuple[ToolSpec, ...], int] = ((), 0)

    def size_bytes(self, request: ModelRequest) -> int:
        return (_length(request.system) + self._tools_bytes(request.tools)
                + self._transcript_bytes(request.messages)
                + (len(json.dumps(request.output_schema)) if request.output_schema else 0))

    def _transcript_bytes(self, messages: tuple[Message, ...]) -> int:
        if not messages:
            return 0
        # The kept tuple holds the first message alive, so its id names one conversation.
        key = id(messages[0])
        known, size = self._seen.get(key, ((), 0))
        # Tuples compare their items by identity first: a grown transcript costs no reading.
        if not known or messages[:len(known)] != known:
            known, size = (), 0
        size += sum(map(message_bytes, messages[len(known):]))
        self._seen[key] = (messages, size)
        self._seen.move_to_end(key)
        if len(self._seen) > _CONVERSATIONS:
            self._seen.popitem(last=False)
        return size

    def _tools_bytes(self, tools: tuple[ToolSpec, ...]) -> int:
        if self._tools[0] is not tools:
            size = sum(_length(tool.name) + _length(tool.description)
                       + len(json.dumps(tool.parameters)) for tool in tools)
            self._tools = (tools, size)
        return self._tools[1]


def message_bytes(message: Message) -> int:
    """The size of everything in `message` that a model reads or writes."""
    size = 0
    for block in message.blocks:
        match block:
            case ToolCall():
                size += _length(block.name) + _value_bytes(block.arguments)
            case ThinkingBlock():
                size += max(_length(block.text), _value_bytes(block.raw))
            case TextBlock() | ToolResult():
                size += _length(block.text)
    return size


def _value_bytes(value: Any) -> int:
    match value:
        case str():
            return _length(value) + 2
        case dict():
            return sum(_length(str(key)) + 4 + _value_bytes(item) for key, item in value.items())
        case list() | tuple():
            return sum(map(_value_bytes, value)) + len(value)
        case _:
            return len(str(value))


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
