"""Why a night did nothing, in the words that a person needs in the morning."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.scenes import NOW
from support.telling_scenes import EVENING, away, idle_night

from cockpit_tui.domain.night_report import JobCost, NextJob, NightReport, why_idle
from cockpit_tui.presentation.night_words import report_lines

BUSY, IDLE = away().night, idle_night().night
assert BUSY is not None
assert IDLE is not None
EMPTY = replace(IDLE, next=())
WAITS = NextJob(name="#42", title="T", at=None, reason="Starts in the night, 22:00-06:00.")


@pytest.mark.parametrize(("report", "why"), [
    (BUSY, ""),
    (replace(EMPTY, cost=JobCost(known_microusd=1)), ""),
    (IDLE, "#41 did not start: no cockpit ran the queue."),
    (replace(EMPTY, next=(WAITS,)), "#42 did not start: Starts in the night, 22:00-06:00."),
    (replace(IDLE, paused_since=EVENING), "the queue is paused."),
    (replace(EMPTY, parked=BUSY.parked[:1]), "#40 waits for you: $2.00 of $2.00 are gone."),
    (replace(EMPTY, questions=BUSY.questions), "#41 asks: Phase 2: land 3 tasks"),
    (EMPTY, "nothing stood in the queue."),
])
def test_the_reason_is_one_sentence(report: NightReport, why: str) -> None:
    assert why_idle(report) == why


def test_the_morning_report_says_it_too_and_what_was_denied() -> None:
    assert report_lines(IDLE)[1] == ("Nothing was done: #41 did not start: no cockpit ran the "
                                     "queue.")
    lines = report_lines(replace(BUSY, until=NOW))
    at = lines.index("Denied, because nobody was there")
    assert lines[at + 1] == "  #39 curl https://example.org"
