"""An acceptance command that the work itself made impossible to run has failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.repositories import make_repository
from support.scripted_jobs import (
    one_phase,
    planned_task,
    scripted_engine,
    submit,
    writes_its_file,
)

from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.errors import VerificationFailed
from cockpit_tui.domain.job import JobStatus
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

CHECK = "./check.sh"
UNKNOWN = "no-such-program --check"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    path = tmp_path / "repo"
    path.mkdir()
    (path / "check.sh").write_text("#!/bin/sh\nexit 1\n")
    (path / "check.sh").chmod(0o755)
    return make_repository(path, {"README.md": "# Hello\n"})


@pytest.mark.parametrize("command", [CHECK, UNKNOWN])
async def test_a_check_that_the_work_took_away_has_failed_one_that_never_ran_has_not(
        repository: Path, command: str) -> None:
    def agent(asked: ModelRequest) -> ModelReply:
        if turns_so_far(asked) == 0:
            return calls(("write_file", {"path": "a.txt", "content": "x"}),
                         ("run_command", {"command": "sh -c 'rm -f check.sh'"}))
        return says("Done.")

    plan = one_phase(planned_task("a", "a.txt", owned=("**",), acceptance=(command,)))
    async with scripted_engine(ScriptedProvider(plan=plan, task=agent)) as engine:
        end = await engine.wait((await submit(engine, repository)).id)
    if command == UNKNOWN:
        assert (end.error, end.job.status) == (None, JobStatus.COMPLETED)
    else:
        assert isinstance(end.error, VerificationFailed)
        assert ("There is no file './check.sh'. Before this work it could be run."
                in end.error.message)


async def test_a_command_that_no_program_can_be_given_fails_its_task_and_not_the_job(
        tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "other", {"README.md": "# Hello\n"})
    plan = one_phase(planned_task("a", "a.txt", acceptance=("echo a\0b",)),
                     planned_task("b", "b.txt"))
    async with scripted_engine(ScriptedProvider(plan=plan, task=writes_its_file)) as engine:
        end = await engine.wait((await submit(engine, repository)).id)
        tasks = (await engine.job_view(end.job.id)).tasks
    assert isinstance(end.error, VerificationFailed)
    assert {task.title: task.status for task in tasks} == {
        "Write a.txt": TaskStatus.FAILED, "Write b.txt": TaskStatus.DONE}
