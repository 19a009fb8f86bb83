"""Forgetting by age: exactly the jobs that ended before, and of them exactly what is named."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import JobStatus
from cockpit_tui.storage import retention
from cockpit_tui.storage.columns import time_text
from cockpit_tui.storage.migrations import migrate
from cockpit_tui.storage.transaction import Transaction

NOW = datetime(2026, 6, 1, tzinfo=UTC)
JOBS = st.lists(st.tuples(st.sampled_from(JobStatus), st.integers(0, 90), st.booleans()),
                max_size=12)


def insert(conn: sqlite3.Connection, number: int, status: JobStatus, age: int,
           *, has_memory: bool) -> None:
    ended = time_text(NOW - timedelta(days=age)) if status.is_final else None
    job = f"J{number}"
    conn.execute(
        "INSERT INTO jobs (id, number, project_id, request_json, status, waiting_on, branch, "
        "base_branch, base_commit, head_commit, reason, created_at, finished_at) "
        "VALUES (?, ?, 'P', '{}', ?, 'nothing', '', '', '', '', '', 't', ?)",
        (job, number, status, ended))
    if has_memory:
        conn.execute("INSERT INTO durable_steps VALUES (?, 'k', 'read', 'done', '{}', ?, 't', 't')",
                     (job, "x" * number))


@settings(max_examples=40, deadline=None)
@given(jobs=JOBS, days=st.integers(1, 80))
def test_exactly_what_is_old_and_ended_is_forgotten(
        jobs: list[tuple[JobStatus, int, bool]], days: int) -> None:
    with closing(ledger_in_memory()) as conn:
        conn.execute("INSERT INTO projects VALUES ('P', 'p', '/p', 'i', 't', NULL, NULL)")
        for number, (status, age, has_memory) in enumerate(jobs, 1):
            insert(conn, number, status, age, has_memory=has_memory)
        old = {number for number, (status, age, _) in enumerate(jobs, 1)
               if status.is_final and age > days}
        found = retention.due(conn, NOW - timedelta(days=days))
        assert {job.number for job in found} == old
        assert {job.number: job.payload_bytes for job in found} == {
            number: number + 2 if jobs[number - 1][2] else 0 for number in old}
        tx = Transaction(conn, next_seq=1, clock=lambda: NOW, new_id=lambda: "I",
                         correlation_id="")
        for number in range(1, len(jobs) + 1):
            if number in old or not jobs[number - 1][0].is_final:  # the latter must be refused
                retention.forget(tx, JobId(f"J{number}"))
        left = {row[0] for row in conn.execute("SELECT job_id FROM durable_steps")}
        assert left == {f"J{number}" for number, (_, _, has_memory) in enumerate(jobs, 1)
                        if has_memory and number not in old}
        for number in range(1, len(jobs) + 1):
            at = retention.compacted_at(conn, JobId(f"J{number}"))
            assert at == (NOW if number in old else None)
        assert retention.due(conn, NOW - timedelta(days=days)) == ()


def ledger_in_memory() -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:", isolation_level=None)
    conn.row_factory = sqlite3.Row
    migrate(conn, Path("memory"), at=NOW)
    return conn
