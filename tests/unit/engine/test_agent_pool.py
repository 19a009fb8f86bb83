"""Agents that are sent away while something else happens to them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit_tui.domain.agent import PoolBounds
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import JobId
from cockpit_tui.engine.agent_pool import AgentPool, AgentSentAway
from cockpit_tui.storage.database import Database, Transaction

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def _one_job(tx: Transaction) -> None:
    tx.conn.execute("INSERT INTO projects (id, name, path, identity, added_at) "
                    "VALUES ('p', 'p', '/p', 'i', ?)", (NOW.isoformat(),))
    tx.conn.execute(
        "INSERT INTO jobs (id, number, project_id, request_json, status, waiting_on, branch, "
        "base_branch, base_commit, head_commit, reason, created_at) VALUES ('j', 1, 'p', "
        "'{\"text\": \"x\"}', 'building', 'nothing', 'b', 'm', 'c', 'c', '', ?)",
        (NOW.isoformat(),))


@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_who_is_sent_away_before_it_is_known_fails_no_task_and_holds_nobody_up(
        tmp_path: Path, is_cancelled: bool) -> None:
    async with await Database.open(tmp_path / "cockpit.db", clock=lambda: NOW) as database:
        await database.write(_one_job)
        pool = await AgentPool.load(database, JobId("j"), PoolBounds(at_once=1))
        is_at_work = asyncio.Event()

        async def work() -> None:
            is_at_work.set()
            await asyncio.Event().wait()

        working = asyncio.create_task(pool.at_work("a1", work()))
        await is_at_work.wait()
        sending = asyncio.create_task(pool.terminate("a1"))
        while "a1" in pool._leaving or not pool.seats.is_gone("a1"):  # noqa: ASYNC110
            await asyncio.sleep(0)
        if is_cancelled:  # The job, while the ledger is told that the agent goes.
            working.cancel()
        async with asyncio.timeout(10):
            with pytest.raises(UsageError, match="stopped" if is_cancelled else "no agent 'a1'"):
                await sending
            with pytest.raises(asyncio.CancelledError if is_cancelled else AgentSentAway):
                await working
