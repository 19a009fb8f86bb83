"""Landing eight tasks with a test command of two seconds, in batches and one by one; what the
radar's dry runs cost a checkpoint; and what it costs to watch 64 worktrees.

    python -m bench.merging [TEST_SECONDS]
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

from bench.report import Figure, percentiles, show
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.engine.lane import MOST_TOGETHER, FailsTogether
from cockpit_tui.engine.radar import Radar
from cockpit_tui.gitops.watcher import WorktreeWatcher

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.lane_bench import LaneBench

TASKS = 8
AT_ONCE = (4, 16, 64)
ROUNDS = 20
IDLE_SECONDS = 10
NOTHING, ONCE, EACH_STEP = "no shared file", "a shared file left as it was", "a shared file changed"


async def landing(together: int, test_seconds: float, *, culprit: bool) -> tuple[float, int, int]:
    """Seconds until all have landed or are refused, runs of the tests, and how many landed."""
    test = f"sleep {test_seconds} && sh check.sh"
    files = {"check.sh": "test ! -e bad.txt || test ! -e 0.txt\n"}
    with tempfile.TemporaryDirectory() as place:
        async with LaneBench.opened(Path(place), files, tests=(test,)) as bench:
            bench.lane.together = together
            for number in range(TASKS):
                name = "bad" if culprit and number == TASKS // 2 else str(number)
                await bench.made(name, {f"{name}.txt": f"{name}\n"})
            began = time.perf_counter()
            ends = await bench.land_all(lambda name: (test,))
            took = time.perf_counter() - began
            refused = sum(isinstance(end, FailsTogether) for end in ends.values())
            return took, bench.ran(test), TASKS - refused


async def looking(tasks: int, shares: str) -> tuple[list[float], list[float], int]:
    """For each checkpoint what the agent waits for, and the radar's own time until it is through
    with it; and how many merges that took."""
    waits, whole = [], []
    with tempfile.TemporaryDirectory() as place:
        async with LaneBench.opened(Path(place), {"shared.txt": "1\n" * 100}) as bench:
            radar = Radar(ctx=bench.ctx, lane=bench.lane, key="phase/1")
            commits: dict[tuple[int, int], str] = {}
            for number in range(tasks):
                for turn in range(2):
                    name = f"t{number}-{turn}"
                    line = f"{number}-{turn if shares == EACH_STEP else 0}\n"
                    shared = {"shared.txt": "1\n" * 100 + line} if shares != NOTHING else {}
                    await bench.made(name, {f"{number}.txt": f"{turn}\n", **shared})
                    commits[number, turn] = bench.commits[name]

            async def wrote(number: int, turn: int) -> tuple[float, float]:
                began = time.perf_counter()
                await radar.wrote(TaskId(f"t{number}"), f"1.{number}", base=bench.start,
                                  commit=commits[number, turn])
                waited = time.perf_counter() - began
                await radar.settled()
                return waited, time.perf_counter() - began

            async with radar.at_work():
                for number in range(tasks):
                    await wrote(number, 0)
                before = radar.trials
                for number in range(min(tasks, ROUNDS)):
                    waited, took = await wrote(number, 1)
                    waits.append(waited)
                    whole.append(took)
            return waits, whole, radar.trials - before


async def watching(worktrees: int, folders: int) -> tuple[int, float, float]:
    """KB of memory, seconds of a core per idle second, and seconds until a write is told."""
    watcher = WorktreeWatcher()
    told: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def written(paths: frozenset[str]) -> None:
        told.set_result(time.perf_counter())

    with tempfile.TemporaryDirectory() as place:
        roots = [Path(place) / f"slot-{number}" for number in range(worktrees)]
        for root in roots:
            for number in range(folders):
                (root / f"folder{number}").mkdir(parents=True)
        before = _resident_kb()
        for root in roots:
            await watcher.watch(root, written)
        grown = _resident_kb() - before
        began = time.process_time()
        await asyncio.sleep(IDLE_SECONDS)
        idle = (time.process_time() - began) / IDLE_SECONDS
        wrote = time.perf_counter()
        (roots[0] / "folder0" / "new.txt").write_text("new\n")
        seen = await told - wrote
        for root in roots:
            await watcher.forget(root)
    return grown, idle, seen


def _resident_kb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    for culprit in (False, True):
        what = f"land {TASKS} tasks, tests of {seconds:g} s" + (", 1 culprit" if culprit else "")
        for name, together in (("one by one", 1), ("in batches", MOST_TOGETHER)):
            took, runs, landed = asyncio.run(landing(together, seconds, culprit=culprit))
            show([Figure(name=f"{what}, {name}", value=f"{took:.1f} s",
                         note=f"{runs} runs of the tests, {landed} landed")])
    for tasks in AT_ONCE:
        for shares in (NOTHING, ONCE, EACH_STEP):
            waits, whole, trials = asyncio.run(looking(tasks, shares))
            show([Figure(name=f"checkpoint seen, {tasks} tasks, {shares}",
                         value=percentiles(waits),
                         note=f"radar {percentiles(whole)}, {trials} merges tried")])
    grown, idle, seen = asyncio.run(watching(64, 30))
    show([Figure(name="64 worktrees of 30 folders watched", value=f"{grown:,} KB",
                 note=f"idle {idle * 100:.2f} % of a core, a write is told in {seen:.2f} s")])


if __name__ == "__main__":
    main()
