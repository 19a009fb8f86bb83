"""What the stop desk remembers is what the ledger had last, in whatever order its looks end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from cockpit_tui.domain.ids import JobId
from cockpit_tui.engine.stops import StopDesk
from cockpit_tui.storage import stops
from cockpit_tui.storage.database import Database, Transaction

T = TypeVar("T")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
JOB = JobId("j")


def _one_job(tx: Transaction) -> None:
    tx.conn.execute("INSERT INTO projects (id, name, path, identity, added_at) "
                    "VALUES ('p', 'p', '/p', 'i', ?)", (NOW.isoformat(),))
    tx.conn.execute(
        "INSERT INTO jobs (id, number, project_id, request_json, status, waiting_on, branch, "
        "base_branch, base_commit, head_commit, reason, created_at) VALUES ('j', 1, 'p', "
        "'{\"text\": \"x\"}', 'building', 'nothing', 'b', 'm', 'c', 'c', '', ?)",
        (NOW.isoformat(),))


async def test_a_slow_look_takes_no_pause_back(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    has_looked, may_end, is_written = asyncio.Event(), asyncio.Event(), asyncio.Event()
    read = Database.read

    async def slow_once(database: Database, query: Callable[..., T]) -> T:
        monkeypatch.setattr(Database, "read", read)
        found = await read(database, query)
        has_looked.set()
        await may_end.wait()
        return found

    async with await Database.open(tmp_path / "cockpit.db", clock=lambda: NOW,
                                   on_commit=lambda batch: is_written.set()) as database:
        await database.write(_one_job)
        desk = StopDesk(database=database)
        monkeypatch.setattr(Database, "read", slow_once)
        first = asyncio.create_task(desk.load())
        await has_looked.wait()
        pausing = asyncio.create_task(desk.pause_job(JOB, is_running=True))
        await is_written.wait()
        for _ in range(3):  # By then a look at the pause would have ended too.
            assert await database.read(stops.listing)
        may_end.set()
        await asyncio.gather(first, pausing)
        assert desk.is_held_up(JOB)
