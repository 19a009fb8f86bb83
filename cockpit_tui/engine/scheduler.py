"""Which task runs when: a phase's tasks by dependency, the longest way first, several at once.

A task starts once it is ready, nothing that it locks is held by another one, its job has an agent
free, and the engine a slot. While it waits for a lock it keeps no agent from others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum

from cockpit_tui.domain.errors import JobParked
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.plan import Task
from cockpit_tui.engine.seats import Seats


class TaskEnd(StrEnum):
    """How a task left the scheduler."""

    DONE = "done"
    FAILED = "failed"
    PARKED = "parked"
    """It waits for a person and goes on when the job is resumed."""


RunTask = Callable[[Task, str], Awaitable[TaskEnd]]
"""Run a task as the named agent (`a1`)."""

TaskReady = Callable[[Task], Awaitable[None]]
"""Say that all that a task depends on is done."""

SkipTask = Callable[[Task, Task], Awaitable[None]]
"""Skip a task because of another one that did not get done."""

HoldLocks = Callable[[Task, Callable[[], None]], AbstractAsyncContextManager[None]]
"""Hold what a task locks; the function is called at once where that is not free."""

TakeSlot = Callable[[Task], AbstractAsyncContextManager[None]]
"""A place among all agents of the engine."""

UNKNOWN_MINUTES = 1.0
"""What a task without an estimate counts."""


async def _unsaid(task: Task) -> None:
    """Nobody wants to know that it is ready."""


def _no_locks(task: Task, on_wait: Callable[[], None]) -> AbstractAsyncContextManager[None]:
    return nullcontext()


def _no_slot(task: Task) -> AbstractAsyncContextManager[None]:
    return nullcontext()


async def run_in_order(tasks: Sequence[Task], *, limit: int, ended: Mapping[TaskId, TaskEnd],
                       run: RunTask, skip: SkipTask, ready: TaskReady = _unsaid,
                       locks: HoldLocks = _no_locks,
                       slot: TakeSlot = _no_slot) -> dict[TaskId, TaskEnd]:
    """Run `tasks`, at most `limit` at once, each after what it depends on.

    `ended` holds how tasks of earlier phases ended. A task whose dependency failed is skipped, and
    so is what depends on it; one whose dependency is parked waits with it. Everything else goes
    on. Raises what `run` raises, after cancelling the others.
    """
    floor = _Floor(run=run, skip=skip, ready=ready, locks=locks, slot=slot, seats=Seats(limit),
                   waiting=by_critical_path(tasks), ends=dict(ended))
    try:
        while floor.waiting or floor.running:
            await floor.start_ready()
            if floor.running:
                await floor.until_something_changes()
    finally:
        for left in floor.running:
            left.cancel()
        await asyncio.gather(*floor.running, return_exceptions=True)
    return {task.id: floor.ends[task.id] for task in tasks}


@dataclass(slots=True, kw_only=True)
class _Floor:
    """One phase at work."""

    run: RunTask
    skip: SkipTask
    ready: TaskReady
    locks: HoldLocks
    slot: TakeSlot
    seats: Seats
    waiting: list[Task]
    """By critical path."""
    ends: dict[TaskId, TaskEnd]
    running: dict[asyncio.Task[TaskEnd], Task] = field(default_factory=dict)
    told: set[TaskId] = field(default_factory=set)
    """Of whom it was said that they are ready."""
    rank: dict[TaskId, int] = field(init=False)
    by_id: dict[TaskId, Task] = field(init=False)

    def __post_init__(self) -> None:
        self.rank = {task.id: at for at, task in enumerate(self.waiting)}
        self.by_id = {task.id: task for task in self.waiting}

    async def start_ready(self) -> None:
        """Skip what cannot run any more, start what can, as far as there are agents."""
        for task in list(self.waiting):
            blocker = _first_not_done(task, self.ends)
            if blocker is not None:
                self.waiting.remove(task)
                self.ends[task.id] = self.ends[blocker]
                if self.ends[blocker] is TaskEnd.FAILED:
                    await self.skip(task, self.by_id.get(blocker, task))
        ready = [task for task in self.waiting
                 if all(needed in self.ends for needed in task.depends_on)]
        new = [task for task in ready if task.id not in self.told]
        self.told.update(task.id for task in new)
        await asyncio.gather(*(self.ready(task) for task in new))
        for task in ready:
            if (agent := self.seats.take_free()) is not None:
                self.waiting.remove(task)
                started = asyncio.create_task(self._guarded(task, agent),
                                              name=f"task {task.title}")
                started.add_done_callback(lambda _: self.seats.changed.set())
                self.running[started] = task

    async def until_something_changes(self) -> None:
        await self.seats.changed.wait()
        self.seats.changed.clear()
        for done in [one for one in self.running if one.done()]:
            self.ends[self.running.pop(done).id] = done.result()

    async def _guarded(self, task: Task, agent: str) -> TaskEnd:
        try:
            async with self._seated(task, agent) as seat, self.slot(task):
                return await self.run(task, seat)
        except JobParked:
            return TaskEnd.PARKED

    @asynccontextmanager
    async def _seated(self, task: Task, agent: str) -> AsyncIterator[str]:
        """With its locks, as an agent: the one it came with, unless it had to wait for them."""
        seat: str | None = agent

        def stand_up() -> None:
            nonlocal seat
            if seat is not None:
                self.seats.give(seat)
                seat = None

        try:
            async with self.locks(task, stand_up):
                if seat is None:
                    seat = await self.seats.take(self.rank[task.id])
                yield seat
        finally:
            stand_up()


def by_critical_path(tasks: Sequence[Task]) -> list[Task]:
    """Those first after which the most minutes of work stand in a row, themselves included; of two
    alike the one that the plan names first."""
    dependants: dict[TaskId, list[Task]] = {task.id: [] for task in tasks}
    for task in tasks:
        for needed in task.depends_on:
            dependants.get(needed, []).append(task)
    minutes: dict[TaskId, float] = {}
    left = list(tasks)
    while left:  # A plan has no cycles, so every round finds some.
        known = [task for task in left if all(after.id in minutes for after in dependants[task.id])]
        for task in known:
            after = max((minutes[one.id] for one in dependants[task.id]), default=0.0)
            minutes[task.id] = (task.estimate.minutes or UNKNOWN_MINUTES) + after
        left = [task for task in left if task.id not in minutes]
    return sorted(tasks, key=lambda task: -minutes[task.id])


def _first_not_done(task: Task, ends: Mapping[TaskId, TaskEnd]) -> TaskId | None:
    return next((needed for needed in task.depends_on
                 if ends.get(needed, TaskEnd.DONE) is not TaskEnd.DONE), None)
