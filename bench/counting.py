"""What a piece of work costs, by counting: processes, commits of the ledger, CPU, the loop's lag.

Other work on the machine makes every clock wrong; it changes these little.
"""

from __future__ import annotations

import asyncio
import os
import resource
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.report import percentiles
from cockpit_tui.storage.writer import Writer

TICK_SECONDS = 0.01


@dataclass(slots=True, kw_only=True)
class Counted:
    """What was seen from its beginning on; seconds are CPU time, user and system."""

    started: Counter[str] = field(default_factory=Counter)
    """Programs by name, git by its verb."""
    commits: int = 0
    """Of the ledger: each is an `fsync`."""
    units: int = 0
    """Writes that those commits were made of."""
    own_seconds: float = 0.0
    child_seconds: float = 0.0
    """Of children that have ended."""
    lags: list[float] = field(default_factory=list)
    """By how many seconds the event loop came too late to each tick."""

    @property
    def processes(self) -> int:
        return sum(self.started.values())

    def per(self, count: int) -> str:
        """In words, for each of `count` pieces of work."""
        git = sum(n for name, n in self.started.items() if name.startswith("git "))
        return (f"CPU {(self.own_seconds + self.child_seconds) / count * 1_000:.0f} ms "
                f"(own {self.own_seconds / count * 1_000:.0f}, "
                f"children {self.child_seconds / count * 1_000:.0f}), "
                f"git {git / count:.1f}, other processes {(self.processes - git) / count:.1f}, "
                f"ledger writes {self.units / count:.1f} in {self.commits / count:.1f} commits")

    def kinds(self, count: int) -> str:
        """Programs for each of `count` pieces of work, the most frequent first."""
        return ", ".join(f"{name} {n / count:.1f}" for name, n in self.started.most_common())

    def lag(self) -> str:
        return percentiles(self.lags) if self.lags else "none"


@asynccontextmanager
async def counting() -> AsyncIterator[Counted]:
    """Count until the block is left; the figures are whole only then."""
    counted = Counted()
    own, children = _cpu(resource.RUSAGE_SELF), _cpu(resource.RUSAGE_CHILDREN)
    start, commit = asyncio.create_subprocess_exec, Writer._commit

    async def counted_start(*command: Any, **named: Any) -> Any:
        counted.started[_name(command)] += 1
        return await start(*command, **named)

    def counted_commit(self: Writer, conn: Any, units: Sequence[Any]) -> Any:
        counted.commits += bool(units)
        counted.units += len(units)
        return commit(self, conn, units)

    asyncio.create_subprocess_exec = counted_start
    Writer._commit = counted_commit  # type: ignore[method-assign]
    ticking = asyncio.create_task(_tick(counted.lags), name="tick")
    try:
        yield counted
    finally:
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
        Writer._commit = commit  # type: ignore[method-assign]
        asyncio.create_subprocess_exec = start
        counted.own_seconds = _cpu(resource.RUSAGE_SELF) - own
        counted.child_seconds = _cpu(resource.RUSAGE_CHILDREN) - children


async def _tick(lags: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(TICK_SECONDS)
        lags.append(max(0.0, time.perf_counter() - began - TICK_SECONDS))


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _name(command: Sequence[object]) -> str:
    """`git commit-tree`, or the program's own name."""
    words = [os.fsdecode(word) if isinstance(word, bytes) else str(word) for word in command]
    name = Path(words[0]).name
    if name != "git":
        return name
    skips = False
    for word in words[1:]:
        if skips:
            skips = False
        elif word == "-c":
            skips = True
        elif not word.startswith("-"):
            return f"git {word}"
    return name
