"""The agents table, the members of each job's pool; and what is told of their attempts."""

from __future__ import annotations

import sqlite3

from cockpit_tui.domain.agent import Agent, TouchedFile
from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.ids import ExecutionId, JobId, TaskId
from cockpit_tui.domain.task import AgentStatus
from cockpit_tui.storage import events
from cockpit_tui.storage.columns import (
    optional_time_text,
    parse_optional_time,
    parse_time,
    plain_text,
    time_text,
)
from cockpit_tui.storage.transaction import Transaction

_CHATTER = ("agent:status", "usage:recorded", "git:checkpointed", "step:completed")


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


def last_events(conn: sqlite3.Connection, job_id: JobId, *,
                among: int = 500) -> dict[ExecutionId, RecordedEvent]:
    """What each attempt did last that is worth a word, among the newest events of the job."""
    marks = ", ".join("?" * len(_CHATTER))
    rows = conn.execute(
        "SELECT max(seq), execution_id FROM (SELECT seq, execution_id, type FROM events "
        "WHERE job_id = ? ORDER BY seq DESC LIMIT ?) WHERE execution_id IS NOT NULL "
        f"AND type NOT IN ({marks}) GROUP BY execution_id", (job_id, among, *_CHATTER))
    newest = {ExecutionId(execution_id): seq for seq, execution_id in rows.fetchall()}
    return {execution_id: events.after(conn, seq - 1, limit=1)[0]
            for execution_id, seq in newest.items()}


def files_of(conn: sqlite3.Connection, execution_id: ExecutionId) -> tuple[TouchedFile, ...]:
    """What the attempt wrote, the file written last first, each with all its changes together."""
    rows = conn.execute(
        "SELECT json_extract(payload_json, '$.path') AS path, "
        "sum(json_extract(payload_json, '$.added')), sum(json_extract(payload_json, '$.removed')) "
        "FROM events WHERE execution_id = ? AND type = 'code:generated' "
        "GROUP BY path ORDER BY max(seq) DESC", (execution_id,))
    return tuple(TouchedFile(path=path, added=added, removed=removed)
                 for path, added, removed in rows)


def turns_of(conn: sqlite3.Connection, execution_id: ExecutionId) -> tuple[int, int, str]:
    """Of the attempt: model turns, tokens in and out, and who answered last."""
    row = conn.execute(
        "SELECT count(*), coalesce(sum(input_tokens + output_tokens + cache_read_tokens + "
        "cache_write_tokens), 0), max(number) FROM steps WHERE execution_id = ?",
        (execution_id,)).fetchone()
    if not row[0]:
        return 0, 0, ""
    model = conn.execute("SELECT model FROM steps WHERE execution_id = ? AND number = ?",
                         (execution_id, row[2])).fetchone()[0]
    return row[0], row[1], model
