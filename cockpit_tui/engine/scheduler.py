"""Which task runs when: a phase's tasks by dependency, the longest way first, several at once.

A task starts once it is ready, nothing that it locks is held by another one, its job has an agent
free, and the engine a slot. While it waits for a lock it keeps no agent from others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    nullcontext,
)
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from cockpit_tui.domain.agent import PoolBounds
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
    AGAIN = "again"
    """It is ready again: another agent takes it. Never how a task ends."""


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


NeedsAgent = Callable[[Task], bool]
"""Whether the task will be worked at; one whose outcome is known takes no agent from others."""


IsContested = Callable[[Task], bool]
"""Whether others are in a conflict over what it will write; it starts once no other one is ready.
"""


class TaskStops(Protocol):
    """What the person holds up or gives up."""

    def is_held_up(self, task: Task) -> bool: ...

    def is_given_up(self, task: Task) -> bool: ...

    def watch(self, changed: asyncio.Event) -> AbstractContextManager[None]:
        """Set `changed` meanwhile whenever one of the answers may have changed."""
        ...


class NoStops:
    def is_held_up(self, task: Task) -> bool:
        return False

    def is_given_up(self, task: Task) -> bool:
        return False

    def watch(self, changed: asyncio.Event) -> AbstractContextManager[None]:
        return nullcontext()


async def _unstoppable(task: Task) -> None:
    raise AssertionError("nobody gives a task up here")


def _always(task: Task) -> bool:
    return True


def _never(task: Task) -> bool:
    return False


async def _unsaid(task: Task) -> None:
    """Nobody wants to know that it is ready."""


def _no_locks(task: Task, on_wait: Callable[[], None]) -> AbstractAsyncContextManager[None]:
    return nullcontext()


def _no_slot(task: Task) -> AbstractAsyncContextManager[None]:
    return nullcontext()


async def run_in_order(tasks: Sequence[Task], *, limit: int, ended: Mapping[TaskId, TaskEnd],
                       run: RunTask, skip: SkipTask, ready: TaskReady = _unsaid,
                       locks: HoldLocks = _no_locks,
                       slot: TakeSlot = _no_slot, seats: Seats | None = None,
                       needs_agent: NeedsAgent = _always, stops: TaskStops | None = None,
                       give_up: TaskReady = _unstoppable,
                       is_contested: IsContested = _never) -> dict[TaskId, TaskEnd]:
    """Run `tasks`, at most `limit` at once, each after what it depends on; with `seats`, by those
    agents and within their bounds.

    `ended` holds how tasks of earlier phases ended. A task whose dependency failed is skipped, and
    so is what depends on it; one whose dependency is parked waits with it. Everything else goes
    on. A task that is held up goes on when it may, or is parked once all others are over; one that
    is given up is cancelled, and `give_up` records its failure. Raises what `run` raises, after
    cancelling the others.
    """
    floor = _Floor(run=run, skip=skip, ready=ready, locks=locks, slot=slot, needs_agent=needs_agent,
                   seats=seats or Seats(PoolBounds(at_once=limit)),
                   stops=stops or NoStops(), give_up=give_up, is_contested=is_contested,
                   waiting=by_critical_path(tasks), ends=dict(ended))
    try:
        with floor.stops.watch(floor.seats.changed):
            while floor.waiting or floor.running:
                await floor.start_ready()
                if floor.running:
                    await floor.until_something_changes()
                else:
                    floor.park_what_is_held_up()
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
    needs_agent: NeedsAgent
    stops: TaskStops
    give_up: TaskReady
    is_contested: IsContested
    waiting: list[Task]
    """By critical path."""
    ends: dict[TaskId, TaskEnd]
    running: dict[asyncio.Task[TaskEnd], Task] = field(default_factory=dict)
    told: set[TaskId] = field(default_factory=set)
    """Of whom it was said that they are ready."""
    at_work: set[TaskId] = field(default_factory=set)
    """Past their locks and their turn."""
    sent_away: set[TaskId] = field(default_factory=set)
    rank: dict[TaskId, int] = field(init=False)
    by_id: dict[TaskId, Task] = field(init=False)

    def __post_init__(self) -> None:
        self.rank = {task.id: at for at, task in enumerate(self.waiting)}
        self.by_id = {task.id: task for task in self.waiting}

    async def start_ready(self) -> None:
        """Skip what cannot run any more, start what can, as far as there are agents."""
        for task in [one for one in self.waiting if self.stops.is_given_up(one)]:
            self.waiting.remove(task)
            self.ends[task.id] = TaskEnd.FAILED
            await self.give_up(task)
        for task in list(self.waiting):
            blocker = _first_not_done(task, self.ends)
            if blocker is not None:
                self.waiting.remove(task)
                self.ends[task.id] = self.ends[blocker]
                if self.ends[blocker] is TaskEnd.FAILED:
                    await self.skip(task, self.by_id.get(blocker, task))
        ready = [task for task in self.waiting if not self.stops.is_held_up(task)
                 and all(needed in self.ends for needed in task.depends_on)]
        new = [task for task in ready if task.id not in self.told]
        self.told.update(task.id for task in new)
        await asyncio.gather(*(self.ready(task) for task in new))
        for task in sorted(ready, key=self.is_contested):  # They may be free of it by then.
            try:
                agent = self.seats.take_free(task) if self.needs_agent(task) else ""
            except JobParked:
                self.waiting.remove(task)
                self.ends[task.id] = TaskEnd.PARKED
                self.seats.changed.set()
                continue
            if agent is not None:
                self.waiting.remove(task)
                started = asyncio.create_task(self._guarded(task, agent),
                                              name=f"task {task.title}")
                started.add_done_callback(lambda _: self.seats.changed.set())
                self.running[started] = task

    async def until_something_changes(self) -> None:
        await self.seats.changed.wait()
        self.seats.changed.clear()
        self._send_away()
        for done in [one for one in self.running if one.done()]:
            task = self.running.pop(done)
            was_sent = task.id in self.sent_away and done.cancelled()
            self.sent_away.discard(task.id)
            end = TaskEnd.AGAIN if was_sent else done.result()
            if end is TaskEnd.AGAIN:
                self.waiting = sorted((*self.waiting, task), key=lambda one: self.rank[one.id])
            else:
                self.ends[task.id] = end

    def _send_away(self) -> None:
        """Cancel who is given up, and who is held up and has not come to work yet."""
        for started, task in self.running.items():
            is_idle = task.id not in self.at_work and self.stops.is_held_up(task)
            if task.id not in self.sent_away and (is_idle or self.stops.is_given_up(task)):
                self.sent_away.add(task.id)
                started.cancel()

    def park_what_is_held_up(self) -> None:
        """Nothing else is left to do."""
        for task in self.waiting:
            self.ends[task.id] = TaskEnd.PARKED
        self.waiting.clear()

    async def _guarded(self, task: Task, agent: str) -> TaskEnd:
        try:
            async with self._seated(task, agent) as seat, self.slot(task):
                self.at_work.add(task.id)
                return await self.run(task, seat)
        except JobParked:
            return TaskEnd.PARKED
        finally:
            self.at_work.discard(task.id)

    @asynccontextmanager
    async def _seated(self, task: Task, agent: str) -> AsyncIterator[str]:
        """With its locks, as an agent: the one it came with, unless it had to wait for them."""
        seat: str | None = agent

        def stand_up() -> None:
            nonlocal seat
            if seat:
                self.seats.give(seat)
                seat = None

        try:
            async with self.locks(task, stand_up):
                if seat is None:
                    seat = await self.seats.take(task, self.rank[task.id])
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
