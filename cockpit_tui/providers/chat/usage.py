"""Tokens and cost as the endpoints report them, in our words; unknown is kept apart from zero.

OpenAI's `prompt_tokens` includes the cached ones. Others put the cached ones elsewhere (DeepSeek:
`prompt_cache_hit_tokens`, Moonshot: `cached_tokens`), or leave thinking out of `completion_tokens`
and count it in `total_tokens` alone (xAI, Google): it is billed as output, so it is added.
"""

from __future__ import annotations

import math
from typing import Any

from cockpit_tui.domain.usage import MICROUSD_PER_USD, TokenUsage


def chat_usage(raw: Any) -> TokenUsage | None:
    """The usage of chat.completions; None where it is missing."""
    prompt, completion = count(raw, "prompt_tokens"), count(raw, "completion_tokens")
    if prompt is None or completion is None:
        return None
    details = raw.get("prompt_tokens_details")
    reasoning = count(raw.get("completion_tokens_details"), "reasoning_tokens") or 0
    hidden = max(0, (count(raw, "total_tokens") or 0) - prompt - completion)
    cached = (count(details, "cached_tokens") or count(raw, "prompt_cache_hit_tokens")
              or count(raw, "cached_tokens") or 0)
    return TokenUsage(input=prompt, output=completion + hidden, cache_read=cached,
                      cache_write=count(details, "cache_write_tokens") or 0,
                      reasoning=max(reasoning, hidden))


def responses_usage(raw: Any) -> TokenUsage | None:
    """The usage of Responses; None where it is missing."""
    prompt, completion = count(raw, "input_tokens"), count(raw, "output_tokens")
    if prompt is None or completion is None:
        return None
    details = raw.get("input_tokens_details")
    return TokenUsage(
        input=prompt, output=completion,
        cache_read=count(details, "cached_tokens") or 0,
        cache_write=count(details, "cache_write_tokens") or 0,
        reasoning=count(raw.get("output_tokens_details"), "reasoning_tokens") or 0)


def reported_cost_microusd(raw: Any) -> int | None:
    """What the endpoint says that the call cost (OpenRouter: `usage.cost` in dollars; with a key
    of one's own the model's maker bills the rest)."""
    cost = _dollars(raw, "cost")
    if cost is None:
        return None
    if isinstance(raw, dict) and raw.get("is_byok"):
        cost += _dollars(raw.get("cost_details"), "upstream_inference_cost") or 0.0
    return math.ceil(round(cost * MICROUSD_PER_USD, 3))


def count(raw: Any, key: str) -> int | None:
    """A number of tokens, however absurd (the pool judges it); None for anything else."""
    value = raw.get(key) if isinstance(raw, dict) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _dollars(raw: Any, key: str) -> float | None:
    value = raw.get(key) if isinstance(raw, dict) else None
    if isinstance(value, int | float) and not isinstance(value, bool) \
            and math.isfinite(value) and value >= 0:
        return float(value)
    return None
