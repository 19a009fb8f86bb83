"""Which bound ended a reply: what was asked for, or the model's window."""

from __future__ import annotations

from cockpit_tui.domain.conversation import StopReason
from cockpit_tui.domain.usage import TokenUsage


def bound_reached(usage: TokenUsage | None, *, max_tokens: int,
                  window_tokens: int | None) -> StopReason | None:
    """MAX_TOKENS or CONTEXT_FULL where the counts say that a bound was reached; None if not."""
    if usage is None:
        return None
    if usage.output >= max_tokens:
        return StopReason.MAX_TOKENS
    if window_tokens is not None and usage.total >= window_tokens:
        return StopReason.CONTEXT_FULL
    return None
