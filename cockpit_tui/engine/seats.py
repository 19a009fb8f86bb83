"""The seats of one job: which agent of which role takes a task, and whose turn is next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from cockpit_tui.domain.agent import Agent, PoolBounds
from cockpit_tui.domain.errors import NeedsPerson
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.plan import Task


class NoAgentLeft(NeedsPerson):
    """No agent can take the task, and no further one may be spawned."""


@dataclass(order=True, slots=True)
class _Wish:
    """A task that waits for an agent; lower ranks are served first."""

    rank: int
    asked: int
    task: Task = field(compare=False)
    turn: asyncio.Future[str] = field(compare=False)


class Seats:
    """An agent keeps its role for good. A task goes to a free agent of its role, best to the one
    that has worked at it before; where none is free, to a new one as far as `bounds` allow.

    `members` are those of earlier runs. Not for several event loops.
    """

    def __init__(self, bounds: PoolBounds, members: Iterable[Agent] = ()) -> None:
        self.bounds = bounds
        self.changed = asyncio.Event()
        """Set whenever an agent became free, or something else is worth a look."""
        self.refused: NoAgentLeft | None = None
        """Why a task got no agent, where one did not."""
        self._roles: dict[str, str] = {}
        """Of every agent that ever was, in the order of their spawning."""
        self._last: dict[str, TaskId] = {}
        self._gone: set[str] = set()
        self._busy: set[str] = set()
        self._wishes: list[_Wish] = []
        self._asked = count()
        for agent in members:
            self._roles[agent.name] = agent.role
            if agent.task_id is not None:
                self._last[agent.name] = agent.task_id
            if agent.terminated_at is not None:
                self._gone.add(agent.name)

    def take_free(self, task: Task) -> str | None:
        """An agent at once; None where one has to be waited for. Raises NoAgentLeft."""
        agent = self._choose(task)
        if agent is not None:
            self._busy.add(agent)
            self._last[agent] = task.id
        return agent

    async def take(self, task: Task, rank: int = 0) -> str:
        """An agent, as soon as there is one; lower ranks are served first. Raises NoAgentLeft."""
        agent = self.take_free(task)
        if agent is not None:
            return agent
        wish = _Wish(rank, next(self._asked), task, asyncio.get_running_loop().create_future())
        self._wishes.append(wish)
        try:
            return await wish.turn
        except asyncio.CancelledError:
            if wish in self._wishes:
                self._wishes.remove(wish)
            elif wish.turn.done() and not wish.turn.cancelled() and not wish.turn.exception():
                self.give(wish.turn.result())
            raise

    def give(self, agent: str) -> None:
        """The agent is free again."""
        self._busy.discard(agent)
        self._serve()

    def dismiss(self, agent: str) -> None:
        """The agent gets no further task."""
        self._gone.add(agent)
        self._serve()

    def is_gone(self, agent: str) -> bool:
        return agent in self._gone

    def is_busy(self, agent: str) -> bool:
        return agent in self._busy

    def _serve(self) -> None:
        self.changed.set()
        for wish in sorted(self._wishes):
            try:
                agent = None if wish.turn.done() else self.take_free(wish.task)
            except NoAgentLeft as none:
                wish.turn.set_exception(none)
            else:
                if agent is None and not wish.turn.done():
                    continue
                if agent is not None:
                    wish.turn.set_result(agent)
            self._wishes.remove(wish)

    def _choose(self, task: Task) -> str | None:
        of_role = [name for name, role in self._roles.items()
                   if role == task.role and name not in self._gone]
        free = [name for name in of_role if name not in self._busy]
        at_work = len(of_role) - len(free)
        if len(self._busy) >= self.bounds.at_once \
                or at_work >= self.bounds.per_role.get(task.role, self.bounds.at_once):
            return None
        if free:
            return next((name for name in free if self._last.get(name) == task.id), free[0])
        if len(self._roles) < self.bounds.spawned:
            name = f"a{len(self._roles) + 1}"
            self._roles[name] = task.role
            return name
        if at_work:
            return None
        had = len(self._roles)
        self.refused = NoAgentLeft(
            f"No agent is left for {task.title!r}: it needs a {task.role}, and the job has had "
            f"{had} agent{'s' * (had != 1)}, as many as limits.spawned_per_job allows.",
            hint=f"cockpit config set limits.spawned_per_job {self.bounds.spawned * 2}, then "
                 "resume the job.")
        raise self.refused
