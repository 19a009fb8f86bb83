"""What happens when a person meddles: a worktree removed, the job's branch moved, mid-run."""

from __future__ import annotations

import shutil
from pathlib import Path

from support.repositories import git, make_repository
from support.scripted_jobs import GRANT, give, next_question, submit

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import ResumeJob, SubmitJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.job import JobRequest, JobStatus, WaitingOn
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.engine.engine import open_engine
from cockpit_tui.gitops.worktrees import held_names
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

PLAN = PlanDraft(summary="One file.", phases=(PhaseDraft(title="P", tasks=(
    TaskDraft(key="a", title="Write a.txt", instructions="write", role="Tester",
              owned_paths=("a.txt",), acceptance=("grep -q hello a.txt",)),)),))
ALL = JobRequest(text="Write", policy=Policy(approve=ApproveMode.ALL))


def writes(request: ModelRequest) -> ModelReply:
    if turns_so_far(request) == 0:
        return calls(("write_file", {"path": "a.txt", "content": "hello\n"}))
    return says("Done.")


async def test_a_removed_worktree_starts_the_attempt_again(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    paths = Paths.from_environment()
    removed: list[Path] = []

    def meddled(request: ModelRequest) -> ModelReply:
        if turns_so_far(request) == 1 and not removed:
            (slot,) = (path.parent for path in paths.worktrees.glob("*/slot-*/a.txt"))
            shutil.rmtree(slot)
            removed.append(slot)
        return writes(request)

    provider = ScriptedProvider(plan=PLAN, task=meddled)
    async with open_engine(paths, is_attended=False,
                           provider_source=lambda _: (provider, "script")) as engine:
        job = await engine.send(SubmitJob(repository=str(repository), request=ALL))
        assert job is not None
        end = await engine.wait(job.id)
    assert removed
    assert end.error is None
    assert git("show", f"{job.branch}:a.txt", cwd=repository) == "hello"


async def test_a_branch_that_the_person_moved_waits_for_them(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    mine: list[str] = []

    def meddled(request: ModelRequest) -> ModelReply:
        if not mine:
            git("branch", "cockpit/1-write", "main", cwd=repository)
            mine.append("cockpit/1-write")
        return writes(request)

    provider = ScriptedProvider(plan=PLAN, task=meddled)
    async with open_engine(Paths.from_environment(), is_attended=False,
                           provider_source=lambda _: (provider, "script")) as engine:
        job = await engine.send(SubmitJob(repository=str(repository), request=ALL))
        assert job is not None
        waiting = (await engine.wait(job.id)).job
        assert waiting.waiting_on is WaitingOn.PERSON
        assert job.branch in waiting.reason
        git("branch", "--delete", "--force", job.branch, cwd=repository)
        await engine.send(ResumeJob(job_id=job.id))
        end = await engine.wait(job.id)
    assert mine == [job.branch]
    assert end.job.status is JobStatus.COMPLETED
    assert git("show", f"{job.branch}:a.txt", cwd=repository) == "hello"


async def test_a_worktree_that_was_removed_while_nobody_used_it_is_given_back(
        tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    paths = Paths.from_environment()
    provider = ScriptedProvider(plan=PLAN, task=writes)
    async with open_engine(paths, is_attended=True,
                           provider_source=lambda _: (provider, "script")) as engine:
        job = await submit(engine, repository, ApproveMode.MANUAL)
        question = await next_question(engine)  # The plan: the lead's worktree is held meanwhile.
        (slot,) = paths.worktrees.glob("*/slot-*")
        shutil.rmtree(slot)
        await give(engine, question, GRANT)
        await give(engine, await next_question(engine), GRANT)
        end = await engine.wait(job.id)
    assert end.error is None
    (hub,) = paths.hubs.glob("*.git")
    assert held_names(hub) == ()
