"""Whether the ledger keeps its promises: a sound file, gapless events, no orphans, no lost job."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from cockpit_tui.domain.health import Finding
from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.task import TaskStatus

_MOST = 20
"""Of one kind; a ledger with more of it needs no longer list."""
_RESTORE = "Go back to a backup, if there is one: cockpit ledger restore FILE"
_FINAL = ", ".join(f"'{status.value}'" for status in JobStatus if status.is_final)
_DONE = ", ".join(f"'{status.value}'" for status in TaskStatus if status.is_final)


def findings(conn: sqlite3.Connection, *, is_held: bool) -> tuple[Finding, ...]:
    """Everything that is wrong. `is_held`: an engine is at work with it, so a job may be running
    that waits for nothing."""
    return (*_file(conn), *_events(conn), *_orphan_rows(conn), *_ended_jobs(conn),
            *_open_jobs(conn, is_held=is_held))


def _file(conn: sqlite3.Connection) -> Iterator[Finding]:
    for (text,) in conn.execute(f"PRAGMA quick_check({_MOST})"):
        if text != "ok":
            yield Finding(about="file", text=f"damaged: {text}", remedy=_RESTORE)


def _events(conn: sqlite3.Connection) -> Iterator[Finding]:
    for seq, before in conn.execute(
            "SELECT seq, before FROM (SELECT seq, lag(seq, 1, 0) OVER (ORDER BY seq) AS before "
            "FROM events) WHERE seq != before + 1 LIMIT ?", (_MOST,)):
        yield Finding(about="events", text=f"after event {before} comes event {seq}",
                      remedy=_RESTORE)


def _orphan_rows(conn: sqlite3.Connection) -> Iterator[Finding]:
    rows = conn.execute("PRAGMA foreign_key_check").fetchmany(_MOST)
    for table, rowid, parent, _ in rows:
        yield Finding(about="rows", text=f"row {rowid} of {table} belongs to nothing in {parent}",
                      remedy=_RESTORE)


def _ended_jobs(conn: sqlite3.Connection) -> Iterator[Finding]:
    for number, status, title in conn.execute(
            "SELECT j.number, j.status, t.number || ' ' || t.title FROM jobs j "
            f"JOIN tasks t ON t.job_id = j.id WHERE t.status NOT IN ({_DONE}) "
            f"AND j.status IN ({_FINAL}) LIMIT ?", (_MOST,)):
        yield Finding(about="jobs", text=f"job #{number} is {status}, but its task {title} is not",
                      remedy=f"cockpit jobs retry {number}")
    for number, in conn.execute(
            f"SELECT number FROM jobs WHERE status IN ({_FINAL}) AND finished_at IS NULL "
            "LIMIT ?", (_MOST,)):
        yield Finding(about="jobs", text=f"job #{number} has ended at no time", remedy=_RESTORE)


def _open_jobs(conn: sqlite3.Connection, *, is_held: bool) -> Iterator[Finding]:
    if not is_held:
        for number, status in left_jobs(conn):
            yield Finding(about="jobs", text=f"job #{number} is {status}, and nobody is at it",
                          remedy=f"cockpit jobs resume {number}")
    rows = conn.execute(
        "SELECT j.number, j.waiting_on, j.reason, "
        "(SELECT count(*) FROM approvals a WHERE a.job_id = j.id AND a.answer_json IS NULL) "
        f"FROM jobs j WHERE j.status NOT IN ({_FINAL}) AND j.waiting_on != ? ORDER BY j.number",
        (WaitingOn.NOTHING,))
    for number, waiting_on, reason, questions in rows:
        if waiting_on == WaitingOn.APPROVAL:
            if not questions and not is_held:
                yield Finding(about="jobs",
                              text=f"job #{number} waits for an answer that was given",
                              remedy=f"cockpit jobs resume {number}")
        elif not reason:
            yield Finding(about="jobs", text=f"job #{number} waits ({waiting_on}) without a reason",
                          remedy=f"cockpit jobs resume {number}")


def left_jobs(conn: sqlite3.Connection) -> tuple[tuple[int, str], ...]:
    """Number and status of each unfinished job that waits for nothing. Where no engine is at work
    with the ledger, nobody is at them. What has not begun yet waits in the queue."""
    return tuple((int(number), str(status)) for number, status in conn.execute(
        f"SELECT number, status FROM jobs WHERE status NOT IN ({_FINAL}) AND waiting_on = ? "
        "AND NOT (in_queue AND status = ?) ORDER BY number",
        (WaitingOn.NOTHING, JobStatus.QUEUED)))
