"""How long a model may say nothing: pings keep a connection alive, but they are no answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar

from cockpit_tui.domain.errors import ProviderSilent
from cockpit_tui.domain.silence import listening
from cockpit_tui.domain.usage import Unfinished
from cockpit_tui.providers.unfinished import collecting

SILENT_SECONDS = 300.0
T = TypeVar("T")


async def unless_silent(answer: Awaitable[T], *, seconds: float, model: str) -> T:
    """The answer. Raises ProviderSilent once nothing of it came for `seconds`; then it is broken
    off; where an answer had begun, what had come of it is billed as if the line had been cut."""
    loop = asyncio.get_running_loop()
    was_heard = False

    def hear() -> None:
        nonlocal was_heard
        was_heard = True
        with suppress(RuntimeError):  # It is over: answered, or being broken off.
            patience.reschedule(loop.time() + seconds)

    try:
        async with asyncio.timeout(seconds) as patience:
            with listening(hear), collecting() as answers:
                return await answer
    except TimeoutError:
        if not patience.expired():
            raise
        silent = ProviderSilent(f"{model} said nothing for {seconds / 60:.3g} min.",
                                seconds=seconds)
        begun = answers[-1].unfinished if answers else None
        silent.unfinished = begun or (Unfinished() if was_heard or answers else None)
        raise silent from None
