"""The agents table: the members of each job's pool, one row each."""

from __future__ import annotations

import sqlite3

from cockpit_tui.domain.agent import Agent
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.task import AgentStatus
from cockpit_tui.storage.columns import (
    optional_time_text,
    parse_optional_time,
    parse_time,
    plain_text,
    time_text,
)
from cockpit_tui.storage.transaction import Transaction


def save(tx: Transaction, agent: Agent) -> None:
    """Insert, or update what changes: status, detail, since, task, the end."""
    tx.conn.execute(
        "INSERT INTO agents (job_id, name, role, status, detail, since, task_id, spawned_at, "
        "terminated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (job_id, name) DO UPDATE SET status = excluded.status, "
        "detail = excluded.detail, since = excluded.since, task_id = excluded.task_id, "
        "terminated_at = excluded.terminated_at",
        (agent.job_id, agent.name, plain_text(agent.role), agent.status, plain_text(agent.detail),
         time_text(agent.since), agent.task_id, time_text(agent.spawned_at),
         optional_time_text(agent.terminated_at)))


def for_job(conn: sqlite3.Connection, job_id: JobId) -> tuple[Agent, ...]:
    """In the order in which they were spawned, those that were sent away included."""
    rows = conn.execute("SELECT * FROM agents WHERE job_id = ?", (job_id,))
    return tuple(sorted(map(_agent, rows), key=lambda agent: agent.number))


def busy(conn: sqlite3.Connection, job_id: JobId | None = None) -> tuple[Agent, ...]:
    """Who works or is blocked, of one job or of all."""
    rows = conn.execute("SELECT * FROM agents WHERE status != 'idle' AND (?1 IS NULL OR "
                        "job_id = ?1) ORDER BY job_id, name", (job_id,))
    return tuple(map(_agent, rows))


def _agent(row: sqlite3.Row) -> Agent:
    return Agent(
        job_id=JobId(row["job_id"]), name=row["name"], role=row["role"],
        status=AgentStatus(row["status"]), detail=row["detail"], since=parse_time(row["since"]),
        task_id=None if row["task_id"] is None else TaskId(row["task_id"]),
        spawned_at=parse_time(row["spawned_at"]),
        terminated_at=parse_optional_time(row["terminated_at"]))
