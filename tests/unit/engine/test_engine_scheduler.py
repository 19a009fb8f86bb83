"""Order, parallelism and failure of a phase's tasks, without git, models or a ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from cockpit_tui.domain.agent import PoolBounds
from cockpit_tui.domain.errors import CockpitError, JobParked
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.plan import Estimate, Task
from cockpit_tui.engine.scheduler import TaskEnd, by_critical_path, run_in_order
from cockpit_tui.engine.seats import Seats
from cockpit_tui.engine.slots import AgentSlots


def task(name: str, *after: str) -> Task:
    return Task(id=TaskId(name), title=name, instructions="", role="Tester",
                depends_on=tuple(TaskId(a) for a in after))


class Floor:
    """Runs tasks as the test says, and notes who ran when."""

    def __init__(self, ends: dict[str, TaskEnd | Exception] | None = None) -> None:
        self.ends = ends or {}
        self.running: set[str] = set()
        self.most = 0
        self.order: list[str] = []
        self.agents: dict[str, str] = {}
        self.skipped: list[tuple[str, str]] = []

    async def run(self, task: Task, agent: str) -> TaskEnd:
        self.running.add(task.title)
        self.most = max(self.most, len(self.running))
        self.order.append(task.title)
        self.agents[task.title] = agent
        for _ in range(3):
            await asyncio.sleep(0)
        self.running.discard(task.title)
        end = self.ends.get(task.title, TaskEnd.DONE)
        if isinstance(end, Exception):
            raise end
        return end

    async def skip(self, task: Task, because: Task) -> None:
        self.skipped.append((task.title, because.title))

    async def go(self, *tasks: Task, limit: int = 4,
                 ended: dict[TaskId, TaskEnd] | None = None) -> dict[str, str]:
        ends = await run_in_order(tasks, limit=limit, ended=ended or {}, run=self.run,
                                  skip=self.skip)
        return {name: end.value for name, end in ends.items()}


async def test_a_task_waits_for_what_it_depends_on() -> None:
    floor = Floor()
    await floor.go(task("c", "a", "b"), task("b", "a"), task("a"), task("d"))
    assert floor.order.index("a") < floor.order.index("b") < floor.order.index("c")
    assert floor.order[:2] == ["a", "d"]


async def test_no_more_run_at_once_than_allowed_and_agents_are_reused() -> None:
    floor = Floor()
    await floor.go(*(task(str(i)) for i in range(9)), limit=3)
    assert floor.most == 3
    assert set(floor.agents.values()) == {"a1", "a2", "a3"}


async def test_what_others_are_in_conflict_over_starts_once_nothing_else_is_ready() -> None:
    floor = Floor()
    await run_in_order([task("a"), task("b"), task("c")], limit=1, ended={}, run=floor.run,
                       skip=floor.skip, is_contested=lambda one: one.title == "a")
    assert floor.order == ["b", "c", "a"]


async def test_a_failure_skips_only_what_needs_it() -> None:
    floor = Floor({"a": TaskEnd.FAILED})
    ends = await floor.go(task("a"), task("b", "a"), task("c", "b"), task("d"))
    assert ends == {"a": "failed", "b": "failed", "c": "failed", "d": "done"}
    assert floor.skipped == [("b", "a"), ("c", "b")]
    assert sorted(floor.order) == ["a", "d"]


async def test_a_parked_task_holds_its_dependants_and_nothing_else() -> None:
    floor = Floor({"a": JobParked("asks")})
    ends = await floor.go(task("a"), task("b", "a"), task("c"))
    assert ends == {"a": "parked", "b": "parked", "c": "done"}
    assert floor.skipped == []


async def test_earlier_phases_count() -> None:
    floor = Floor()
    ends = await floor.go(task("x", "gone"), task("y", "there"),
                          ended={TaskId("gone"): TaskEnd.FAILED, TaskId("there"): TaskEnd.DONE})
    assert ends == {"x": "failed", "y": "done"}


async def test_an_error_of_the_engine_stops_everything() -> None:
    floor = Floor({"a": CockpitError("disk full")})
    with pytest.raises(CockpitError, match="disk full"):
        await floor.go(task("a"), task("b"), task("c", "b"))
    assert "c" not in floor.order


def lasting(name: str, minutes: float, *after: str) -> Task:
    return replace(task(name, *after), estimate=Estimate(minutes=minutes))


def test_the_longest_way_goes_first_and_then_the_plans_order() -> None:
    tasks = [lasting("short", 3), lasting("root", 1), lasting("end", 9, "mid"),
             lasting("mid", 1, "root"), lasting("tie", 3), task("unknown")]
    assert [t.title for t in by_critical_path(tasks)] == [
        "root", "mid", "end", "short", "tie", "unknown"]


async def test_who_waits_for_a_lock_keeps_no_agent_and_comes_before_the_rest_then() -> None:
    floor, free, waits = Floor(), asyncio.Event(), []

    @asynccontextmanager
    async def locks(task: Task, on_wait: Callable[[], None]) -> AsyncIterator[None]:
        if task.title == "locked":
            on_wait()
            waits.append(task.title)
            await free.wait()
        elif task.title == "b":
            free.set()
        yield

    ends = await run_in_order(
        [task("locked"), task("a"), task("b"), task("c")], limit=1, ended={}, run=floor.run,
        skip=floor.skip, locks=locks)
    assert set(ends.values()) == {TaskEnd.DONE}
    assert (waits, floor.most) == (["locked"], 1)
    assert floor.order == ["a", "b", "locked", "c"]


async def test_slots_go_to_the_jobs_in_turn_and_none_is_lost_by_who_gives_up() -> None:
    slots, order, leave = AgentSlots(limit=1), [], asyncio.Event()

    async def work(job: str, name: str) -> None:
        async with slots.slot(JobId(job)):
            order.append(name)
            await leave.wait()

    started = []
    for job, name in (("x", "x1"), ("x", "x2"), ("x", "x3"), ("y", "y1"), ("z", "z1"), ("y", "y2")):
        started.append(asyncio.create_task(work(job, name)))
        await asyncio.sleep(0)
    started[4].cancel()
    leave.set()
    await asyncio.gather(*started, return_exceptions=True)
    assert order == ["x1", "y1", "x2", "y2", "x3"]
    assert slots.taken == 0


async def test_a_job_of_many_tasks_starves_none_of_few_and_a_priority_counts_at_once() -> None:
    slots, order = AgentSlots(limit=4), []
    leave: dict[str, asyncio.Event] = {}

    async def work(job: str, number: int) -> None:
        name = f"{job}{number}"
        leave[name] = asyncio.Event()
        async with slots.slot(JobId(job)):
            order.append(name)
            await leave[name].wait()

    async def quiet() -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def next_after(name: str) -> str:
        leave[name].set()
        await quiet()
        return order[-1]

    started = [asyncio.create_task(work("many", n)) for n in range(30)]
    await quiet()
    assert order == ["many0", "many1", "many2", "many3"]
    started += [asyncio.create_task(work("few", n)) for n in range(2)]
    await quiet()
    assert [await next_after("many0"), await next_after("many1")] == ["few0", "few1"]
    assert await next_after("many2") == "many4"
    started += [asyncio.create_task(work("late", n)) for n in range(3)]
    await quiet()
    slots.priorities[JobId("late")] = 5
    assert [await next_after(name) for name in ("many3", "few0", "few1")] == [
        "late0", "late1", "late2"]
    for event in leave.values():
        event.set()
    await asyncio.gather(*started)
    assert (slots.taken, len(order)) == (0, 35)


async def test_a_higher_limit_lets_those_in_who_wait() -> None:
    slots, inside, leave = AgentSlots(limit=1), [], asyncio.Event()

    async def work(name: str) -> None:
        async with slots.slot(JobId(name)):
            inside.append(name)
            await leave.wait()

    started = [asyncio.create_task(work("a")), asyncio.create_task(work("b"))]
    await asyncio.sleep(0)
    slots.limit = 3
    started.append(asyncio.create_task(work("c")))
    for _ in range(3):
        await asyncio.sleep(0)
    assert sorted(inside) == ["a", "b", "c"]
    leave.set()
    await asyncio.gather(*started)


async def test_a_cancelled_waiter_gives_the_agent_on_that_it_was_just_given() -> None:
    seats = Seats(PoolBounds(at_once=1))
    agent = seats.take_free(task("x"))
    assert agent == "a1"
    first, second = (asyncio.create_task(seats.take(task(f"{rank}"), rank)) for rank in (1, 2))
    await asyncio.sleep(0)
    seats.give(agent)
    first.cancel()
    assert await second == "a1"
    assert seats.take_free(task("y")) is None
