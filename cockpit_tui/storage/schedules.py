"""Schedules in the ledger: requests that become jobs by the clock. Removed ones stay as rows."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import JobId, ScheduleId
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.queue import Schedule
from cockpit_tui.storage.columns import (
    from_json,
    optional_time_text,
    parse_optional_time,
    parse_time,
    time_text,
    to_json,
)
from cockpit_tui.storage.transaction import Transaction

_COLUMNS = ("id, number, repository, request_json, cron, priority, is_overnight, next_at, last_at, "
            "last_job_id, paused_at, created_at")


def next_number(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT coalesce(max(number), 0) + 1 FROM schedules").fetchone()[0])


def insert(tx: Transaction, schedule: Schedule) -> None:
    tx.conn.execute(
        f"INSERT INTO schedules ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, ?)",
        (schedule.id, schedule.number, schedule.repository,
         to_json(adapter(JobRequest), schedule.request), schedule.cron, schedule.priority,
         schedule.is_overnight, time_text(schedule.next_at), time_text(schedule.created_at)))


def listing(conn: sqlite3.Connection) -> tuple[Schedule, ...]:
    """Those that are not removed, the next one to fire first."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM schedules WHERE removed_at IS NULL "
                        "ORDER BY next_at, number")
    return tuple(_schedule(row) for row in rows)


def by_number(conn: sqlite3.Connection, number: int) -> Schedule:
    """Raises UsageError where there is none."""
    row = conn.execute(f"SELECT {_COLUMNS} FROM schedules WHERE number = ? "
                       "AND removed_at IS NULL", (number,)).fetchone()
    if row is None:
        raise UsageError(f"No schedule s{number}.", hint="cockpit queue list shows what there is.")
    return _schedule(row)


def advance(tx: Transaction, schedule: Schedule, next_at: datetime, job_id: JobId | None) -> bool:
    """Its time came: from now on it waits for `next_at`. False, and nothing is done, where that
    was recorded already, or it was paused or removed meanwhile."""
    changed = tx.conn.execute(
        "UPDATE schedules SET next_at = ?, last_at = next_at, "
        "last_job_id = coalesce(?, last_job_id) "
        "WHERE id = ? AND next_at = ? AND paused_at IS NULL AND removed_at IS NULL",
        (time_text(next_at), job_id, schedule.id, time_text(schedule.next_at)))
    return changed.rowcount == 1


def set_paused(tx: Transaction, schedule_id: ScheduleId, at: datetime | None, *,
               next_at: datetime) -> None:
    tx.conn.execute("UPDATE schedules SET paused_at = ?, next_at = ? WHERE id = ?",
                    (optional_time_text(at), time_text(next_at), schedule_id))


def remove(tx: Transaction, schedule_id: ScheduleId) -> None:
    tx.conn.execute("UPDATE schedules SET removed_at = ? WHERE id = ?",
                    (time_text(tx.now()), schedule_id))


def _schedule(row: sqlite3.Row) -> Schedule:
    return Schedule(
        id=ScheduleId(row["id"]), number=row["number"], repository=row["repository"],
        request=from_json(adapter(JobRequest), row["request_json"], f"Schedule {row['id']}"),
        cron=row["cron"], priority=row["priority"], is_overnight=bool(row["is_overnight"]),
        next_at=parse_time(row["next_at"]), created_at=parse_time(row["created_at"]),
        last_at=parse_optional_time(row["last_at"]),
        last_job_id=None if row["last_job_id"] is None else JobId(row["last_job_id"]),
        is_paused=row["paused_at"] is not None)
