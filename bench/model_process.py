"""A model server that answers at once, in a process of its own, and times its clients on the wire.

It speaks both wires with the events of the tests' fake servers, but checks nothing, so that it is
never what is waited for. It prints its address; `GET /figures` gives what it saw as `Seen`, and
begins anew. A gap is the time from a reply's last byte to the last byte of the next request of the
same conversation, which is known by the `Task N` in its first words; others get no work to do.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

TURNS = 50
_WHO = re.compile(r"Task (\d+)")
_HEAD = (b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
         b"content-length: %d\r\n\r\n")


@dataclass(slots=True, kw_only=True)
class Seen:
    """Times in seconds of one clock; `gaps` by the kind of step that lay in between."""

    gaps: dict[str, list[float]] = field(default_factory=dict)
    began: dict[str, float] = field(default_factory=dict)
    """First request of each conversation."""
    ended: dict[str, float] = field(default_factory=dict)
    """Its last request."""
    turns: dict[str, int] = field(default_factory=dict)
    at_first_end: dict[str, int] = field(default_factory=dict)
    """How far each conversation was when the first one ended."""
    first: dict[str, Any] = field(default_factory=dict)
    """Body of the very first request, and when it came (Unix time)."""
    first_at: float = 0.0


def step_of(turn: int, who: str, wire: str) -> tuple[str, str, dict[str, Any]]:
    """Kind, tool and arguments of step `turn`: reads, a search and an edit, again and again."""
    own, read = f"out{who}.txt", f"d0/f{turn}.py"
    editor = "str_replace_based_edit_tool"
    kind = ("edit", "read", "search", "read", "read")[turn % 5]
    if kind == "search":
        return kind, "search", {"pattern": f"return {turn}"}
    if wire == "messages":
        if kind == "read":
            return kind, editor, {"command": "view", "path": read}
        if turn == 0:
            return kind, editor, {"command": "create", "path": own, "file_text": "line 0\n"}
        return kind, editor, {"command": "str_replace", "path": own,
                              "old_str": f"line {turn - 5}\n", "new_str": f"line {turn}\n"}
    if kind == "read":
        return kind, "read_file", {"path": read}
    if turn == 0:
        return kind, "write_file", {"path": own, "content": "line 0\n"}
    return kind, "edit_file", {"path": own, "old_string": f"line {turn - 5}\n",
                               "new_string": f"line {turn}\n"}


class _Replies:
    """The bytes of every reply, in the dialect of the path that is asked."""

    def __init__(self) -> None:
        sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
        from support import brains
        from support.model_server import sse_bytes
        from support.model_server_chat import ChatDialect
        from support.model_server_messages import MessagesDialect

        self._brains, self._sse_bytes = brains, sse_bytes
        self._dialects = {"messages": MessagesDialect(lambda _: brains.says("")),
                          "chat": ChatDialect(lambda _: brains.says(""))}

    def body(self, wire: str, who: str, turn: int) -> tuple[str, bytes]:
        """The kind of the step that it calls for, and the event stream."""
        spent = self._brains.Spent(input=1_000 + 200 * turn, output=40)
        if who and turn < TURNS:
            kind, tool, arguments = step_of(turn, who, wire)
            reply = self._brains.calls((tool, arguments), usage=spent)
        else:
            kind, reply = "end", self._brains.says("Done.", usage=spent)
        shell = {"model": "bench", "messages": [], "tools": []}
        return kind, self._sse_bytes(self._dialects[wire].events(shell, reply))


class _Connection(asyncio.Protocol):
    """Requests of one socket, one after the other."""

    def __init__(self, clock: _Clock) -> None:
        self._clock = clock
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].decode("latin-1").lower()
        length = re.search(r"content-length: *(\d+)", head)
        size = end + 4 + (int(length[1]) if length else 0)
        if len(self._buffer) < size:
            return
        arrived = time.perf_counter()
        body = bytes(self._buffer[end + 4:size])
        del self._buffer[:size]
        self._clock.answer(head.split(" ", 2)[1], body, arrived, self._transport)


class _Clock:
    """Answers, and remembers when."""

    def __init__(self) -> None:
        self._replies = _Replies()
        self._begin()

    def _begin(self) -> None:
        self.seen = Seen()
        self._sent: dict[str, tuple[float, str]] = {}

    def answer(self, path: str, body: bytes, arrived: float,
               transport: asyncio.Transport) -> None:
        if path == "/figures":
            told = json.dumps(asdict(self.seen)).encode()
            self._begin()
            transport.write(_HEAD % len(told) + told)
            return
        asked = json.loads(body)
        if not self.seen.first:
            self.seen.first, self.seen.first_at = asked, time.time()
        messages = [m for m in asked["messages"] if m["role"] != "system"]
        found = _WHO.search(json.dumps(messages[0]))
        who = found[1] if found else ""
        turn = sum(message["role"] == "assistant" for message in messages)
        self._note(who, turn, arrived)
        wire = "messages" if path.endswith("/messages") else "chat"
        kind, reply = self._replies.body(wire, who, turn)
        transport.write(_HEAD % len(reply) + reply)
        self._sent[who] = time.perf_counter(), kind

    def _note(self, who: str, turn: int, arrived: float) -> None:
        seen = self.seen
        if who in self._sent and turn:
            sent, kind = self._sent[who]
            seen.gaps.setdefault(kind, []).append(arrived - sent)
        seen.began.setdefault(who, arrived)
        seen.turns[who] = turn
        seen.ended[who] = arrived
        if turn == TURNS and not seen.at_first_end:
            seen.at_first_end = dict(seen.turns)


@dataclass(frozen=True, slots=True)
class ModelProcess:
    """A running server, as the measuring side sees it."""

    url: str

    def seen(self) -> Seen:
        """What it saw since it was last asked."""
        with urllib.request.urlopen(f"{self.url}/figures") as answer:
            return Seen(**json.load(answer))


@contextmanager
def model_process() -> Iterator[ModelProcess]:
    """A server in its own process, ended on leaving."""
    with subprocess.Popen([sys.executable, "-m", "bench.model_process"], text=True,
                          stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield ModelProcess(process.stdout.readline().strip())
        finally:
            process.kill()


async def _serve() -> None:
    clock = _Clock()
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(clock), "127.0.0.1", 0, backlog=512)
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
