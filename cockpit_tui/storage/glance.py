"""A look at the ledger for a status line: four numbers, in milliseconds, beside any engine."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from cockpit_tui.domain.glance import Glance, Pulse
from cockpit_tui.storage import queue
from cockpit_tui.storage.columns import time_text
from cockpit_tui.storage.connection import ledger_error, open_reader
from cockpit_tui.storage.lock import EngineLock

_OPEN = "status NOT IN ('completed', 'failed', 'cancelled')"


def at_work(conn: sqlite3.Connection) -> int:
    """How many agents work at a task now, over all jobs: not those that wait for a lock, for a
    pause or for the person."""
    return int(conn.execute(
        "SELECT count(*) FROM executions e JOIN jobs j ON j.id = e.job_id "
        "WHERE e.status IN ('started', 'running') "
        f"AND j.waiting_on IN ('nothing', 'approval') AND j.{_OPEN} "
        "AND NOT EXISTS (SELECT 1 FROM agents a WHERE a.job_id = e.job_id "
        "AND a.name = e.agent AND a.status = 'blocked')").fetchone()[0])


def pulse(conn: sqlite3.Connection) -> Pulse:
    return Pulse(at_work=at_work(conn), paused_at=queue.paused_at(conn))


def glance(path: Path, day_begin: datetime) -> Glance:
    """Nothing at all where there is no ledger yet. Raises StorageError."""
    if not path.exists():
        return Glance()
    try:
        with closing(open_reader(path, busy_seconds=0.5)) as conn:
            questions, parked = conn.execute(
                f"SELECT (SELECT count(*) FROM approvals a JOIN jobs j ON j.id = a.job_id "
                f"WHERE a.answer_json IS NULL AND j.{_OPEN}), (SELECT count(*) FROM jobs "
                f"WHERE waiting_on IN ('person', 'budget') AND {_OPEN})").fetchone()
            cost, unpriced = conn.execute(
                "SELECT coalesce(sum(cost_microusd), 0), count(*) - count(cost_microusd) "
                "FROM usage WHERE recorded_at >= ?", (time_text(day_begin),)).fetchone()
            working = at_work(conn)
    except sqlite3.Error as error:
        raise ledger_error(error, path) from error
    if working and EngineLock(path).is_free():
        working = 0  # Left behind by an engine that was killed: nobody works.
    return Glance(questions=questions, parked=parked, agents=working, today_microusd=cost,
                  unpriced_calls=unpriced)
