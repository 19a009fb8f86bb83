"""Which model servers answer on this machine, and what they have loaded."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from cockpit_tui.config.catalogue_data import ProviderEntry
from cockpit_tui.config.endpoints import is_loopback

_SECONDS = 1.0
_MOST_BYTES = 1_000_000
_WIDENED = re.compile(r"-cockpit-\d+k(:|$)")
"""Models of Ollama that we made ourselves, for a larger window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalServer:
    provider: str
    models: tuple[str, ...]
    """Ids as the server lists them: foreign text."""


async def find_local_servers(providers: Iterable[ProviderEntry]) -> tuple[LocalServer, ...]:
    """Ask every local entry's `/models` on loopback, all at once, for a second at most."""
    local = [entry for entry in providers
             if entry.is_local and is_loopback(entry.base_url)
             and urlsplit(entry.base_url).scheme == "http"]
    found = await asyncio.gather(*(_ask(entry) for entry in local))
    return tuple(server for server in found if server is not None)


async def _ask(entry: ProviderEntry) -> LocalServer | None:
    """None where nothing answers, or something that is no model server."""
    try:
        listed = json.loads(await asyncio.to_thread(_get, f"{entry.base_url}/models"))
        ids = [name for model in listed["data"]
               if not _WIDENED.search(name := str(model["id"]))]
    except (OSError, ValueError, LookupError, TypeError, http.client.HTTPException):
        return None
    return LocalServer(provider=entry.name, models=tuple(ids))


def _get(url: str) -> bytes:
    """The body of a 200 answer, of bounded size, read in bounded time.

    Raises OSError, HTTPException, and ValueError for any other answer.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
    connection.connect()
    # The socket's own timeout begins anew with every byte, also of a header without end.
    watch = threading.Timer(_SECONDS, _hang_up, (connection.sock,))
    watch.start()
    try:
        connection.request("GET", parts.path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        body = bytearray()
        while chunk := answer.read1(65_536):
            body += chunk
            if len(body) > _MOST_BYTES:
                raise ValueError("too much")
    finally:
        watch.cancel()
        connection.close()
    if answer.status != 200:
        raise ValueError("no answer for us")
    return bytes(body)


def _hang_up(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
