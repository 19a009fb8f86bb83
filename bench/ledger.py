"""Events to disk: how many a second are acknowledged, each in a transaction of its own."""

from __future__ import annotations

import asyncio
import time

from bench.places import fresh_paths
from bench.report import Figure, percentiles, show
from cockpit_tui.domain import event
from cockpit_tui.domain.event import Event
from cockpit_tui.engine.engine import utc_now
from cockpit_tui.storage.database import Database

WRITERS = 64
EVENTS = 20_000


async def measure() -> list[Figure]:
    progress = Event(payload=event.ReviewProgress(text="measured"))
    with fresh_paths() as paths:
        paths.create()
        async with await Database.open(paths.database, clock=utc_now) as database:
            async def write_some() -> None:
                for _ in range(EVENTS // WRITERS):
                    await database.write(lambda tx: tx.emit(progress))

            began = time.perf_counter()
            await asyncio.gather(*(write_some() for _ in range(WRITERS)))
            rate = EVENTS / (time.perf_counter() - began)
            alone = []
            for _ in range(300):
                began = time.perf_counter()
                await database.write(lambda tx: tx.emit(progress))
                alone.append(time.perf_counter() - began)
    return [
        Figure(name=f"events to disk, {WRITERS} writers, one transaction each",
               value=f"{rate:,.0f} events/s", target="≥ 3,000/s"),
        Figure(name="one event alone, acknowledged after fsync", value=percentiles(alone)),
    ]


if __name__ == "__main__":
    show(asyncio.run(measure()))
