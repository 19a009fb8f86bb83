"""The end of a night: one notice that says what it brought, or why it brought nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

from cockpit_tui.domain.night_report import NightReport, why_idle
from cockpit_tui.domain.notice import STALE_SECONDS, Draft, NoticeKind, fit
from cockpit_tui.domain.usage import format_microusd
from cockpit_tui.domain.windows import DailyWindow
from cockpit_tui.engine.night_report import night_report
from cockpit_tui.storage.columns import time_text


def end_of(window: DailyWindow, begin: datetime) -> datetime:
    """When the window that begins at `begin` ends."""
    local = begin.astimezone()
    end = datetime.combine(local.date(), window.end).astimezone()
    if end <= begin:
        end = datetime.combine(local.date() + timedelta(days=1), window.end).astimezone()
    return end


def next_end(window: DailyWindow, now: datetime) -> datetime:
    """The first end of a night after `now`."""
    end = end_of(window, window.begin_of(now))
    return end if end > now else end_of(window, window.next_begin(now))


def night_draft(conn: sqlite3.Connection, window: DailyWindow, now: datetime, *,
                redact: Callable[[str], str]) -> tuple[Draft, datetime] | None:
    """What to tell of the night that ended last, and when it ended; None where there was no work
    for it, or it is long over."""
    begin = window.begin_of(now)
    end = end_of(window, begin)
    if end > now:
        begin = window.begin_of(begin - timedelta(seconds=1))
        end = end_of(window, begin)
    if now - end > timedelta(seconds=STALE_SECONDS) or not _had_work(conn, begin, end):
        return None
    report = night_report(conn, begin, end)
    return Draft(source=f"night:{time_text(begin)}", kind=NoticeKind.NIGHT, subject="night",
                 text=fit(redact(night_words(report)))), end


def night_words(report: NightReport) -> str:
    if why := why_idle(report):
        return f"The night did nothing: {why}"
    parts = [f"{len(report.done)} done", f"{len(report.failed)} failed"]
    if report.parked or report.questions:
        waiting = {parked.job.number for parked in report.parked}
        waiting |= {question.job_number for question in report.questions}
        parts.append(f"{len(waiting)} waiting for you")
    return (f"The night is over: {', '.join(parts)}, "
            f"{format_microusd(report.cost.known_microusd)}. cockpit jobs report")


def _had_work(conn: sqlite3.Connection, begin: datetime, end: datetime) -> bool:
    """A job of the night that was started in it, or stood in the queue all through it."""
    row = conn.execute(
        "SELECT 1 FROM jobs WHERE is_overnight = 1 AND (queue_started_at BETWEEN ?1 AND ?2 "
        "OR (created_at < ?2 AND status NOT IN ('completed', 'failed', 'cancelled')) "
        "OR finished_at BETWEEN ?1 AND ?2) LIMIT 1", (time_text(begin), time_text(end))).fetchone()
    return row is not None
