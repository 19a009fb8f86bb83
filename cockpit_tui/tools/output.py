"""What a command writes: head and tail kept, the rest counted, a flood noticed."""

from __future__ import annotations

import asyncio

from cockpit_tui.domain.silence import heard

_CHUNK_BYTES = 65_536


class OutputCapture:
    """Keeps at most `limit` bytes: two thirds from the beginning, one from the end."""

    def __init__(self, limit: int, *, flood_bytes: int) -> None:
        self._head_limit = limit * 2 // 3
        self._tail_limit = limit - self._head_limit
        self._flood_bytes = flood_bytes
        self._head = bytearray()
        self._tail = bytearray()
        self._total = 0

    @property
    def is_flood(self) -> bool:
        return self._total > self._flood_bytes

    async def read_from(self, stream: asyncio.StreamReader) -> None:
        """Until the end of the stream, or until it is a flood."""
        while not self.is_flood and (chunk := await stream.read(_CHUNK_BYTES)):
            self.feed(chunk)
            heard()

    def feed(self, chunk: bytes) -> None:
        self._total += len(chunk)
        room = self._head_limit - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        if len(self._tail) > 2 * self._tail_limit + _CHUNK_BYTES:
            del self._tail[:-self._tail_limit]

    def text(self) -> str:
        """UTF-8, with U+FFFD for what is not; the cut, if any, is said in between."""
        tail = self._tail[-self._tail_limit:] if self._tail_limit else bytearray()
        cut = self._total - len(self._head) - len(tail)
        if cut == 0:
            return (self._head + tail).decode(errors="replace")
        return (f"{self._head.decode(errors='replace')}\n[... {cut:,} bytes cut ...]\n"
                f"{tail.decode(errors='replace')}")
