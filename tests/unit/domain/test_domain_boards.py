"""The night's plan by the queue's own rules, and who waits for which lock."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support import queue_scene
from support.queue_scene import ENTRIES, LOCKS, RULES, entry
from support.scenes import NOW

from cockpit_tui.domain.boards import QueueBoard, night_plan
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import WaitingOn
from cockpit_tui.domain.queue import QueueState
from cockpit_tui.domain.queue_order import is_parked


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 21, hour, minute, tzinfo=UTC)


def test_jobs_follow_each_other_as_the_queue_starts_them() -> None:
    plan = night_plan(queue_scene.board(), NOW)
    assert [(slot.entry.number, slot.begin, slot.end, slot.is_guess) for slot in plan] == [
        (41, at(12, 48), at(13, 26), False),
        (42, at(12, 48), at(13, 55), False),
        (43, at(13, 55), at(14, 20), False),
        (45, at(15, 48), at(16, 13), False),
        (44, at(22), at(22, 30), True)]


def test_there_is_room_for_as_many_as_the_person_allows() -> None:
    alone = replace(queue_scene.board(), rules=replace(RULES, concurrent_jobs=1))
    begins = [slot.begin for slot in night_plan(alone, NOW)]
    ends = [slot.end for slot in night_plan(alone, NOW)]
    assert all(begin >= end for begin, end in zip(begins[1:], ends[:-1], strict=True))


def test_what_waits_for_a_person_or_is_paused_is_in_no_plan() -> None:
    board = queue_scene.board()
    stopped = QueueBoard(rules=RULES, state=QueueState(entries=(
        replace(ENTRIES[6], position=1), ENTRIES[5],
        replace(ENTRIES[2], after=ENTRIES[6].job_id))))
    assert night_plan(stopped, NOW) == ()
    paused = replace(board, state=replace(board.state, paused_at=NOW))
    assert night_plan(paused, NOW) == ()


def test_locks_know_who_waits_for_them_and_when_they_will_be_free() -> None:
    board = queue_scene.lock_board()
    held, other = LOCKS[0], LOCKS[1]
    assert [lock.task_name for lock in board.waiting_for(held)] == ["#42 2.1", "#42 3.2", "#41 2.4"]
    assert board.waiting_for(other) == ()
    assert board.holder_of(LOCKS[-1]) == held
    assert board.free_at(held) == NOW - timedelta(seconds=252) + timedelta(minutes=11)
    assert board.free_at(other) is None


def test_a_paused_job_stays_where_it_is_though_the_one_before_it_is_completed() -> None:
    after = JobId("J42")

    assert [is_parked(entry(43, "Coverage", 1, after=after, waiting_on=waits)) for waits in
            (WaitingOn.PAUSED, WaitingOn.PERSON, WaitingOn.DEPENDENCY)] == [True, False, False]
