"""What model calls cost: the person's own prices first, then the price tables."""

from __future__ import annotations

from collections.abc import Mapping

from cockpit_tui.domain.model import ModelProfile, Price
from cockpit_tui.domain.usage import TokenUsage


class PriceBook:
    """Prices by `provider:model`; a price that nobody knows is None, never 0."""

    def __init__(self, overrides: Mapping[str, Price] | None = None) -> None:
        self._overrides = dict(overrides or {})

    def price(self, profile: ModelProfile) -> Price | None:
        """The price of `profile` per million tokens; None where it is unknown."""
        return profile.price or self._overrides.get(profile.name)

    def cost_microusd(self, profile: ModelProfile, usage: TokenUsage, *,
                      model: str = "") -> int | None:
        """What `usage` costs; None where the price is unknown. `model` is the one that answered."""
        if profile.is_local:
            return 0
        price = self.price(profile)
        if price is None:
            return None
        return -(-(usage.input * price.input + usage.output * price.output) // 1_000_000)

    def ceiling_microusd(self, profile: ModelProfile, input_tokens: int,
                         output_tokens: int) -> int | None:
        """The most that a call of this size can cost; None where the price is unknown."""
        return self.cost_microusd(profile, TokenUsage(input=input_tokens, output=output_tokens))
