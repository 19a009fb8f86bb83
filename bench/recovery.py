"""Resume after `kill -9` with 100,000 events in the ledger: process start until work goes on."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time

from bench.places import environment_of, fresh_paths
from bench.report import Figure, percentiles, show
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain import event
from cockpit_tui.domain.event import Event
from cockpit_tui.engine.engine import utc_now
from cockpit_tui.storage.database import Database, Transaction

EVENTS = 100_000
RUNS = 5

_CHILD = """
import asyncio
from cockpit_tui.config.paths import Paths
from cockpit_tui.engine.engine import open_engine

async def main():
    paths = Paths.from_environment()
    async with open_engine(paths, is_attended=False) as engine:
        await engine.resume_unfinished()
        await engine.latest_events(limit=100)
        print("ready", flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


async def fill(paths: Paths, count: int) -> None:
    """`count` events of a believable kind."""
    called = Event(payload=event.ToolCalled(agent="a1", tool="read_file", summary="read src/x.py"))

    def write(tx: Transaction) -> None:
        for _ in range(1_000):
            tx.emit(called)

    paths.create()
    async with await Database.open(paths.database, clock=utc_now) as database:
        for _ in range(count // 1_000):
            await database.write(write)


def measure() -> list[float]:
    times = []
    with fresh_paths() as paths:
        asyncio.run(fill(paths, EVENTS))
        for _ in range(RUNS):
            began = time.perf_counter()
            child = subprocess.Popen([sys.executable, "-c", _CHILD], stdout=subprocess.PIPE,
                                     text=True, env={**os.environ, **environment_of(paths)})
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            times.append(time.perf_counter() - began)
            child.kill()
            child.communicate()
    return times


if __name__ == "__main__":
    show([Figure(name=f"recovery after kill -9, {EVENTS:,} events, process start to ready",
                 value=percentiles(measure(), "s", 1.0), target="≤ 2 s")])
