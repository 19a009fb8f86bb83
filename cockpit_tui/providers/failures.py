"""What an endpoint's refusal means here, for people: status, kind and text to our errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape

from cockpit_tui.domain.errors import (
    ContextOverflow,
    CredentialsRefused,
    CreditExhausted,
    ModelRefused,
    ModelUnknown,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from cockpit_tui.domain.sanitize import sanitize_line

_OVERFLOW = re.compile(
    r"prompt is too long|context[_ ](length|window)|maximum context|too many (input )?tokens"
    r"|exceeds? the (available )?context|input is too long|input length and `?max_tokens`? exceed"
    r"|exceeds the maximum number of tokens|reduce the length of the (messages|prompt)"
    # xAI, Moonshot, Together, Ollama.
    r"|maximum prompt length|exceeded model token limit|tokens.{0,40}must be <="
    r"|prompt (is )?too (long|large)",
    re.IGNORECASE)
_BAD_KEY = re.compile(r"api key not valid|(incorrect|invalid) api[_ ]key|api_key_invalid",
                      re.IGNORECASE)
"""Google and xAI say so with 400."""
_NO_CREDIT = re.compile(
    r"credit balance is too low|insufficient[_ ](quota|balance|credit|funds)"
    r"|exceeded_current_quota|billing_error|out of credits?", re.IGNORECASE)
"""Not `exceeded your current quota`: Google says that of a minute's quota, too."""
_UNKNOWN_MODEL = re.compile(
    r"model[_ ]not[_ ]found|(unknown|invalid|no such) model"
    r"|model\b.{0,120}\b(does not exist|not found|is not available)", re.IGNORECASE)
_FLAGGED = re.compile(r"content[_ ](filter|policy|management)|requires moderation|was flagged",
                      re.IGNORECASE)
_LONGEST_WAIT_SECONDS = 10 * 365 * 86_400.0
"""More says nothing, and no calendar has room for it."""
_LONGEST_DETAIL = 400
_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)?"
                   r"<(?:!doctype\s+html|html|head)\b", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<(title|h1)[^>]{0,200}>([^<]{1,400})<", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error answer as the wire told it. `kind` is the vendor's own error type or code."""

    provider: str
    model: str
    status: int
    """The HTTP status, or the one that `kind` stands for inside a running stream."""
    in_stream: bool = False
    """Told in the middle of an answer that had begun with 200."""
    kind: str = ""
    detail: str = ""
    """The vendor's words: foreign text."""
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""
    secrets: tuple[str, ...] = ()
    """What must not be repeated, should the detail hold it."""
    key_variable: str = ""
    """The environment variable that the key is looked for in."""


def failure_of(refusal: Refusal) -> ProviderError:
    """The error of ours for `refusal`; the caller raises it."""
    return _by_text(refusal) or _by_status(refusal)


def no_key(provider: str, key_variable: str) -> CredentialsRefused:
    where = f"set {key_variable}" if key_variable else "set its environment variable"
    return CredentialsRefused(f"There is no key for {provider}.",
                              hint=f"Run `cockpit keys set {provider}`, or {where}.")


def _by_text(refusal: Refusal) -> ProviderError | None:
    """Where vendors use one status for several things, their words decide."""
    said = f"{refusal.kind} {refusal.detail}"
    if refusal.status not in (400, 403, 404, 413, 422, 429, 500):
        return None
    # Local servers (LM Studio, llama.cpp, Ollama) call a full window a failure of theirs.
    if refusal.status in (400, 413, 422, 500) and _OVERFLOW.search(said):
        return ContextOverflow(
            _message(refusal, "says that the conversation is longer than the model's window"),
            hint="Give the task less to read, or use a model with a larger window.")
    if refusal.status == 500:
        return None
    if _NO_CREDIT.search(said):
        return _no_credit(refusal)
    if refusal.status in (400, 403) and _FLAGGED.search(said):
        return ModelRefused(_message(refusal, "does not let this through its content filter"),
                            hint="Put the request differently, or choose another model.")
    if refusal.status in (400, 403, 422) and _UNKNOWN_MODEL.search(said):
        return _unknown_model(refusal)
    if refusal.status == 400 and _BAD_KEY.search(said):
        return _bad_key(refusal)
    return None


def _by_status(refusal: Refusal) -> ProviderError:
    match refusal.status:
        case 401 | 403:
            return _bad_key(refusal)
        case 402:
            return _no_credit(refusal)
        case 404:
            return _unknown_model(refusal)
        case 429:
            return RateLimited(_message(refusal, "has had too many requests or tokens from us"),
                               hint="Wait a while, run fewer agents at once, or use another model.",
                               retry_after_seconds=retry_after_seconds(refusal.headers))
        case 408 | 409:
            return _unavailable(refusal, "did not take the request in time")
        case status if status >= 500:
            return _unavailable(refusal, "is overloaded" if status == 529 else "has a failure")
        case _:
            return RequestRefused(_message(refusal, "refuses the request"),
                                  hint="Sending it again changes nothing. Check the provider's "
                                       "settings; if they are right, report it as a fault.")


def retry_after_seconds(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """How long the provider asks us to wait, never negative; None where it does not say.

    `retry-after-ms`, or `Retry-After` as seconds or as an HTTP date (RFC 9110, 10.2.3).
    """
    told = {name.lower(): value.strip() for name, value in headers.items()}
    if (milliseconds := _number(told.get("retry-after-ms", ""))) is not None:
        return bounded_wait(milliseconds / 1000)
    text = told.get("retry-after", "")
    if (seconds := _number(text)) is not None:
        return bounded_wait(seconds)
    try:
        until = parsedate_to_datetime(text)
        if until.tzinfo is None:
            until = until.replace(tzinfo=UTC)
        return bounded_wait((until - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, OverflowError):
        return None


def bounded_wait(seconds: float) -> float:
    """`seconds`, not below nothing nor beyond what a clock can be set to."""
    return min(max(0.0, seconds), _LONGEST_WAIT_SECONDS)


def short(text: str, limit: int) -> str:
    """Foreign `text` as one harmless line of at most `limit` characters."""
    line = sanitize_line(" ".join(text.split()))
    return line if len(line) <= limit else line[:limit - 1] + "…"


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d+)?", text) else None


def _bad_key(refusal: Refusal) -> CredentialsRefused:
    variable = refusal.key_variable or "its environment variable"
    return CredentialsRefused(
        _message(refusal, "refuses the key"),
        hint=f"Check the key in {variable} or run `cockpit keys set {refusal.provider}`.")


def _no_credit(refusal: Refusal) -> CreditExhausted:
    return CreditExhausted(_message(refusal, "says that the account has no credit left"),
                           hint=f"Add credit at {refusal.provider}, or use another model.")


def _unknown_model(refusal: Refusal) -> ModelUnknown:
    return ModelUnknown(
        _message(refusal, f"does not know the model {short(refusal.model, 100)!r}"),
        hint="See `cockpit models list`; if the name is right, check base_url and wire in your "
             "own config.toml.")


def _unavailable(refusal: Refusal, what: str) -> ProviderUnavailable:
    return ProviderUnavailable(_message(refusal, what),
                               hint="It may work later: the request itself is right.",
                               retry_after_seconds=retry_after_seconds(refusal.headers))


def _message(refusal: Refusal, what: str) -> str:
    status = " in the middle of its answer" if refusal.in_stream else f" ({refusal.status})"
    detail = _in_words(without_secrets(refusal.detail, refusal.secrets))
    request_id = short(without_secrets(refusal.request_id, refusal.secrets), 80)
    said = f": {detail}" if detail else "."
    number = f" [request {request_id}]" if request_id else ""
    return f"{refusal.provider} {what}{status}{said}{number}"


def _in_words(detail: str) -> str:
    """One line of it. Of a web page, which a gateway or a wrong address answers with, only the
    title."""
    if _PAGE.match(detail) is None:
        return short(detail, _LONGEST_DETAIL)
    titles = _TITLE.search(detail[:20_000])
    title = short(unescape(titles[2]), 100) if titles else ""
    return f"a web page, {title!r}" if title else "a web page"


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Foreign `text` without them, nor the words of those that have several (`Bearer KEY`).
    Before it is shortened: half a key is one still."""
    words = {word for secret in secrets for word in (secret, *secret.split()) if len(word) >= 6}
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "[key]")
    return text
