"""What is hard to cancel: commands that ignore SIGTERM and leave their group, answers that hang."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from support.model_server import ModelServer, Request, Sse
from support.scripted_jobs import one_phase, path_of, planned_task

from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import PlanDraft
from cockpit_tui.providers.messages.provider import MessagesProvider
from cockpit_tui.providers.scripted import ScriptedProvider, calls
from cockpit_tui.providers.timeouts import Timeouts

PROCESSES = 3
"""How many of them carry the mark in each command."""
_STUBBORN = ("trap '' TERM; tail -F {mark}.1 2>/dev/null & setsid tail -F {mark}.2 2>/dev/null & "
             "exec tail -F {mark}.3 2>/dev/null")
_BEGUN = ("message_start", {"type": "message_start", "message": {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
    "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 9, "output_tokens": 1}}})


def parallel(count: int) -> PlanDraft:
    """Tasks that need nothing of each other: they write `0.txt` and on."""
    return one_phase(*(planned_task(f"t{n}", f"{n}.txt") for n in range(count)))


def shell_agents(mark: str, count: int) -> ScriptedProvider:
    """Each agent's first call starts processes that ignore SIGTERM, one outside of its group."""
    def work(asked: ModelRequest) -> ModelReply:
        command = _STUBBORN.format(mark=f"{mark}-{path_of(asked)}")
        return calls(("run_command", {"command": command}))

    return ScriptedProvider(plan=parallel(count), task=work)


def living(mark: str) -> list[int]:
    """Processes with an argument that begins with `mark`."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                arguments = (place / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if any(argument.startswith(mark.encode()) for argument in arguments):
                found.append(int(place.name))
    return found


def hanging_stream(all_there: asyncio.Event, count: int
                   ) -> AbstractAsyncContextManager[ModelServer]:
    """A server that begins every answer and never goes on; the event is set by the last of
    `count` requests."""
    async def items() -> AsyncIterator[Any]:
        yield _BEGUN
        if server.open_connections == count:
            all_there.set()
        await asyncio.Event().wait()

    def answer(_: Request) -> Sse:
        return Sse(items())

    server = ModelServer(answer)
    return server


def streaming_agents(url: str, count: int) -> ScriptedProvider:
    """Every agent stands in a request to the server at `url`."""
    wire = MessagesProvider("fake", base_url=url, key="test-key", timeouts=Timeouts())
    return ScriptedProvider(plan=parallel(count), task=wire.complete)
