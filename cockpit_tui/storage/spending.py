"""Budgets, and what is certainly spent: known costs only, each with the `seq` it was read at."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.record import RaiseBudget
from cockpit_tui.storage import events
from cockpit_tui.storage.columns import time_text
from cockpit_tui.storage.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpending:
    """Micro-dollars of one job; calls of an unknown price are left out."""

    seq: int
    """The newest event that the sums may count: later ones come on top."""
    number: int
    budget: int | None
    spent: int
    tasks: Mapping[TaskId, int]
    """What was spent on each task, its judge included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpending:
    seq: int
    spent: int


Warned = tuple[str, str | None, str | None, int]
"""Scope, job, task and the budget that was warned of."""


def of_job(conn: sqlite3.Connection, job_id: JobId) -> JobSpending:
    """`job_id` must exist."""
    by_task = {row[0]: int(row[1]) for row in conn.execute(
        "SELECT task_id, coalesce(sum(cost_microusd), 0) FROM usage WHERE job_id = ? "
        "GROUP BY task_id", (job_id,))}
    number, budget = budget_of_job(conn, job_id)
    return JobSpending(seq=events.last_seq(conn), number=number, budget=budget,
                       spent=sum(by_task.values()),
                       tasks={TaskId(task): cost for task, cost in by_task.items() if task})


def budget_of_job(conn: sqlite3.Connection, job_id: JobId) -> tuple[int, int | None]:
    """The job's number and what it may spend, as the ledger has it now."""
    row = conn.execute(
        "SELECT number, json_extract(request_json, '$.limits.budget_microusd') FROM jobs "
        "WHERE id = ?", (job_id,)).fetchone()
    return int(row[0]), row[1]


def budget_of_task(conn: sqlite3.Connection, task_id: TaskId) -> int | None:
    """What the adopted plan lets the task spend; None: it names no bound."""
    row = conn.execute("SELECT json_extract(planned_json, '$.budget_microusd') FROM tasks "
                       "WHERE id = ?", (task_id,)).fetchone()
    return None if row is None else row[0]


def raise_budget(tx: Transaction, job_id: JobId, change: RaiseBudget) -> None:
    """Nothing where the budget is another one by now."""
    amounts = (change.after_microusd, change.before_microusd)
    if change.task_id is None:
        tx.conn.execute(
            "UPDATE jobs SET request_json = json_set(request_json, '$.limits.budget_microusd', ?1)"
            " WHERE json_extract(request_json, '$.limits.budget_microusd') = ?2 AND id = ?3",
            (*amounts, job_id))
    else:
        tx.conn.execute(
            "UPDATE tasks SET planned_json = json_set(planned_json, '$.budget_microusd', ?1) "
            "WHERE json_extract(planned_json, '$.budget_microusd') = ?2 AND id = ?3",
            (*amounts, change.task_id))


def since(conn: sqlite3.Connection, at: datetime) -> TimeSpending:
    """Over all jobs, from `at` on."""
    spent = conn.execute("SELECT coalesce(sum(cost_microusd), 0) FROM usage "
                         "WHERE recorded_at >= ?", (time_text(at),)).fetchone()[0]
    return TimeSpending(seq=events.last_seq(conn), spent=int(spent))


def warnings(conn: sqlite3.Connection, *, job_id: JobId | None = None,
             day_from: datetime | None = None) -> frozenset[Warned]:
    """What was warned of: of one job and its tasks, or of the day that began at `day_from`."""
    rows = conn.execute(
        "SELECT json_extract(payload_json, '$.scope'), job_id, task_id, "
        "json_extract(payload_json, '$.budget_microusd') FROM events "
        "WHERE type = 'budget:warned' AND at >= ?",
        ("" if day_from is None else time_text(day_from),))
    found = frozenset((row[0], row[1], row[2], int(row[3])) for row in rows)
    if job_id is not None:
        return frozenset(w for w in found if w[0] != "day" and w[1] == job_id)
    return frozenset(w for w in found if w[0] == "day")
