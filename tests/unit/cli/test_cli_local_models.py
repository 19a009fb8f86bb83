"""Whatever listens where a model server might: it is asked for a second and no longer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from support.model_server import Json, ModelServer

from cockpit_tui.cli.local_models import LocalServer, find_local_servers
from cockpit_tui.config.catalogue_data import ProviderEntry
from cockpit_tui.domain.model import Wire


def entry(url: str) -> ProviderEntry:
    return ProviderEntry(name="home", title="Home", wire=Wire.CHAT, base_url=url, is_local=True)


@contextmanager
def dripping(begin: bytes, drop: bytes) -> Iterator[str]:
    """A server of one connection that sends `begin`, and `drop` every 50 ms until it is left."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = threading.Event()

        def answer() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                connection.sendall(begin)
                while not over.wait(0.05):
                    connection.sendall(drop)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        over.set()
        thread.join()


@pytest.mark.parametrize(("begin", "drop"), [
    (b"HTTP/1.1 200 OK\r\nx: ", b"y"), (b"HTTP/1.1 200 OK\r\n\r\n", b" "), (b"", b""),
], ids=["header", "body", "nothing"])
async def test_one_that_answers_byte_by_byte_is_left_in_time(begin: bytes, drop: bytes) -> None:
    with dripping(begin, drop) as url:
        began = time.monotonic()
        assert await find_local_servers([entry(url)]) == ()
        assert time.monotonic() - began < 5


async def test_models_that_we_widened_ourselves_are_not_listed() -> None:
    listed = Json({"data": [{"id": "qwen3:8b"}, {"id": "qwen3:8b-cockpit-32k"}]})
    async with ModelServer(lambda _: listed) as server:
        assert await find_local_servers([entry(f"{server.url}/v1")]) == (
            LocalServer(provider="home", models=("qwen3:8b",)),)
