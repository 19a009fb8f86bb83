"""Pauses of jobs and tasks, a task given up, more money and another priority, all while it runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.repositories import make_repository
from support.scripted_jobs import one_phase, path_of, planned_task, scripted_engine, submit

from cockpit_tui.domain.command import (
    CancelTask,
    MoveJob,
    PauseAll,
    PauseJob,
    PauseTask,
    ResumeAll,
    ResumeJob,
    ResumeTask,
    RetryJob,
    RewindTask,
    SetBudget,
)
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.errors import Paused, UsageError
from cockpit_tui.domain.event import Payload
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.job import Job, WaitingOn
from cockpit_tui.domain.queue import Move
from cockpit_tui.engine.engine import Engine
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

PLAN = one_phase(planned_task("a", "a.txt"), planned_task("b", "b.txt"),
                 planned_task("c", "c.txt", after=("a",)))


class Crew:
    """Agents whose first reply comes when the test lets it; how often each was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.arrived: dict[str, asyncio.Event] = {}
        self.go: dict[str, asyncio.Event] = {}
        for path in ("a.txt", "b.txt", "c.txt"):
            self.arrived[path], self.go[path] = asyncio.Event(), asyncio.Event()

    async def work(self, asked: ModelRequest) -> ModelReply:
        path, turn = path_of(asked), turns_so_far(asked)
        self.asked.append(f"{path}/{turn + 1}")
        if turn == 0:
            self.arrived[path].set()
            await self.go[path].wait()
            return calls(("write_file", {"path": path, "content": "x\n"}))
        return says("Written.")

    def let_go(self, *paths: str) -> None:
        for path in paths or self.go:
            self.go[path].set()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


@pytest.fixture
def crew() -> Crew:
    return Crew()


@pytest.fixture
def provider(crew: Crew) -> ScriptedProvider:
    return ScriptedProvider(plan=PLAN, task=crew.work)


async def task_id(engine: Engine, job: Job, number: str) -> TaskId:
    return next(t.id for t in (await engine.job_view(job.id)).tasks if t.number == number)


async def statuses(engine: Engine, job: Job) -> dict[str, str]:
    return {t.number: t.status.value for t in (await engine.job_view(job.id)).tasks}


async def payloads(engine: Engine, *kinds: str) -> list[Payload]:
    return [e.payload for e in await engine.events(limit=10_000) if e.type in kinds]


async def test_a_paused_job_ends_its_steps_survives_a_restart_and_goes_on_without_paying_twice(
        repository: Path, crew: Crew, provider: ScriptedProvider) -> None:
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        await crew.arrived["a.txt"].wait()
        await crew.arrived["b.txt"].wait()
        await engine.send(PauseJob(job_id=job.id))
        await engine.send(PauseJob(job_id=job.id))  # once is enough
        crew.let_go("a.txt", "b.txt")
        end = await engine.wait(job.id)
        assert isinstance(end.error, Paused)
        assert (end.job.waiting_on, end.job.reason) == (
            WaitingOn.PAUSED, f"Paused. Go on: cockpit jobs resume {job.number}")
        assert sorted(crew.asked) == ["a.txt/1", "b.txt/1"]  # answered, paid, and nothing after it
        assert await engine.lock_table() == ()
    crew.let_go()
    async with scripted_engine(provider) as engine:
        assert await engine.resume_unfinished() == 0
        assert (await engine.job_view(job.id)).job.waiting_on is WaitingOn.PAUSED
        await engine.send(ResumeJob(job_id=job.id))
        end = await engine.wait(job.id)
        told = await payloads(engine, "job:paused", "job:resumed")
    assert end.error is None
    assert sorted(crew.asked) == [f"{p}.txt/{turn}" for p in "abc" for turn in (1, 2)]
    assert [p.type for p in told] == ["job:paused", "job:resumed"]


async def test_a_paused_task_lets_the_rest_go_on_and_what_depends_on_it_waits(
        repository: Path, crew: Crew, provider: ScriptedProvider) -> None:
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        await crew.arrived["a.txt"].wait()
        first = await task_id(engine, job, "1.1")
        await engine.send(PauseTask(task_id=first))
        crew.let_go()
        end = await engine.wait(job.id)
        assert (end.job.waiting_on, end.job.reason) == (
            WaitingOn.PAUSED, f"Task 1.1 is paused. Go on: cockpit tasks resume {job.number} 1.1")
        assert await statuses(engine, job) == {
            "1.1": "running", "1.2": "awaiting_approval", "1.3": "pending"}
        assert [t.is_paused for t in (await engine.job_view(job.id)).tasks] == [True, False, False]
        with pytest.raises(UsageError, match=r"1\.2 has done its work"):
            await engine.send(PauseTask(task_id=await task_id(engine, job, "1.2")))
        await engine.send(ResumeTask(task_id=first))
        with pytest.raises(UsageError, match=r"1\.1 is not paused"):
            await engine.send(ResumeTask(task_id=first))
        await engine.send(ResumeJob(job_id=job.id))
        end = await engine.wait(job.id)
    assert end.error is None
    assert sorted(crew.asked) == [f"{p}.txt/{turn}" for p in "abc" for turn in (1, 2)]


async def test_a_task_that_is_resumed_while_others_work_goes_on_in_the_same_run(
        repository: Path, crew: Crew, provider: ScriptedProvider) -> None:
    async with scripted_engine(provider) as engine, engine.subscribe() as batches:
        job = await submit(engine, repository)
        await crew.arrived["a.txt"].wait()
        await crew.arrived["b.txt"].wait()
        first = await task_id(engine, job, "1.1")
        await engine.send(PauseTask(task_id=first))
        crew.let_go("a.txt")
        while not any(e.type == "lock:released" for e in await engine.events(limit=10_000)):
            await anext(batches)
        assert "a.txt/2" not in crew.asked
        await engine.send(ResumeTask(task_id=first))
        await crew.arrived["c.txt"].wait()  # which comes after 1.1
        crew.let_go()
        end = await engine.wait(job.id)
    assert end.error is None
    assert sorted(crew.asked) == [f"{p}.txt/{turn}" for p in "abc" for turn in (1, 2)]


async def test_a_cancelled_task_is_cut_its_dependants_are_skipped_and_a_retry_does_them(
        repository: Path, crew: Crew, provider: ScriptedProvider) -> None:
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        await crew.arrived["a.txt"].wait()
        await engine.send(CancelTask(task_id=await task_id(engine, job, "1.1")))
        crew.let_go("b.txt")
        end = await engine.wait(job.id)
        view = await engine.job_view(job.id)
        assert await statuses(engine, job) == {
            "1.1": "cancelled", "1.2": "done", "1.3": "skipped"}
        assert [t.reason for t in view.tasks] == [
            "cancelled by the person", "", "1.1 'Write a.txt' was cancelled by the person."]
        assert end.job.status.value == "failed"
        assert all(e.finished_at is not None for e in view.executions)
        crew.let_go()
        await engine.send(RetryJob(job_id=job.id))
        end = await engine.wait(job.id)
        assert await statuses(engine, job) == {"1.1": "done", "1.2": "done", "1.3": "done"}
    assert end.error is None


async def test_a_failed_task_is_brought_back_to_a_step_and_the_job_retried_from_there(
        repository: Path) -> None:
    asked: list[str] = []

    def work(request: ModelRequest) -> ModelReply:
        path, turn = path_of(request), turns_so_far(request)
        asked.append(f"{path}/{turn + 1}")
        if turn == 0:
            return calls(("write_file", {"path": path, "content": "x\n"}))
        if "mend" in request.messages[-1].text or path == "b.txt":
            return says("Written.")
        return says("CANNOT: no idea")

    plan = one_phase(planned_task("a", "a.txt"), planned_task("b", "b.txt"))
    async with scripted_engine(ScriptedProvider(plan=plan, task=work)) as engine:
        job = await submit(engine, repository)
        end = await engine.wait(job.id)
        assert (end.job.status.value, await statuses(engine, job)) == (
            "failed", {"1.1": "failed", "1.2": "done"})
        await engine.send(RewindTask(task_id=await task_id(engine, job, "1.1"), step=1,
                                     words="mend it"))
        asked.clear()
        await engine.send(RetryJob(job_id=job.id))
        end = await engine.wait(job.id)
        assert await statuses(engine, job) == {"1.1": "done", "1.2": "done"}
    assert end.error is None
    assert asked == ["a.txt/2"]  # neither its first step nor the other task once more


async def test_everything_pauses_and_goes_on_again(
        repository: Path, crew: Crew, provider: ScriptedProvider) -> None:
    async with scripted_engine(provider) as engine, engine.keeping_queue():
        job = await submit(engine, repository)
        await crew.arrived["a.txt"].wait()
        await engine.send(PauseAll())
        later = await submit(engine, repository)
        crew.let_go()
        end = await engine.wait(job.id)
        assert isinstance(end.error, Paused)
        assert (await engine.queue.state()).paused_at is not None
        await engine.send(ResumeAll())
        async with engine.subscribe() as batches:
            while not all(j.status.is_final for j in await engine.jobs()):
                await anext(batches)
        assert {j.id: j.status.value for j in await engine.jobs()} == {
            job.id: "completed", later.id: "completed"}


async def test_a_budget_and_a_priority_hold_at_once_for_a_job_that_runs(
        repository: Path, crew: Crew, provider: ScriptedProvider) -> None:
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        await crew.arrived["a.txt"].wait()
        await engine.send(SetBudget(job_id=job.id, budget_microusd=7_000_000))
        assert engine.runs.budgets.purse(job) is not None
        changed = (await engine.job_view(job.id)).job
        assert changed.request.limits.budget_microusd == 7_000_000
        (told,) = await payloads(engine, "budget:set")
        assert told.after_microusd == 7_000_000  # type: ignore[union-attr]
        other = await submit(engine, repository)
        async with engine.subscribe() as batches:
            while len(await engine.lock_table()) < 4:
                await anext(batches)
        third = await submit(engine, repository)
        async with engine.subscribe() as batches:
            while len(await engine.lock_table()) < 6:
                await anext(batches)
        await engine.send(MoveJob(job_id=third.id, to=Move(priority=9)))
        assert engine.runs.slots.priorities == {job.id: 0, other.id: 0, third.id: 9}
        order = [lock.job_id for lock in await engine.lock_table() if lock.held_at is None]
        assert order == [third.id, third.id, other.id, other.id]
        crew.let_go()
        ends = [await engine.wait(JobId(j.id)) for j in (job, other, third)]
        with pytest.raises(UsageError, match="spends nothing more"):
            await engine.send(SetBudget(job_id=job.id, budget_microusd=8_000_000))
    assert [end.error for end in ends] == [None, None, None]


async def test_an_engine_that_is_drained_ends_its_steps_and_the_next_one_goes_on(
        repository: Path, crew: Crew, provider: ScriptedProvider) -> None:
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        await crew.arrived["a.txt"].wait()
        await crew.arrived["b.txt"].wait()
        draining = asyncio.create_task(engine.drain(60, asyncio.Event()))
        crew.let_go()
        assert await draining
        now = (await engine.job_view(job.id)).job
        assert (now.status.value, now.waiting_on) == ("building", WaitingOn.NOTHING)
    assert sorted(crew.asked) == ["a.txt/1", "b.txt/1"]
    async with scripted_engine(provider) as engine:
        assert await engine.resume_unfinished() == 1
        end = await engine.wait(job.id)
    assert end.error is None
    assert sorted(crew.asked) == [f"{p}.txt/{turn}" for p in "abc" for turn in (1, 2)]


async def test_who_cannot_wait_for_the_steps_ends_the_drain_at_once(
        repository: Path, crew: Crew, provider: ScriptedProvider) -> None:
    async with scripted_engine(provider) as engine:
        await submit(engine, repository)
        await crew.arrived["a.txt"].wait()
        at_once = asyncio.Event()
        at_once.set()
        assert not await engine.drain(60, at_once)
