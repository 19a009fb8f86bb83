"""Times and windows as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.moment import parse_moment
from cockpit_tui.domain.windows import DailyWindow
from cockpit_tui.engine.cron import check_cron, next_time, times_missed

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield  # type: ignore[misc]
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(("text", "meant"), [
    ("23:00", datetime(2026, 11, 21, 22, tzinfo=UTC)),
    ("13:00", datetime(2026, 11, 22, 12, tzinfo=UTC)),
    ("+2h", NOON + timedelta(hours=2)),
    ("+1d2h30m", NOON + timedelta(days=1, hours=2, minutes=30)),
    ("2026-11-22T07:30", datetime(2026, 11, 22, 6, 30, tzinfo=UTC)),
    ("2026-11-22T07:30Z", datetime(2026, 11, 22, 7, 30, tzinfo=UTC)),
])
def test_times_are_the_persons(text: str, meant: datetime) -> None:
    assert parse_moment(text, NOON) == meant


@pytest.mark.parametrize("text", ["", "25:00", "+", "+h", "tomorrow", "2026-11-20", "+0m", "-2h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_moment(text, NOON)


def test_a_window_over_midnight_has_two_ends() -> None:
    night = DailyWindow.parse("22:00-06:00")
    at = [datetime(2026, 11, 21, hour, 59, tzinfo=UTC) for hour in (20, 21, 4, 5)]
    assert [night.contains(moment) for moment in at] == [False, True, True, False]
    assert night.begin_of(at[2]) == datetime(2026, 11, 20, 21, tzinfo=UTC)
    assert night.next_begin(at[0]) == datetime(2026, 11, 21, 21, tzinfo=UTC)


def test_a_cron_time_stays_on_the_wall_clock_when_the_hour_changes() -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)  # in Berlin the clocks go back that night
    first = next_time("30 7 * * *", before - timedelta(days=1))
    second = next_time("30 7 * * *", before)
    assert (first.hour, second.hour) == (5, 6)
    twice = next_time("30 2 * * *", datetime(2026, 10, 25, 0, 45, tzinfo=UTC))
    assert twice > datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    assert times_missed("30 7 * * *", first, first + timedelta(days=3, hours=2)) == 3


@pytest.mark.parametrize("text", ["", "0 2 * *", "61 * * * *", "x y z a b", "0 0 30 2 *"])
def test_what_is_no_cron_expression_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        check_cron(text)
