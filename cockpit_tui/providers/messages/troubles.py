"""What can go wrong with a Messages endpoint, as errors for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cockpit_tui.domain.errors import (
    CredentialsRefused,
    ProviderError,
    ProviderUnavailable,
    RequestRefused,
)
from cockpit_tui.providers.failures import (
    Refusal,
    failure_of,
    no_key,
    short,
    without_secrets,
)
from cockpit_tui.providers.messages.incoming import BrokenStream
from cockpit_tui.providers.timeouts import Timeouts

_STATUS_OF_KIND = {
    "invalid_request_error": 400, "authentication_error": 401, "billing_error": 402,
    "permission_error": 403, "not_found_error": 404, "request_too_large": 413,
    "rate_limit_error": 429, "api_error": 500, "timeout_error": 504, "overloaded_error": 529,
}
"""The vendor's error types and their statuses, for errors inside a stream that began with 200."""
_LATER = "It may work later: the request itself is right."
_SETTINGS = "Check base_url and headers in your own config.toml."
_LOOK = "Check the network, a proxy, and base_url."


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """Words errors for one endpoint; its secrets are never among them."""

    provider: str
    base_url: str
    key: str
    timeouts: Timeouts
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers from the settings; their values are as secret as the key."""
    key_variable: str = ""

    def with_settings(self, *, needs_key: bool) -> ProviderError | None:
        """What is wrong before anything is sent; None when nothing is."""
        if needs_key and not self.key:
            return no_key(self.provider, self.key_variable)
        if not self.key.isascii() or not self.key.isprintable() or " " in self.key:
            return CredentialsRefused(
                f"The key for {self.provider} holds characters that no key has, such as a space "
                f"or a line break.",
                hint=f"Copy it again, then run `cockpit keys set {self.provider}`.")
        for name, value in self.headers.items():
            if not (name + value).isascii() or not (name + value).isprintable():
                return RequestRefused(
                    f"The header {short(name, 80)!r} set for {self.provider} holds characters "
                    f"that no header may have.", hint=_SETTINGS)
        return None if self._address else self.bad_url()

    def bad_url(self) -> RequestRefused:
        return RequestRefused(
            f"The base URL set for {self.provider} is none that can be used: it must begin with "
            f"http:// or https:// and name a host.", hint=_SETTINGS)

    @property
    def _address(self) -> str:
        """The base URL for people, without a password that may be in it; empty: not usable."""
        try:
            url = urlsplit(self.base_url)
            port = f":{url.port}" if url.port else ""
        except ValueError:
            return ""
        if url.scheme not in ("http", "https") or not url.hostname or " " in self.base_url:
            return ""
        return short(f"{url.scheme}://{url.hostname}{port}{url.path}", 200)

    def told_in(self, text: str, model: str) -> ProviderError | None:
        """The error that a document in an answer with status 200 tells of; None if it does not."""
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            return None
        error = document.get("error") if isinstance(document, dict) else None
        if not isinstance(error, dict):
            return None
        kind = str(error.get("type") or "")
        return failure_of(self._refusal(
            model, status=_STATUS_OF_KIND.get(kind, 500), in_stream=True, kind=kind,
            detail=str(error.get("message") or kind),
            request_id=str(document.get("request_id") or "")))

    def of(self, error: Exception, model: str) -> Exception:
        """What `error`, from the SDK or beneath it, means; itself where it is a bug of ours."""
        import anthropic
        import httpx2

        from cockpit_tui.providers.guarded_http import guard_error

        if (ours := guard_error(error)) is not None:
            return ours
        match error:
            case BrokenStream():
                return self.broken(str(error))
            case anthropic.APIStatusError():
                return failure_of(self._refusal(
                    model, status=error.status_code, kind=str(error.type or ""),
                    detail=str(error.api_message or _plain(error.body)),
                    headers=dict(error.response.headers), request_id=error.request_id or ""))
            case anthropic.APITimeoutError() | httpx2.TimeoutException():
                return self._timed_out(error)
            case anthropic.APIConnectionError() | httpx2.TransportError():
                return self._disconnected(error)
            case httpx2.InvalidURL():
                return self.bad_url()
            case UnicodeDecodeError() | httpx2.DecodingError():
                return self.broken("it is no stream of events")
            case _:
                return error

    def broken(self, how: str) -> ProviderUnavailable:
        return ProviderUnavailable(
            f"The answer of {self.provider} is not whole: {how}. Nothing of it was used.",
            hint=_LATER)

    def quoted(self, said: str) -> str:
        """The server's words, short and without what is secret."""
        return repr(short(without_secrets(said, self._secrets), 200))

    def too_slow(self) -> ProviderUnavailable:
        return ProviderUnavailable(
            f"{self.provider} had not finished its answer after "
            f"{self.timeouts.total_seconds:g} seconds.",
            hint="Ask for less at once, or raise the time limit.")

    def no_stream(self) -> RequestRefused:
        return RequestRefused(
            f"{self.provider} answered with one JSON document where a stream was asked for.",
            hint="Check that base_url belongs to a server that speaks Anthropic Messages.")

    def _timed_out(self, error: Exception) -> ProviderUnavailable:
        import httpx2

        if any(isinstance(cause, (httpx2.ConnectTimeout, httpx2.PoolTimeout))
               for cause in _causes(error)):
            return ProviderUnavailable(
                f"{self.provider} took no connection at {self._address} within "
                f"{self.timeouts.connect_seconds:g} seconds.", hint=_LOOK)
        return ProviderUnavailable(
            f"{self.provider} sent nothing for {self.timeouts.idle_seconds:g} seconds.",
            hint=_LATER)

    def _disconnected(self, error: Exception) -> ProviderError:
        import httpx2

        causes = _causes(error)
        if any(isinstance(cause, (httpx2.UnsupportedProtocol, httpx2.InvalidURL))
               for cause in causes):
            return self.bad_url()
        if any(isinstance(cause, (httpx2.RemoteProtocolError, httpx2.ReadError))
               for cause in causes):
            return self.broken("the connection was closed")
        why = str(causes[-1]) or type(causes[-1]).__name__
        return ProviderUnavailable(
            f"{self.provider} cannot be reached at {self._address}: "
            f"{short(why, 200)}.", hint=_LOOK)

    def _refusal(self, model: str, **told: Any) -> Refusal:
        return Refusal(provider=self.provider, model=model, key_variable=self.key_variable,
                       secrets=self._secrets, **told)

    @property
    def _secrets(self) -> tuple[str, ...]:
        return (self.key, *self.headers.values())


def _plain(body: object) -> str:
    return body if isinstance(body, str) else json.dumps(body) if body else ""


def _causes(error: BaseException) -> list[BaseException]:
    """`error` and what caused it, down to the first cause."""
    causes = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None:
        causes.append(cause)
    return causes
