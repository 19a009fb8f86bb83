"""Jobs one after the other for a while: what of the engine's process grows?

`python -m bench soak [--minutes M] [--rest S]`. Every look is taken between two jobs, when nothing
should be left of the last one. It fails nothing: it tells the growth per hour as the slope of a
straight line through the looks, with the slope's standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.places import base_of, environment_of, fresh_paths, make_repository
from bench.report import Figure, show
from bench.slow_model import KEY, KEY_VARIABLE, configure, slow_model
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.job import JobRequest, LandMode
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.engine.engine import Engine, open_engine

SECONDS_BETWEEN = 20.0
WARM_UP_MINUTES = 3.0
"""What is seen before counts for nothing: modules are loaded, caches filled."""
LATENCY_SECONDS = 0.2
TASKS = 4
FILES = 50
TARGET_MB = 10
MOST_TYPES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """At the process, between two jobs."""

    hours: float
    jobs: int
    resident_mb: float
    descriptors: int
    threads: int
    tasks: int
    objects: int
    """That the garbage collector knows of, after it has run."""
    types: dict[str, int] = field(default_factory=dict)
    """How many objects of each."""


async def work(repository: str, minutes: float, rest: float) -> None:
    """In the child: jobs until the time is up; a line for each end, and one for each look."""
    began = looked = time.monotonic()
    jobs = 0
    async with open_engine(Paths.from_environment(), is_attended=False) as engine:
        while (now := time.monotonic()) - began < minutes * 60:
            _say({"end": await _one_job(engine, repository)})
            jobs += 1
            await asyncio.sleep(rest)
            if now - looked >= SECONDS_BETWEEN:
                looked = now
                _say({"look": asdict(look((now - began) / 3600, jobs))})


async def _one_job(engine: Engine, repository: str) -> str:
    job = await engine.send(SubmitJob(repository=repository, request=JobRequest(
        text=f"Bench {TASKS} tasks", model="bench:m", max_agents=TASKS,
        land=LandMode.NONE, policy=Policy(approve=ApproveMode.ALL))))
    assert job is not None
    return (await engine.wait(job.id)).job.status.value


def look(hours: float, jobs: int) -> Look:
    """At this process."""
    gc.collect()
    objects = gc.get_objects()
    status = dict(line.split(":", 1) for line in
                  Path("/proc/self/status").read_text().splitlines())
    return Look(
        hours=hours, jobs=jobs, resident_mb=int(status["VmRSS"].split()[0]) / 1024,
        descriptors=sum(1 for _ in Path("/proc/self/fd").iterdir()),
        threads=threading.active_count(), tasks=len(asyncio.all_tasks()), objects=len(objects),
        types=dict(Counter(f"{type(one).__module__}.{type(one).__qualname__}"
                           for one in objects)))


def _say(told: object) -> None:
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.stdout.flush()


def observe(minutes: float, rest: float) -> tuple[list[Look], list[str]]:
    """What the child saw of itself, and how its jobs ended."""
    with slow_model(LATENCY_SECONDS) as url, fresh_paths() as paths:
        repository = make_repository(base_of(paths) / "repository", FILES)
        configure(paths, url, at_once=TASKS)
        command = [sys.executable, "-m", "bench.soak", "--child", str(repository),
                   "--minutes", str(minutes), "--rest", str(rest)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={
            **os.environ, **environment_of(paths), KEY_VARIABLE: KEY})
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return ([Look(**line["look"]) for line in told if "look" in line],
            [line["end"] for line in told if "end" in line])


def slope(times: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """Of the least-squares line, with its standard error; needs three values or more."""
    count = len(times)
    if count < 3:
        return math.nan, math.nan
    middle, mean = sum(times) / count, sum(values) / count
    spread = sum((t - middle) ** 2 for t in times)
    growth = sum((t - middle) * (v - mean) for t, v in zip(times, values, strict=True)) / spread
    left = sum((v - mean - growth * (t - middle)) ** 2
               for t, v in zip(times, values, strict=True))
    return growth, math.sqrt(left / (count - 2) / spread)


def tell(looks: Sequence[Look], ends: Sequence[str]) -> None:
    counted = [look for look in looks if look.hours * 60 >= WARM_UP_MINUTES] or list(looks)
    ended = {end: ends.count(end) for end in sorted(set(ends))}
    figures = [Figure(name="jobs that ended, one after the other", value=str(ended),
                      note=f"{TASKS} tasks each; {len(counted)} looks of {len(looks)}; "
                           f"load {os.getloadavg()[0]:.1f}")]
    hours = [look.hours for look in counted]
    for name, values, target in (
            ("resident memory, MB", [look.resident_mb for look in counted], f"≤ {TARGET_MB}/h"),
            ("open descriptors", [look.descriptors for look in counted], "0"),
            ("threads", [look.threads for look in counted], "0"),
            ("asyncio tasks", [look.tasks for look in counted], "0"),
            ("objects", [look.objects for look in counted], "")):
        growth, error = slope(hours, values)
        first, last = (values[0], values[-1]) if values else (math.nan, math.nan)
        figures.append(Figure(name=name, value=f"{first:,.0f} to {last:,.0f}", target=target,
                              note=f"growth per hour {growth:+,.1f} ± {error:,.1f}"))
    if len(counted) > 1:
        figures.append(_grown(counted[0], counted[-1]))
    show(figures)


def _grown(first: Look, last: Look) -> Figure:
    """The types of which there are most more, for each job in between."""
    jobs = max(1, last.jobs - first.jobs)
    more = Counter({name: count - first.types.get(name, 0) for name, count in last.types.items()})
    return Figure(name="objects more for each job, by type", value=", ".join(
        f"{name} {count / jobs:+.2f}" for name, count in more.most_common(MOST_TYPES) if count))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench soak")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rest", type=float, default=0.0, help="seconds between two jobs")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        asyncio.run(work(chosen.child, chosen.minutes, chosen.rest))
    else:
        tell(*observe(chosen.minutes, chosen.rest))


if __name__ == "__main__":
    main()
