"""How models, prices and trials read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cockpit_tui.cli.local_models import find_local_servers
from cockpit_tui.cli.model_trial import Trial
from cockpit_tui.cli.models_words import dollars, price_cells, tokens_short, trial_lines, trial_wire
from cockpit_tui.config.catalogue_data import ProviderEntry
from cockpit_tui.domain.model import ModelProfile, Price, Wire
from cockpit_tui.providers.pricing import PriceBook

WORKS = Trial(model="home:tiny", works=True, seconds=1.234, answered_by="tiny-2", tools="work",
              cost_microusd=45, price=Price(input=250_000, output=2_000_000),
              price_from="genai-prices of 2026-11-04", tokens=120)


@pytest.mark.parametrize(("microusd", "text"), [
    (None, "?"), (0, "0"), (3_000_000, "3"), (250_000, "0.25"), (10_000_000, "10"),
    (5, "0.000005")])
def test_dollars(microusd: int | None, text: str) -> None:
    assert dollars(microusd) == text


@pytest.mark.parametrize(("count", "text"), [
    (8_192, "8k"), (65_536, "66k"), (200_000, "200k"), (999_900, "1M"), (1_000_000, "1M"),
    (1_050_000, "1.05M")])
def test_windows(count: int, text: str) -> None:
    assert tokens_short(count) == text


def test_a_trial_that_worked() -> None:
    assert trial_lines(WORKS) == [
        "✓ home:tiny works",
        "  took         1.23 s",
        "  answered by  tiny-2",
        "  this call    $0.000045 for 120 tokens",
        "  price        $0.25 in, $2 out per million tokens (genai-prices of 2026-11-04)",
        "  tools        work"]


def test_a_trial_that_failed_says_what_to_do_in_harmless_words() -> None:
    failed = Trial(model="home:tiny\x1b[2J", works=False, seconds=1, problem="No\nkey.",
                   hint="export X=...")
    lines = trial_lines(failed)
    assert "\x1b" not in "".join(lines)
    assert lines[1] == "  do  export X=..."
    assert trial_wire(failed)["cost_usd"] is None


def test_an_unknown_price_is_not_nothing() -> None:
    profile = ModelProfile(provider="home", model="x")
    assert price_cells(profile, PriceBook()) == ("home:x", "?", "?", "?", "?", "unknown")
    assert "unknown" in "\n".join(trial_lines(replace(WORKS, price=None, price_from="")))


async def test_only_loopback_is_asked_what_it_has() -> None:
    """A name in the settings must not make `models list` call somebody else's machine."""
    entries = [ProviderEntry(name="far", title="far", wire=Wire.CHAT, is_local=True, base_url=url)
               for url in ("http://192.0.2.1/v1", "https://127.0.0.1:1/v1", "http://127.0.0.1:1")]
    assert await find_local_servers(entries) == ()
