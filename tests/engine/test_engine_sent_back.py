"""Work that is sent back: what the agent changed then, or that it changed nothing, is told."""

from __future__ import annotations

from pathlib import Path

from support.repositories import git, make_repository
from support.scripted_jobs import one_phase, path_of, planned_task, scripted_engine, submit

from cockpit_tui.domain import event
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.event import Payload
from cockpit_tui.domain.job import Job
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

PLAN = one_phase(planned_task("a", "a.txt", acceptance=("grep -q right a.txt",)))


def writes(*contents: str) -> ScriptedProvider:
    """One file's content after another; empty: only words."""
    def task(request: ModelRequest) -> ModelReply:
        turn = turns_so_far(request)
        content = contents[turn] if turn < len(contents) else ""
        if not content:
            return says("Written.")
        return calls(("write_file", {"path": path_of(request), "content": content}))

    return ScriptedProvider(plan=PLAN, task=task)


async def ended(provider: ScriptedProvider, repository: Path) -> tuple[Job, list[Payload]]:
    async with scripted_engine(provider) as engine:
        job = (await engine.wait((await submit(engine, repository)).id)).job
        return job, [found.payload for found in await engine.events(job_id=job.id, limit=10_000)]


async def test_an_agent_that_changed_nothing_is_told_of(tmp_path: Path, own_home: Path) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    _, told = await ended(writes("wrong\n"), repository)
    assert "It was sent back, and the agent changed nothing." in [
        payload.text for payload in told if isinstance(payload, event.TaskProgress)]
    assert [payload.subject for payload in told if isinstance(payload, event.GitCommitted)] == [
        "Write a.txt"]


async def test_a_commit_that_follows_another_says_its_round(tmp_path: Path,
                                                            own_home: Path) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    job, told = await ended(writes("wrong\n", "", "right\n"), repository)
    subjects = [payload.subject for payload in told if isinstance(payload, event.GitCommitted)]
    assert subjects == ["Write a.txt", "Write a.txt (round 2)"]
    assert git("log", "--format=%s", "-2", job.branch, cwd=repository).split("\n") == [
        "Write a.txt (round 2)", "Write a.txt"]
