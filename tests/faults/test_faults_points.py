"""Killed at every named point, one after the other over one job, it goes on and comes to its end.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from support.fault_bench import FaultBench, count, out_of_time

from cockpit_tui.config.crash_points import CRASH_POINTS
from cockpit_tui.domain.model import Wire

ROUNDS = count("POINTS", 1, 50)
HALVES = (CRASH_POINTS[0::2], CRASH_POINTS[1::2])


@pytest.mark.parametrize("round_number", range(1, ROUNDS + 1))
@pytest.mark.parametrize("half", [0, 1])
async def test_killed_at_every_named_point(half: int, round_number: int, tmp_path: Path,
                                           own_home: Path) -> None:
    if out_of_time():
        pytest.skip("the time of this run is over")
    wire = Wire.MESSAGES if half else Wire.CHAT
    async with FaultBench.opened(tmp_path, own_home, wire) as bench:
        for name in HALVES[half]:
            code = await bench.live(f"{name}:{round_number}")
            assert code == -signal.SIGKILL or round_number > 1, f"{name} was never reached"
        assert await bench.live() == 0
        bench.check_all()
