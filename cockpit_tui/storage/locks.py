"""The lock table: one row for each task that holds or waits for its claim."""

from __future__ import annotations

import sqlite3

from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.ids import JobId, LockId, ProjectId, TaskId
from cockpit_tui.domain.lock import Claim, Lock
from cockpit_tui.storage.columns import (
    from_json,
    optional_row,
    parse_optional_time,
    parse_time,
    plain_text,
    time_text,
    to_json,
)
from cockpit_tui.storage.transaction import Transaction

_SELECT = ("SELECT l.*, j.number AS job_number, j.priority FROM locks l "
           "JOIN jobs j ON j.id = l.job_id")


def ask(tx: Transaction, *, lock_id: LockId, project_id: ProjectId, job_id: JobId,
        task_id: TaskId, task_number: str, title: str, claim: Claim, engine_run: str,
        pid: int) -> Lock:
    """A new row that waits."""
    now = time_text(tx.now())
    tx.conn.execute(
        "INSERT INTO locks (id, project_id, job_id, task_id, task_number, title, claim_json, "
        "engine_run, pid, asked_at, beat_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (lock_id, project_id, job_id, task_id, task_number, plain_text(title),
         to_json(adapter(Claim), claim), engine_run, pid, now, now))
    (lock,) = (lock for lock in of_project(tx.conn, project_id) if lock.id == lock_id)
    return lock


def hold(tx: Transaction, lock_id: LockId) -> None:
    tx.conn.execute("UPDATE locks SET held_at = ? WHERE id = ?", (time_text(tx.now()), lock_id))


def widen(tx: Transaction, lock_id: LockId, claim: Claim) -> None:
    tx.conn.execute("UPDATE locks SET claim_json = ? WHERE id = ?",
                    (to_json(adapter(Claim), claim), lock_id))


def remove(tx: Transaction, lock_id: LockId) -> None:
    tx.conn.execute("DELETE FROM locks WHERE id = ?", (lock_id,))


def beat(tx: Transaction, engine_run: str) -> None:
    """The engine says that it lives, for every row that it answers for."""
    tx.conn.execute("UPDATE locks SET beat_at = ? WHERE engine_run = ?",
                    (time_text(tx.now()), engine_run))


def get(conn: sqlite3.Connection, lock_id: LockId) -> Lock | None:
    row = optional_row(conn.execute(f"{_SELECT} WHERE l.id = ?", (lock_id,)))
    return None if row is None else _lock(row)


def of_project(conn: sqlite3.Connection, project_id: ProjectId) -> tuple[Lock, ...]:
    """In their order: who holds, then who waits."""
    rows = conn.execute(f"{_SELECT} WHERE l.project_id = ?", (project_id,))
    return tuple(sorted(map(_lock, rows), key=lambda lock: lock.order))


def listing(conn: sqlite3.Connection) -> tuple[Lock, ...]:
    """Of all projects, in their order."""
    return tuple(sorted(map(_lock, conn.execute(_SELECT)), key=lambda lock: lock.order))


def left_behind(conn: sqlite3.Connection, engine_run: str) -> tuple[Lock, ...]:
    """Rows of every other engine run, oldest first."""
    rows = conn.execute(f"{_SELECT} WHERE l.engine_run != ? ORDER BY l.number", (engine_run,))
    return tuple(map(_lock, rows))


def _lock(row: sqlite3.Row) -> Lock:
    return Lock(
        id=LockId(row["id"]), number=row["number"], project_id=ProjectId(row["project_id"]),
        job_id=JobId(row["job_id"]), job_number=row["job_number"], task_id=TaskId(row["task_id"]),
        task_number=row["task_number"], title=row["title"],
        claim=from_json(adapter(Claim), row["claim_json"], f"Lock {row['number']}"),
        priority=row["priority"], asked_at=parse_time(row["asked_at"]),
        held_at=parse_optional_time(row["held_at"]), pid=row["pid"],
        beat_at=parse_time(row["beat_at"]))
