"""Stops in the ledger: one row for each job or task that the person holds up or gave up."""

from __future__ import annotations

import sqlite3

from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.stop import Stop, Wish
from cockpit_tui.storage.columns import parse_time, plain_text, time_text
from cockpit_tui.storage.transaction import Transaction


def put(tx: Transaction, job_id: JobId, task_id: TaskId | None, wish: Wish, reason: str) -> None:
    """In place of what was wished for it before."""
    tx.conn.execute(
        "INSERT INTO stops (job_id, task_id, wish, reason, asked_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (job_id, task_id) DO UPDATE SET wish = excluded.wish, "
        "reason = excluded.reason, asked_at = excluded.asked_at",
        (job_id, task_id or "", wish, plain_text(reason), time_text(tx.now())))


def remove(tx: Transaction, job_id: JobId, task_id: TaskId | None) -> bool:
    """False where there was none."""
    gone = tx.conn.execute("DELETE FROM stops WHERE job_id = ? AND task_id = ?",
                           (job_id, task_id or ""))
    return gone.rowcount > 0


def clear(tx: Transaction, job_id: JobId) -> None:
    """Every stop of the job and of its tasks."""
    tx.conn.execute("DELETE FROM stops WHERE job_id = ?", (job_id,))


def get(conn: sqlite3.Connection, job_id: JobId, task_id: TaskId | None) -> Stop | None:
    return next((stop for stop in for_job(conn, job_id) if stop.task_id == task_id), None)


def for_job(conn: sqlite3.Connection, job_id: JobId) -> tuple[Stop, ...]:
    return tuple(stop for stop in listing(conn) if stop.job_id == job_id)


def listing(conn: sqlite3.Connection) -> tuple[Stop, ...]:
    """Of all jobs, the oldest first."""
    return tuple(
        Stop(job_id=JobId(row["job_id"]), task_id=TaskId(row["task_id"]) if row["task_id"] else
             None, wish=Wish(row["wish"]), reason=row["reason"],
             asked_at=parse_time(row["asked_at"]))
        for row in conn.execute("SELECT * FROM stops ORDER BY asked_at, rowid"))


def paused_jobs(conn: sqlite3.Connection) -> frozenset[JobId]:
    """Those that the person paused as a whole, as a job or in the queue."""
    return frozenset(JobId(row[0]) for row in conn.execute(
        "SELECT job_id FROM stops WHERE task_id = '' AND wish = ? "
        "UNION SELECT id FROM jobs WHERE in_queue = 1 AND paused_at IS NOT NULL", (Wish.PAUSE,)))
