"""A job that another version of the cockpit began: it goes on, or waits for the person with a
reason; it never ends in a crash."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.repositories import git, make_repository
from support.scripted_jobs import one_phase, planned_task, scripted_engine, submit, writes_its_file

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import CancelJob, ResumeJob, RetryJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.errors import NeedsPerson
from cockpit_tui.domain.job import Job, JobStatus, WaitingOn
from cockpit_tui.engine.engine import Engine
from cockpit_tui.providers.scripted import ScriptedProvider, calls, turns_so_far


class Agent:
    """Writes its file; stops there until `goes_on`, then writes it anew."""

    def __init__(self) -> None:
        self.stopped = asyncio.Event()
        self.goes_on = False

    async def __call__(self, asked: ModelRequest) -> ModelReply:
        if turns_so_far(asked) == 1 and not self.goes_on:
            self.stopped.set()
            await asyncio.Future()
        if turns_so_far(asked) == 1:
            return calls(("write_file", {"path": "a.txt", "content": "more\n"}), turn=1)
        return writes_its_file(asked)


@pytest.fixture
def agent() -> Agent:
    return Agent()


@pytest.fixture
def provider(agent: Agent) -> ScriptedProvider:
    return ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=agent)


@pytest.fixture
def repository(tmp_path: Path, own_home: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


async def left(provider: ScriptedProvider, agent: Agent, repository: Path) -> Job:
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        await agent.stopped.wait()
    agent.goes_on = True
    return job


def rewrite(statement: str) -> None:
    with closing(sqlite3.connect(Paths.from_environment().database)) as conn, conn:
        assert conn.execute(statement).rowcount == 1


async def parked(engine: Engine, job: Job) -> str:
    await engine.send(ResumeJob(job_id=job.id))
    end = await engine.wait(job.id)
    assert isinstance(end.error, NeedsPerson)
    assert (end.job.status, end.job.waiting_on) == (JobStatus.BUILDING, WaitingOn.PERSON)
    return end.job.reason


async def test_a_step_in_another_form_parks_and_its_task_can_be_started_again(
        provider: ScriptedProvider, agent: Agent, repository: Path) -> None:
    job = await left(provider, agent, repository)
    rewrite("UPDATE durable_steps SET result_json = '{\"other\": 1}' "
            "WHERE key LIKE 'task/%/1/begin' AND state = 'done'")
    async with scripted_engine(provider) as engine:
        reason = await parked(engine, job)
        assert reason.startswith("Another version of the cockpit began this job: it wrote the step "
                                 "'task/")
        assert "cockpit jobs retry" in reason
        await engine.send(CancelJob(job_id=job.id, reason="said so"))
        await engine.send(RetryJob(job_id=job.id))
        assert (await engine.wait(job.id)).error is None
    assert git("show", f"{job.branch}:a.txt", cwd=repository) == "more"


async def test_an_intent_in_another_form_parks(
        provider: ScriptedProvider, agent: Agent, repository: Path) -> None:
    job = await left(provider, agent, repository)
    rewrite("INSERT INTO durable_steps (job_id, key, effect, state, intent_json, started_at) "
            "SELECT job_id, replace(key, '/begin', '/commit/1'), 'commit', 'intent', "
            "'{\"other\": 1}', started_at FROM durable_steps WHERE key LIKE 'task/%/1/begin'")
    async with scripted_engine(provider) as engine:
        assert "Another version of the cockpit began this job" in await parked(engine, job)


async def test_a_checkpoint_that_was_one_ref_gives_way(
        provider: ScriptedProvider, agent: Agent, repository: Path) -> None:
    job = await left(provider, agent, repository)
    hub = Paths.from_environment().hubs / f"{job.project_id}.git"
    listed = git("for-each-ref", "--format=%(refname)", f"refs/cockpit/jobs/{job.id}/checkpoints",
                 cwd=hub).split()
    folder = listed[0].rpartition("/")[0]
    for ref in listed:
        git("update-ref", "-d", ref, cwd=hub)
    git("update-ref", folder, job.base_commit, cwd=hub)
    async with scripted_engine(provider) as engine:
        await engine.send(ResumeJob(job_id=job.id))
        end = await engine.wait(job.id)
    assert end.error is None, end.error
    assert git("rev-parse", f"{folder}.earlier", cwd=hub) == job.base_commit
    assert git("show", f"{job.branch}:a.txt", cwd=repository) == "more"
