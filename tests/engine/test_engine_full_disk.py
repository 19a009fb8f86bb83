"""A disk that is full for a while: the job waits and says why, nothing fails, nothing passes that
did not run; with room again it goes on where it was."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
from support.repositories import git, make_repository
from support.scripted_jobs import one_phase, path_of, planned_task, scripted_engine, submit

from cockpit_tui.domain.command import ResumeJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.errors import (
    DiskFull,
    GitError,
    LedgerBusy,
    RateLimited,
    WaitsForReset,
    WaitsForRoom,
)
from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.engine import passing
from cockpit_tui.engine.bench import WorktreeBench
from cockpit_tui.engine.passing import until_it_passes
from cockpit_tui.gitops.worktrees import WorktreePool
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far
from cockpit_tui.tools import paths as tool_paths

PLAN = one_phase(planned_task("a", "a.txt", acceptance=("grep -q right a.txt",)))
Patch = pytest.MonkeyPatch


def writes_wrong_then_right(request: ModelRequest) -> ModelReply:
    turn = turns_so_far(request)
    content = ("wrong\n", "", "right\n")[turn] if turn < 3 else ""
    if not content:
        return says("Written.")
    return calls(("write_file", {"path": path_of(request), "content": content}))


def _no_room(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def for_the_proof(full: Patch) -> None:
    full.setattr(passing, "NEARLY_NO_ROOM_BYTES", 1 << 62)


def for_an_edit(full: Patch) -> None:
    full.setattr(tool_paths, "_write_new", _no_room)


def for_a_scratch_folder(full: Patch) -> None:
    full.setattr(WorktreeBench, "environment", _no_room)


def for_a_worktree(full: Patch) -> None:
    full.setattr(WorktreePool, "acquire", _no_room)


@pytest.mark.parametrize("fills", [for_the_proof, for_an_edit,
                                   for_a_scratch_folder, for_a_worktree])
async def test_a_job_waits_for_room_and_goes_on(fills: Callable[[Patch], None], tmp_path: Path,
                                                own_home: Path) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    provider = ScriptedProvider(plan=PLAN, task=writes_wrong_then_right)
    with Patch.context() as full:
        async with scripted_engine(provider) as engine:
            fills(full)
            job = (await engine.wait((await submit(engine, repository)).id)).job
            told = {e.type for e in await engine.events(job_id=job.id, limit=10_000)}
    assert job.waiting_on is WaitingOn.DISK
    assert "No room" in job.reason
    assert "cockpit queue start" in job.reason
    assert told.isdisjoint({"task:failed", "job:failed"})
    async with scripted_engine(provider) as engine:
        await engine.send(ResumeJob(job_id=job.id))
        job = (await engine.wait(job.id)).job
    assert (job.status, job.reason) == (JobStatus.COMPLETED, "")
    assert git("show", f"{job.branch}:a.txt", cwd=repository) == "right"


def test_only_what_passes_by_itself_is_waited_for() -> None:
    full = OSError(errno.EDQUOT, "Disk quota exceeded", "/x/y")
    parked = until_it_passes(full)
    assert isinstance(parked, WaitsForRoom)
    assert parked.message == "No room is left on the disk for '/x/y'."
    assert isinstance(until_it_passes(DiskFull("No room.")), WaitsForRoom)
    assert isinstance(until_it_passes(RateLimited("busy", retry_after_seconds=600)), WaitsForReset)
    for lasting in (OSError(errno.EACCES, "no"), GitError("broken"), LedgerBusy("held"),
                    RateLimited("busy", retry_after_seconds=5), ValueError("a bug")):
        assert until_it_passes(lasting) is None
