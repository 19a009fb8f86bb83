"""Commands whose sender goes away in the middle, and those that come while the engine ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.repositories import make_repository
from support.scripted_jobs import one_phase, planned_task, scripted_engine, submit

from cockpit_tui.domain.command import CancelJob, PauseJob, ResumeJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.errors import EngineStops
from cockpit_tui.domain.job import JobStatus
from cockpit_tui.providers.scripted import ScriptedProvider, says


class Agent:
    """One that never answers."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()

    async def work(self, asked: ModelRequest) -> ModelReply:
        self.arrived.set()
        await asyncio.Event().wait()
        return says("never")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


@pytest.fixture
def agent() -> Agent:
    return Agent()


@pytest.fixture
def provider(agent: Agent) -> ScriptedProvider:
    return ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=agent.work)


async def test_a_pause_whose_sender_goes_is_obeyed(
        repository: Path, agent: Agent, provider: ScriptedProvider) -> None:
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        await agent.arrived.wait()
        sending = asyncio.create_task(engine.send(PauseJob(job_id=job.id)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await engine.settle()
        assert engine.runs.stops.is_held_up(job.id)


async def test_a_job_that_is_cancelled_while_the_cockpit_is_left_is_cancelled(
        repository: Path, agent: Agent, provider: ScriptedProvider) -> None:
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        await agent.arrived.wait()
        run = engine.runs.running()[job.id]
        sending = asyncio.create_task(engine.send(CancelJob(job_id=job.id)))
        while not run.cancelling():  # noqa: ASYNC110
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    async with scripted_engine(provider) as engine:
        assert (await engine.job_view(job.id)).job.status is JobStatus.CANCELLED


async def test_no_run_begins_once_the_engine_ends(
        repository: Path, agent: Agent, provider: ScriptedProvider) -> None:
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        await agent.arrived.wait()
        await engine.runs.stop()
        with pytest.raises(EngineStops):
            await engine.send(ResumeJob(job_id=job.id))
        assert engine.runs.running() == {}
