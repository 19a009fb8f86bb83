"""Cancelling reaches every process of every agent, and every request that is under way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.cancelling import PROCESSES, hanging_stream, living, shell_agents, streaming_agents
from support.repositories import make_repository
from support.scripted_jobs import scripted_engine

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import CancelJob, CancelTask, SubmitJob
from cockpit_tui.domain.job import Job, JobRequest
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.engine.engine import Engine

AGENTS = 8


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


@pytest.fixture(autouse=True)
def room_for_all() -> None:
    file = Paths.from_environment().settings_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"[limits]\nagents_overall = {AGENTS}\n")


async def submitted(engine: Engine, repository: Path) -> Job:
    job = await engine.send(SubmitJob(repository=str(repository), request=JobRequest(
        text="Write files", max_agents=AGENTS, policy=Policy(approve=ApproveMode.ALL))))
    assert job is not None
    return job


async def until_they_live(engine: Engine, job: Job, mark: str, count: int) -> None:
    while len(await asyncio.to_thread(living, mark)) < count:
        assert not (await engine.job_view(job.id)).job.status.is_final


async def test_a_cancelled_job_leaves_no_process_of_eight_agents(
        repository: Path, tmp_path: Path) -> None:
    mark = f"stubborn-{tmp_path.name}"
    async with scripted_engine(shell_agents(mark, AGENTS)) as engine:
        job = await submitted(engine, repository)
        await until_they_live(engine, job, mark, AGENTS * PROCESSES)
        await engine.send(CancelJob(job_id=job.id))
        assert living(mark) == []
        assert await engine.lock_table() == ()


async def test_a_cancelled_task_leaves_no_process_and_the_others_theirs(
        repository: Path, tmp_path: Path) -> None:
    mark = f"stubborn-{tmp_path.name}"
    async with scripted_engine(shell_agents(mark, 2)) as engine, engine.subscribe() as batches:
        job = await submitted(engine, repository)
        await until_they_live(engine, job, mark, 2 * PROCESSES)
        first = (await engine.job_view(job.id)).tasks[0]
        await engine.send(CancelTask(task_id=first.id))
        while not any(e.type == "task:failed" for e in await engine.events(limit=10_000)):
            await anext(batches)
        assert living(f"{mark}-0.txt") == []
        assert len(living(f"{mark}-1.txt")) == PROCESSES
        await engine.send(CancelJob(job_id=job.id))
        assert living(mark) == []


async def test_a_cancelled_job_closes_every_request_of_eight_agents(repository: Path) -> None:
    all_there = asyncio.Event()
    async with hanging_stream(all_there, AGENTS) as server, \
            scripted_engine(streaming_agents(server.url, AGENTS)) as engine:
        job = await submitted(engine, repository)
        await all_there.wait()
        await engine.send(CancelJob(job_id=job.id))
        await server.all_gone(timeout_seconds=50)
        assert (len(server.requests), server.open_connections) == (AGENTS, 0)
