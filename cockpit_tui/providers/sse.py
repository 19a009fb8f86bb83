"""Server-sent events out of a body, in time linear to its bytes whatever the server sends.

The SDKs' own decoders copy all they hold for every line: a server that never ends an event would
keep the whole process busy.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from cockpit_tui.domain.silence import heard


@dataclass(frozen=True, slots=True)
class ServerEvent:
    name: str
    """Empty where the server named none."""
    data: str


async def server_events(chunks: AsyncIterator[bytes]) -> AsyncGenerator[ServerEvent, None]:
    """The events of a body; one that is not ended by an empty line is not one.

    The format: https://html.spec.whatwg.org/multipage/server-sent-events.html (line ends by CR
    alone are not read, which no server sends). Raises UnicodeDecodeError.
    """
    name, data = "", list[str]()
    async for line in _lines(chunks):
        if not line:
            if name or data:
                if name != "ping":
                    heard()
                yield ServerEvent(name, "\n".join(data))
            name, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    """Whole lines without their ends; what follows the last line end is dropped."""
    begun: list[bytes] = []
    async for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for line in ended:
            if begun:
                line = b"".join((*begun, line))
                begun.clear()
            yield line.removesuffix(b"\r").decode()
        if rest:
            begun.append(rest)
