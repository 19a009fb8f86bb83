"""An HTTP client that does not trip over kept connections which the server has closed meanwhile.

llama.cpp closes every eighth or so right after the end of a stream, others (uvicorn, nginx) after a
few seconds of idleness. Until the word of it arrives the connection looks usable, and the next
request dies on it unread. RFC 9110, 9.2.2, lets a client send a POST again where it knows that no
harm comes of it: a question to a model changes nothing, and `_AT_ONCE_SECONDS` bounds what a server
that had read it after all can have worked, and bill.

It imports httpx2, which takes a while: import this module in a thread, with the SDK.
"""

from __future__ import annotations

import time
from typing import Any

import httpx2

_AT_ONCE_SECONDS = 2.0
"""A server that works on a request first and fails then has had it: that is no stale connection."""
_MAX_STALE = 8
"""Kept connections found closed in a row before it counts as the server's failure."""


class ReconnectingClient(httpx2.AsyncClient):
    """Sends a request again if the *kept* connection it went to was closed before any answer."""

    async def send(self, request: httpx2.Request, *, stream: bool = False,
                   **options: Any) -> httpx2.Response:
        for _ in range(_MAX_STALE):
            connection = _Traced()
            request.extensions = {**request.extensions, "trace": connection.note}
            begun = time.monotonic()
            try:
                return await super().send(request, stream=stream, **options)
            except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError) as error:
                took = time.monotonic() - begun
                if connection.is_new or connection.has_answered or took > _AT_ONCE_SECONDS \
                        or not _says_closed(error):
                    raise
        return await super().send(request, stream=stream, **options)


def _says_closed(error: httpx2.TransportError) -> bool:
    """False for bytes that are no HTTP: somebody has answered."""
    return (not isinstance(error, httpx2.RemoteProtocolError)
            or "without sending a response" in str(error))


class _Traced:
    """What one attempt did on its connection, told by the `trace` extension of httpcore."""

    def __init__(self) -> None:
        self.is_new = False
        self.has_answered = False

    async def note(self, name: str, _: dict[str, Any]) -> None:
        if ".connect_" in name:
            self.is_new = True
        elif name.endswith(".receive_response_headers.complete"):
            self.has_answered = True
