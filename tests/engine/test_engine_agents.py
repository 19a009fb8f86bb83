"""A job's pool of agents: roles, states, bounds, and one sent away in the middle of its work."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from cockpit_tui.domain.agent import AgentView, TouchedFile
from cockpit_tui.domain.command import PauseTask, ResumeJob, ResumeTask, TerminateAgent
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import TaskDraft
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.event import AgentStatusChanged, AgentTerminated
from cockpit_tui.domain.job import Job, WaitingOn
from cockpit_tui.domain.policy import ApproveMode
from cockpit_tui.domain.task import AgentStatus, ExecutionStatus, TaskStatus
from cockpit_tui.engine.engine import Engine
from cockpit_tui.engine.lane import Lane
from cockpit_tui.engine.merge_batch import Landed
from cockpit_tui.engine.seats import NoAgentLeft
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

COMMAND = "touch asked.txt"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


def limits(text: str) -> None:
    paths = Paths.from_environment()
    paths.create()
    paths.settings_file.parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file.write_text(f"[limits]\n{text}")


def by_tester(key: str, *after: str) -> TaskDraft:
    return replace(planned_task(key, f"{key}.txt", after=after), role="Tester")


def asks_first(request: ModelRequest) -> ModelReply:
    match turns_so_far(request):
        case 0:
            return calls(("bash", {"command": COMMAND}))
        case 1:
            return calls(("write_file", {"path": path_of(request), "content": "x\n"}))
        case _:
            return says("Written.")


async def statuses(engine: Engine, job: Job) -> list[tuple[str, str]]:
    return [(e.payload.agent, e.payload.status) for e in await engine.events(
        job_id=job.id, limit=10_000) if isinstance(e.payload, AgentStatusChanged)]


async def until_blocked(engine: Engine, job: Job) -> AgentView:
    async with engine.subscribe() as batches:
        while True:
            for view in await engine.agents(job.id):
                if view.agent.status is AgentStatus.BLOCKED:
                    return view
            await anext(batches)


async def test_an_agent_keeps_its_role_and_takes_the_next_task_of_it(repository: Path) -> None:
    plan = one_phase(planned_task("a", "a.txt"), planned_task("b", "b.txt", after=("a",)),
                     by_tester("t", "b"), planned_task("c", "c.txt", after=("t",)))
    async with scripted_engine(ScriptedProvider(plan=plan, task=writes_its_file)) as engine:
        job = await submit(engine, repository)
        assert (await engine.wait(job.id)).error is None
        views = await engine.agents(job.id)
        told = await statuses(engine, job)
    assert [(v.agent.name, v.agent.role, v.agent.status, v.task_number, v.tasks_done, v.steps,
             v.files) for v in views] == [
        ("a1", "BackendDeveloper", AgentStatus.IDLE, "1.4", 3, 2,
         (TouchedFile(path="c.txt", added=2, removed=0),)),
        ("a2", "Tester", AgentStatus.IDLE, "1.3", 1, 2,
         (TouchedFile(path="t.txt", added=2, removed=0),))]
    assert told == [("a1", "working"), ("a1", "idle")] * 2 + [
        ("a2", "working"), ("a2", "idle"), ("a1", "working"), ("a1", "idle")]


async def test_no_more_of_a_role_work_at_once_than_the_person_allows(repository: Path) -> None:
    limits("roles = {Tester = 1}\n")
    at_once = most = 0

    async def work(asked: ModelRequest) -> ModelReply:
        nonlocal at_once, most
        if turns_so_far(asked) == 0:
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
        else:
            at_once -= 1
        return writes_its_file(asked)

    plan = one_phase(*(by_tester(name) for name in "abcd"))
    async with scripted_engine(ScriptedProvider(plan=plan, task=work)) as engine:
        job = await submit(engine, repository)
        assert (await engine.wait(job.id)).error is None
        assert [view.agent.name for view in await engine.agents(job.id)] == ["a1"]
    assert most == 1


async def test_a_job_that_needs_more_agents_than_it_may_have_waits_and_says_so(
        repository: Path) -> None:
    limits("spawned_per_job = 1\n")
    plan = one_phase(planned_task("a", "a.txt"), by_tester("t"), planned_task("b", "b.txt"))
    async with scripted_engine(ScriptedProvider(plan=plan, task=writes_its_file)) as engine:
        job = await submit(engine, repository)
        end = await engine.wait(job.id)
        assert isinstance(end.error, NoAgentLeft)
        assert end.job.waiting_on is WaitingOn.PERSON
        assert end.job.reason == (
            "No agent is left for 'Write t.txt': it needs a Tester, and the job has had 1 agent, "
            "as many as limits.spawned_per_job allows.")
        assert [r.status for r in (await engine.job_view(job.id)).tasks] == [
            TaskStatus.AWAITING_APPROVAL, TaskStatus.READY, TaskStatus.AWAITING_APPROVAL]
        limits("spawned_per_job = 2\n")
        await engine.send(ResumeJob(job_id=job.id))
        assert (await engine.wait(job.id)).error is None
        assert [v.agent.role for v in await engine.agents(job.id)] == ["BackendDeveloper", "Tester"]


async def test_an_agent_that_waits_for_an_answer_is_blocked_and_then_works_again(
        repository: Path) -> None:
    plan = one_phase(planned_task("a", "a.txt"), planned_task("b", "b.txt", after=("a",)))
    async with scripted_engine(ScriptedProvider(plan=plan, task=asks_first),
                               attended=True) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        await give(engine, await next_question(engine), GRANT)
        view = await until_blocked(engine, job)
        question = await next_question(engine)
        assert view.agent.detail == f"waits for an answer: {question.question.title}"
        assert (view.asks, view.approval_id) == (question.question.title, question.id)
        assert (view.holds_up, view.steps, view.task_number) == (("1.2",), 1, "1.1")
        await give(engine, question, GRANT)
        await next_question(engine)
        assert (await statuses(engine, job))[:3] == [
            ("a1", "working"), ("a1", "blocked"), ("a1", "working")]


async def test_a_task_whose_agent_was_sent_away_is_done_by_another_one(repository: Path) -> None:
    hangs, cut = asyncio.Event(), asyncio.Event()

    async def work(asked: ModelRequest) -> ModelReply:
        if turns_so_far(asked) == 1 and not hangs.is_set():
            hangs.set()
            try:
                await asyncio.Event().wait()
            finally:
                cut.set()
        return writes_its_file(asked)

    plan = one_phase(planned_task("a", "a.txt"))
    async with scripted_engine(ScriptedProvider(plan=plan, task=work)) as engine:
        job = await submit(engine, repository)
        await hangs.wait()
        await engine.send(TerminateAgent(job_id=job.id, agent="a1"))
        assert cut.is_set()
        assert (await engine.wait(job.id)).error is None
        with pytest.raises(UsageError, match="completed"):
            await engine.send(TerminateAgent(job_id=job.id, agent="a2"))
        view = await engine.job_view(job.id)
        events = await engine.events(job_id=job.id, limit=10_000)
        assert [v.agent.name for v in await engine.agents(job.id)] == ["a2"]
    assert [(x.agent, x.status) for x in view.executions] == [
        ("a1", ExecutionStatus.CANCELLED), ("a2", ExecutionStatus.COMPLETED)]
    types = [e.type for e in events]
    assert AgentTerminated(agent="a1", role="BackendDeveloper", number="1.1") in [
        e.payload for e in events]
    assert types.count("task:ready") == 2


async def test_what_has_landed_is_not_done_again_when_its_agent_is_sent_away(
        repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landed, real = asyncio.Event(), Lane.land

    async def land(lane: Lane, *args: Any, **options: Any) -> Landed:
        result = await real(lane, *args, **options)
        if not landed.is_set():
            landed.set()
            await asyncio.Event().wait()
        return result

    monkeypatch.setattr(Lane, "land", land)
    plan = one_phase(planned_task("a", "a.txt"))
    async with scripted_engine(ScriptedProvider(plan=plan, task=writes_its_file)) as engine:
        job = await submit(engine, repository)
        await landed.wait()
        await engine.send(TerminateAgent(job_id=job.id, agent="a1"))
        assert (await engine.wait(job.id)).error is None
        (execution,) = (await engine.job_view(job.id)).executions
        assert execution.status is ExecutionStatus.COMPLETED
        assert len(await engine.job_commits(job.id)) == 1


async def test_an_agent_of_a_paused_task_is_sent_away_while_others_work(
        repository: Path) -> None:
    at_second, go_on = asyncio.Event(), asyncio.Event()

    async def work(asked: ModelRequest) -> ModelReply:
        if path_of(asked) == "a.txt" and turns_so_far(asked) == 0:
            at_second.set()
        if path_of(asked) == "b.txt":
            await go_on.wait()
        return writes_its_file(asked)

    plan = one_phase(planned_task("a", "a.txt"), planned_task("b", "b.txt"))
    async with scripted_engine(ScriptedProvider(plan=plan, task=work)) as engine:
        job = await submit(engine, repository)
        await at_second.wait()
        task = (await engine.job_view(job.id)).tasks[0]
        await engine.send(PauseTask(task_id=task.id))
        view = await until_blocked(engine, job)
        assert (view.task_number, view.agent.detail) == ("1.1", "paused")
        await engine.send(TerminateAgent(job_id=job.id, agent=view.agent.name))
        await engine.send(ResumeTask(task_id=task.id))
        go_on.set()
        assert (await engine.wait(job.id)).error is None
        tries = [(x.agent, x.status) for x in (await engine.job_view(job.id)).executions
                 if x.task_id == task.id]
    assert tries == [(view.agent.name, ExecutionStatus.CANCELLED),
                     ("a3", ExecutionStatus.COMPLETED)]


async def test_an_agent_of_a_parked_job_is_sent_away_with_its_question(repository: Path) -> None:
    plan = one_phase(planned_task("a", "a.txt"))
    async with scripted_engine(ScriptedProvider(plan=plan, task=asks_first)) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        await engine.wait(job.id)
        await give(engine, await next_question(engine), GRANT)
        await engine.send(ResumeJob(job_id=job.id))
        await engine.wait(job.id)
    async with scripted_engine(ScriptedProvider(plan=plan, task=writes_its_file)) as engine:
        (view,) = await engine.agents()
        assert (view.agent.name, view.agent.status, view.needs_person) == (
            "a1", AgentStatus.BLOCKED, True)
        with pytest.raises(UsageError, match="no agent 'a7'"):
            await engine.send(TerminateAgent(job_id=job.id, agent="a7"))
        await engine.send(TerminateAgent(job_id=job.id, agent="a1"))
        assert await engine.pending_approvals() == ()
        assert [r.status for r in (await engine.job_view(job.id)).tasks] == [TaskStatus.READY]
        await engine.send(ResumeJob(job_id=job.id))
        await engine.wait(job.id)
        assert (await next_question(engine)).question.title.startswith("Phase 1")
        assert [v.agent.name for v in await engine.agents()] == ["a2"]


async def test_nobody_works_for_a_ledger_that_no_engine_holds(repository: Path) -> None:
    hangs = asyncio.Event()

    async def work(asked: ModelRequest) -> ModelReply:
        hangs.set()
        await asyncio.Event().wait()
        return writes_its_file(asked)

    plan = one_phase(planned_task("a", "a.txt"))
    async with scripted_engine(ScriptedProvider(plan=plan, task=work)) as engine:
        await submit(engine, repository)
        await hangs.wait()
        assert [v.agent.status for v in await engine.agents()] == [AgentStatus.WORKING]
    async with scripted_engine(ScriptedProvider(plan=plan, task=writes_its_file)) as engine:
        assert [v.agent.status for v in await engine.agents()] == [AgentStatus.IDLE]
        await engine.resume_unfinished()
        (job,) = await engine.jobs()
        assert (await engine.wait(job.id)).error is None
        assert [v.agent.name for v in await engine.agents(job.id)] == ["a1"]
