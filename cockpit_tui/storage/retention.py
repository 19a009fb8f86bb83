"""What may be forgotten of a finished job: its working memory, never what happened or was decided.

Events stay, all of them: they are append-only by trigger, `seq` is gapless, and a job can be shown
again as it happened. What goes is what only a restart of the job could use (the results of durable
steps, so every model reply) and the bodies of tool calls. `jobs.compacted_at` says so for good, and
a job that carries it is never started again.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.domain.job import JobStatus
from cockpit_tui.storage.columns import optional_row, parse_optional_time, time_text
from cockpit_tui.storage.transaction import Transaction

_FINAL = ", ".join(f"'{status.value}'" for status in JobStatus if status.is_final)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgettable:
    """A job's working memory: how much it is."""

    job_id: JobId
    number: int
    project_id: ProjectId
    steps: int
    tool_calls: int
    payload_bytes: int
    """In characters, which is close."""


def due(conn: sqlite3.Connection, before: datetime) -> tuple[Forgettable, ...]:
    """Jobs that ended before `before` and still have their memory, oldest first."""
    rows = conn.execute(
        "SELECT id, number, project_id FROM jobs WHERE finished_at < ? AND compacted_at IS NULL "
        f"AND status IN ({_FINAL}) ORDER BY number", (time_text(before),)).fetchall()
    return tuple(_measured(conn, row) for row in rows)


def forget(tx: Transaction, job_id: JobId) -> None:
    """Drop the memory of a finished job and mark it; a second time does nothing."""
    marked = tx.conn.execute(
        "UPDATE jobs SET compacted_at = ? WHERE id = ? AND compacted_at IS NULL "
        f"AND status IN ({_FINAL})", (time_text(tx.now()), job_id)).rowcount
    if marked != 1:
        return
    tx.conn.execute("DELETE FROM durable_steps WHERE job_id = ?", (job_id,))
    tx.conn.execute(
        "UPDATE tool_calls SET arguments_json = '{}', result = '' WHERE execution_id IN "
        "(SELECT id FROM executions WHERE job_id = ?)", (job_id,))


def compacted_at(conn: sqlite3.Connection, job_id: JobId) -> datetime | None:
    """None while the job has its memory."""
    row = optional_row(conn.execute("SELECT compacted_at FROM jobs WHERE id = ?", (job_id,)))
    return None if row is None else parse_optional_time(row["compacted_at"])


def _measured(conn: sqlite3.Connection, job: sqlite3.Row) -> Forgettable:
    steps, step_bytes = conn.execute(
        "SELECT count(*), coalesce(sum(length(intent_json) + ifnull(length(result_json), 0)), 0) "
        "FROM durable_steps WHERE job_id = ?", (job["id"],)).fetchone()
    calls, call_bytes = conn.execute(
        "SELECT count(*), coalesce(sum(length(arguments_json) + length(result)), 0) "
        "FROM tool_calls WHERE execution_id IN (SELECT id FROM executions WHERE job_id = ?)",
        (job["id"],)).fetchone()
    return Forgettable(job_id=JobId(job["id"]), number=job["number"],
                       project_id=ProjectId(job["project_id"]), steps=steps, tool_calls=calls,
                       payload_bytes=step_bytes + call_bytes)
