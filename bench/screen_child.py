"""The screen with its engine, as `cockpit` opens it; with RATE, events stream in at that rate.

    python -m bench.screen_child REPOSITORY RATE
"""

from __future__ import annotations

import asyncio
import sys

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain import event
from cockpit_tui.domain.event import Event
from cockpit_tui.engine.engine import Engine, open_engine
from cockpit_tui.storage.database import Transaction

BATCHES_PER_SECOND = 50


async def stream(engine: Engine, rate: int) -> None:
    """Record `rate` events a second, in fifty transactions, as agents would."""
    share = max(1, rate // BATCHES_PER_SECOND)
    number = 0

    def write(tx: Transaction) -> None:
        nonlocal number
        for _ in range(share):
            number += 1
            tx.emit(Event(payload=event.ToolCalled(
                agent=f"a{number % 8 + 1}", tool="read_file", summary=f"read src/f{number}.py")))

    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        await engine.database.write(write)
        due += 1 / BATCHES_PER_SECOND
        await asyncio.sleep(max(0.0, due - loop.time()))


async def main(repository: str, rate: int) -> None:
    async with open_engine(Paths.from_environment(), is_attended=True) as engine:
        await engine.resume_unfinished()
        from cockpit_tui.ui.app import run_screen
        from cockpit_tui.ui.settings import UiSettings

        streaming = asyncio.create_task(stream(engine, rate)) if rate else None
        try:
            await run_screen(engine, repository, UiSettings())
        finally:
            if streaming is not None:
                streaming.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
