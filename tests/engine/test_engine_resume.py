"""A run that stops anywhere goes on from there: nothing lost, nothing twice, nothing unproven."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from support.repositories import git, make_repository
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

from cockpit_tui.domain.approval import Answer, Decision
from cockpit_tui.domain.command import CancelJob, ResumeJob, RetryJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import JudgeDraft, PhaseDraft, PlanDraft
from cockpit_tui.domain.errors import DiskFull, JobParked, NeedsPerson, UsageError, WaitsForRoom
from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.policy import ApproveMode
from cockpit_tui.domain.task import ExecutionStatus, TaskStatus
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far
from cockpit_tui.storage.database import Database, Transaction

T = TypeVar("T")

PLAN = PlanDraft(summary="s", phases=(
    PhaseDraft(title="First", tasks=(planned_task("a", "a.txt"), planned_task("b", "b.txt"))),
    PhaseDraft(title="Second", tasks=(planned_task("c", "c.txt", after=("a",)),)),
))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n", ".gitignore": "*.log\n"})


def files_on(branch: str, repository: Path) -> set[str]:
    listed = git("ls-tree", "--name-only", branch, cwd=repository).split()
    return set(listed) - {"README.md", ".gitignore"}


async def test_edits_of_a_second_round_outlive_an_interruption(repository: Path) -> None:
    stopped, verdicts = asyncio.Event(), iter(["revise", "pass"])

    async def agent(asked: ModelRequest) -> ModelReply:
        match turns_so_far(asked):
            case 0 | 1:
                return writes_its_file(asked)
            case 2:
                return calls(("write_file", {"path": "more.txt", "content": "more\n"}), turn=2)
            case _ if not stopped.is_set():
                stopped.set()
                return await asyncio.Future()
            case _:
                return says("Done.")

    provider = ScriptedProvider(
        plan=one_phase(planned_task("a", "a.txt", owned=("*.txt",))), task=agent,
        judge=lambda _: says(JudgeDraft(verdict=next(verdicts), comment="More.")))
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        await stopped.wait()
    async with scripted_engine(provider) as engine:
        await engine.resume_unfinished()
        end = await engine.wait(job.id)
    assert end.error is None
    assert files_on(job.branch, repository) == {"a.txt", "more.txt"}


async def test_left_jobs_may_wait_for_the_person_instead(repository: Path) -> None:
    stopped, is_back = asyncio.Event(), False

    async def agent(asked: ModelRequest) -> ModelReply:
        if not is_back:
            stopped.set()
            await asyncio.Future()
        return writes_its_file(asked)

    provider = ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=agent)
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        await stopped.wait()
    is_back = True
    async with scripted_engine(provider) as engine:
        assert await engine.park_unfinished() == 1
        left = (await engine.job_view(job.id)).job
        assert (left.status.is_final, left.waiting_on) == (False, WaitingOn.PERSON)
        await engine.send(ResumeJob(job_id=job.id))
        assert (await engine.wait(job.id)).error is None


async def test_what_is_not_in_the_commit_proves_nothing(repository: Path) -> None:
    def agent(asked: ModelRequest) -> ModelReply:
        if turns_so_far(asked) == 0:
            return calls(("write_file", {"path": "a.txt", "content": "a\n"}),
                         ("write_file", {"path": "a.log", "content": "a\n"}))
        return says("Done.")

    plan = one_phase(planned_task("a", "a.txt", owned=("a.*",), acceptance=("test -s a.log",)))
    async with scripted_engine(ScriptedProvider(plan=plan, task=agent)) as engine:
        job = await submit(engine, repository)
        end = await engine.wait(job.id)
    assert end.job.status is JobStatus.FAILED


async def test_every_revision_is_made_also_after_restarts(repository: Path) -> None:
    def agent(asked: ModelRequest) -> ModelReply:
        if "sent-back" not in asked.messages[0].text:
            return writes_its_file(asked)
        word = asked.messages[0].text.split("say ", 1)[1].split()[0]
        if turns_so_far(asked) == 0:
            return calls(("write_file", {"path": "a.txt", "content": f"{word}\n"}))
        return says("Changed.")

    provider = ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=agent)
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        assert isinstance((await engine.wait(job.id)).error, JobParked)
    back = [Answer(decision=Decision.RETURNED, by="person", comment=f"say {word} please")
            for word in ("first", "second")]
    for answer in (GRANT, *back, GRANT):
        async with scripted_engine(provider) as engine:
            (question,) = await engine.pending_approvals()
            await give(engine, question, answer)
            await engine.resume_unfinished()
            end = await engine.wait(job.id)
    assert end.error is None
    assert git("show", f"{job.branch}:a.txt", cwd=repository) == "second"


@pytest.mark.parametrize("writes", range(1, 130, 9))
async def test_a_ledger_that_fails_at_any_write_leaves_the_job_to_be_resumed(
        writes: int, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each write that fails is a point where a process may die: the effect done, or not yet."""
    made = 0
    write = Database.write

    async def failing(self: Database, work: Callable[[Transaction], T]) -> T:
        nonlocal made
        made += 1
        if made > writes:
            raise DiskFull("The disk is full.")
        return await write(self, work)

    provider = ScriptedProvider(plan=PLAN, task=writes_its_file)
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        monkeypatch.setattr(Database, "write", failing)
        end = await engine.wait(job.id)
        assert end.error is None or isinstance(end.error, WaitsForRoom)
    monkeypatch.setattr(Database, "write", write)
    async with scripted_engine(provider) as engine:
        await engine.resume_unfinished()
        if end.error is not None:
            end = await engine.wait(job.id)
        view = await engine.job_view(job.id)
    assert end.error is None
    assert view.job.status is JobStatus.COMPLETED
    assert {t.status for t in view.tasks} == {TaskStatus.DONE}
    subjects = git("log", "--format=%s", f"main..{job.branch}", cwd=repository).splitlines()
    assert Counter(subjects) == Counter(["Write a.txt", "Write b.txt", "Write c.txt"])
    assert {e.status for e in view.executions} == {ExecutionStatus.COMPLETED}


async def test_a_job_resumed_twice_at_once_runs_once(repository: Path) -> None:
    provider = ScriptedProvider(plan=PLAN, task=writes_its_file)
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        await engine.wait(job.id)
    async with scripted_engine(provider) as engine:
        (question,) = await engine.pending_approvals()
        await give(engine, question, GRANT)
        await asyncio.gather(*(engine.send(ResumeJob(job_id=job.id)) for _ in range(4)))
        end = await engine.wait(job.id)
    assert isinstance(end.error, JobParked)
    asked = Counter((path_of(r), turns_so_far(r)) for r in provider.requests
                    if r.purpose == "task")
    assert set(asked.values()) == {1}


async def test_a_branch_in_the_way_waits_for_the_person_and_then_lands(repository: Path) -> None:
    git("branch", "cockpit/1-write-files", cwd=repository)
    git("commit", "--allow-empty", "-m", "Mine", cwd=repository)
    git("branch", "-f", "cockpit/1-write-files", cwd=repository)
    git("reset", "-q", "--hard", "HEAD~1", cwd=repository)
    async with scripted_engine(ScriptedProvider(plan=PLAN, task=writes_its_file)) as engine:
        job = await submit(engine, repository)
        end = await engine.wait(job.id)
        assert isinstance(end.error, NeedsPerson)
        assert end.job.waiting_on is WaitingOn.PERSON
        git("branch", "-m", job.branch, "mine", cwd=repository)
        resumed = await engine.send(ResumeJob(job_id=job.id))
        assert resumed is not None
        end = await engine.wait(job.id)
    assert (end.error, end.job.status) == (None, JobStatus.COMPLETED)
    assert end.job.waiting_on is WaitingOn.NOTHING
    assert files_on(job.branch, repository) == {"a.txt", "b.txt", "c.txt"}


async def test_renaming_the_branch_as_the_hint_says_lets_the_job_go_on(repository: Path) -> None:
    async with scripted_engine(ScriptedProvider(plan=PLAN, task=writes_its_file),
                               attended=True) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        for _ in range(2):
            await give(engine, await next_question(engine), GRANT)
        question = await next_question(engine)
        git("branch", "-m", job.branch, "mine", cwd=repository)
        await give(engine, question, GRANT)
        end = await engine.wait(job.id)
    assert end.error is None
    assert files_on(job.branch, repository) == {"a.txt", "b.txt", "c.txt"}


async def test_a_file_name_that_is_not_text_is_carried_through(repository: Path) -> None:
    def agent(asked: ModelRequest) -> ModelReply:
        if turns_so_far(asked) == 0:
            return calls(("run_command", {"command": r"printf x > $(printf 'caf\351')"}))
        return calls(("list_files", {}), turn=1) if turns_so_far(asked) == 1 else says("Done.")

    plan = one_phase(planned_task("a", "a.txt", owned=("**",), acceptance=("true",)))
    async with scripted_engine(ScriptedProvider(plan=plan, task=agent)) as engine:
        job = await submit(engine, repository)
        end = await engine.wait(job.id)
        view = await engine.job_view(job.id)
    assert end.error is None
    assert [t.files for t in view.tasks] == [("caf\udce9",)]


@pytest.mark.parametrize("moment", range(3, 70, 8))
async def test_cancelled_at_any_moment_it_ends_and_a_retry_completes_it(
        moment: int, repository: Path) -> None:
    async with scripted_engine(ScriptedProvider(plan=PLAN, task=writes_its_file)) as engine:
        async with engine.subscribe() as batches:
            job = await submit(engine, repository)
            async for batch in batches:
                if batch[-1].seq >= moment:
                    break
        try:
            ended = await engine.send(CancelJob(job_id=job.id))
        except UsageError:
            assert (await engine.wait(job.id)).job.status is JobStatus.COMPLETED
            return
        assert ended is not None
        assert ended.status is JobStatus.CANCELLED
        view = await engine.job_view(job.id)
        assert all(t.status.is_final for t in view.tasks)
        assert all(e.finished_at is not None for e in view.executions)
        await engine.send(RetryJob(job_id=job.id))
        end = await engine.wait(job.id)
    assert end.error is None
    assert files_on(job.branch, repository) == {"a.txt", "b.txt", "c.txt"}
