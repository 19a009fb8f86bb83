"""Which model servers answer on this machine, and what they have loaded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from cockpit_tui.config.catalogue_data import ProviderEntry

_SECONDS = 1.0
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalServer:
    provider: str
    models: tuple[str, ...]
    """Ids as the server lists them: foreign text."""


async def find_local_servers(providers: Iterable[ProviderEntry]) -> tuple[LocalServer, ...]:
    """Ask every local entry's `/models` on loopback, all at once, for a second at most."""
    local = [entry for entry in providers if entry.is_local and _is_loopback(entry.base_url)]
    found = await asyncio.gather(*(_ask(entry) for entry in local))
    return tuple(server for server in found if server is not None)


async def _ask(entry: ProviderEntry) -> LocalServer | None:
    """None where nothing answers, or something that is no model server."""
    try:
        async with asyncio.timeout(_SECONDS):
            listed = json.loads(await _get(f"{entry.base_url}/models"))
            ids = [str(model["id"]) for model in listed["data"]]
    except (OSError, TimeoutError, ValueError, LookupError, TypeError):
        return None
    return LocalServer(provider=entry.name, models=tuple(ids))


async def _get(url: str) -> bytes:
    """The body of a 200 answer. HTTP/1.0, so that no server chunks it. Raises OSError and, for
    anything else than a plain answer, ValueError."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    try:
        writer.write(f"GET {parts.path} HTTP/1.0\r\nHost: {parts.netloc}\r\n"
                     "Accept: application/json\r\n\r\n".encode())
        await writer.drain()
        answer = bytearray()
        while chunk := await reader.read(65_536):
            answer += chunk
            if len(answer) > _MOST_BYTES:
                raise ValueError("too long")
    finally:
        writer.close()
    head, _, body = bytes(answer).partition(b"\r\n\r\n")
    if b" 200" not in head.partition(b"\r\n")[0]:
        raise ValueError("no answer for us")
    return body


def _is_loopback(url: str) -> bool:
    return urlsplit(url).scheme == "http" and (
        urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"})
