"""`kill -9` at random moments of a job over the wire, and again while it recovers."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest
from support.fault_bench import LETTERS, FaultBench, count, out_of_time

from cockpit_tui.domain.model import Wire

KILLS = count("WIRE_KILLS", 8, 20)
LONGEST_LIFE_SECONDS = 2.5


@pytest.mark.parametrize("seed", range(count("KILLED_JOBS", 1, 50)))
async def test_killed_at_random_times(seed: int, tmp_path: Path, own_home: Path) -> None:
    if out_of_time():
        pytest.skip("the time of this run is over")
    chance = random.Random(seed)
    async with FaultBench.opened(tmp_path, own_home, (Wire.MESSAGES, Wire.CHAT)[seed % 2]) as bench:
        for _ in range(KILLS):
            if await bench.live(kill_after=chance.uniform(0.05, LONGEST_LIFE_SECONDS)) == 0:
                break
        assert await bench.live() == 0
        bench.check_all()


@pytest.mark.parametrize("seed", range(count("RECOVERIES", 1, 60)))
async def test_killed_while_it_recovers(seed: int, tmp_path: Path, own_home: Path) -> None:
    if out_of_time():
        pytest.skip("the time of this run is over")
    chance = random.Random(seed)
    async with FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench:
        for place in ("step/shell/intent", "step/commit/effect"):
            assert await bench.live(place) == -signal.SIGKILL
            for _ in range(2):
                await bench.live(kill_after=chance.uniform(0.01, 0.4))
            assert await bench.live("recovery/begun") == -signal.SIGKILL
        assert await bench.live() == 0
        bench.check_all()


async def test_a_call_that_is_lost_again_and_again_is_told_as_often(tmp_path: Path,
                                                                    own_home: Path) -> None:
    async with FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench:
        for _ in range(3):  # the first call of all: nothing else is under way
            assert await bench.live("step/model_call/effect") == -signal.SIGKILL
        assert bench.brain.made["review"] == 3
        assert await bench.live() == 0
        bench.check_all()
        assert sum(bench.brain.made.values()) == len(bench.brain.bills)
