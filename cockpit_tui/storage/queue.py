"""The queue in the ledger: the columns of jobs that only the queue knows, and its pause."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.queue import Dependency, Placement, QueueEntry, QueueState
from cockpit_tui.storage import schedules
from cockpit_tui.storage.columns import (
    optional_time_text,
    parse_optional_time,
    parse_time,
    time_text,
)
from cockpit_tui.storage.transaction import Transaction

_UNFINISHED = "status NOT IN ('completed', 'failed', 'cancelled')"
_IN_QUEUE = f"in_queue = 1 AND {_UNFINISHED}"
_COLUMNS = ("id, number, project_id, substr(json_extract(request_json, '$.text'), 1, 200), status, "
            "waiting_on, reason, priority, position, not_before, after_job, is_overnight, "
            "paused_at, queue_started_at")


def state(conn: sqlite3.Connection) -> QueueState:
    """The whole queue, its entries in the order in which they start."""
    entries = [_entry(row) for row in conn.execute(
        f"SELECT {_COLUMNS} FROM jobs WHERE {_IN_QUEUE}")]
    after = sorted({entry.after for entry in entries if entry.after is not None})
    return QueueState(
        entries=tuple(sorted(entries, key=lambda entry: entry.order)),
        dependencies={job_id: dependency(conn, job_id) for job_id in after},
        last_started={ProjectId(row[0]): parse_time(row[1]) for row in conn.execute(
            "SELECT project_id, max(queue_started_at) FROM jobs "
            "WHERE queue_started_at IS NOT NULL GROUP BY project_id")},
        schedules=schedules.listing(conn), paused_at=paused_at(conn))


def entry(conn: sqlite3.Connection, job_id: JobId) -> QueueEntry | None:
    """The job's place; None where the queue does not hold it, or it is over."""
    row = conn.execute(f"SELECT {_COLUMNS} FROM jobs WHERE id = ? AND {_IN_QUEUE}",
                       (job_id,)).fetchone()
    return None if row is None else _entry(row)


def dependency(conn: sqlite3.Connection, job_id: JobId) -> Dependency:
    """`job_id` must exist."""
    row = conn.execute("SELECT number, status, reason FROM jobs WHERE id = ?",
                       (job_id,)).fetchone()
    return Dependency(number=row[0], status=JobStatus(row[1]), reason=row[2])


def was_never_begun(conn: sqlite3.Connection, job_id: JobId) -> bool:
    """Whether the queue holds the job, be it over or not, and never started it."""
    return conn.execute("SELECT 1 FROM jobs WHERE id = ? AND in_queue = 1 "
                        "AND queue_started_at IS NULL", (job_id,)).fetchone() is not None


def place(tx: Transaction, job_id: JobId, placement: Placement) -> None:
    """Put a job at the end of those of its priority."""
    tx.conn.execute(
        "UPDATE jobs SET in_queue = 1, priority = ?, not_before = ?, after_job = ?, "
        "is_overnight = ?, position = (SELECT coalesce(max(position), 0) + 1 FROM jobs "
        f"WHERE {_IN_QUEUE}) WHERE id = ?",
        (placement.priority, optional_time_text(placement.not_before), placement.after,
         placement.is_overnight, job_id))


def adopt(tx: Transaction, job_id: JobId) -> None:
    """A job that ran by itself is the queue's from now on; one that is the queue's stays where it
    is."""
    held = tx.conn.execute("SELECT in_queue FROM jobs WHERE id = ?", (job_id,)).fetchone()[0]
    if not held:
        place(tx, job_id, Placement())


def take(tx: Transaction, job_id: JobId) -> None:
    """Note that the queue starts the job now: what had to be before, was."""
    tx.conn.execute("UPDATE jobs SET queue_started_at = ?, not_before = NULL, after_job = NULL "
                    "WHERE id = ?", (time_text(tx.now()), job_id))


def clear_holds(tx: Transaction, job_id: JobId) -> None:
    """Nothing has to be before it any more, and it is not paused."""
    tx.conn.execute("UPDATE jobs SET not_before = NULL, after_job = NULL, paused_at = NULL, "
                    "is_overnight = 0 WHERE id = ?", (job_id,))


def set_paused(tx: Transaction, job_id: JobId, at: datetime | None) -> None:
    tx.conn.execute("UPDATE jobs SET paused_at = ? WHERE id = ?",
                    (optional_time_text(at), job_id))


def wait_for_reset(tx: Transaction, job_id: JobId, until: datetime) -> None:
    tx.conn.execute("UPDATE jobs SET not_before = ?, resets = resets + 1 WHERE id = ?",
                    (time_text(until), job_id))


def wait_until(tx: Transaction, job_id: JobId, until: datetime) -> None:
    """For something else than a provider's limit; it may wait so as often as it has to."""
    tx.conn.execute("UPDATE jobs SET not_before = ? WHERE id = ?", (time_text(until), job_id))


def resets(conn: sqlite3.Connection, job_id: JobId) -> int:
    """How often the job waited for a provider's limit."""
    return int(conn.execute("SELECT resets FROM jobs WHERE id = ?", (job_id,)).fetchone()[0])


def priority(conn: sqlite3.Connection, job_id: JobId) -> int:
    return int(conn.execute("SELECT priority FROM jobs WHERE id = ?", (job_id,)).fetchone()[0])


def set_order(tx: Transaction, job_id: JobId, priority: int) -> None:
    tx.conn.execute("UPDATE jobs SET priority = ? WHERE id = ?", (priority, job_id))


def renumber(tx: Transaction, ordered: list[JobId]) -> None:
    """Positions from 1 on, in this order."""
    tx.conn.executemany("UPDATE jobs SET position = ? WHERE id = ? AND position != ?",
                        [(at, job_id, at) for at, job_id in enumerate(ordered, start=1)])


def paused_at(conn: sqlite3.Connection) -> datetime | None:
    """Since when nothing is started; None: the queue is not paused."""
    return parse_optional_time(conn.execute("SELECT paused_at FROM queue").fetchone()[0])


def set_all_paused(tx: Transaction, at: datetime | None) -> None:
    tx.conn.execute("UPDATE queue SET paused_at = ?", (optional_time_text(at),))


def overnight_spent(conn: sqlite3.Connection, since: datetime) -> int:
    """Known micro-dollars of all overnight jobs' calls from `since` on."""
    return int(conn.execute(
        "SELECT coalesce(sum(u.cost_microusd), 0) FROM usage u JOIN jobs j ON j.id = u.job_id "
        "WHERE u.recorded_at >= ? AND j.is_overnight = 1", (time_text(since),)).fetchone()[0])


def _entry(row: sqlite3.Row) -> QueueEntry:
    (job_id, number, project_id, text, status, waiting_on, reason, priority, position, not_before,
     after, is_overnight, paused, begun) = row
    return QueueEntry(
        job_id=JobId(job_id), number=number, project_id=ProjectId(project_id),
        title=text.strip().partition("\n")[0], status=JobStatus(status),
        waiting_on=WaitingOn(waiting_on), reason=reason, priority=priority, position=position,
        not_before=parse_optional_time(not_before),
        after=None if after is None else JobId(after), is_overnight=bool(is_overnight),
        is_paused=paused is not None, begun_at=parse_optional_time(begun))
