"""What model calls cost: own prices first, then the price tables of genai-prices, dated.

Unknown is None and never 0. A model that the tables list without a price, or with a price of 0, is
unknown too, unless the provider says by name that it is free. Tiers for long prompts, cached
reads and writes and batches are counted by the tables; own prices (`Price`) are flat, and a batch
costs the full own price, for nobody said what it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from cockpit_tui.domain.model import ModelProfile, Price, Wire
from cockpit_tui.domain.usage import MICROUSD_PER_USD, TokenUsage

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice, TieredPrices

_DATE = re.compile(r"\b20\d\d-[01]\d-[0-3]\d\b")
_NOTHING = Price(input=0, output=0)
_TOKENS_PER_PRICE = 1_000_000


class PriceBook:
    """Prices of profiles and costs of calls, in micro-dollars.

    The tables are read at the first need (0.2 s); call `load` in a thread before.
    """

    def __init__(self, overrides: Mapping[str, Price] | None = None) -> None:
        self._overrides = dict(overrides or {})

    def load(self) -> None:
        """Read the tables. Blocking; safe to call from any thread, any number of times."""
        from genai_prices.data_snapshot import get_snapshot

        get_snapshot()

    def needs_tables(self, profile: ModelProfile) -> bool:
        """Whether pricing `profile` reads the tables."""
        return self._own(profile, profile.model) is None and bool(profile.vendor)

    def price(self, profile: ModelProfile) -> Price | None:
        """What `profile` costs per million tokens in short prompts; None where unknown."""
        own = self._own(profile, profile.model)
        if own is not None or not profile.vendor:
            return own
        if _is_free(profile.vendor, profile.model):
            return _NOTHING
        table = _table(profile.vendor, profile.model)
        if table is None:
            return None
        return Price(input=_microusd(table.input_mtok), output=_microusd(table.output_mtok),
                     cache_read=_microusd(table.cache_read_mtok) if table.cache_read_mtok else None,
                     cache_write=(_microusd(table.cache_write_mtok) if table.cache_write_mtok
                                  else None))

    def cost_microusd(self, profile: ModelProfile, usage: TokenUsage, *, model: str = "",
                      processing: str = "") -> int | None:
        """What `usage` costs, rounded up to a micro-dollar; None where the price is unknown.

        `model` is the one that really answered, as the wire names it; `processing` is `batch` for
        batches.
        """
        own = self._own(profile, model or profile.model)
        if own is not None:
            return _flat_cost(own, usage)
        if not profile.vendor:
            return None
        for name in dict.fromkeys(filter(None, (model, profile.model))):
            cost = _tabled_cost(profile.vendor, name, usage, processing)
            if cost is not None:
                return cost
        return None

    def ceiling_microusd(self, profile: ModelProfile, input_tokens: int,
                         output_tokens: int) -> int | None:
        """The most that a call of this size can cost: all of it written to the cache, where that
        is dearer than plain input; None where the price is unknown."""
        plain = TokenUsage(input=input_tokens, output=output_tokens)
        written = TokenUsage(input=input_tokens, output=output_tokens, cache_write=input_tokens)
        costs = [self.cost_microusd(profile, usage) for usage in (plain, written)]
        known = [cost for cost in costs if cost is not None]
        return max(known) if known else None

    def dated(self) -> str:
        """The newest ISO date at which the tables say that a price was checked; may be empty."""
        from genai_prices.data_snapshot import get_snapshot

        notes = (note for provider in get_snapshot().providers
                 for note in (provider.price_comments,
                              *(model.price_comments for model in provider.models)) if note)
        # Dates of announced changes lie ahead; the tables cannot have been checked after today.
        from datetime import UTC, datetime

        today = datetime.now(UTC).date().isoformat()
        return max((day for note in notes for day in _DATE.findall(note) if day <= today),
                   default="")

    def _own(self, profile: ModelProfile, model: str) -> Price | None:
        if profile.is_local or profile.wire in (Wire.RULES, Wire.REPLAY):
            return _NOTHING
        if profile.price is not None:
            return profile.price
        exact = self._overrides.get(f"{profile.provider}:{model}")
        return exact if exact is not None else self._overrides.get(profile.name)


def _flat_cost(price: Price, usage: TokenUsage) -> int:
    read = price.cache_read if price.cache_read is not None else price.input
    write = price.cache_write if price.cache_write is not None else price.input
    plain = max(usage.input - usage.cache_read - usage.cache_write, 0)
    total = (plain * price.input + usage.cache_read * read + usage.cache_write * write
             + usage.output * price.output)
    return -(-total // _TOKENS_PER_PRICE)


def _tabled_cost(vendor: str, model: str, usage: TokenUsage, processing: str) -> int | None:
    if _is_free(vendor, model):
        return 0
    if _table(vendor, model) is None:
        return None
    from genai_prices import Usage, calc_price

    counted = Usage(input_tokens=usage.input, output_tokens=usage.output,
                    cache_read_tokens=usage.cache_read, cache_write_tokens=usage.cache_write)
    try:
        found = calc_price(counted, model, provider_id=vendor,
                           price_context={"processing": processing} if processing else None)
    except (LookupError, ValueError):
        return None
    return int((found.total_price * MICROUSD_PER_USD).to_integral_value(rounding=ROUND_CEILING))


def _table(vendor: str, model: str) -> ModelPrice | None:
    """The rates in force today; None where input or output has none, or 0."""
    from datetime import UTC, datetime

    from genai_prices.data_snapshot import get_snapshot

    try:
        _, found = get_snapshot().find_provider_model(model, None, vendor, None)
    except LookupError:
        return None
    price = found.get_prices(datetime.now(UTC))
    has_both = _microusd(price.input_mtok) > 0 and _microusd(price.output_mtok) > 0
    return price if has_both else None


def _is_free(vendor: str, model: str) -> bool:
    """OpenRouter's free variants say so in their name (openrouter.ai/docs, "Model Variants")."""
    return vendor == "openrouter" and model.endswith(":free")


def _microusd(rate: Decimal | TieredPrices | None) -> int:
    base = getattr(rate, "base", rate)
    return int(base * MICROUSD_PER_USD) if isinstance(base, Decimal) else 0
