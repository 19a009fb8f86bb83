"""How long a provider asks us to wait, and that a refusal never repeats a secret."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cockpit_tui.domain.errors import (
    ContextOverflow,
    CreditExhausted,
    ModelRefused,
    ModelUnknown,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
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
    ({"retry-after": "Sat, 21 Nov 2026 12:01:30 +99999999999999"}, None),
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


@pytest.mark.parametrize(("status", "said", "meant"), [
    (400, "This model's maximum prompt length is 131072 but the request contains 174634 tokens.",
     ContextOverflow),
    (400, "Invalid request: Your request exceeded model token limit: 131072", ContextOverflow),
    (422, "`inputs` tokens + `max_new_tokens` must be <= 8193", ContextOverflow),
    (500, "the request exceeds the available context size", ContextOverflow),
    (500, "The number of tokens to keep is greater than the context length", ContextOverflow),
    (500, "model not found in the pool", ProviderUnavailable),
    (400, "max_tokens is too large: 99999", RequestRefused),
    (403, "Your chosen model requires moderation and your input was flagged", ModelRefused),
    (400, "Output blocked by content filtering policy", ModelRefused),
    (403, "Project does not have access to model_not_found", ModelUnknown),
    (429, "You exceeded your current quota. Please retry in 12s. [requests per minute]",
     RateLimited),
])
def test_words_decide_where_one_status_means_several_things(
        status: int, said: str, meant: type[ProviderError]) -> None:
    error = failure_of(Refusal(provider="p", model="m", status=status, detail=said))
    assert type(error) is meant, error
    assert said[:40] in error.message


def test_a_secret_is_not_repeated_out_of_a_header_or_a_request_id() -> None:
    error = failure_of(Refusal(provider="p", model="m", status=500, detail="got tok-123456",
                               request_id="req-key-abcdef", secrets=("Bearer tok-123456",
                                                                     "key-abcdef")))
    assert error.message == "p has a failure (500): got [key] [request req-[key]]"


@pytest.mark.parametrize(("page", "said"), [
    ("<!DOCTYPE html>\n<html><head><style>" + "a{}" * 900 + "</style>"
     "<title>502 Bad\n Gateway &amp; more</title></head><body>cloud</body></html>",
     "a web page, '502 Bad Gateway & more'"),
    ("<?xml version='1.0'?> <html><body><h1>Not \x1b[2Jhere</h1>" + "x" * 9_000,
     "a web page, 'Not ␛[2Jhere'"),
    ("<html>" + "<p>" * 9_000, "a web page"),
], ids=["gateway", "heading", "nothing"])
def test_of_a_web_page_only_the_title_is_said(page: str, said: str) -> None:
    error = failure_of(Refusal(provider="p", model="m", status=502, detail=page))
    assert error.message == f"p has a failure (502): {said}"
