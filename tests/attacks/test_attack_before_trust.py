"""A hostile repository that was never trusted: looking at it runs nothing of it, and ends."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest
from support.repositories import git, make_repository

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.approval import Answer, Decision
from cockpit_tui.domain.command import AnswerApproval, ResumeJob, SubmitJob
from cockpit_tui.domain.conversation import ModelRequest
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.errors import JobParked, NeedsPerson, UsageError
from cockpit_tui.domain.job import JobRequest, Until
from cockpit_tui.engine.engine import open_engine
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

PYTHON_PROJECT = {"pyproject.toml": "[project]\nname = 'x'\nversion = '1'\n"
                                    "[tool.pytest.ini_options]\ntestpaths = ['tests']\n",
                  "tests/test_x.py": "def test_x():\n    assert True\n"}


async def review(repository: Path) -> None:
    request = JobRequest(text="Review", until=Until(stage="review"))
    async with open_engine(Paths.from_environment(), is_attended=False) as engine:
        job = await engine.send(SubmitJob(repository=str(repository), request=request))
        assert job is not None
        assert (await engine.wait(job.id)).error is None


@pytest.mark.parametrize("folder", [".venv", "venv"])
async def test_18_a_committed_interpreter_is_not_started_by_a_review(tmp_path: Path,
                                                                     folder: str) -> None:
    ran = tmp_path / "ran"
    repository = make_repository(tmp_path / "repo", PYTHON_PROJECT)
    for name in ("python", "python3", "pytest", "node"):
        program = repository / folder / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\ntouch {ran}\n")
        program.chmod(0o755)
    await review(repository)
    assert not ran.exists()


async def test_18_a_virtual_environments_start_file_is_not_run_by_a_review(
        tmp_path: Path) -> None:
    """Python runs `import` lines of `.pth` files, `-I` or not."""
    ran = tmp_path / "ran"
    repository = make_repository(tmp_path / "repo", PYTHON_PROJECT)
    python = Path(shutil.which("python3") or "/usr/bin/python3").resolve()
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for site in (f".venv/lib/{version}/site-packages", ".venv/bin"):
        (repository / site).mkdir(parents=True)
    (repository / ".venv/pyvenv.cfg").write_text(f"home = {python.parent}\n")
    (repository / ".venv/bin/python3").symlink_to(python)
    (repository / f".venv/lib/{version}/site-packages/evil.pth").write_text(
        f"import pathlib; pathlib.Path({str(ran)!r}).touch()\n")
    await review(repository)
    assert not ran.exists()


@pytest.mark.parametrize("kind", ["fifo", "endless", "link"])
async def test_25_a_settings_file_that_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "x\n"})
    settings = repository / ".cockpit.toml"
    if kind == "fifo":
        os.mkfifo(settings)
    elif kind == "endless":
        settings.symlink_to("/dev/zero")
    else:
        (tmp_path / "private.toml").write_text('password = "canary-of-the-person"\n')
        settings.symlink_to(tmp_path / "private.toml")
    async with asyncio.timeout(10):
        with pytest.raises(UsageError) as refused:
            await review(repository)
    assert "canary" not in str(refused.value)
    assert ".cockpit.toml" in str(refused.value)


async def test_a_repository_swapped_while_a_job_waits_gets_nothing(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "x\n"})
    plan = PlanDraft(summary="s", phases=(PhaseDraft(title="P", tasks=(TaskDraft(
        key="a", title="Write", instructions="w", role="BackendDeveloper", owned_paths=("a.txt",),
        acceptance=("test -s a.txt",)),)),))

    def work(request: ModelRequest):  # type: ignore[no-untyped-def]
        if turns_so_far(request) == 0:
            return calls(("write_file", {"path": "a.txt", "content": "private work\n"}))
        return says("Done.")

    provider = ScriptedProvider(plan=plan, task=work)

    def opened():  # type: ignore[no-untyped-def]
        return open_engine(Paths.from_environment(), is_attended=False,
                           provider_source=lambda _: (provider, "script"))

    async with opened() as engine:
        job = await engine.send(SubmitJob(repository=str(repository),
                                          request=JobRequest(text="Write a file")))
        assert job is not None
        assert isinstance((await engine.wait(job.id)).error, JobParked)
        (waiting,) = await engine.pending_approvals()
        await engine.send(AnswerApproval(
            approval_id=waiting.id, action_hash=waiting.question.action_hash,
            answer=Answer(decision=Decision.GRANTED, by="person")))
    repository.rename(tmp_path / "elsewhere")
    make_repository(repository, {"README.md": "another\n"})
    async with opened() as engine:
        await engine.send(ResumeJob(job_id=job.id))
        end = await engine.wait(job.id)
    assert isinstance(end.error, NeedsPerson)
    assert "another repository" in end.error.message
    assert not any(r.purpose == "task" for r in provider.requests)
    assert git("branch", "--list", "cockpit/*", cwd=repository) == ""
