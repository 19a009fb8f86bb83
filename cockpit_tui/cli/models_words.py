"""How models, prices and trials read on a terminal and in JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cockpit_tui.cli.model_trial import Trial, price_origin
from cockpit_tui.cli.output import fields
from cockpit_tui.domain.model import ModelProfile, Price
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.domain.usage import MICROUSD_PER_USD
from cockpit_tui.providers.pricing import PriceBook

UNKNOWN = "?"


def dollars(microusd: int | None) -> str:
    """`0.25`, `3`, `0`: dollars without needless digits; unknown is `?`."""
    return UNKNOWN if microusd is None else f"{microusd / MICROUSD_PER_USD:.6f}".rstrip("0").rstrip(
        ".")


def tokens_short(count: int) -> str:
    """`200k`, `1M`, `1.05M`."""
    if count >= 999_500:
        return f"{count / 1_000_000:.2f}".rstrip("0").rstrip(".") + "M"
    return f"{count / 1_000:.0f}k"


def price_wire(profile: ModelProfile, book: PriceBook) -> dict[str, Any]:
    """Dollars per million tokens; null is unknown."""
    price = book.price(profile)
    return {"model": profile.name, **_price_fields(price), "from": price_origin(profile, book)}


def price_cells(profile: ModelProfile, book: PriceBook) -> tuple[str, ...]:
    price = book.price(profile)
    origin = price_origin(profile, book) or "unknown"
    if price is None:
        return (profile.name, *[UNKNOWN] * 4, origin)
    read = price.input if price.cache_read is None else price.cache_read
    write = price.input if price.cache_write is None else price.cache_write
    return (profile.name, *map(dollars, (price.input, price.output, read, write)), origin)


def trial_wire(trial: Trial) -> dict[str, Any]:
    wire = asdict(trial)
    cost = wire.pop("cost_microusd")
    wire["cost_usd"] = None if cost is None else cost / MICROUSD_PER_USD
    wire["price"] = _price_fields(trial.price)
    wire["seconds"] = round(trial.seconds, 3)
    return wire


def trial_lines(trial: Trial) -> list[str]:
    """What a person reads: the verdict first, the facts below, what to do last."""
    name = sanitize_line(trial.model)
    price = "" if trial.price is None else (
        f"${dollars(trial.price.input)} in, ${dollars(trial.price.output)} out per million tokens "
        f"({trial.price_from})")
    if not trial.works:
        return [f"✗ {name} does not work: {sanitize_line(trial.problem)}",
                *fields([("do", sanitize_line(trial.hint)), ("price", price),
                         ("note", sanitize_line(trial.warning))], indent="  ")]
    answered = sanitize_line(trial.answered_by)
    asked = trial.model.partition(":")[2]
    return [f"✓ {name} works", *fields([
        ("took", f"{trial.seconds:.2f} s"),
        ("answered by", answered if answered and answered != asked else ""),
        ("this call", _cost(trial)),
        ("price", price or "unknown: set it under [models] in config.toml, or budgets cannot hold"),
        ("tools", {"work": "work", "not used": "it was asked to call one and did not; agents may "
                   "get little done with it"}.get(trial.tools, trial.tools)),
        ("note", sanitize_line(trial.warning)),
    ], indent="  ")]


def _cost(trial: Trial) -> str:
    cost = dollars(trial.cost_microusd)
    return f"${cost} for {trial.tokens:,} tokens" if cost != UNKNOWN else (
        f"{trial.tokens:,} tokens, cost unknown")


def _price_fields(price: Price | None) -> dict[str, float | None]:
    names = ("input", "output", "cache_read", "cache_write")
    found = [None if price is None else getattr(price, name) for name in names]
    return {f"{name}_usd": None if value is None else value / MICROUSD_PER_USD
            for name, value in zip(names, found, strict=True)}
