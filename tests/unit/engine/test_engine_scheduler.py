"""Order, parallelism and failure of a phase's tasks, without git, models or a ledger."""

from __future__ import annotations

import asyncio

import pytest

from cockpit_tui.domain.errors import CockpitError, JobParked
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.plan import Task
from cockpit_tui.engine.scheduler import TaskEnd, run_in_order


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
