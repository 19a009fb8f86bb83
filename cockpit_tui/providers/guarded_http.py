"""The HTTP client that the vendors' SDKs are given: no redirects, no endless or compressed bodies.

It imports httpx2, which takes a while: import this module in a thread, with the SDK.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from cockpit_tui.domain.errors import CockpitError, ProviderUnavailable, RequestRefused
from cockpit_tui.providers.failures import short
from cockpit_tui.providers.reconnecting import ReconnectingClient
from cockpit_tui.providers.timeouts import Timeouts

_CONNECTIONS = 512
"""More than agents run at once; the engine bounds those, not the socket pool."""

_LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")
"""Local model servers: no proxy reaches them."""


def guarded_client(timeouts: Timeouts, *, provider: str,
                   takes_pages: bool = False) -> httpx2.AsyncClient:
    """A client for one provider, of which SDKs may make what they like.

    Its errors are ours: they reach the caller as they are, or as the `__cause__` of an SDK's
    connection error (see `guard_error`). Proxies of the environment are used, but not for this
    machine itself. `takes_pages`: for who never reads a body, a web page is an answer too.
    """
    async def guard(response: httpx2.Response) -> None:
        if response.is_redirect:
            raise _redirected(response, provider)
        if not takes_pages and _is_wrong_place(response):
            raise RequestRefused(
                f"{provider} answered with a web page ({response.status_code}) where a model's "
                f"answer was expected: {response.url.scheme}://{response.url.netloc.decode()} is "
                f"the wrong base URL, or a login page stands before it.",
                hint="Check base_url in your own config.toml.")
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise RequestRefused(
                f"{provider} sent a compressed answer, which was not asked for.",
                hint="Check the base URL and whatever stands between: a proxy or gateway.")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream, timeouts.max_reply_bytes, provider)

    return ReconnectingClient(
        follow_redirects=False,
        headers={"accept-encoding": "identity"},
        timeout=httpx2.Timeout(timeouts.idle_seconds, connect=timeouts.connect_seconds),
        limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
        mounts=dict.fromkeys(_LOOPBACK),
        event_hooks={"response": [guard]})


def guard_error(error: BaseException) -> CockpitError | None:
    """Our own error inside `error`, however the SDK wrapped it."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, CockpitError):
            return seen
        seen = seen.__cause__
    return None


class _Bounded(httpx2.AsyncByteStream):
    """A body that is cut off at `limit` bytes with an error."""

    def __init__(self, stream: httpx2.AsyncByteStream, limit: int, provider: str) -> None:
        self._stream = stream
        self._limit = limit
        self._provider = provider

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._limit
        async for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise ProviderUnavailable(
                    f"{self._provider} sent more than {self._limit:,} bytes in one answer; "
                    f"the rest was not read.",
                    hint="Check that the base URL is that of a model server.")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def _is_wrong_place(response: httpx2.Response) -> bool:
    """True for HTML, except where the status says more: gateways dress up 403, 429 and 502."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return (kind in ("text/html", "application/xhtml+xml")
            and (response.status_code < 500 and response.status_code not in (401, 403, 408, 429)))


def _redirected(response: httpx2.Response, provider: str) -> RequestRefused:
    try:
        target = response.url.join(response.headers.get("location", ""))
        where = f"{target.scheme}://{target.netloc.decode('ascii', 'replace')}{target.path}"
        downgraded = response.url.scheme == "https" and target.scheme != "https"
    except (httpx2.InvalidURL, ValueError):
        where, downgraded = response.headers.get("location", ""), False
    warning = " Following it would have sent the key unencrypted." if downgraded else ""
    return RequestRefused(
        f"{provider} redirects ({response.status_code}) to {short(where, 200)!r}; "
        f"redirects are never followed, because the key would go along.{warning}",
        hint="If that address is right, set it as base_url in your own config.toml.")
