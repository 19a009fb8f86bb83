"""Prices: own ones first, then the bundled tables; unknown is never 0."""

from __future__ import annotations

from dataclasses import replace

from cockpit_tui.domain.model import RULES_PROFILE, ModelProfile, Price
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.providers.pricing import PriceBook

SONNET = ModelProfile(provider="anthropic", model="claude-sonnet-4-5", vendor="anthropic")
OWN = Price(input=1_000_000, output=2_000_000, cache_read=100_000, cache_write=1_250_000)
USAGE = TokenUsage(input=100_000, output=1_000, cache_read=60_000, cache_write=10_000)


def cost(profile: ModelProfile, usage: TokenUsage = USAGE, *, book: PriceBook | None = None,
         model: str = "", processing: str = "") -> int | None:
    return (book or PriceBook()).cost_microusd(profile, usage, model=model, processing=processing)


def test_own_prices_count_cached_tokens_once() -> None:
    assert cost(replace(SONNET, price=OWN)) == 30_000 + 6_000 + 12_500 + 2_000
    assert cost(replace(SONNET, price=Price(input=1_000_000, output=2_000_000))) == 102_000
    assert cost(replace(SONNET, price=OWN), TokenUsage(input=1)) == 1


def test_the_tables_know_cached_tokens_long_prompts_and_batches() -> None:
    # $3 in, $15 out, $0.30 read, $3.75 written; twice that above 200k; batches at half.
    assert cost(SONNET) == 90_000 + 18_000 + 37_500 + 15_000
    assert cost(SONNET, TokenUsage(input=300_000, output=1_000)) == 1_800_000 + 22_500
    assert cost(SONNET, processing="batch") == 80_250


def test_the_model_that_answered_is_priced_and_else_the_one_asked() -> None:
    small = TokenUsage(input=1_000_000)

    assert cost(SONNET, replace(small, input=100_000), model="claude-haiku-4-5") == 100_000
    assert cost(SONNET, replace(small, input=100_000), model="sonnet-nightly") == 300_000


def test_overrides_stand_between_the_profile_and_the_tables() -> None:
    book = PriceBook({"anthropic:claude-sonnet-4-5": OWN,
                      "anthropic:claude-haiku-4-5": Price(input=7_000_000, output=0)})
    one = TokenUsage(input=1_000)

    assert cost(SONNET, one, book=book) == 1_000
    assert cost(SONNET, one, book=book, model="claude-haiku-4-5") == 7_000
    assert cost(replace(SONNET, price=Price(input=9_000_000, output=0)), one, book=book) == 9_000


def test_unknown_is_none_and_local_is_nothing() -> None:
    listed_for_nothing = ModelProfile(provider="cerebras", model="qwen-3-coder-480b",
                                      vendor="cerebras")
    free = ModelProfile(provider="openrouter", model="qwen/qwen3-coder:free", vendor="openrouter")

    assert cost(listed_for_nothing) is None
    assert PriceBook().price(listed_for_nothing) is None
    assert cost(replace(SONNET, model="nobody-knows")) is None
    assert cost(replace(SONNET, vendor="no-such-vendor")) is None
    assert cost(replace(SONNET, vendor="")) is None
    assert PriceBook().ceiling_microusd(replace(SONNET, vendor=""), 10, 10) is None
    assert cost(replace(SONNET, is_local=True)) == 0
    assert cost(RULES_PROFILE) == 0
    assert cost(free) == 0
    assert PriceBook().price(free) == Price(input=0, output=0)


def test_the_ceiling_is_the_dearest_way_to_make_the_call() -> None:
    book = PriceBook()

    assert book.ceiling_microusd(SONNET, 100_000, 8_000) == 375_000 + 120_000
    assert book.ceiling_microusd(SONNET, 250_000, 8_000) == 1_875_000 + 180_000
    cheap = replace(SONNET, price=Price(input=1_000_000, output=2_000_000, cache_write=0))
    assert book.ceiling_microusd(cheap, 100, 10) == 120


def test_prices_can_be_listed_with_the_date_of_the_tables() -> None:
    book = PriceBook()

    assert book.price(SONNET) == Price(input=3_000_000, output=15_000_000, cache_read=300_000,
                                       cache_write=3_750_000)
    assert "2026-01-01" < book.dated() < "2100"
    assert not book.needs_tables(replace(SONNET, price=OWN))
    assert book.needs_tables(SONNET)
