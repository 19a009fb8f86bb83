"""A replay keeps the job's own pace, times the speed, and cuts a night short."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from cockpit_tui.domain.event import JobCancelled, RecordedEvent
from cockpit_tui.domain.ids import EventId, JobId
from cockpit_tui.headless.replay import LONGEST_PAUSE_SECONDS, replay

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
AT = (0, 10, 10, 25, 3_625)


async def recorded() -> AsyncIterator[RecordedEvent]:
    for seq, seconds in enumerate(AT, 1):
        yield RecordedEvent(seq=seq, id=EventId(str(seq)), at=BEGIN + timedelta(seconds=seconds),
                            payload=JobCancelled(reason=""), job_id=JobId("j"), task_id=None,
                            execution_id=None, correlation_id="j")


@pytest.mark.parametrize(("speed", "pauses", "cut"), [
    (10, [1.0, 1.5, LONGEST_PAUSE_SECONDS], [3_600]),
    (100, [0.1, 0.15, LONGEST_PAUSE_SECONDS], [3_600]),
    (3_600, [10 / 3_600, 15 / 3_600, 1.0], []),
    (0, [], []),
])
async def test_pauses_are_the_jobs_own_times_the_speed(speed: float, pauses: list[float],
                                                       cut: list[float]) -> None:
    shown: list[int] = []
    slept: list[float] = []
    skipped: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    await replay(recorded(), speed=speed, show=lambda e: shown.append(e.seq), sleep=sleep,
                 skipped=lambda passed: skipped.append(passed.total_seconds()))
    assert (shown, skipped) == ([1, 2, 3, 4, 5], cut)
    assert slept == pytest.approx(pauses)
