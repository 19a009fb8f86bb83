"""Which task runs when: a phase's tasks in dependency order, several at once, in plan order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum

from cockpit_tui.domain.errors import JobParked
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.plan import Task


class TaskEnd(StrEnum):
    """How a task left the scheduler."""

    DONE = "done"
    FAILED = "failed"
    PARKED = "parked"
    """It waits for a person and goes on when the job is resumed."""


RunTask = Callable[[Task, str], Awaitable[TaskEnd]]
"""Run a task as the named agent (`a1`)."""

SkipTask = Callable[[Task, Task], Awaitable[None]]
"""Skip a task because of another one that did not get done."""


async def run_in_order(tasks: Sequence[Task], *, limit: int, ended: Mapping[TaskId, TaskEnd],
                       run: RunTask, skip: SkipTask) -> dict[TaskId, TaskEnd]:
    """Run `tasks`, at most `limit` at once, each after what it depends on.

    `ended` holds how tasks of earlier phases ended. A task whose dependency failed is skipped, and
    so is what depends on it; one whose dependency is parked waits with it. Everything else goes
    on. Raises what `run` raises, after cancelling the others.
    """
    ends: dict[TaskId, TaskEnd] = dict(ended)
    by_id = {task.id: task for task in tasks}
    waiting = list(tasks)
    running: dict[asyncio.Task[TaskEnd], Task] = {}
    free_agents = [f"a{i}" for i in range(limit, 0, -1)]
    agent_of: dict[TaskId, str] = {}

    async def guarded(task: Task, agent: str) -> TaskEnd:
        try:
            return await run(task, agent)
        except JobParked:
            return TaskEnd.PARKED

    try:
        while waiting or running:
            for task in list(waiting):
                blocker = _first_not_done(task, ends)
                if blocker is not None:
                    waiting.remove(task)
                    ends[task.id] = ends[blocker]
                    if ends[blocker] is TaskEnd.FAILED:
                        await skip(task, by_id.get(blocker, task))
                elif free_agents and all(needed in ends for needed in task.depends_on):
                    waiting.remove(task)
                    agent_of[task.id] = agent = free_agents.pop()
                    started = asyncio.create_task(guarded(task, agent), name=f"task {task.title}")
                    running[started] = task
            if not running:
                continue
            finished, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for done in finished:
                task = running.pop(done)
                ends[task.id] = done.result()
                free_agents.append(agent_of[task.id])
                free_agents.sort(key=lambda name: -int(name[1:]))
    finally:
        for left in running:
            left.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return {task.id: ends[task.id] for task in tasks}


def _first_not_done(task: Task, ends: Mapping[TaskId, TaskEnd]) -> TaskId | None:
    return next((needed for needed in task.depends_on
                 if ends.get(needed, TaskEnd.DONE) is not TaskEnd.DONE), None)
