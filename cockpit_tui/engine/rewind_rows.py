"""What a rewound task's rows look like, and how they legally become so."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.task import Execution, ExecutionStatus, TaskRecord, TaskStatus
from cockpit_tui.domain.transitions import EXECUTION_TRANSITIONS, TASK_TRANSITIONS, legal_path
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import durable, executions, tasks
from cockpit_tui.storage.database import Transaction


def last_execution(conn: sqlite3.Connection, record: TaskRecord) -> Execution | None:
    """The task's newest attempt; None before the first."""
    attempts = executions.for_task(conn, record.id)
    return attempts[-1] if attempts else None


def attempt_key(execution: Execution) -> str:
    """The prefix of the attempt's durable keys, without the slash."""
    return f"task/{execution.task_id}/{execution.attempt}"


def landed_key(attempt: str) -> str:
    """Where it is remembered that the work of an attempt, known by its key, has landed."""
    return f"{attempt}/merge/land"


def is_rewound(conn: sqlite3.Connection, record: TaskRecord) -> bool:
    """Whether it was rewound and has not gone on since."""
    execution = last_execution(conn, record)
    if execution is None:
        return False
    entry = durable.get(conn, record.job_id, f"{attempt_key(execution)}/rewound")
    return entry is not None and entry.state == "intent"


def put_to_work(tx: Transaction, record: TaskRecord) -> None:
    """The task and its newest execution run again, by way of what lies between."""
    record = replace(record, reason="", finished_at=None, commit="", files=(), proofs=())
    become(tx, record, TaskStatus.RUNNING)
    execution = last_execution(tx.conn, record)
    if execution is None:
        return
    for status in legal_path(EXECUTION_TRANSITIONS, execution.status, ExecutionStatus.RUNNING):
        executions.save(tx, replace(execution, status=status, reason="", finished_at=None))


def become(tx: Transaction, record: TaskRecord, status: TaskStatus) -> None:
    """Save `record` with every status on the way to `status`."""
    stored = tasks.get(tx.conn, record.id).status
    for following in legal_path(TASK_TRANSITIONS, stored, status) or (status,):
        save_rows(tx, record.job_id, (replace(record, status=following),))


def free_dependants(tx: Transaction, job_id: JobId) -> None:
    """Tasks that were skipped are looked at again: what they waited for may get done now."""
    for record in tasks.for_job(tx.conn, job_id):
        if record.status is TaskStatus.SKIPPED:
            become(tx, replace(record, reason="", finished_at=None), TaskStatus.PENDING)
            durable.delete_prefix(tx, job_id, f"task/{record.id}/")
