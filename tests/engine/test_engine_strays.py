"""A running task's writes outside of its paths: flagged, locked, told to its agent, not committed.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.repositories import git, make_repository
from support.scripted_jobs import one_phase, planned_task, scripted_engine, submit

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.conversation import ModelReply, ModelRequest, TextBlock
from cockpit_tui.domain.drafts import TaskDraft
from cockpit_tui.domain.event import TaskProgress, TaskStrayed
from cockpit_tui.engine.engine import Engine
from cockpit_tui.engine.retention import trash
from cockpit_tui.gitops import watcher
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

UNTIL_TOLD = ("sh -c 'echo x > stray.txt; echo x > noise.log; "
              "until test -e go.log; do sleep 0.02; done'")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n", ".gitignore": "*.log\n"})


async def until(engine: Engine, kind: str) -> None:
    async with engine.subscribe() as batches:
        while not any(e.type == kind for e in await engine.events(limit=10_000)):
            await anext(batches)


def heard(request: ModelRequest) -> list[str]:
    return [block.text for message in request.messages for block in message.blocks
            if isinstance(block, TextBlock) and block.text.startswith("[cockpit]")]


async def strays(engine: Engine) -> list[TaskStrayed]:
    return [e.payload for e in await engine.events(limit=10_000)
            if isinstance(e.payload, TaskStrayed)]


@pytest.mark.parametrize("is_watched", [True, False])
async def test_a_stray_write_is_flagged_locked_told_and_left_out(
        is_watched: bool, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Watched: while the command still runs; else at the checkpoint after it."""
    monkeypatch.setattr(watcher, "LOOK_SECONDS", 0.05)
    if not is_watched:
        def no_more_watches(folders: list[str]) -> None:
            raise OSError(28, "inotify watch limit reached")

        monkeypatch.setattr(watcher, "_notify", no_more_watches)
    command = UNTIL_TOLD if is_watched else "sh -c 'echo x > stray.txt; echo x > noise.log'"
    said: list[str] = []
    locked = asyncio.Event()

    async def agent(asked: ModelRequest) -> ModelReply:
        if turns_so_far(asked) == 0:
            return calls(("write_file", {"path": "a.txt", "content": "x\n"}),
                         ("run_command", {"command": command}))
        said.extend(heard(asked))
        await locked.wait()
        return says("Written.")

    plan = one_phase(planned_task("a", "a.txt"))
    async with scripted_engine(ScriptedProvider(plan=plan, task=agent)) as engine:
        job = await submit(engine, repository)
        await until(engine, "task:strayed")
        if is_watched:
            types = [e.type for e in await engine.events(limit=10_000)]
            assert "git:checkpointed" not in types  # the command is still at it
            (slot,) = Paths.from_environment().worktrees.glob("*/slot-*/stray.txt")
            slot.with_name("go.log").touch()
        table = await engine.lock_table()
        locked.set()
        end = await engine.wait(job.id)
        view = await engine.job_view(job.id)
        assert await engine.lock_table() == ()
    assert end.error is None
    assert [(s.number, s.files, s.held_by) for s in view.strays] == [("1.1", ("stray.txt",), ())]
    assert [(lock.claim.names, lock.claim.is_observed, lock.held_at is None) for lock in table] == [
        (("a.txt",), False, False), (("stray.txt",), True, False)]
    (words,) = said
    assert "stray.txt" in words
    assert "no commit will hold it" in words
    assert git("ls-tree", "--name-only", job.branch, cwd=repository).split() == [
        ".gitignore", "README.md", "a.txt"]


async def test_a_stray_write_where_another_task_works_names_that_task(repository: Path) -> None:
    both = asyncio.Barrier(2)
    said: list[str] = []

    async def agent(asked: ModelRequest) -> ModelReply:
        is_b = "Write b.txt" in asked.messages[0].text
        turn = turns_so_far(asked)
        if turn == 0:
            await both.wait()  # both have their locks
            return calls(("write_file", {"path": "b.txt", "content": "b\n"}) if is_b else
                         ("run_command", {"command": "sh -c 'echo a > a.txt; echo a > b.txt'"}))
        if not is_b:
            said.extend(heard(asked))
        await both.wait()
        return says("Written.")

    plan = one_phase(planned_task("a", "a.txt"), planned_task("b", "b.txt"))
    async with scripted_engine(ScriptedProvider(plan=plan, task=agent)) as engine:
        job = await submit(engine, repository)
        end = await engine.wait(job.id)
        (stray,) = await strays(engine)
    assert end.error is None
    assert (stray.number, stray.files, stray.held_by) == (
        "1.1", ("b.txt",), (f"#{job.number} 1.2",))
    assert len(said) == 1
    assert f"#{job.number} 1.2 works there" in said[0]
    assert git("show", f"{job.branch}:b.txt", cwd=repository) == "b"


async def test_a_task_without_paths_locks_what_it_is_seen_to_write(repository: Path) -> None:
    wrote = asyncio.Event()
    may_end = asyncio.Event()

    async def agent(asked: ModelRequest) -> ModelReply:
        if "Write b.txt" in asked.messages[0].text:
            return calls(("write_file", {"path": "b.txt", "content": "b\n"})) \
                if turns_so_far(asked) == 0 else says("Written.")
        if turns_so_far(asked) == 0:
            return calls(("write_file", {"path": "src.txt", "content": "x\n"}))
        wrote.set()
        await may_end.wait()
        return says("Written.")

    free = TaskDraft(key="a", title="Task a", instructions="write", role="Tester",
                     acceptance=("test -s src.txt",))
    async with scripted_engine(ScriptedProvider(plan=one_phase(free), task=agent)) as engine:
        first = await submit(engine, repository)
        await wrote.wait()
        (lock,) = await engine.lock_table()
        may_end.set()
        end = await engine.wait(first.id)
        found = await strays(engine)
    assert end.error is None
    assert (lock.claim.names, lock.claim.is_observed) == (("src.txt",), True)
    assert found == []  # it may write where it likes


async def test_a_repository_that_an_agent_made_is_put_away_and_told(repository: Path) -> None:
    """Generators make them: no commit holds it, and the proof would have removed it unseen."""
    generate = ("mkdir -p made/.git/objects made/.git/refs && echo work > made/f && "
                "echo ref: refs/heads/main > made/.git/HEAD")

    def agent(asked: ModelRequest) -> ModelReply:
        if turns_so_far(asked) == 0:
            return calls(("write_file", {"path": "a.txt", "content": "x\n"}),
                         ("run_command", {"command": f"sh -c '{generate}'"}))
        return says("Written.")

    plan = one_phase(planned_task("a", "a.txt", owned=("**",)))
    async with scripted_engine(ScriptedProvider(plan=plan, task=agent)) as engine:
        job = await submit(engine, repository)
        end = await engine.wait(job.id)
        events = await engine.events(job_id=job.id, limit=10_000)
        ((entry,),) = [place.entries for place in await trash(engine.paths)]
        kept = engine.paths.hubs / f"{job.project_id}.trash" / f"{entry.id}.files" / "f"
        assert kept.read_text() == "work\n"
    assert end.error is None
    assert any("a git repository of its own: made/." in e.payload.text for e in events
               if isinstance(e.payload, TaskProgress))
