"""Trouble in the queue: a full disk when a schedule is due, a job that nobody can read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.repositories import make_repository
from support.scripted_jobs import one_phase, planned_task, writes_its_file

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import AddSchedule, SubmitJob
from cockpit_tui.domain.errors import DiskFull
from cockpit_tui.domain.ids import JobId, ScheduleId
from cockpit_tui.domain.job import Job, JobRequest, JobStatus
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.domain.queue import Placement
from cockpit_tui.engine import intake
from cockpit_tui.engine.engine import Engine, open_engine
from cockpit_tui.engine.queue import AFTER_TROUBLE_SECONDS
from cockpit_tui.providers.scripted import ScriptedProvider
from cockpit_tui.storage.database import Transaction

NOON = datetime(2026, 11, 21, 12, 0).astimezone()
REQUEST = JobRequest(text="Write files", policy=Policy(approve=ApproveMode.ALL))


class Sleepless:
    """A clock that a test sets, and what the queue wanted to sleep; it wakes by events alone."""

    def __init__(self) -> None:
        self.now = NOON
        self.asked: asyncio.Queue[float] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        self.asked.put_nowait(seconds)
        await asyncio.Event().wait()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


@asynccontextmanager
async def engine_at(night: Sleepless) -> AsyncIterator[Engine]:
    provider = ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=writes_its_file)
    async with open_engine(Paths.from_environment(), is_attended=False, clock=lambda: night.now,
                           sleep=night.sleep,
                           provider_source=lambda _: (provider, "script")) as engine:
        yield engine


async def add(engine: Engine, repository: Path) -> Job:
    job = await engine.send(SubmitJob(repository=str(repository), placement=Placement(),
                                      request=REQUEST))
    assert job is not None
    return job


async def test_a_schedule_that_cannot_be_fired_is_not_tried_again_at_once(
        repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    night, tried = Sleepless(), 0

    async def no_room(*_: object, **__: object) -> Job:
        nonlocal tried
        tried += 1
        raise DiskFull("No room is left.")

    async with engine_at(night) as engine:
        await engine.send(AddSchedule(schedule_id=ScheduleId("S1"), repository=str(repository),
                                      request=REQUEST, cron="0 13 * * *"))
        monkeypatch.setattr(intake, "submit", no_room)
        night.now += timedelta(hours=2)
        async with engine.keeping_queue(), asyncio.timeout(30):
            assert await night.asked.get() == AFTER_TROUBLE_SECONDS
    assert tried == 1


async def test_a_job_whose_memory_cannot_be_read_keeps_no_other_waiting(repository: Path) -> None:
    async with engine_at(Sleepless()) as engine:
        broken, sound = await add(engine, repository), await add(engine, repository)
        await engine.database.write(lambda tx: _spoil(tx, broken.id))
        async with engine.keeping_queue() as keeper, asyncio.timeout(60):
            await keeper.drained.wait()
        found = {job.id: job for job in await engine.jobs()}
    assert found[sound.id].status is JobStatus.COMPLETED
    assert found[broken.id].reason.startswith("Its run ended without a result (")


def _spoil(tx: Transaction, job_id: JobId) -> None:
    tx.conn.execute(
        "INSERT INTO durable_steps (job_id, key, effect, state, intent_json, started_at) "
        "VALUES (?, 'k', 'shell', 'intent', '{', ?)", (job_id, NOON.isoformat()))
