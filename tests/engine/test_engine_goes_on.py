"""What goes on after a pause goes on in its turn; a task given up asks nothing any more."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.repositories import make_repository
from support.scripted_jobs import (
    GRANT,
    give,
    next_question,
    one_phase,
    path_of,
    planned_task,
    scripted_engine,
    submit,
    writes_its_file,
)

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import (
    CancelTask,
    PauseJob,
    PauseQueue,
    PauseTask,
    ResumeAll,
    ResumeJob,
    SubmitJob,
)
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.job import JobRequest, JobStatus, WaitingOn
from cockpit_tui.domain.policy import ApproveMode, Gate, Policy
from cockpit_tui.domain.queue import Placement
from cockpit_tui.domain.stop import Wish
from cockpit_tui.engine.engine import Engine
from cockpit_tui.engine.pipeline import Pipeline
from cockpit_tui.providers.scripted import ScriptedProvider, calls, turns_so_far
from cockpit_tui.storage import stops

ONE_TASK = one_phase(planned_task("a", "a.txt"))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


async def until(engine: Engine, status: JobStatus | WaitingOn, count: int) -> None:
    """Until so many jobs have the status, or wait for that."""
    async with engine.subscribe() as batches, asyncio.timeout(60):
        while sum(status in (job.status, job.waiting_on) for job in await engine.jobs()) < count:
            await anext(batches)


async def test_paused_jobs_of_the_queue_go_on_no_more_at_once_than_it_allows(
        repository: Path) -> None:
    file = Paths.from_environment().settings_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("[queue]\nconcurrent_jobs = 1\n")
    come, may_go, most = asyncio.Event(), asyncio.Event(), 0

    async def agent(asked: ModelRequest) -> ModelReply:
        nonlocal most
        most = max(most, len(engine.runs.running()))
        come.set()
        await may_go.wait()
        return writes_its_file(asked)

    async with scripted_engine(ScriptedProvider(plan=ONE_TASK, task=agent)) as engine:
        jobs = [await engine.send(SubmitJob(
            repository=str(repository), placement=Placement(), request=JobRequest(
                text="Write files", policy=Policy(approve=ApproveMode.ALL)))) for _ in range(3)]
        async with engine.keeping_queue():
            for count, job in enumerate(jobs, start=1):
                assert job is not None
                await come.wait()
                await engine.send(PauseJob(job_id=job.id))
                come.clear()
                may_go.set()
                await until(engine, WaitingOn.PAUSED, count)
                may_go.clear()
            await engine.send(ResumeAll())
            may_go.set()
            await until(engine, JobStatus.COMPLETED, 3)
    assert most == 1


async def test_where_no_engine_stays_what_was_paused_is_not_so_any_more(repository: Path) -> None:
    provider = ScriptedProvider(plan=ONE_TASK, task=writes_its_file)
    async with scripted_engine(provider) as engine:
        job = await engine.send(SubmitJob(
            repository=str(repository), placement=Placement(), request=JobRequest(
                text="Write files", policy=Policy(approve=ApproveMode.ALL))))
        assert job is not None
        await engine.send(PauseJob(job_id=job.id))
        await until(engine, WaitingOn.PAUSED, 1)
    async with scripted_engine(provider) as engine:
        await engine.send(ResumeAll())
    async with scripted_engine(provider) as engine, engine.keeping_queue():
        await until(engine, JobStatus.COMPLETED, 1)


async def test_a_pause_that_came_with_the_end_is_over_with_the_job(
        repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    complete = Pipeline._complete

    async def paused_first(self: Pipeline, summary: str) -> None:
        await engine.send(PauseJob(job_id=self.shop.job.id))
        await complete(self, summary)

    monkeypatch.setattr(Pipeline, "_complete", paused_first)
    provider = ScriptedProvider(plan=ONE_TASK, task=writes_its_file)
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        assert (await engine.wait(job.id)).error is None
        assert not engine.runs.stops.is_held_up(job.id)
    async with scripted_engine(provider) as engine:
        ended = (await engine.job_view(job.id)).job
        assert (ended.status, ended.reason) == (JobStatus.COMPLETED, "")
        assert "job:waiting" not in {told.type for told in await engine.events()}


async def test_a_task_that_is_given_up_asks_nothing_any_more(repository: Path) -> None:
    def agent(asked: ModelRequest) -> ModelReply:
        if path_of(asked) == "a.txt" and turns_so_far(asked) == 0:
            return calls(("run_command", {"command": "touch a.txt && ls"}))
        return writes_its_file(asked)

    provider = ScriptedProvider(task=agent, plan=one_phase(
        planned_task("a", "a.txt"), planned_task("b", "b.txt")))
    async with scripted_engine(provider, attended=True) as engine, asyncio.timeout(60):
        job = await submit(engine, repository, ApproveMode.MANUAL)
        await give(engine, await next_question(engine), GRANT)  # the plan
        async with engine.subscribe() as batches:
            while not (asked := [one for one in await engine.pending_approvals() if one.task_id]):
                await anext(batches)
        assert asked[0].task_id is not None
        await engine.send(CancelTask(task_id=asked[0].task_id))
        async with engine.subscribe() as batches:
            while None not in {one.task_id for one in await engine.pending_approvals()}:
                await anext(batches)
        left = await engine.pending_approvals()
        assert {t.status.value for t in (await engine.job_view(job.id)).tasks} == {
            "cancelled", "awaiting_approval"}
        assert [(one.task_id, one.question.title) for one in left] == [(None, "Phase 1: P")]


async def test_an_answer_to_a_paused_job_lands_nothing_until_it_is_resumed(
        repository: Path) -> None:
    provider = ScriptedProvider(plan=ONE_TASK, task=writes_its_file)
    async with scripted_engine(provider, attended=True) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        while (asked := await next_question(engine)).question.gate is not Gate.PHASE:
            await give(engine, asked, GRANT)
        await engine.send(PauseJob(job_id=job.id))
        await give(engine, asked, GRANT)
        end = await engine.wait(job.id)
        assert (end.job.waiting_on, end.job.reason, end.job.head_commit) == (
            WaitingOn.PAUSED, f"Paused. Go on: cockpit jobs resume {job.number}", job.base_commit)
        await engine.send(ResumeJob(job_id=job.id))
        end = await engine.wait(job.id)
    assert (end.error, end.job.status) == (None, JobStatus.COMPLETED)
    assert end.job.head_commit != job.base_commit


async def test_a_job_that_no_run_is_at_waits_to_be_resumed_once_its_question_is_answered(
        repository: Path) -> None:
    async with scripted_engine(ScriptedProvider(plan=ONE_TASK, task=writes_its_file)) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        await engine.wait(job.id)
        await engine.send(PauseJob(job_id=job.id))
        assert await engine.paused_jobs() == {job.id}
        (parked,) = (await engine.night_report(job.created_at)).parked
        assert parked.command == \
            f"cockpit jobs approve {job.number} && cockpit jobs resume {job.number}"
        await give(engine, await next_question(engine), GRANT)
        assert (await engine.job_view(job.id)).job.waiting_on is WaitingOn.PAUSED
        (parked,) = (await engine.night_report(job.created_at)).parked
        assert (parked.reason, parked.command) == (
            "Paused.", f"cockpit jobs resume {job.number}")


async def test_of_two_pauses_the_one_is_told_whose_end_lets_the_job_go_on(
        repository: Path) -> None:
    come, may_go = asyncio.Event(), asyncio.Event()

    async def agent(asked: ModelRequest) -> ModelReply:
        come.set()
        await may_go.wait()
        return writes_its_file(asked)

    async with scripted_engine(ScriptedProvider(plan=ONE_TASK, task=agent)) as engine:
        job = await submit(engine, repository)
        await come.wait()
        (record,) = (await engine.job_view(job.id)).tasks
        await engine.send(PauseTask(task_id=record.id))
        may_go.set()
        assert (await engine.wait(job.id)).job.reason == \
            f"Task 1.1 is paused. Go on: cockpit tasks resume {job.number} 1.1"
        await engine.send(PauseJob(job_id=job.id))
        (parked,) = (await engine.night_report(job.created_at)).parked
        assert (parked.reason, parked.command) == (
            "Paused.", f"cockpit jobs resume {job.number}")
        await engine.send(ResumeJob(job_id=job.id))
        await engine.wait(job.id)
        (parked,) = (await engine.night_report(job.created_at)).parked
        assert (parked.reason, parked.command) == (
            "Task 1.1 is paused.", f"cockpit tasks resume {job.number} 1.1")


async def test_a_pause_that_an_earlier_version_left_to_a_job_that_is_over_says_nothing(
        repository: Path) -> None:
    provider = ScriptedProvider(plan=ONE_TASK, task=writes_its_file)
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        await engine.wait(job.id)
        await engine.database.write(
            lambda tx: stops.put(tx, job.id, None, Wish.PAUSE, "Paused."))
    async with scripted_engine(provider) as engine:
        assert await engine.paused_jobs() == frozenset()
        assert (await engine.job_view(job.id)).job.waiting_on is WaitingOn.NOTHING
        assert [e for e in await engine.events(limit=10_000) if e.type == "job:waiting"] == []


async def test_a_job_paused_in_the_queue_is_not_so_any_more_once_it_is_resumed_by_name(
        repository: Path) -> None:
    async with scripted_engine(ScriptedProvider(plan=ONE_TASK, task=writes_its_file)) as engine:
        job = await engine.send(SubmitJob(
            repository=str(repository), placement=Placement(),
            request=JobRequest(text="Write files", policy=Policy(approve=ApproveMode.MANUAL))))
        assert job is not None
        await engine.send(PauseQueue(job_id=job.id))
        assert await engine.paused_jobs() == {job.id}
        await engine.send(ResumeJob(job_id=job.id))
        assert await engine.paused_jobs() == frozenset()
        assert (await engine.wait(job.id)).job.waiting_on is WaitingOn.APPROVAL
