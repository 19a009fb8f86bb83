"""Tasks as they run. `plans.adopt` makes the rows, `save` moves them along."""

from __future__ import annotations

import sqlite3
from functools import cache

from pydantic import TypeAdapter

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import JobId, PhaseId, TaskId
from cockpit_tui.domain.task import Proof, TaskRecord, TaskStatus
from cockpit_tui.domain.transitions import TASK_TRANSITIONS, check_transition
from cockpit_tui.storage.columns import (
    from_json,
    optional_row,
    optional_time_text,
    parse_optional_time,
    plain_text,
    to_json,
)
from cockpit_tui.storage.transaction import Transaction

_SELECT = ("SELECT *, EXISTS (SELECT 1 FROM stops s WHERE s.job_id = tasks.job_id "
           "AND s.task_id = tasks.id AND s.wish = 'pause') AS is_paused FROM tasks")


@cache
def _files_adapter() -> TypeAdapter[tuple[str, ...]]:
    return TypeAdapter(tuple[str, ...])


@cache
def _proofs_adapter() -> TypeAdapter[tuple[Proof, ...]]:
    return TypeAdapter(tuple[Proof, ...])


def get(conn: sqlite3.Connection, task_id: TaskId) -> TaskRecord:
    """Raises UsageError where there is none."""
    row = optional_row(conn.execute(f"{_SELECT} WHERE id = ?", (task_id,)))
    if row is None:
        raise UsageError(f"No task {task_id}.", hint="`cockpit jobs show` lists a job's tasks.")
    return _record(row)


def for_job(conn: sqlite3.Connection, job_id: JobId) -> tuple[TaskRecord, ...]:
    """In plan order; empty until a plan was adopted."""
    rows = conn.execute(f"{_SELECT} WHERE job_id = ? ORDER BY phase_index, position, id",
                        (job_id,))
    return tuple(_record(row) for row in rows)


def save(tx: Transaction, record: TaskRecord) -> None:
    """Update the whole record. Raises UsageError for a task that no adopted plan has, and
    IllegalTransition if the stored status cannot become this one."""
    check_transition(TASK_TRANSITIONS, get(tx.conn, record.id).status, record.status)
    tx.conn.execute(
        "UPDATE tasks SET phase_id = ?, phase_index = ?, number = ?, title = ?, role = ?, "
        "status = ?, attempts = ?, reason = ?, commit_id = ?, files_json = ?, proofs_json = ?, "
        "cost_microusd = ?, started_at = ?, finished_at = ? WHERE id = ?",
        (record.phase_id, record.phase_index, record.number, plain_text(record.title),
         plain_text(record.role), record.status, record.attempts, plain_text(record.reason),
         record.commit, to_json(_files_adapter(), record.files),
         to_json(_proofs_adapter(), record.proofs), record.cost_microusd,
         optional_time_text(record.started_at), optional_time_text(record.finished_at), record.id),
    )


def _record(row: sqlite3.Row) -> TaskRecord:
    name = f"Task {row['id']}"
    return TaskRecord(
        id=TaskId(row["id"]),
        job_id=JobId(row["job_id"]),
        phase_id=PhaseId(row["phase_id"]),
        phase_index=row["phase_index"],
        number=row["number"],
        title=row["title"],
        role=row["role"],
        status=TaskStatus(row["status"]),
        attempts=row["attempts"],
        reason=row["reason"],
        commit=row["commit_id"],
        files=from_json(_files_adapter(), row["files_json"], name),
        proofs=from_json(_proofs_adapter(), row["proofs_json"], name),
        cost_microusd=row["cost_microusd"],
        started_at=parse_optional_time(row["started_at"]),
        finished_at=parse_optional_time(row["finished_at"]),
        is_paused=bool(row["is_paused"]),
    )
