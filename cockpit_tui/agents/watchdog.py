"""Notices that a command brings nothing, and says so once; its own time limit ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cockpit_tui.domain.silence import listening

T = TypeVar("T")


async def told_when_silent(work: Awaitable[T], *, seconds: float,
                           tell: Callable[[float], Awaitable[object]]) -> T:
    """The result of `work`; `tell` is called once when nothing was heard of it for `seconds`."""
    loop = asyncio.get_running_loop()
    heard_at = loop.time()

    def hear() -> None:
        nonlocal heard_at
        heard_at = loop.time()

    async def watch() -> None:
        # A sign of life moves the end while it sleeps.
        while (left := heard_at + seconds - loop.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)
        await tell(seconds)

    watching = asyncio.create_task(watch(), name="watch a command")
    try:
        with listening(hear):
            return await work
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
