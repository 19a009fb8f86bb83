"""Whole jobs through the engine, on real repositories, with a scripted model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from support.repositories import git, make_repository

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.approval import Answer, Approval, Decision, ReviewComment
from cockpit_tui.domain.command import AnswerApproval, CancelJob, RetryJob, SubmitJob, UndoJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.diff import parse_diff
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.errors import JobParked, JobRejected, VerificationFailed
from cockpit_tui.domain.job import Job, JobRequest, JobStatus
from cockpit_tui.domain.policy import ApproveMode, Policy, Risk
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.engine.engine import Engine, open_engine
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

OpenEngine = Callable[[ScriptedProvider], AbstractAsyncContextManager[Engine]]


def task(key: str, path: str, *, after: tuple[str, ...] = (),
         acceptance: tuple[str, ...] = ()) -> TaskDraft:
    return TaskDraft(key=key, title=f"Write {path}", instructions=f"write {path}",
                     role="BackendDeveloper", depends_on=after, owned_paths=(path,),
                     acceptance=acceptance or (f"test -s {path}",))


def writes_its_file(request: ModelRequest) -> ModelReply:
    """Write the file that the task's title names, then stop."""
    path = request.messages[0].text.split("Write ", 1)[1].split()[0]
    if turns_so_far(request) == 0:
        return calls(("write_file", {"path": path, "content": f"{path} line 1\nline 2\n"}))
    return says("Written.")


TWO_PHASES = PlanDraft(summary="Two files, then a third.", phases=(
    PhaseDraft(title="First", tasks=(task("a", "a.txt"), task("b", "b.txt"))),
    PhaseDraft(title="Second", tasks=(task("c", "c.txt", after=("a",)),)),
))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


@pytest.fixture
def open_scripted() -> OpenEngine:
    @asynccontextmanager
    async def opened(provider: ScriptedProvider, *, attended: bool = False
                     ) -> AsyncIterator[Engine]:
        async with open_engine(Paths.from_environment(), is_attended=attended,
                               provider_source=lambda _: (provider, "script")) as engine:
            yield engine

    return opened


def request(approve: ApproveMode = ApproveMode.ALL, text: str = "Write files") -> JobRequest:
    return JobRequest(text=text, policy=Policy(approve=approve))


async def submit(engine: Engine, repository: Path, wanted: JobRequest) -> Job:
    job = await engine.send(SubmitJob(repository=str(repository), request=wanted))
    assert job is not None
    return job


async def test_a_job_lands_its_commits_on_a_branch(repository: Path,
                                                   open_scripted: OpenEngine) -> None:
    before = git("status", "--porcelain=v2", "--branch", cwd=repository)
    async with open_scripted(ScriptedProvider(plan=TWO_PHASES, task=writes_its_file)) as engine:
        job = await submit(engine, repository, request())
        end = await engine.wait(job.id)
        view = await engine.job_view(job.id)
    assert end.error is None
    assert end.job.status is JobStatus.COMPLETED
    assert [(t.number, t.status) for t in view.tasks] == [
        ("1.1", TaskStatus.DONE), ("1.2", TaskStatus.DONE), ("2.1", TaskStatus.DONE)]
    assert all(p.passed for t in view.tasks for p in t.proofs)
    assert git("ls-tree", "--name-only", job.branch, cwd=repository).split() == [
        "README.md", "a.txt", "b.txt", "c.txt"]
    assert git("status", "--porcelain=v2", "--branch", cwd=repository) == before
    message = git("log", "-1", "--format=%B", job.branch, cwd=repository)
    assert {"Cockpit-Job", "Cockpit-Task", "Step-Id"} <= {
        line.split(":")[0] for line in message.splitlines()}


async def test_a_failing_task_fails_what_needs_it_and_nothing_else(
        repository: Path, open_scripted: OpenEngine) -> None:
    plan = PlanDraft(summary="s", phases=(
        PhaseDraft(title="P", tasks=(
            task("bad", "bad.txt", acceptance=("grep never bad.txt",)),
            task("after", "after.txt", after=("bad",)),
            task("good", "good.txt"))),))
    provider = ScriptedProvider(plan=plan, task=writes_its_file)
    async with open_scripted(provider) as engine:
        job = await submit(engine, repository, request())
        end = await engine.wait(job.id)
        view = await engine.job_view(job.id)
    assert isinstance(end.error, VerificationFailed)
    assert {t.title: t.status for t in view.tasks} == {
        "Write bad.txt": TaskStatus.FAILED, "Write after.txt": TaskStatus.SKIPPED,
        "Write good.txt": TaskStatus.DONE}
    assert git("ls-tree", "--name-only", job.branch, cwd=repository).split() == [
        "README.md", "good.txt"]
    feedback = [r for r in provider.requests if r.purpose == "task"
                and "exit code 1" in r.messages[-1].text]
    assert feedback, "the agent is shown what failed"


async def test_manual_parks_and_goes_on_in_another_engine(repository: Path,
                                                          open_scripted: OpenEngine) -> None:
    provider = ScriptedProvider(plan=TWO_PHASES, task=writes_its_file)
    async with open_scripted(provider) as engine:
        job = await submit(engine, repository, request(ApproveMode.MANUAL))
        end = await engine.wait(job.id)
        assert isinstance(end.error, JobParked)
    for _ in range(3):  # the plan and two phases
        async with open_scripted(provider) as engine:
            (waiting,) = await engine.pending_approvals()
            await engine.send(AnswerApproval(
                approval_id=waiting.id, action_hash=waiting.question.action_hash,
                answer=Answer(decision=Decision.GRANTED, by="person")))
            await engine.resume_unfinished()
            end = await engine.wait(job.id)
    assert end.job.status is JobStatus.COMPLETED
    assert sum(r.purpose == "plan" for r in provider.requests) == 1, "nothing is asked twice"
    assert sum(r.purpose == "task" for r in provider.requests) == 6


async def next_question(engine: Engine) -> Approval:
    async with engine.subscribe() as batches:
        while not (waiting := await engine.pending_approvals()):
            await anext(batches)
    return waiting[0]


async def answer_next(engine: Engine, answer: Answer) -> str:
    """Wait for the next question and answer it; its title."""
    waiting = await next_question(engine)
    await engine.send(AnswerApproval(approval_id=waiting.id, answer=answer,
                                     action_hash=waiting.question.action_hash))
    return waiting.question.title


GRANT = Answer(decision=Decision.GRANTED, by="person")


async def test_a_dropped_hunk_does_not_land(repository: Path, open_scripted: OpenEngine) -> None:
    plan = PlanDraft(summary="s", phases=(PhaseDraft(title="P", tasks=(
        task("a", "a.txt", acceptance=("true",)), task("b", "b.txt"))),))
    provider = ScriptedProvider(plan=plan, task=writes_its_file)
    async with open_scripted(provider, attended=True) as engine:
        job = await submit(engine, repository, request(ApproveMode.MANUAL))
        await answer_next(engine, GRANT)
        async with engine.subscribe() as batches:
            while not (waiting := await engine.pending_approvals()):
                await anext(batches)
        diff = parse_diff(await engine.approval_diff(waiting[0].id))
        dropped = next(f for f in diff.files if f.path == "a.txt").hunks[0].id
        await engine.send(AnswerApproval(
            approval_id=waiting[0].id, action_hash=waiting[0].question.action_hash,
            answer=Answer(decision=Decision.GRANTED, by="person", dropped_hunks=(dropped,))))
        end = await engine.wait(job.id)
    assert end.error is None
    assert git("ls-tree", "--name-only", job.branch, cwd=repository).split() == [
        "README.md", "b.txt"]


async def test_comments_go_to_the_agent_and_its_answer_is_asked_about_again(
        repository: Path, open_scripted: OpenEngine) -> None:
    def agent(asked: ModelRequest) -> ModelReply:
        if "sent-back" not in asked.messages[0].text:
            return writes_its_file(asked)
        if turns_so_far(asked) == 0:
            return calls(("edit_file", {"path": "a.txt", "old_string": "line 2",
                                        "new_string": "second line"}))
        return says("Changed.")

    plan = PlanDraft(summary="s", phases=(PhaseDraft(title="P", tasks=(task("a", "a.txt"),)),))
    provider = ScriptedProvider(plan=plan, task=agent)
    async with open_scripted(provider, attended=True) as engine:
        job = await submit(engine, repository, request(ApproveMode.MANUAL))
        await answer_next(engine, GRANT)
        comment = ReviewComment(path="a.txt", line=2, text="Call it second.", quoted="line 2")
        await answer_next(engine, Answer(decision=Decision.RETURNED, by="person",
                                         comments=(comment,)))
        await answer_next(engine, GRANT)
        end = await engine.wait(job.id)
    assert end.error is None
    assert git("show", f"{job.branch}:a.txt", cwd=repository) == "a.txt line 1\nsecond line"
    told = next(r.messages[0].text for r in provider.requests if "sent-back" in r.messages[0].text)
    assert "a.txt:2" in told
    assert "    line 2" in told
    assert "Call it second." in told


async def test_cancel_retry_and_undo(repository: Path, open_scripted: OpenEngine) -> None:
    gate = asyncio.Event()

    async def slow(asked: ModelRequest) -> ModelReply:
        await gate.wait()
        return writes_its_file(asked)

    async with open_scripted(ScriptedProvider(plan=TWO_PHASES, task=slow)) as engine:
        async with engine.subscribe() as batches:
            job = await submit(engine, repository, request())
            async for batch in batches:
                if any(e.type == "step:started" and e.task_id for e in batch):
                    break
        cancelled = await engine.send(CancelJob(job_id=job.id))
        assert cancelled is not None
        assert cancelled.status is JobStatus.CANCELLED
        gate.set()
        await engine.send(RetryJob(job_id=job.id))
        end = await engine.wait(job.id)
        assert end.job.status is JobStatus.COMPLETED
        await engine.send(UndoJob(job_id=job.id))
    assert git("branch", "--list", "cockpit/*", cwd=repository) == ""


async def test_a_kept_set_that_fails_is_asked_about_again_with_the_reason(
        repository: Path, open_scripted: OpenEngine) -> None:
    plan = PlanDraft(summary="s", phases=(PhaseDraft(title="P", tasks=(
        task("a", "a.txt"), task("b", "b.txt"))),))
    provider = ScriptedProvider(plan=plan, task=writes_its_file)
    async with open_scripted(provider, attended=True) as engine:
        job = await submit(engine, repository, request(ApproveMode.MANUAL))
        await answer_next(engine, GRANT)
        asked = await next_question(engine)
        diff = parse_diff(await engine.approval_diff(asked.id))
        dropped = next(f for f in diff.files if f.path == "a.txt").hunks[0].id
        await answer_next(engine, Answer(decision=Decision.GRANTED, by="person",
                                         dropped_hunks=(dropped,)))
        again = await next_question(engine)
        assert again.question.title == "Phase 1: P (round 2)"
        assert again.question.risk is Risk.HIGH
        assert "Without the dropped hunks it fails: test -s a.txt" in again.question.reasons[0]
        await answer_next(engine, Answer(decision=Decision.DENIED, by="person", comment="No."))
        end = await engine.wait(job.id)
    assert isinstance(end.error, JobRejected)
    assert (end.error.exit_code, end.job.status) == (1, JobStatus.CANCELLED)
    assert git("branch", "--list", "cockpit/*", cwd=repository) == ""


async def test_a_conflict_is_told_and_the_task_starts_again_on_the_new_head(
        repository: Path, open_scripted: OpenEngine) -> None:
    both_wrote = asyncio.Event()
    written: set[str] = set()

    async def agent(asked: ModelRequest) -> ModelReply:
        name = asked.messages[0].text.split("Task ", 1)[1][0]
        if turns_so_far(asked) == 0:
            return calls(("write_file", {"path": "same.txt", "content": f"from {name}\n"}))
        written.add(name)
        if len(written) == 2:
            both_wrote.set()
        await both_wrote.wait()  # so that each was made without the other
        return says("Written.")

    drafts = tuple(TaskDraft(key=name, title=f"Task {name}", instructions="write", role="Tester",
                             acceptance=("test -s same.txt",))
                   for name in "ab")
    plan = PlanDraft(summary="s", phases=(PhaseDraft(title="P", tasks=drafts),))
    async with open_scripted(ScriptedProvider(plan=plan, task=agent)) as engine:
        job = await submit(engine, repository, request())
        end = await engine.wait(job.id)
        events = await engine.events(job_id=job.id)
        view = await engine.job_view(job.id)
    assert end.error is None
    assert [e.payload.paths for e in events if e.type == "git:conflicted"] == [("same.txt",)]
    assert sorted(t.attempts for t in view.tasks) == [1, 2]
    (foreseen,) = [e.payload for e in events if e.type == "collision:foreseen"]
    assert foreseen.files == ("same.txt",)
    assert {foreseen.number, foreseen.other} <= {"1.1", "1.2", ""}  # empty: one had landed by then
    types = [e.type for e in events]
    assert types.index("collision:foreseen") < types.index("git:conflicted")
