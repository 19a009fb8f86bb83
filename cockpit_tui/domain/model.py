"""What a model is to the rest of the code: its name, its bounds, how it edits, what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Wire(StrEnum):
    """The format that an endpoint speaks. `rules` and `replay` are not AI and use no network."""

    MESSAGES = "anthropic"
    """Anthropic Messages."""
    CHAT = "openai"
    """OpenAI chat.completions, which most others speak too."""
    RESPONSES = "responses"
    """OpenAI Responses; only at the vendor's own endpoint."""
    RULES = "rules"
    REPLAY = "replay"


class EditFormat(StrEnum):
    """The tools that a model family edits best with."""

    TEXT_EDITOR = "text_editor"
    """Anthropic's `str_replace_based_edit_tool` and `bash`."""
    APPLY_PATCH = "apply_patch"
    """The `*** Begin Patch` envelope of the OpenAI families."""
    SEARCH_REPLACE = "search_replace"
    """`edit_file` with old_string and new_string, and `write_file`."""
    WHOLE_FILE = "whole_file"
    """`write_file` alone, for small models."""


class Thinking(StrEnum):
    """How a model's thinking is asked for and given back."""

    NONE = "none"
    ADAPTIVE = "adaptive"
    """Anthropic: `thinking={"type": "adaptive"}`; blocks with signatures go back unchanged."""
    EFFORT = "effort"
    """OpenAI: `reasoning_effort`; over Responses encrypted items go back unchanged."""
    RETURNED = "returned"
    """`reasoning_content` beside the text, which must go back within a tool turn."""


class Capability(StrEnum):
    """What one may expect of a model, weakest first; the router chooses by it."""

    SMALL = "small"
    STANDARD = "standard"
    STRONG = "strong"
    FRONTIER = "frontier"

    @property
    def rank(self) -> int:
        return list(Capability).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Micro-dollars per million tokens ($3 per million = 3_000_000). Cached ones may be None:
    then they cost as much as uncached input."""

    input: int
    output: int
    cache_read: int | None = None
    cache_write: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProfile:
    """One model at one provider, as the catalogue or the person's settings describe it."""

    provider: str
    """`anthropic`, `openrouter`, or the NAME of `[providers.NAME]`."""
    model: str
    """The id on the wire."""
    wire: Wire = Wire.CHAT
    context_tokens: int = 128_000
    max_output_tokens: int = 8_192
    """The most that one reply may hold."""
    edit_format: EditFormat = EditFormat.SEARCH_REPLACE
    supports_tools: bool = True
    supports_schema: bool = False
    """Whether the wire takes a JSON Schema that the reply is held to."""
    thinking: Thinking = Thinking.NONE
    capability: Capability = Capability.STANDARD
    vendor: str = ""
    """The provider's id in the price tables; empty: never looked up there."""
    price: Price | None = None
    """Set where the person or the catalogue overrides the price tables."""
    retires_on: str = ""
    """ISO date of the model's end of life; empty: none announced."""
    is_local: bool = False
    """Served on this machine: no bill."""

    @property
    def name(self) -> str:
        """`anthropic:claude-sonnet-4-5`, as people write it and the ledger keeps it."""
        return f"{self.provider}:{self.model}"


RULES_PROFILE = ModelProfile(provider="offline", model="rules", wire=Wire.RULES,
                             context_tokens=1_000_000_000, max_output_tokens=1_000_000_000,
                             supports_schema=True, price=Price(input=0, output=0), is_local=True)
"""The offline rules: no window, no bill."""
