"""Usage that a wire reported, believed only where it can be true.

A server that counts wrong would make a bill and a budget wrong. What cannot be true (negative,
more cached than there was, more than was sent or next to none of it, more than may come back) or
is missing becomes an estimate from characters with `is_usage_known=False`; its cost then stays
None, for unknown is unknown and never 0: only what the provider itself billed, or a local model's
nothing, is kept.
"""

from __future__ import annotations

from dataclasses import replace

from cockpit_tui.domain.conversation import ModelReply
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.usage import TokenUsage, Unfinished
from cockpit_tui.providers.measuring import most_tokens

_HIDDEN_INPUT_TOKENS = 4_096
"""What a provider may add out of sight: its own prompt for tools, a chat template's words."""
_OUTPUT_SLACK_TOKENS = 256
_MOST_BYTES_PER_TOKEN = 256
"""A long run of blanks may be one token; nothing real comes near this on the whole."""
_MOST_MICROUSD = 1_000_000_000
"""$1,000: no call costs as much."""
_VENDORS_WITH_BILLS = ("openrouter",)
"""Who tells each call's cost, a free model's 0 as well."""


def checked(reply: ModelReply, *, profile: ModelProfile, sent_bytes: int, received_bytes: int,
            most_output_tokens: int) -> ModelReply:
    """`reply` with a usage that can be true. Sizes are those of request and reply in bytes.

    `most_output_tokens` is what the request allowed; thinking beyond it is allowed to be billed.
    """
    if reply.cost_microusd is not None and not _is_bill(reply.cost_microusd, profile):
        reply = replace(reply, cost_microusd=None)
    if reply.is_usage_known and _can_be_true(reply.usage, profile, sent_bytes, most_output_tokens,
                                             has_answer=received_bytes > 0):
        return reply
    estimate = TokenUsage(input=-(-sent_bytes // 4), output=-(-received_bytes // 4))
    return replace(reply, usage=estimate, is_usage_known=False)


def usage_of_unfinished(begun: Unfinished, *, profile: ModelProfile, sent_bytes: int,
                        most_output_tokens: int) -> tuple[TokenUsage, bool]:
    """The tokens of a call whose answer broke off, and whether they are told, not guessed.

    What was told of its beginning is kept if it can be true. The rest is guessed high rather than
    low, from what was sent and what came."""
    told, made = begun.usage, most_tokens(begun.received_bytes)
    if told is None or not _can_be_true(told, profile, sent_bytes, most_output_tokens,
                                        has_answer=begun.is_whole and begun.received_bytes > 0):
        return TokenUsage(input=min(most_tokens(sent_bytes), profile.context_tokens),
                          output=made), False
    if begun.is_whole:
        return told, True
    return replace(told, output=max(told.output, made)), False


def _is_bill(cost_microusd: int, profile: ModelProfile) -> bool:
    """Whether a cost that was told counts. Nothing at all is the bill of a vendor with free models
    only; from others, gateways that know no prices, it means that nobody counted."""
    if cost_microusd == 0:
        return profile.vendor in _VENDORS_WITH_BILLS
    return 0 < cost_microusd <= _MOST_MICROUSD


def _can_be_true(usage: TokenUsage, profile: ModelProfile, sent_bytes: int,
                 most_output_tokens: int, *, has_answer: bool) -> bool:
    counts = (usage.input, usage.output, usage.cache_read, usage.cache_write, usage.reasoning)
    if not all(isinstance(count, int) and count >= 0 for count in counts):
        return False
    if usage.input * _MOST_BYTES_PER_TOKEN < sent_bytes or usage.input == 0 \
            or (has_answer and usage.output == 0):
        return False
    # A token is at least one byte, and a request longer than the window is refused.
    most_input = min(sent_bytes + _HIDDEN_INPUT_TOKENS, profile.context_tokens * 2)
    most_answer = max(most_output_tokens, profile.max_output_tokens) + _OUTPUT_SLACK_TOKENS
    return (usage.input <= most_input
            and usage.cache_read + usage.cache_write <= usage.input
            and usage.reasoning <= usage.output
            and usage.output - usage.reasoning <= most_answer
            and usage.output <= most_answer + profile.context_tokens)
