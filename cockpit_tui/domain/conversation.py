"""What goes to a model and comes back: messages, tool calls, tool specifications, replies.

The shapes are neutral between wire formats; a provider translates them. They live in the domain
because providers and tools speak them without knowing each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.usage import TokenUsage

JsonObject = dict[str, Any]


class Speaker(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"


class StopReason(StrEnum):
    END_TURN = "end_turn"
    TOOL_CALLS = "tool_calls"
    MAX_TOKENS = "max_tokens"
    REFUSAL = "refusal"
    CONTEXT_FULL = "context_full"
    """The model ran into its context window in the middle of its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBlock:
    text: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call that a model asked for. `id` is unique within a conversation.

    `malformed` is set where the arguments were no JSON object or the call was otherwise not
    readable: the words that the model gets back instead of a result.
    """

    id: str
    name: str
    arguments: JsonObject
    malformed: str = ""
    kind: Literal["tool_call"] = "tool_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """The one answer to one `ToolCall`; `text` is what the model reads."""

    call_id: str
    text: str
    is_error: bool = False
    kind: Literal["tool_result"] = "tool_result"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingBlock:
    """What a model thought, to be given back unchanged to the model that thought it.

    `raw` is the wire's own object (with signature or encrypted content). `origin` is the
    `provider:model` it came from: another model never gets it.
    """

    text: str
    raw: JsonObject
    origin: str
    kind: Literal["thinking"] = "thinking"


Block = TextBlock | ToolCall | ToolResult | ThinkingBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    speaker: Speaker
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        return "\n".join(block.text for block in self.blocks if isinstance(block, TextBlock))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        return tuple(block for block in self.blocks if isinstance(block, ToolCall))


def user(text: str) -> Message:
    return Message(speaker=Speaker.USER, blocks=(TextBlock(text=text),))


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """A tool as a model sees it; `parameters` is a JSON Schema object."""

    name: str
    description: str
    parameters: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One question to a model.

    `purpose` says which seat asks (`review`, `plan`, `task`, `judge`); `output_schema`, when given,
    is the JSON Schema that the reply's text must satisfy. The system text is the same for a whole
    conversation, so that a provider's prompt cache holds.
    """

    model: str
    """The id on the wire, without the provider's name."""
    purpose: str
    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    output_schema: JsonObject | None = None
    max_output_tokens: int = 8_192
    profile: ModelProfile | None = None
    """What the asked model can do; None only in tests of providers that do not care."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReply:
    """One answer. `model` is the model that really answered, which may differ from the one asked.

    `cost_microusd` is what the call cost; None where the price is unknown. A provider sets it only
    where the wire reports a cost; else the pool prices the usage. `is_usage_known` is False where
    the wire reported none, or none that can be true: then `usage` is an estimate from characters.
    """

    message: Message
    stop_reason: StopReason
    model: str
    usage: TokenUsage = field(default_factory=TokenUsage)
    cost_microusd: int | None = None
    is_usage_known: bool = True
    asked: str = ""
    """`provider:model` of the link in the chain that answered; set by the conversation."""
