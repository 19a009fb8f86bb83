"""Tokens and money: counted per model call, added up the tree, unknown kept apart from zero."""

from __future__ import annotations

from dataclasses import dataclass

MICROUSD_PER_USD = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsage:
    """Tokens of one or several model calls. `input` includes cached tokens; nothing is negative."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0

    def __add__(self, other: TokenUsage) -> TokenUsage:
        return TokenUsage(
            input=self.input + other.input,
            output=self.output + other.output,
            cache_read=self.cache_read + other.cache_read,
            cache_write=self.cache_write + other.cache_write,
            reasoning=self.reasoning + other.reasoning,
        )

    @property
    def total(self) -> int:
        return self.input + self.output


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """What had come of an answer when it broke off. The vendor bills what it read and wrote."""

    model: str = ""
    """Who answered; empty where it was not told yet."""
    usage: TokenUsage | None = None
    """As told so far; None where nothing was."""
    is_whole: bool = False
    """Whether `usage` is that of the whole call, so that only its end got lost."""
    received_bytes: int = 0
    """Words, thoughts and calls that came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCall:
    """The bill of a call that failed after its answer had begun."""

    model: str
    usage: TokenUsage
    cost_microusd: int | None
    """None: its price is unknown."""
    is_estimated: bool


def estimated_tokens(text: str) -> int:
    """Tokens that `text` will be, near enough to plan with: characters / 4, rounded up."""
    return -(-len(text) // 4)


def minutes_words(minutes: float) -> str:
    """`~12 min`, `<1 min`."""
    return "<1 min" if minutes < 1 else f"~{minutes:.0f} min"


def estimate_words(minutes: float, tokens: int, cost_microusd: int | None) -> str:
    """`~12 min, ~34,000 tokens, ~$0.40`; a cost that nobody knows is `?`, tokens are left out."""
    parts = [minutes_words(minutes)]
    if tokens:
        parts.append(f"~{tokens:,} tokens")
    parts.append(f"~{exact_microusd(cost_microusd)}" if cost_microusd else
                 exact_microusd(cost_microusd))
    return ", ".join(parts)


def exact_microusd(amount: int | None) -> str:
    """As `format_microusd`, and `$0.0042` where cents would say nothing."""
    if amount is not None and 0 < amount < MICROUSD_PER_USD // 100:
        return f"${amount / MICROUSD_PER_USD:.6f}".rstrip("0")
    return format_microusd(amount)


def format_microusd(amount: int | None) -> str:
    """`$0.42` for people; an unknown price is `?`, never `$0.00`."""
    if amount is None:
        return "?"
    return f"${amount / MICROUSD_PER_USD:,.2f}"
