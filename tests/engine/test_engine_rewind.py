"""A task goes back to one of its steps, and goes on from there with the person's words."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.repositories import git, make_repository
from support.scripted_jobs import (
    GRANT,
    give,
    one_phase,
    path_of,
    planned_task,
    scripted_engine,
    submit,
    writes_its_file,
)

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain import event
from cockpit_tui.domain.command import ResumeJob, RetryJob, RewindTask, UndoAnswer, UndoRewind
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.errors import JobParked, UsageError
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.job import Job, JobStatus
from cockpit_tui.domain.policy import ApproveMode
from cockpit_tui.domain.task import ExecutionStatus, TaskStatus
from cockpit_tui.engine import rewind
from cockpit_tui.engine.bench import WorktreeBench
from cockpit_tui.engine.engine import Engine
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far


class Killed(BaseException):
    """The process ends here: nobody catches this."""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n", ".gitignore": "*.log\n"})


class Wanderer:
    """Writes `one`, `two`, `three` into a.txt, a step each, then waits to be stopped, unless the
    person has said what to write."""

    def __init__(self) -> None:
        self.stopped = asyncio.Event()
        self.asked: list[ModelRequest] = []

    async def __call__(self, asked: ModelRequest) -> ModelReply:
        self.asked.append(asked)
        turn = turns_so_far(asked)
        said = "".join(m.text for m in asked.messages)
        if "WRITE" in said:
            if self._has_written_last_word(asked):
                return says("Done.")
            return write(said.split("WRITE ")[1].split()[0], turn)
        if turn < 3:
            return write(("one", "two", "three")[turn], turn)
        self.stopped.set()
        return await asyncio.Future()

    @staticmethod
    def _has_written_last_word(asked: ModelRequest) -> bool:
        return asked.messages[-1].text == ""  # tool results alone, after the words were followed


def write(word: str, turn: int) -> ModelReply:
    return calls(("write_file", {"path": "a.txt", "content": f"{word}\n"}), turn=turn)


def provider_of(agent: object) -> ScriptedProvider:
    return ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=agent)


async def stopped_after_three(agent: Wanderer, repository: Path) -> Job:
    async with scripted_engine(provider_of(agent)) as engine:
        job = await submit(engine, repository)
        await agent.stopped.wait()
    return job


async def task_of(engine: Engine, job_id: JobId) -> TaskId:
    return (await engine.job_view(job_id)).tasks[0].id


def worktree_file(name: str = "a.txt") -> str:
    found = sorted(Paths.from_environment().worktrees.glob(f"*/slot-*/{name}"))
    return found[0].read_text() if found else ""


async def finished(engine: Engine, job: Job) -> Job:
    await engine.send(ResumeJob(job_id=job.id))
    end = await engine.wait(job.id)
    assert end.error is None
    return end.job


async def test_a_task_goes_back_and_on_with_the_persons_words(repository: Path) -> None:
    agent = Wanderer()
    job = await stopped_after_three(agent, repository)
    async with scripted_engine(provider_of(agent)) as engine:
        task = await task_of(engine, job.id)
        (attempt,) = await engine.task_steps(task)
        assert [(s.number, s.tools, s.checkpoint and s.checkpoint.files) for s in attempt.steps] \
            == [(n, ("write_file",), 1) for n in (1, 2, 3)]
        assert worktree_file() == "three\n"
        await engine.send(RewindTask(task_id=task, step=1, words="WRITE four"))
        assert worktree_file() == "one\n"
        (attempt,) = await engine.task_steps(task)
        assert [step.number for step in attempt.steps] == [1]
        before = len(agent.asked)
        await finished(engine, job)
        events = [e.payload for e in await engine.events(job_id=job.id)]
        cost_calls = [e for e in events if isinstance(e, event.UsageRecorded)]
    assert git("show", f"{job.branch}:a.txt", cwd=repository) == "four"
    assert agent.asked[before].messages[-1].text == "WRITE four"
    (rewound,) = [e for e in events if isinstance(e, event.TaskRewound)]
    assert (rewound.number, rewound.step, rewound.undone) == ("1.1", 1, False)
    (hub,) = Paths.from_environment().hubs.glob("*.git")
    assert git("show", f"{rewound.kept}:a.txt", cwd=hub) == "three", "what was there is kept"
    assert len(cost_calls) >= len(agent.asked) - 1, "what was paid stays paid"


async def test_the_beginning_is_a_step_too(repository: Path) -> None:
    agent = Wanderer()
    job = await stopped_after_three(agent, repository)
    async with scripted_engine(provider_of(agent)) as engine:
        await engine.send(RewindTask(task_id=await task_of(engine, job.id), step=0,
                                     words="WRITE nothing-else"))
        assert worktree_file() == ""
        await finished(engine, job)
    assert git("show", f"{job.branch}:a.txt", cwd=repository) == "nothing-else"


async def test_a_rewind_is_taken_back_whole(repository: Path) -> None:
    agent = Wanderer()
    job = await stopped_after_three(agent, repository)
    async with scripted_engine(provider_of(agent)) as engine:
        task = await task_of(engine, job.id)
        before = await engine.task_steps(task), (await engine.job_view(job.id)).tasks
        await engine.send(RewindTask(task_id=task, step=2, words="WRITE four"))
        await engine.send(RewindTask(task_id=task, step=1))
        for _ in range(2):
            await engine.send(UndoRewind(task_id=task))
        assert (await engine.task_steps(task), (await engine.job_view(job.id)).tasks) == before
        assert worktree_file() == "three\n"
        with pytest.raises(UsageError, match="was not rewound"):
            await engine.send(UndoRewind(task_id=task))
        agent.stopped.clear()
        await engine.send(ResumeJob(job_id=job.id))
        await agent.stopped.wait()
        assert worktree_file() == "three\n"
    assert not any("WRITE" in m.text for m in agent.asked[-1].messages)


@pytest.mark.parametrize("point", ["before the files are put", "while the attempt puts them",
                                   "after the attempt put them"])
async def test_a_kill_leaves_the_whole_rewind(point: str, repository: Path,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    agent = Wanderer()
    job = await stopped_after_three(agent, repository)

    async def die(*_: object, **__: object) -> None:
        raise Killed

    async with scripted_engine(provider_of(agent)) as engine:
        task = await task_of(engine, job.id)
        with monkeypatch.context() as patch:
            if point == "before the files are put":
                patch.setattr(rewind, "_put_files", die)
                with pytest.raises(Killed):
                    await engine.send(RewindTask(task_id=task, step=1, words="WRITE four"))
                assert worktree_file() == "three\n"
            else:
                await engine.send(RewindTask(task_id=task, step=1, words="WRITE four"))
    if point != "before the files are put":
        real = WorktreeBench.restore
        reached = asyncio.Event()

        async def stop_there(self: WorktreeBench, checkpoint: str) -> None:
            if point.startswith("after"):
                await real(self, checkpoint)
            else:
                (self.root / "a.txt").write_text("half\n")
            reached.set()
            await asyncio.Future()

        with monkeypatch.context() as patch:
            patch.setattr(WorktreeBench, "restore", stop_there)
            async with scripted_engine(provider_of(agent)) as engine:
                await engine.send(ResumeJob(job_id=job.id))
                await reached.wait()
    async with scripted_engine(provider_of(agent)) as engine:
        await finished(engine, job)
    assert git("show", f"{job.branch}:a.txt", cwd=repository) == "four"


async def test_a_failed_task_goes_on_from_a_step_with_a_retry(repository: Path) -> None:
    def agent(asked: ModelRequest) -> ModelReply:
        said = "".join(m.text for m in asked.messages)
        turn = turns_so_far(asked)
        if "WRITE" in said and asked.messages[-1].text:
            return write("good", turn)
        if "WRITE" in said:
            return says("Done.")
        return write("bad", turn) if turn < 2 else says("CANNOT: no idea")

    plan = one_phase(planned_task("a", "a.txt", acceptance=("grep good a.txt",)),
                     planned_task("b", "b.txt", after=("a",)))
    provider = ScriptedProvider(plan=plan, task=lambda asked: agent(asked)
                                if path_of(asked) == "a.txt" else writes_its_file(asked))
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        assert (await engine.wait(job.id)).job.status is JobStatus.FAILED
    async with scripted_engine(provider) as engine:
        task = await task_of(engine, job.id)
        await engine.send(RewindTask(task_id=task, step=1, words="WRITE it well"))
        assert [t.status for t in (await engine.job_view(job.id)).tasks] == [TaskStatus.PENDING] * 2
        await engine.send(RetryJob(job_id=job.id))
        end = await engine.wait(job.id)
        view = await engine.job_view(job.id)
        (attempt,) = await engine.task_steps(task)
    assert end.error is None
    assert [t.status for t in view.tasks] == [TaskStatus.DONE] * 2
    assert attempt.execution.status is ExecutionStatus.COMPLETED
    assert [step.number for step in attempt.steps] == [1, 2, 3]
    assert git("show", f"{job.branch}:a.txt", cwd=repository) == "good"


async def test_what_has_landed_does_not_go_back(repository: Path) -> None:
    provider = ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=writes_its_file)
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        await engine.wait(job.id)
        (plan,) = await engine.pending_approvals()
        await give(engine, plan, GRANT)
        await engine.send(ResumeJob(job_id=job.id))
        assert isinstance((await engine.wait(job.id)).error, JobParked)
        task = await task_of(engine, job.id)
        with pytest.raises(UsageError, match="has landed on its phase") as refused:
            await engine.send(RewindTask(task_id=task, step=1))
        assert "approvals return" in refused.value.hint
        (phase,) = await engine.pending_approvals()
        await give(engine, phase, GRANT)
        await finished(engine, job)
        with pytest.raises(UsageError, match="its work has landed"):
            await engine.send(RewindTask(task_id=task, step=1))


async def test_an_answer_is_taken_back_until_something_depends_on_it(repository: Path) -> None:
    provider = ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=writes_its_file)
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        await engine.wait(job.id)
        (plan,) = await engine.pending_approvals()
        with pytest.raises(UsageError, match="not answered yet"):
            await engine.send(UndoAnswer(approval_id=plan.id))
        await give(engine, plan, GRANT)
        await engine.send(UndoAnswer(approval_id=plan.id))
        assert await engine.pending_approvals() == (plan,)
        await give(engine, plan, GRANT)
        await engine.send(ResumeJob(job_id=job.id))
        await engine.wait(job.id)
        with pytest.raises(UsageError, match="the plan was adopted"):
            await engine.send(UndoAnswer(approval_id=plan.id))
        (phase,) = await engine.pending_approvals()
        await give(engine, phase, GRANT)
        await engine.send(UndoAnswer(approval_id=phase.id))
        assert await engine.pending_approvals() == (phase,)
        events = [e.payload for e in await engine.events(job_id=job.id)]
        await give(engine, phase, GRANT)
        await finished(engine, job)
        with pytest.raises(UsageError, match="is completed"):
            await engine.send(UndoAnswer(approval_id=phase.id))
    assert [e.approval_id for e in events if isinstance(e, event.ApprovalWithdrawn)] \
        == [plan.id, phase.id]
