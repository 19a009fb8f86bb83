"""Failed, rejected or cancelled jobs started again, and answers that must not be taken."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

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
from cockpit_tui.domain.command import CancelJob, RetryJob, UndoJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.errors import UsageError, VerificationFailed
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.plan import edit_task
from cockpit_tui.domain.policy import ApproveMode
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.engine.retention import ProjectTrash, trash
from cockpit_tui.providers.scripted import ScriptedProvider, says

DENY = Answer(decision=Decision.DENIED, by="person", comment="No.")
TWO = one_phase(planned_task("a", "a.txt"),
                planned_task("b", "b.txt", acceptance=("grep -q good b.txt",)))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


class MendsItself:
    """Writes `b.txt` wrongly until told that it is good."""

    good = False

    def __call__(self, asked: ModelRequest) -> ModelReply:
        reply = writes_its_file(asked)
        if self.good and path_of(asked) == "b.txt" and reply.message.tool_calls:
            (call,) = reply.message.tool_calls
            block = replace(call, arguments={"path": "b.txt", "content": "good\n"})
            return replace(reply, message=replace(reply.message, blocks=(block,)))
        return reply


async def test_a_retried_phase_that_is_rejected_keeps_what_landed_before(
        repository: Path) -> None:
    agent = MendsItself()
    async with scripted_engine(ScriptedProvider(plan=TWO, task=agent), attended=True) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        for _ in range(2):
            await give(engine, await next_question(engine), GRANT)
        assert isinstance((await engine.wait(job.id)).error, VerificationFailed)
        agent.good = True
        await engine.send(RetryJob(job_id=job.id))
        await give(engine, await next_question(engine), DENY)
        end = await engine.wait(job.id)
        view = await engine.job_view(job.id)
        assert type(end.error).__name__ == "JobRejected"
        assert {t.title: t.status for t in view.tasks} == {
            "Write a.txt": TaskStatus.DONE, "Write b.txt": TaskStatus.CANCELLED}
        await engine.send(RetryJob(job_id=job.id))
        back = Answer(decision=Decision.RETURNED, by="person", comment="Again, please.")
        await give(engine, await next_question(engine), back)
        await give(engine, await next_question(engine), GRANT)
        end = await engine.wait(job.id)
    assert (end.error, end.job.status) == (None, JobStatus.COMPLETED)


async def test_what_landed_in_a_phase_that_begins_again_goes_to_the_trash(
        repository: Path) -> None:
    """Nothing but the lane held it, because it had landed."""
    plan = one_phase(planned_task("a", "a.txt"))
    provider = ScriptedProvider(plan=plan, task=writes_its_file)
    async with scripted_engine(provider, attended=True) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        await give(engine, await next_question(engine), GRANT)
        await give(engine, await next_question(engine), DENY)
        await engine.wait(job.id)
        (rejected,) = (await engine.job_view(job.id)).tasks
        assert await trash(engine.paths) == (
            ProjectTrash(project_id=job.project_id, entries=()),)
        await engine.send(RetryJob(job_id=job.id))
        await next_question(engine)
        ((entry,),) = [place.entries for place in await trash(engine.paths)]
        assert (entry.worktree, entry.task, entry.commit, entry.base) == (
            f"job{job.number}-phase1", "phase1", rejected.commit, job.base_commit)
        assert entry.why == "the phase was begun again"
        await engine.send(CancelJob(job_id=job.id))
        await engine.wait(job.id)


async def test_after_undo_a_retry_brings_the_whole_branch_back(repository: Path) -> None:
    agent = MendsItself()
    async with scripted_engine(ScriptedProvider(plan=TWO, task=agent)) as engine:
        job = await submit(engine, repository)
        await engine.wait(job.id)
        await engine.send(UndoJob(job_id=job.id))
        assert git("branch", "--list", job.branch, cwd=repository) == ""
        agent.good = True
        await engine.send(RetryJob(job_id=job.id))
        end = await engine.wait(job.id)
    assert end.error is None
    assert git("ls-tree", "--name-only", job.branch, cwd=repository).split() == [
        "README.md", "a.txt", "b.txt"]


async def test_a_rejected_plan_is_asked_about_again(repository: Path) -> None:
    provider = ScriptedProvider(plan=TWO, task=MendsItself())
    async with scripted_engine(provider, attended=True) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        first = await next_question(engine)
        await give(engine, first, DENY)
        assert (await engine.wait(job.id)).job.status is JobStatus.CANCELLED
        await engine.send(RetryJob(job_id=job.id))
        second = await next_question(engine)
        view = await engine.job_view(job.id)
    assert second.question == first.question
    assert view.job.waiting_on is WaitingOn.APPROVAL
    assert [a.answer for a in view.approvals] == [DENY, None]


async def test_a_lead_that_answered_nonsense_is_asked_again(repository: Path) -> None:
    nonsense = True

    def plan(_: ModelRequest) -> ModelReply:
        return says("No plan today." if nonsense else TWO)

    agent = MendsItself()
    agent.good = True
    async with scripted_engine(ScriptedProvider(plan=plan, task=agent)) as engine:
        job = await submit(engine, repository)
        assert (await engine.wait(job.id)).job.status is JobStatus.FAILED
        nonsense = False
        await engine.send(RetryJob(job_id=job.id))
        end = await engine.wait(job.id)
    assert end.error is None


async def test_a_question_of_a_cancelled_job_is_not_answered_but_asked_anew(
        repository: Path) -> None:
    async with scripted_engine(ScriptedProvider(plan=TWO, task=MendsItself()),
                               attended=True) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        old = await next_question(engine)
        await engine.send(CancelJob(job_id=job.id, reason="Not now."))
        with pytest.raises(UsageError, match="cancelled"):
            await give(engine, old, GRANT)
        assert (await engine.job_view(job.id)).job.reason == "Not now."
        await engine.send(RetryJob(job_id=job.id))
        new = await next_question(engine)
        view = await engine.job_view(job.id)
    assert new.id != old.id
    assert view.job.waiting_on is WaitingOn.APPROVAL
    assert view.approvals == (new,)


async def test_answers_that_cannot_be_followed_are_refused_before_they_are_recorded(
        repository: Path) -> None:
    async with scripted_engine(ScriptedProvider(plan=TWO, task=MendsItself()),
                               attended=True) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        question = await next_question(engine)
        view = await engine.job_view(job.id)
        assert view.plan is not None
        plan = view.plan
        untitled = edit_task(plan, next(plan.tasks()).id, title=" ")
        for wrong in (replace(plan, phases=()), untitled,
                      replace(plan, job_id=JobId("another")), replace(plan, revision=7)):
            with pytest.raises(UsageError):
                await give(engine, question, replace(GRANT, plan=wrong))
        for answer in (replace(GRANT, dropped_hunks=("nothing",)),
                       Answer(decision=Decision.RETURNED, by="person", comment=" ")):
            with pytest.raises(UsageError):
                await give(engine, question, answer)
        renamed = edit_task(plan, next(plan.tasks()).id, title="Write a.txt at once")
        await give(engine, question, replace(GRANT, plan=renamed))
        phase = await next_question(engine)
        for answer in (replace(GRANT, dropped_hunks=("nothing",)), replace(GRANT, plan=plan)):
            with pytest.raises(UsageError):
                await give(engine, phase, answer)
        await give(engine, phase, GRANT)
        await engine.wait(job.id)
        view = await engine.job_view(job.id)
    assert {t.title: t.status for t in view.tasks} == {
        "Write a.txt at once": TaskStatus.DONE, "Write b.txt": TaskStatus.FAILED}


async def test_a_job_is_retried_as_soon_as_it_is_seen_to_fail(repository: Path) -> None:
    """The event comes before the failed run is out of the way."""
    agent = MendsItself()
    async with scripted_engine(ScriptedProvider(plan=TWO, task=agent)) as engine:
        async with engine.subscribe() as batches:
            job = await submit(engine, repository)
            async for batch in batches:
                if any(e.type == "job:failed" for e in batch):
                    break
        agent.good = True
        await asyncio.gather(engine.send(RetryJob(job_id=job.id)))
        end = await engine.wait(job.id)
    assert end.job.status is JobStatus.COMPLETED
