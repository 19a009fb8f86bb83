"""A loopback HTTP/1.1 server for tests of model wires: keeps what was asked, answers anything.

    async with ModelServer(handler) as server:
        provider = MessagesProvider("fake", base_url=server.url, ...)

`handler(request)` returns (or awaits to) an answer: `Json`, `Sse`, `Raw`, `Verbatim` or `Silence`.
One task a connection, keep-alive, no dependency; a client that leaves cancels the answer.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

SseItem = tuple[str | None, Any] | bytes | float | Awaitable[Any]
"""(event name or None, data: str as it is, anything else as JSON), bytes as they are, a delay in
seconds, or a gate that is awaited before going on."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the client sent. Header names are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    gone: asyncio.Event
    """Set once the client has left."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Json:
    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sse:
    """A stream of server-sent events; `cut` drops the connection after the last item."""

    items: Iterable[SseItem] | AsyncIterable[SseItem]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """A body of bytes in chunked framing; `cut` drops the connection instead of ending it."""

    chunks: Iterable[bytes] | AsyncIterable[bytes] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Bytes put on the socket as they are, status line and all; then the connection is closed."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing at all, until the client leaves."""


Answer = Json | Sse | Raw | Verbatim | Silence
Handler = Callable[[Request], Answer | Awaitable[Answer]]


class ModelServer:
    """Serves `handler` on a free port of 127.0.0.1 and keeps every request."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.requests: list[Request] = []
        self.failures: list[BaseException] = []
        """What the handler itself raised: raised again when the server is left."""
        self.open_connections = 0
        self.connections_made = 0
        self.disconnected = asyncio.Event()
        """Set when a client left before its answer was complete."""
        self.url = ""
        """Set once the server runs, and kept after it."""
        self._server: asyncio.Server | None = None
        self._live: set[_Connection] = set()

    async def __aenter__(self) -> ModelServer:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0,
                                                backlog=512)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        tasks = [live.task for live in self._live if live.task is not None]
        for live in list(self._live):
            live.drop()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.failures:
            raise self.failures[0]

    async def all_gone(self, *, timeout_seconds: float) -> None:
        """Until no client is connected. Raises TimeoutError."""
        async with asyncio.timeout(timeout_seconds):
            while self._live:
                await next(iter(self._live)).gone()

    @property
    def bodies(self) -> list[Any]:
        """The JSON of every request so far."""
        return [request.json for request in self.requests]


class _Connection(asyncio.Protocol):
    """One client: requests one after the other."""

    def __init__(self, server: ModelServer) -> None:
        self.server = server
        self.task: asyncio.Task[None] | None = None
        self._buffer = bytearray()
        self._gone = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.server._live.add(self)
        self.server.open_connections += 1
        self.server.connections_made += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self.server._live.discard(self)
        self.server.open_connections -= 1
        self._gone.set()
        self._writable.set()
        if self.task is not None:
            self.server.disconnected.set()
            self.task.cancel()

    async def gone(self) -> None:
        await self._gone.wait()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def drop(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self.task is None:
            self._next()

    def _next(self) -> None:
        request = self._parsed()
        if request is not None:
            self.server.requests.append(request)
            self.task = asyncio.create_task(self._answer(request), name=f"answer {request.path}")

    def _parsed(self) -> Request | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = {name.strip().lower(): value.strip()
                   for name, _, value in (line.partition(":") for line in lines[1:])}
        start, length = end + 4, int(headers.get("content-length", "0"))
        if len(self._buffer) < start + length:
            return None
        body = bytes(self._buffer[start:start + length])
        del self._buffer[:start + length]
        path, _, query = target.partition("?")
        return Request(method=method, path=path, query=query, headers=headers, body=body,
                       gone=self._gone)

    async def _answer(self, request: Request) -> None:
        keeps = False
        try:
            answer = self.server.handler(request)
            if inspect.isawaitable(answer):
                answer = await answer
            keeps = await self._send(answer)
        except asyncio.CancelledError:
            if not self._gone.is_set():
                raise
        except BaseException as error:
            self.server.failures.append(error)
        finally:
            self.task = None
        if not keeps:
            self._transport.close()
        elif self._buffer:
            self._next()

    async def _send(self, answer: Answer) -> bool:
        """Put `answer` on the wire. True when the connection stays usable."""
        match answer:
            case Json():
                body = json.dumps(answer.body).encode()
                length = {"content-length": str(len(body))}
                head = _head(answer.status, {"content-type": "application/json", **length,
                                             **answer.headers})
                self._transport.write(head + body)
            case Sse():
                head = _head(answer.status, {"content-type": "text/event-stream; charset=utf-8",
                                             "transfer-encoding": "chunked", **answer.headers})
                await self._stream(head, answer.items, answer.cut)
            case Raw():
                head = _head(answer.status, {"transfer-encoding": "chunked", **answer.headers})
                await self._stream(head, answer.chunks, answer.cut)
            case Verbatim():
                self._transport.write(answer.data)
                return False
            case Silence():
                await self._gone.wait()
        return not getattr(answer, "cut", False)

    async def _stream(self, head: bytes, items: Iterable[Any] | AsyncIterable[Any],
                      cut: bool) -> None:
        """What needs no waiting for goes out in one write, each item a chunk of its own."""
        ready = [head]
        if isinstance(items, AsyncIterable):
            async for item in items:
                await self._stream_item(item, ready)
                await self._flush(ready)
        else:
            for item in items:
                await self._stream_item(item, ready)
        if not cut:
            ready.append(b"0\r\n\r\n")
        await self._flush(ready)

    async def _stream_item(self, item: Any, ready: list[bytes]) -> None:
        if isinstance(item, (int, float)):
            await self._flush(ready)
            await asyncio.sleep(item)
        elif inspect.isawaitable(item):
            await self._flush(ready)
            await item
        else:
            data = item if isinstance(item, bytes) else sse_bytes([item])
            ready.append(b"%x\r\n%b\r\n" % (len(data), data))
            if len(data) > 65_536 or len(ready) > 256:
                await self._flush(ready)

    async def _flush(self, ready: list[bytes]) -> None:
        self._transport.write(b"".join(ready))
        ready.clear()
        await self._writable.wait()


def sse_bytes(items: Iterable[tuple[str | None, Any]]) -> bytes:
    """The events as a body, to be cut or altered."""
    parts = []
    for event, data in items:
        text = data if isinstance(data, str) else json.dumps(data)
        name = f"event: {event}\n" if event else ""
        parts.append(f"{name}data: {text}\n\n")
    return "".join(parts).encode()


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}"
                                              for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
