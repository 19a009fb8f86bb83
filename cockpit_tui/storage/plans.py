"""Plans in the ledger: every revision as it was written, and the approved one as task rows."""

from __future__ import annotations

import sqlite3
from functools import cache

from pydantic import TypeAdapter

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.plan import Plan, Task
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.storage.columns import from_json, optional_row, plain_text, time_text, to_json
from cockpit_tui.storage.transaction import Transaction

NEVER_RAN = (TaskStatus.PENDING, TaskStatus.READY, TaskStatus.SKIPPED, TaskStatus.CANCELLED)
"""Statuses that a task can have without an attempt behind it."""
_NEVER_RAN_SQL = (f"attempts = 0 AND status IN ({', '.join('?' * len(NEVER_RAN))}) "
                  "AND NOT EXISTS (SELECT 1 FROM executions WHERE task_id = tasks.id)")


@cache
def _plan_adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


@cache
def _task_adapter() -> TypeAdapter[Task]:
    return TypeAdapter(Task)


def save(tx: Transaction, plan: Plan) -> None:
    """Record a revision. Recording the same one twice is harmless; another content under a
    revision that is recorded already raises UsageError, because history is not rewritten."""
    document = to_json(_plan_adapter(), plan)
    row = optional_row(tx.conn.execute(
        "SELECT plan_json FROM plans WHERE job_id = ? AND revision = ?",
        (plan.job_id, plan.revision)))
    if row is None:
        tx.conn.execute(
            "INSERT INTO plans (job_id, revision, id, author, plan_json, recorded_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (plan.job_id, plan.revision, plan.id, plain_text(plan.author), document,
             time_text(tx.now())))
    elif row["plan_json"] != document:
        raise UsageError(f"Revision {plan.revision} of the plan is recorded already, and differs.")


def latest(conn: sqlite3.Connection, job_id: JobId) -> Plan | None:
    """The newest revision."""
    row = optional_row(conn.execute(
        "SELECT plan_json FROM plans WHERE job_id = ? ORDER BY revision DESC LIMIT 1", (job_id,)))
    if row is None:
        return None
    return from_json(_plan_adapter(), row["plan_json"], f"The plan of job {job_id}")


def adopt(tx: Transaction, plan: Plan) -> None:
    """Make the approved plan the job's phases and tasks, all pending.

    A task that ran already keeps its status, proofs and cost, also where the new plan has no place
    for it any more; what the plan says about it (title, role, position) is taken over.
    """
    conn = tx.conn
    conn.execute(
        "DELETE FROM task_dependencies WHERE task_id IN (SELECT id FROM tasks WHERE job_id = ?)",
        (plan.job_id,))
    conn.execute(f"DELETE FROM tasks WHERE job_id = ? AND {_NEVER_RAN_SQL}",
                 (plan.job_id, *NEVER_RAN))
    for index, phase in enumerate(plan.phases):
        conn.execute(
            "INSERT INTO phases (id, job_id, position, title) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET position = excluded.position, title = excluded.title",
            (phase.id, plan.job_id, index, plain_text(phase.title)))
        conn.executemany(
            "INSERT INTO tasks (id, job_id, phase_id, phase_index, position, number, title, role, "
            "planned_json, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET phase_id = excluded.phase_id, "
            "phase_index = excluded.phase_index, position = excluded.position, "
            "number = excluded.number, title = excluded.title, role = excluded.role, "
            "planned_json = excluded.planned_json",
            [(task.id, plan.job_id, phase.id, index, position, f"{index + 1}.{position + 1}",
              plain_text(task.title), plain_text(task.role), to_json(_task_adapter(), task),
              TaskStatus.PENDING) for position, task in enumerate(phase.tasks)])
    conn.executemany("INSERT INTO task_dependencies (task_id, depends_on) VALUES (?, ?)",
                     [(task.id, needed) for task in plan.tasks() for needed in task.depends_on])
    conn.execute("DELETE FROM phases WHERE job_id = ? AND NOT EXISTS "
                 "(SELECT 1 FROM tasks WHERE tasks.phase_id = phases.id)", (plan.job_id,))
