"""A job shown again as it happened: recorded events at their own pace, or a multiple of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

from cockpit_tui.domain.event import RecordedEvent

LONGEST_PAUSE_SECONDS = 3.0
"""A longer pause, at the speed shown, is cut short: a night of waiting says nothing."""


async def replay(events: AsyncIterator[RecordedEvent], *, speed: float,
                 show: Callable[[RecordedEvent], None], skipped: Callable[[timedelta], None],
                 sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Show each event, `speed` times as fast as it came; 0: without any pause. A pause that is cut
    short is told to `skipped` as it was in the job's own time."""
    before: RecordedEvent | None = None
    async for event in events:
        if before is not None and speed > 0:
            passed = event.at - before.at
            pause = passed.total_seconds() / speed
            if pause > LONGEST_PAUSE_SECONDS:
                skipped(passed)
            if pause > 0:
                await sleep(min(pause, LONGEST_PAUSE_SECONDS))
        show(event)
        before = event
