"""How long a provider asks us to wait, and that a refusal never repeats a secret."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cockpit_tui.domain.errors import CreditExhausted, RateLimited
from cockpit_tui.providers.failures import Refusal, failure_of, retry_after_seconds

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("headers", "seconds"), [
    ({"Retry-After": "Sat, 21 Nov 2026 12:01:30 GMT"}, 90.0),
    ({"Retry-After": "Sat, 21 Nov 2026 12:01:30"}, 90.0),
    ({"RETRY-AFTER-MS": "250"}, 0.25),
    ({"retry-after": "3600"}, 3600.0),
    ({"retry-after": "1e9"}, None),
    ({"retry-after": "9" * 400}, None),
    ({"retry-after": "nan"}, None),
    ({"retry-after": "Sat, 99 Nov 2026 12:01:30 GMT"}, None),
])
def test_the_wait_is_read_in_every_form_and_never_from_nonsense(
        headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_seconds(headers, now=NOW) == seconds


def test_an_empty_account_told_as_too_many_requests_is_not_waited_for() -> None:
    error = failure_of(Refusal(provider="openai", model="m", status=429, kind="insufficient_quota",
                               detail="You exceeded your current quota"))
    assert type(error) is CreditExhausted


def test_a_secret_in_the_vendors_words_is_taken_out_before_they_are_shortened() -> None:
    secret = "sk-" + "a" * 60
    error = failure_of(Refusal(provider="p", model="m", status=429, secrets=(secret,),
                               detail="x" * 380 + secret))
    assert isinstance(error, RateLimited)
    assert "aaa" not in error.message
    assert len(error.message) < 600
