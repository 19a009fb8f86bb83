"""A conversation taken apart: instructions that stay, and rounds of calls with their results."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cockpit_tui.domain.conversation import (
    Message,
    Speaker,
    TextBlock,
    ThinkingBlock,
    ToolCall,
    ToolResult,
)

CHARACTERS_PER_TOKEN = 4
NOTE = "[Earlier steps, shortened]"
"""How the message begins that stands for folded rounds."""
GO_ON = "Go on."
"""What the user is made to say after it, so that the speakers keep alternating."""


@dataclass(frozen=True, slots=True)
class Round:
    """One answer of the model and the messages that hold the results of its calls."""

    messages: tuple[Message, ...]

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        return self.messages[0].tool_calls

    @property
    def has_words_of_the_user(self) -> bool:
        """Whether the user said something beside the results."""
        return any(isinstance(block, TextBlock) and block.text != GO_ON
                   for message in self.messages[1:] for block in message.blocks)

    @property
    def results(self) -> dict[str, ToolResult]:
        return {block.call_id: block for message in self.messages[1:] for block in message.blocks
                if isinstance(block, ToolResult)}


Part = Message | Round
"""A `Message` is one of the user's that holds no tool result."""


def take_apart(messages: Sequence[Message]) -> list[Part]:
    parts: list[Part] = []
    for message in messages:
        last = parts[-1] if parts else None
        has_results = any(isinstance(block, ToolResult) for block in message.blocks)
        if message.speaker is Speaker.ASSISTANT:
            parts.append(Round((message,)))
        elif isinstance(last, Round) and (has_results or _is_bridge(last, message)):
            parts[-1] = Round((*last.messages, message))
        else:
            parts.append(message)
    return parts


def _is_bridge(last: Round, message: Message) -> bool:
    return last.messages[0].text.startswith(NOTE) and message.text == GO_ON


def put_together(parts: Iterable[Part]) -> tuple[Message, ...]:
    messages: list[Message] = []
    for part in parts:
        messages.extend(part.messages if isinstance(part, Round) else (part,))
    return tuple(messages)


def message_characters(messages: Iterable[Message]) -> int:
    """How much of a request the messages are; hidden thinking counts by its wire object."""
    size = 0
    for message in messages:
        for block in message.blocks:
            match block:
                case TextBlock() | ToolResult():
                    size += len(block.text)
                case ToolCall():
                    size += len(block.name) + len(json.dumps(block.arguments))
                case ThinkingBlock():
                    size += max(len(block.text), len(json.dumps(block.raw)))
    return size


def message_tokens(messages: Iterable[Message]) -> int:
    """Estimated tokens, characters / 4 rounded up."""
    return -(-message_characters(messages) // CHARACTERS_PER_TOKEN)
