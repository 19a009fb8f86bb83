"""The log's window: bounded, and still for a reader who paused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from cockpit_tui.domain import event as ev
from cockpit_tui.domain.ids import EventId, JobId
from cockpit_tui.presentation.event_line import Verbosity
from cockpit_tui.presentation.filter import Filter
from cockpit_tui.presentation.log_window import LogWindow

AT = datetime(2026, 11, 21, tzinfo=UTC)


def notes(first: int, last: int) -> list[ev.RecordedEvent]:
    return [ev.RecordedEvent(seq=seq, id=EventId(str(seq)), at=AT, job_id=None, task_id=None,
                             execution_id=None, correlation_id="",
                             payload=ev.AgentMessage(agent="a1" if seq % 2 else "a2",
                                                     text=f"note {seq}"))
            for seq in range(first, last + 1)]


def shown(window: LogWindow) -> list[int]:
    return [entry.event.seq for entry in window.shown]


def test_following_keeps_the_newest_and_passes_over_what_it_has() -> None:
    window = LogWindow(limit=4)
    assert window.take(notes(1, 3), first_kept_row=0) == 0
    assert window.take(notes(2, 6), first_kept_row=0) == 2
    assert window.take(notes(5, 6), first_kept_row=0) is None
    assert shown(window) == [3, 4, 5, 6]


def test_paused_it_holds_new_ones_back_rather_than_drop_what_is_read() -> None:
    window = LogWindow(limit=4)
    window.take(notes(1, 4), first_kept_row=0)
    window.pause()
    assert window.take(notes(5, 6), first_kept_row=1) == 1
    assert (shown(window), window.new_lines, window.holds_back) == ([2, 3, 4, 5], 2, True)
    assert window.take(notes(7, 20), first_kept_row=0) == 0
    assert (shown(window), window.new_lines) == ([2, 3, 4, 5], 16)
    window.follow()
    assert (shown(window), window.new_lines) == ([17, 18, 19, 20], 0)


def test_older_events_fill_the_room_newest_first() -> None:
    window = LogWindow(limit=5)
    window.take(notes(8, 10), first_kept_row=0)
    assert window.prepend(notes(1, 9)) == 2
    assert (shown(window), window.first_seq, window.has_room) == ([6, 7, 8, 9, 10], 6, False)


def test_filter_and_verbosity_choose_and_new_ones_obey_them() -> None:
    window = LogWindow(limit=9)
    window.take(notes(1, 4), first_kept_row=0)
    window.select(Verbosity.TOOLS, Filter.parse("agent:a1"))
    window.pause()
    window.take(notes(5, 8), first_kept_row=0)
    assert (shown(window), window.new_lines) == ([1, 3, 5, 7], 2)
    assert [window.row_at_or_after(seq) for seq in (0, 4, 99)] == [0, 2, 3]
    window.select(Verbosity.ERRORS, Filter())
    assert shown(window) == []


@given(limit=st.integers(1, 12), first=st.integers(0, 30), row=st.integers(0, 11),
       batches=st.lists(st.integers(0, 9), max_size=8), only=st.sampled_from(["", "agent:a1"]))
def test_a_paused_reader_never_loses_the_line_under_his_eyes(
        limit: int, first: int, row: int, batches: list[int], only: str) -> None:
    window = LogWindow(limit=limit)
    window.select(Verbosity.ALL, Filter.parse(only))
    window.take(notes(1, first), first_kept_row=0)
    window.pause()
    row = min(row, max(0, len(window.shown) - 1))
    read = shown(window)[row:]
    last = first
    for size in batches:
        row -= window.take(notes(last + 1, last + size), first_kept_row=row) or 0
        last += size
        if read:
            assert shown(window)[row:row + len(read)] == read
    window.follow()
    expected = [seq for seq in range(max(1, last - limit + 1), last + 1) if not only or seq % 2]
    assert shown(window) == expected


def test_lines_name_their_job_once_several_are_told_of() -> None:
    window = LogWindow(limit=9)
    window.names.add_job(JobId("one"), 6)
    window.names.add_job(JobId("two"), 10)
    lines = [replace(event, job_id=JobId(job)) for event, job in zip(
        notes(1, 3), ("one", "one", "two"), strict=True)]
    window.take(lines[:2], first_kept_row=0)
    assert window.job_width == 0
    window.take(lines[2:], first_kept_row=0)
    assert (window.job_width, [window.job_of(entry) for entry in window.shown]) == (
        3, ["#6", "#6", "#10"])
    started = replace(lines[0], seq=4, payload=ev.JobStarted(status="building", base="main"))
    window.take([started], first_kept_row=0)
    assert (window.shown[-1].line.who, window.job_of(window.shown[-1])) == ("#6", "")
    window.clear()
    assert window.job_width == 0
