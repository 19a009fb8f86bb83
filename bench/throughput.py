"""How many tasks a minute N agents get done, the model answering after one second.

Ideal is N times what one agent does. Beside it, from the same run: how long a ready task waits for
its start, what taking and giving back a lock costs, and what each task cost by counting, which
other work on the machine changes little: `python -m bench throughput 1 8 64` for these N only.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.counting import Counted, counting
from bench.places import base_of, fresh_paths, make_repository
from bench.report import Figure, percentiles, show
from bench.slow_model import KEY, KEY_VARIABLE, configure, slow_model
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.engine.engine import open_engine
from cockpit_tui.engine.locks import LockDesk

AGENTS = (1, 2, 4, 8, 16, 32, 64)
LATENCY_SECONDS = 1.0
FILES = 50
FULL = 0.9
"""The part of all cores in use, by whomever, from which the machine counts as full."""


@dataclass(slots=True, kw_only=True)
class Run:
    """What was seen of one job with as many tasks as agents; all times in seconds."""

    agents: int
    seconds: float
    """From the first task that is ready to the last one that is completed."""
    counted: Counted
    """In about that time."""
    taken: float
    """The CPU time of everything on the machine, as part of all cores."""
    starts: list[float]
    locks: list[float] = field(default_factory=list)

    @property
    def per_minute(self) -> float:
        return self.agents * 60 / self.seconds


@contextmanager
def timed_locks() -> Iterator[list[float]]:
    """Seconds of every asking for a lock and of every giving back, in the meantime."""
    took: list[float] = []
    asking, releasing = LockDesk._ask, LockDesk.release

    def timed(work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def measured(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return await work(*arguments, **named)
            finally:
                took.append(time.perf_counter() - began)
        return measured

    LockDesk._ask, LockDesk.release = timed(asking), timed(releasing)  # type: ignore[method-assign,assignment]
    try:
        yield took
    finally:
        LockDesk._ask, LockDesk.release = asking, releasing  # type: ignore[method-assign]


async def measure(url: str, agents: int) -> Run:
    """One job with `agents` tasks, all of them ready at once."""
    with fresh_paths() as paths, timed_locks() as locks:
        repository = make_repository(base_of(paths) / "repository", FILES)
        configure(paths, url, at_once=agents)
        async with open_engine(paths, is_attended=False) as engine:
            job = await engine.send(SubmitJob(repository=str(repository), request=JobRequest(
                text=f"Bench {agents} tasks", model="bench:m", max_agents=agents,
                policy=Policy(approve=ApproveMode.ALL))))
            assert job is not None
            async with engine.subscribe() as batches:
                await _seen(batches, "task:ready", 1)
                idle, began = _idle(), time.perf_counter()
                async with counting() as counted:
                    await _seen(batches, "task:completed", agents)
                cores = (time.perf_counter() - began) * (os.cpu_count() or 1)
                taken = 1 - (_idle() - idle) / cores
            end = await engine.wait(job.id)
            assert end.error is None, end.error
            events = await engine.events(job_id=job.id, limit=100_000)
    times: dict[str, dict[str, float]] = {}
    for event in events:
        if event.task_id is not None:
            times.setdefault(event.type, {}).setdefault(event.task_id, event.at.timestamp())
    ready, started, done = (times[f"task:{kind}"] for kind in ("ready", "started", "completed"))
    assert len(done) == agents
    return Run(agents=agents, seconds=max(done.values()) - min(ready.values()),
               counted=counted, taken=taken, locks=locks,
               starts=[started[task] - at for task, at in ready.items()])


async def _seen(batches: AsyncIterator[Sequence[RecordedEvent]], kind: str, often: int) -> None:
    """Until so many events of `kind` came by, or the job is over."""
    count = 0
    async for batch in batches:
        count += sum(event.type == kind for event in batch)
        if count >= often or any(event.type in {"job:failed", "job:waiting"} for event in batch):
            return


def _idle() -> float:
    """Seconds in which a core of this machine had nothing to do, since it was started (Linux)."""
    ticks = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return (int(ticks[4]) + int(ticks[5])) / os.sysconf("SC_CLK_TCK")


def tell(run: Run, alone: Run) -> None:
    ideal = alone.per_minute * run.agents / alone.agents
    show([
        Figure(name=f"{run.agents} tasks at once", value=f"{run.per_minute:.1f} tasks/min",
               target=f"{ideal:.0f} (N x)", note=f"{run.per_minute / ideal:.0%} of it, "
               f"{run.seconds:.1f} s, CPU of all {run.taken:.0%}, load "
               f"{os.getloadavg()[0]:.1f}" + (", full" if run.taken >= FULL else "")),
        Figure(name="  task ready to started", value=percentiles(run.starts)),
        Figure(name="  asking for or giving back a lock", value=percentiles(run.locks)),
        Figure(name="  each task", value=run.counted.per(run.agents)),
        Figure(name="  its processes", value=run.counted.kinds(run.agents)),
        Figure(name="  event loop late by", value=run.counted.lag()),
    ])


def main() -> None:
    os.environ[KEY_VARIABLE] = KEY
    with slow_model(LATENCY_SECONDS) as url:
        alone: Run | None = None
        for agents in map(int, sys.argv[1:] or AGENTS):
            run = asyncio.run(measure(url, agents))
            alone = alone or run
            tell(run, alone)


if __name__ == "__main__":
    main()
