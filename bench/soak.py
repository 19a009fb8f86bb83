"""Jobs one after the other for a while: does the engine's memory grow, or its open descriptors?

`python -m bench soak [--minutes M]`. It fails nothing: it tells the growth per hour as the slope of
a straight line through what was measured, with the slope's standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.places import base_of, environment_of, fresh_paths, make_repository
from bench.report import Figure, show
from bench.slow_model import KEY, KEY_VARIABLE, configure, slow_model
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.job import JobRequest, LandMode
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.engine.engine import open_engine

SECONDS_BETWEEN = 10.0
WARM_UP = 3
"""So many measurements at the beginning count for nothing: modules are loaded, caches filled."""
TASKS = 4
FILES = 50


async def work(repository: str) -> None:
    """In the child: one job after the other, until it is ended; a line for each."""
    async with open_engine(Paths.from_environment(), is_attended=False) as engine:
        while True:
            job = await engine.send(SubmitJob(repository=repository, request=JobRequest(
                text=f"Bench {TASKS} tasks", model="bench:m", max_agents=TASKS,
                land=LandMode.NONE, policy=Policy(approve=ApproveMode.ALL))))
            assert job is not None
            end = await engine.wait(job.id)
            sys.stdout.write(f"{end.job.status.value}\n")
            sys.stdout.flush()


def observe(minutes: float) -> tuple[list[tuple[float, float, float]], list[str]]:
    """(hours, resident MB, descriptors) of each look, and how the jobs ended."""
    seen: list[tuple[float, float, float]] = []
    with slow_model(0.0) as url, fresh_paths() as paths:
        repository = make_repository(base_of(paths) / "repository", FILES)
        configure(paths, url, at_once=TASKS)
        told = base_of(paths) / "told"
        with told.open("w") as out, subprocess.Popen(
                [sys.executable, "-m", "bench.soak", "--child", str(repository)], stdout=out,
                env={**os.environ, **environment_of(paths), KEY_VARIABLE: KEY}) as child:
            began = time.monotonic()
            try:
                while time.monotonic() - began < minutes * 60 and child.poll() is None:
                    time.sleep(SECONDS_BETWEEN)
                    seen.append(((time.monotonic() - began) / 3600, *_look(child.pid)))
            finally:
                child.terminate()
        return seen, told.read_text().split()


def _look(pid: int) -> tuple[float, float]:
    status = dict(line.split(":", 1) for line in
                  Path(f"/proc/{pid}/status").read_text().splitlines())
    return (int(status["VmRSS"].split()[0]) / 1024,
            float(sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())))


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


def tell(seen: Sequence[tuple[float, float, float]], ends: Sequence[str]) -> None:
    counted = seen[WARM_UP:]
    hours = [look[0] for look in counted]
    ended = {end: ends.count(end) for end in sorted(set(ends))}
    figures = [Figure(name="jobs that ended, one after the other", value=str(ended),
                      note=f"{TASKS} tasks each; {len(counted)} measurements of {len(seen)}; "
                           f"load {os.getloadavg()[0]:.1f}")]
    for name, unit, values in (("resident memory", "MB", [look[1] for look in counted]),
                               ("open descriptors", "", [look[2] for look in counted])):
        growth, error = slope(hours, values)
        first, last = (values[0], values[-1]) if values else (math.nan, math.nan)
        figures.append(Figure(name=name, value=f"{first:.1f} to {last:.1f} {unit}".strip(),
                              note=f"growth per hour {growth:+.1f} ± {error:.1f} {unit}".strip()))
    show(figures)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench soak")
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        asyncio.run(work(chosen.child))
    else:
        tell(*observe(chosen.minutes))


if __name__ == "__main__":
    main()
