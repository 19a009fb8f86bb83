"""Jobs in the ledger, each with the review that was made for it."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.domain.job import Job, JobRequest, JobStatus, WaitingOn
from cockpit_tui.domain.review import Review
from cockpit_tui.domain.transitions import JOB_TRANSITIONS, check_transition
from cockpit_tui.storage.columns import (
    from_json,
    optional_row,
    optional_time_text,
    parse_optional_time,
    parse_time,
    plain_text,
    time_text,
    to_json,
)
from cockpit_tui.storage.transaction import Transaction

_COLUMNS = ("id, number, project_id, request_json, status, waiting_on, branch, base_branch, "
            "base_commit, head_commit, reason, created_at, started_at, finished_at, cost_microusd")


@cache
def _request_adapter() -> TypeAdapter[JobRequest]:
    return TypeAdapter(JobRequest)


@cache
def _review_adapter() -> TypeAdapter[Review]:
    return TypeAdapter(Review)


def next_number(conn: sqlite3.Connection) -> int:
    """The short number for the next job, from 1. Ask in the transaction that saves the job."""
    return int(conn.execute("SELECT coalesce(max(number), 0) + 1 FROM jobs").fetchone()[0])


def save(tx: Transaction, job: Job) -> None:
    """Insert, or update the whole job. Raises IllegalTransition if the stored status cannot become
    this one."""
    stored = optional_row(tx.conn.execute("SELECT status FROM jobs WHERE id = ?", (job.id,)))
    if stored is not None:
        check_transition(JOB_TRANSITIONS, JobStatus(stored["status"]), job.status)
    tx.conn.execute(
        f"INSERT INTO jobs ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET number = excluded.number, "
        "project_id = excluded.project_id, request_json = excluded.request_json, "
        "status = excluded.status, waiting_on = excluded.waiting_on, branch = excluded.branch, "
        "base_branch = excluded.base_branch, base_commit = excluded.base_commit, "
        "head_commit = excluded.head_commit, reason = excluded.reason, "
        "created_at = excluded.created_at, started_at = excluded.started_at, "
        "finished_at = excluded.finished_at, cost_microusd = excluded.cost_microusd",
        (job.id, job.number, job.project_id, to_json(_request_adapter(), job.request), job.status,
         job.waiting_on, plain_text(job.branch), plain_text(job.base_branch), job.base_commit,
         job.head_commit, plain_text(job.reason), time_text(job.created_at),
         optional_time_text(job.started_at), optional_time_text(job.finished_at),
         job.cost_microusd),
    )


def get(conn: sqlite3.Connection, job_id: JobId) -> Job:
    """Raises UsageError where there is none."""
    row = optional_row(conn.execute(f"SELECT {_COLUMNS} FROM jobs WHERE id = ?", (job_id,)))
    return _job_or_raise(row, job_id)


def find(conn: sqlite3.Connection, job_id: JobId) -> Job | None:
    row = optional_row(conn.execute(f"SELECT {_COLUMNS} FROM jobs WHERE id = ?", (job_id,)))
    return None if row is None else _job(row)


def by_number(conn: sqlite3.Connection, number: int) -> Job:
    """Raises UsageError where there is none."""
    row = optional_row(conn.execute(f"SELECT {_COLUMNS} FROM jobs WHERE number = ?", (number,)))
    return _job_or_raise(row, f"#{number}")


def listing(conn: sqlite3.Connection, *, project_id: ProjectId | None = None,
            limit: int = 200) -> tuple[Job, ...]:
    """Newest first."""
    if project_id is None:
        rows = conn.execute(f"SELECT {_COLUMNS} FROM jobs ORDER BY number DESC LIMIT ?", (limit,))
    else:
        rows = conn.execute(f"SELECT {_COLUMNS} FROM jobs WHERE project_id = ? "
                            "ORDER BY number DESC LIMIT ?", (project_id, limit))
    return tuple(_job(row) for row in rows)


def unfinished(conn: sqlite3.Connection) -> tuple[Job, ...]:
    """What a restarted engine has to go on with, oldest first."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM jobs WHERE status NOT IN "
                        "('completed', 'failed', 'cancelled') ORDER BY number")
    return tuple(_job(row) for row in rows)


def ended_before(conn: sqlite3.Connection, project_id: ProjectId,
                 before: datetime) -> frozenset[JobId]:
    """The project's jobs that are over since before then and still have their working memory."""
    rows = conn.execute("SELECT id FROM jobs WHERE project_id = ? AND finished_at < ? "
                        "AND compacted_at IS NULL", (project_id, time_text(before)))
    return frozenset(JobId(row["id"]) for row in rows)


def save_review(tx: Transaction, job_id: JobId, review: Review) -> None:
    """Keep the job's review; a later one takes its place."""
    get(tx.conn, job_id)
    tx.conn.execute("UPDATE jobs SET review_json = ? WHERE id = ?",
                    (to_json(_review_adapter(), review), job_id))


def review(conn: sqlite3.Connection, job_id: JobId) -> Review | None:
    row = optional_row(conn.execute("SELECT review_json FROM jobs WHERE id = ?", (job_id,)))
    if row is None or row["review_json"] is None:
        return None
    return from_json(_review_adapter(), row["review_json"], f"The review of job {job_id}")


def _job_or_raise(row: sqlite3.Row | None, name: str) -> Job:
    if row is None:
        raise UsageError(f"No job {name}.", hint="`cockpit jobs list` shows what there is.")
    return _job(row)


def _job(row: sqlite3.Row) -> Job:
    return Job(
        id=JobId(row["id"]),
        number=row["number"],
        project_id=ProjectId(row["project_id"]),
        request=from_json(_request_adapter(), row["request_json"], f"Job {row['id']}"),
        status=JobStatus(row["status"]),
        waiting_on=WaitingOn(row["waiting_on"]),
        branch=row["branch"],
        base_branch=row["base_branch"],
        base_commit=row["base_commit"],
        head_commit=row["head_commit"],
        reason=row["reason"],
        created_at=parse_time(row["created_at"]),
        started_at=parse_optional_time(row["started_at"]),
        finished_at=parse_optional_time(row["finished_at"]),
        cost_microusd=row["cost_microusd"],
    )
