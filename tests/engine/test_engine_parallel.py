"""Tasks beside each other: locks over jobs, named resources, limits over all, the radar."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.repositories import make_repository
from support.scripted_jobs import one_phase, path_of, planned_task, scripted_engine, submit

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import PlanDraft, TaskDraft
from cockpit_tui.domain.event import LockAcquired, LockReleased, LockWaiting
from cockpit_tui.engine.engine import Engine
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far


class Crew:
    """Agents that write their file, and stay at it until another one waits for a lock."""

    def __init__(self) -> None:
        self.at_work: set[str] = set()
        self.most = 0
        self.may_go = asyncio.Event()

    async def work(self, asked: ModelRequest) -> ModelReply:
        key = asked.messages[0].text.split("Write ", 1)[1].split()[0] + str(id(self))
        if turns_so_far(asked) == 0:
            self.at_work.add(key)
            self.most = max(self.most, len(self.at_work))
            await self.may_go.wait()
            return calls(("write_file", {"path": path_of(asked), "content": "x\n"}))
        self.at_work.discard(key)
        return says("Written.")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


def provider(plan: PlanDraft, crew: Crew) -> ScriptedProvider:
    return ScriptedProvider(plan=plan, task=crew.work)


async def until(engine: Engine, kind: str, times: int = 1) -> None:
    async with engine.subscribe() as batches:
        while sum(e.type == kind for e in await engine.events(limit=10_000)) < times:
            await anext(batches)


async def test_two_jobs_that_write_one_path_do_it_one_after_the_other(repository: Path) -> None:
    crew = Crew()
    async with scripted_engine(provider(one_phase(planned_task("a", "a.txt")), crew)) as engine:
        jobs = [await submit(engine, repository) for _ in range(2)]
        await until(engine, "lock:waiting")
        held, waiting = await engine.lock_table()
        assert (held.held_at is None, waiting.held_at is None) == (False, True)
        crew.may_go.set()
        ends = [await engine.wait(job.id) for job in jobs]
        events = await engine.events(limit=10_000)
        assert await engine.lock_table() == ()
    assert [end.error for end in ends] == [None, None]
    assert crew.most == 1
    told = [e.payload for e in events if e.type.startswith("lock:")]
    assert [p.type for p in told] == ["lock:acquired", "lock:waiting", "lock:released",
                                      "lock:acquired", "lock:released"]
    assert isinstance(told[1], LockWaiting)
    assert (told[1].names, told[1].held_by) == (("a.txt",), (held.task_name,))
    second = [e for e in events if e.job_id == waiting.job_id]
    types = [e.type for e in second]
    assert types.index("task:ready") < types.index("lock:waiting") < types.index("lock:acquired")
    assert types.index("lock:acquired") < types.index("task:started")


async def test_a_named_resource_is_for_one_task_and_its_waiter_keeps_no_agent(
        repository: Path) -> None:
    crew = Crew()
    plan = one_phase(planned_task("a", "a.txt", resources=("db:test",)),
                     planned_task("b", "b.txt", resources=("DB:test",)),
                     planned_task("c", "c.txt"))
    async with scripted_engine(provider(plan, crew)) as engine:
        job = await submit(engine, repository)
        await until(engine, "task:started", 2)
        started = {e.payload.title for e in await engine.events(limit=10_000)
                   if e.type == "task:started"}
        crew.may_go.set()
        end = await engine.wait(job.id)
        events = await engine.events(limit=10_000)
    assert end.error is None
    assert started == {"Write a.txt", "Write c.txt"}
    own = [e.payload for e in events if e.type.startswith("lock:") and "db:test" in e.payload.names]
    assert [(type(p), p.number) for p in own] == [
        (LockAcquired, "1.1"), (LockWaiting, "1.2"), (LockReleased, "1.1"),
        (LockAcquired, "1.2"), (LockReleased, "1.2")]


async def test_no_more_agents_work_at_once_over_all_jobs_than_the_person_allows(
        repository: Path) -> None:
    settings = Paths.from_environment().settings_file
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("[limits]\nagents_overall = 1\n")
    crew = Crew()
    crew.may_go.set()
    drafts = one_phase(*(planned_task(name, f"{name}.txt") for name in "ab"))
    async with scripted_engine(provider(drafts, crew)) as engine:
        jobs = [await submit(engine, repository) for _ in range(2)]
        ends = [await engine.wait(job.id) for job in jobs]
        events = await engine.events(limit=10_000)
    assert [end.error for end in ends] == [None, None]
    assert crew.most == 1
    depth = [{"task:started": 1, "task:completed": -1}.get(e.type, 0) for e in events]
    assert max(sum(depth[:i]) for i in range(len(depth) + 1)) == 1


async def test_a_conflict_is_foreseen_while_both_still_work(repository: Path) -> None:
    foreseen = asyncio.Event()

    async def agent(asked: ModelRequest) -> ModelReply:
        name = asked.messages[0].text.split("Task ", 1)[1][0]
        if turns_so_far(asked) == 0:
            return calls(("write_file", {"path": "same.txt", "content": f"from {name}\n"}))
        if turns_so_far(asked) == 1:
            return says("Written.")
        await foreseen.wait()  # its proof failed, and it is asked again
        return calls(("write_file", {"path": f"{name}.ok", "content": "ok\n"})) \
            if turns_so_far(asked) == 2 else says("Mended.")

    drafts = tuple(TaskDraft(key=name, title=f"Task {name}", instructions="write", role="Tester",
                             acceptance=(f"test -s {name}.ok",)) for name in "ab")
    async with scripted_engine(ScriptedProvider(plan=one_phase(*drafts), task=agent)) as engine:
        job = await submit(engine, repository)
        await until(engine, "collision:foreseen")
        before = await engine.events(limit=10_000)
        (clash,) = (await engine.job_view(job.id)).collisions
        foreseen.set()
        end = await engine.wait(job.id)
        after = await engine.job_view(job.id)
        events = await engine.events(job_id=job.id, limit=10_000)
    assert end.error is None
    assert clash.files == ("same.txt",)
    assert {clash.number, clash.other} == {"1.1", "1.2"}
    assert not {"git:conflicted", "git:merged", "task:completed"} & {e.type for e in before}
    assert after.collisions == ()
    told = [e.payload for e in events if e.type.startswith("collision:")]
    # Once for the pair, however often they commit.
    assert [p.type for p in told] == ["collision:foreseen", "collision:cleared"]
    assert [(p.number, p.other, p.files) for p in told] == 2 * [
        (clash.number, clash.other, ("same.txt",))]


async def test_a_running_tasks_diff_has_nothing_of_what_others_land_meanwhile(
        repository: Path) -> None:
    written, may_end = asyncio.Event(), asyncio.Event()

    async def agent(asked: ModelRequest) -> ModelReply:
        if turns_so_far(asked) == 0:
            return calls(("write_file", {"path": path_of(asked), "content": "x\n"}))
        if path_of(asked) == "b.txt":
            written.set()
            await may_end.wait()
        return says("Written.")

    plan = one_phase(planned_task("a", "a.txt"), planned_task("b", "b.txt"))
    async with scripted_engine(ScriptedProvider(plan=plan, task=agent)) as engine:
        job = await submit(engine, repository)
        await until(engine, "task:completed")
        slow = next(t for t in (await engine.job_view(job.id)).tasks if t.title == "Write b.txt")
        await written.wait()
        live = await engine.live_diff(slow.id)
        may_end.set()
        await engine.wait(job.id)
    assert [line for line in live.splitlines() if line.startswith("diff ")] == [
        "diff --git a/b.txt b/b.txt"]
