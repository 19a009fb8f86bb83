"""Room on the disk: jobs wait for it, what is proven to lie elsewhere makes some, no more goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.repositories import make_repository

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.errors import WaitsForRoom
from cockpit_tui.domain.event import DiskShort, DiskTidied, Payload
from cockpit_tui.domain.ids import ProjectId
from cockpit_tui.domain.job import Job, JobRequest, JobStatus, WaitingOn
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.engine.disk import disk_use, free_bytes
from cockpit_tui.engine.engine import Engine, open_engine
from cockpit_tui.engine.hubs import opened_hub
from cockpit_tui.engine.retention import trash
from cockpit_tui.engine.room import LOOK_AGAIN_SECONDS
from cockpit_tui.gitops.worktrees import WorktreePool
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

PLAN = PlanDraft(summary="Two files.", phases=(PhaseDraft(title="P", tasks=tuple(
    TaskDraft(key=name, title=f"Write {name}.txt", instructions="write", role="Tester",
              owned_paths=(f"{name}.txt",), acceptance=(f"grep -q hello {name}.txt",),
              depends_on=("a",) if name == "b" else ())
    for name in "ab")),))
REQUEST = JobRequest(text="Write", policy=Policy(approve=ApproveMode.ALL))
MB = 1_000_000


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now


def writes(request: ModelRequest) -> ModelReply:
    name = "a" if "Write a.txt" in str(request) else "b"
    return (calls(("write_file", {"path": f"{name}.txt", "content": "hello\n"}), turn=1),
            says("Done."))[turns_so_far(request)]


@pytest.fixture
def paths(own_home: Path) -> Paths:
    return Paths.from_environment()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def engine_at(paths: Paths, clock: Clock) -> AsyncIterator[Engine]:
    provider = ScriptedProvider(plan=PLAN, task=writes)
    async with open_engine(paths, is_attended=False, clock=clock,
                           provider_source=lambda _: (provider, "script")) as engine:
        yield engine


async def submitted(engine: Engine, repository: Path) -> Job:
    job = await engine.send(SubmitJob(repository=str(repository), request=REQUEST))
    assert job is not None
    return job


async def told(engine: Engine) -> list[Payload]:
    return [event.payload for event in await engine.latest_events()
            if isinstance(event.payload, DiskShort | DiskTidied)]


async def test_a_job_waits_for_room_and_goes_on_by_itself(
        paths: Paths, repository: Path, clock: Clock) -> None:
    async with engine_at(paths, clock) as engine:
        engine.runs.room.free = lambda _: 20 * MB
        job = await submitted(engine, repository)
        end = await engine.wait(job.id)
        assert isinstance(end.error, WaitsForRoom)
        assert (end.job.status, end.job.waiting_on) == (JobStatus.QUEUED, WaitingOn.DISK)
        assert end.job.reason.startswith("The disk has 20 MB left where the cockpit keeps its work;"
                                         " limits.free_disk_mb wants 500 MB")
        (short,) = await told(engine)
        assert isinstance(short, DiskShort)
        assert "cockpit disk" in short.text
        await engine.keeper.turn()
        assert engine.runs.running() == {}
        clock.now += timedelta(seconds=LOOK_AGAIN_SECONDS + 1)
        await engine.keeper.turn()
        again = await engine.wait(job.id)
        assert (again.job.waiting_on, await told(engine)) == (WaitingOn.DISK, [short])
        engine.runs.room.free = lambda _: 800 * MB
        clock.now += timedelta(seconds=LOOK_AGAIN_SECONDS + 1)
        await engine.keeper.turn()
        done = await engine.wait(job.id)
        assert (done.error, done.job.status) == (None, JobStatus.COMPLETED)


async def test_a_task_waits_for_room_too_and_what_was_done_stays(
        paths: Paths, repository: Path, clock: Clock) -> None:
    async with engine_at(paths, clock) as engine:
        landed = paths.hubs

        def free(_: Paths) -> int:  # until the first task is done
            refs = [ref for hub in landed.glob("*.git") for ref in hub.rglob("phase-*")
                    if ref.is_file()]
            done = any(len(ref.read_text()) > 1 and ref.read_text().strip() != base for ref in refs)
            return (20 if done else 800) * MB

        job = await submitted(engine, repository)
        base = job.base_commit
        engine.runs.room.free = free
        end = await engine.wait(job.id)
        assert isinstance(end.error, WaitsForRoom), end
        assert (end.job.status, end.job.waiting_on) == (JobStatus.BUILDING, WaitingOn.DISK)
        engine.runs.room.free = free_bytes
        await engine.runs.resume(job.id)
        done = await engine.wait(job.id)
        assert (done.error, done.job.status) == (None, JobStatus.COMPLETED)


async def kept(engine: Engine, project: ProjectId, base: str, name: str,
               files: dict[str, str]) -> None:
    """Work that did not land, in the trash."""
    async with opened_hub(engine.paths, project, "") as hub:
        pool = WorktreePool(hub, engine.paths.worktrees / project)
        tree = await pool.acquire(base, name=name)
        for path, text in files.items():
            (tree.path / path).write_text(text)
        await pool.release(tree)


async def left(paths: Paths) -> list[str]:
    return [entry.worktree for place in await trash(paths) for entry in place.entries]


async def test_only_what_branches_hold_too_makes_room(
        paths: Paths, repository: Path, clock: Clock) -> None:
    async with engine_at(paths, clock) as engine:
        job = (await engine.wait((await submitted(engine, repository)).id)).job
        await kept(engine, job.project_id, job.base_commit, "job1-task7-1", {"a.txt": "hello\n"})
        await kept(engine, job.project_id, job.base_commit, "job1-task8-1", {"a.txt": "lost\n"})
        assert await left(paths) == ["job1-task7-1", "job1-task8-1"]
        await engine.runs.room.tidy()
        assert (await left(paths), await told(engine)) == (["job1-task7-1", "job1-task8-1"], [])
        paths.settings_file.parent.mkdir(parents=True, exist_ok=True)
        paths.settings_file.write_text("[limits]\ntrash_mb = 0\n")
        await engine.runs.room.tidy()
        await engine.runs.room.tidy()
        assert await left(paths) == ["job1-task8-1"]
        tidied, short = await told(engine)
        assert tidied == DiskTidied(trash=1, worktrees=0)
        assert isinstance(short, DiskShort)
        assert "cockpit trash empty" in short.text


async def test_idle_worktrees_and_the_cache_go_before_a_job_has_to_wait(
        paths: Paths, repository: Path, clock: Clock) -> None:
    async with engine_at(paths, clock) as engine:
        job = (await engine.wait((await submitted(engine, repository)).id)).job
        before = disk_use(paths, {})
        assert before.projects[0].worktrees > 0
        paths.symbol_cache.mkdir(parents=True, exist_ok=True)
        (paths.symbol_cache / "symbols.sqlite3").write_bytes(b"x" * 1_000)

        def free(_: Paths) -> int:
            return (800 if not any((paths.worktrees / job.project_id).iterdir()) else 20) * MB

        engine.runs.room.free = free
        await engine.runs.room.require(is_job=True)
        assert await told(engine) == [DiskTidied(trash=0, worktrees=1)]
        after = disk_use(paths, {})
        assert not paths.symbol_cache.exists()
        assert (after.cache <= before.cache, after.projects[0].worktrees) == (True, 0)


async def test_a_hub_that_is_damaged_or_half_made_keeps_no_job_from_waiting(
        paths: Paths, repository: Path, clock: Clock) -> None:
    async with engine_at(paths, clock) as engine:
        job = (await engine.wait((await submitted(engine, repository)).id)).job
        await kept(engine, job.project_id, job.base_commit, "job1-task7-1", {"a.txt": "hello\n"})
        (paths.hubs / "half.git").mkdir()
        assert await left(paths) == ["job1-task7-1"]
        damaged = paths.hubs / "A_damaged.git"
        damaged.mkdir()
        (damaged / "cockpit-hub").write_text("1\n")
        engine.runs.room.free = lambda _: 20 * MB
        with pytest.raises(WaitsForRoom):
            await engine.runs.room.require()
        assert (await told(engine))[0] == DiskTidied(trash=1, worktrees=1)
