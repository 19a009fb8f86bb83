"""Calls under way when a job is cancelled: billed, once, although nobody will ask again."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from support.repositories import make_repository
from support.scripted_jobs import (
    one_phase,
    planned_task,
    scripted_engine,
    submit,
    writes_its_file,
)

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import CancelJob, RetryJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.job import JobStatus
from cockpit_tui.providers.scripted import ScriptedProvider

PLAN = one_phase(planned_task("a", "a.txt"))


def lost_calls() -> list[tuple[bool, bool, bool]]:
    with closing(sqlite3.connect(Paths.from_environment().database)) as conn:
        return [(bool(row[0]), row[1] is not None, row[2] > 0) for row in conn.execute(
            "SELECT is_estimated, task_id, input_tokens FROM usage WHERE purpose = 'lost'")]


class Slow(ScriptedProvider):
    """Comes to no end of its first answer to a task."""

    def __init__(self) -> None:
        super().__init__(plan=PLAN, task=writes_its_file)
        self.asked = asyncio.Event()

    async def complete(self, request: ModelRequest) -> ModelReply:
        if request.purpose == "task" and not self.asked.is_set():
            self.asked.set()
            await asyncio.Event().wait()
        return await super().complete(request)


async def test_a_call_under_way_is_billed_when_its_job_is_cancelled(tmp_path: Path,
                                                                    own_home: Path) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    provider = Slow()
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        await provider.asked.wait()
        await engine.send(CancelJob(job_id=job.id))
        await engine.wait(job.id)
        assert lost_calls() == [(True, True, True)]
        await engine.send(RetryJob(job_id=job.id))
        end = await engine.wait(job.id)
    assert end.job.status is JobStatus.COMPLETED, end.job.reason
    assert lost_calls() == [(True, True, True)]
