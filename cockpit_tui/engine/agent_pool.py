"""A job's pool of agents while it runs: their states in the ledger, and the way to stop one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from cockpit_tui.config.settings import LimitSettings
from cockpit_tui.domain import event
from cockpit_tui.domain.agent import Agent, PoolBounds
from cockpit_tui.domain.errors import CockpitError, UsageError
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import ExecutionId, JobId, TaskId
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.plan import Task
from cockpit_tui.domain.task import AgentStatus
from cockpit_tui.engine.agent_rows import send_away
from cockpit_tui.engine.seats import Seats
from cockpit_tui.storage import agents
from cockpit_tui.storage.database import Database, Transaction

T = TypeVar("T")


class AgentSentAway(CockpitError):
    """The person sent the agent away in the middle of its work."""


@dataclass(slots=True, kw_only=True)
class AgentPool:
    """Who works at what. `seats` decides who may; here it is written down and can be cut."""

    database: Database
    job_id: JobId
    seats: Seats
    _members: dict[str, Agent] = field(default_factory=dict)
    """As the ledger has them."""
    _executions: dict[str, ExecutionId] = field(default_factory=dict)
    _work: dict[str, asyncio.Task[Any]] = field(default_factory=dict)
    _leaving: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    _cut: set[TaskId] = field(default_factory=set)
    """Tasks whose attempt the ledger has forgotten while nobody worked at it."""

    @classmethod
    async def load(cls, database: Database, job_id: JobId, bounds: PoolBounds) -> AgentPool:
        """With those who worked for the job in earlier runs."""
        members = await database.read(lambda conn: agents.for_job(conn, job_id))
        return cls(database=database, job_id=job_id, seats=Seats(bounds, members),
                   _members={agent.name: agent for agent in members})

    # -- states ---------------------------------------------------------------------------------

    async def working(self, name: str, task: Task, execution_id: ExecutionId) -> None:
        """The agent begins, or goes on, with an attempt at `task`."""
        self._executions[name] = execution_id

        def write(tx: Transaction) -> Agent:
            known = self._members.get(name) or Agent(
                job_id=self.job_id, name=name, role=task.role, since=tx.now(), spawned_at=tx.now())
            return self._save(tx, replace(known, status=AgentStatus.WORKING, detail=task.title,
                                          task_id=task.id))

        self._members[name] = await self.database.write(write)

    async def goes_on(self, name: str) -> None:
        """What it was blocked by is over."""
        await self._change(name, AgentStatus.WORKING, "")

    async def blocked(self, name: str, why: str) -> None:
        """The agent cannot go on before something else happens: `why` says what."""
        await self._change(name, AgentStatus.BLOCKED, why)

    async def idle(self, name: str, detail: str = "") -> None:
        await self._change(name, AgentStatus.IDLE, detail)

    async def leave_task(self, task_id: TaskId) -> None:
        """Whoever had the task at hand is idle: it was given up."""
        for agent in [*self._members.values()]:
            if agent.task_id == task_id:
                await self.idle(agent.name)

    async def _change(self, name: str, status: AgentStatus, detail: str) -> None:
        known = self._members.get(name)
        if known is None or (known.status, known.detail) == (status, detail):
            return
        changed = replace(known, status=status, detail=detail)
        self._members[name] = await self.database.write(lambda tx: self._save(tx, changed))

    def _save(self, tx: Transaction, agent: Agent) -> Agent:
        agent = replace(agent, since=tx.now())
        agents.save(tx, agent)
        tx.emit(Event(
            payload=event.AgentStatusChanged(agent=agent.name, status=agent.status.value,
                                             detail=agent.detail),
            job_id=self.job_id, task_id=agent.task_id,
            execution_id=self._executions.get(agent.name)))
        return agent

    # -- stopping one ---------------------------------------------------------------------------

    async def at_work(self, name: str, work: Coroutine[Any, Any, T], *,
                      gives_task_back: bool = True) -> T:
        """What `work` of the agent comes to. Raises AgentSentAway where the person sends it
        away: by then the ledger knows it, and its task is ready again if `gives_task_back`."""
        if self.seats.is_gone(name):
            work.close()
            raise AgentSentAway(f"{name} was sent away.")
        running = asyncio.create_task(work, name=f"agent {name}")
        self._work[name] = running
        try:
            return await running
        except asyncio.CancelledError:
            leaving, current = self._leaving.pop(name, None), asyncio.current_task()
            if leaving is None or leaving.done():
                raise
            if current is not None and current.cancelling():
                leaving.set_exception(UsageError("The job was stopped meanwhile."))
                raise
            await self._tell_leaving(name, leaving, gives_task_back=gives_task_back)
            raise AgentSentAway(f"{name} was sent away.") from None
        finally:
            self._work.pop(name, None)

    def was_cut(self, task_id: TaskId) -> bool:
        """Whether the run has to forget the task's attempt, as the ledger did; asked once."""
        was = task_id in self._cut
        self._cut.discard(task_id)
        return was

    async def terminate(self, name: str) -> None:
        """Send the agent away; where it works, its step is cut. Returns when that is in the ledger.

        Raises UsageError, StorageError."""
        running = self._work.get(name)
        if running is None:
            before = self._members.get(name)
            await self._leave(name, gives_task_back=True)
            self.seats.dismiss(name)
            if before is not None and before.task_id is not None \
                    and before.status is not AgentStatus.IDLE:
                self._cut.add(before.task_id)
            return
        if name in self._leaving:
            raise UsageError(f"{name} is being stopped already.")
        self.seats.dismiss(name)
        leaving = self._leaving[name] = asyncio.get_running_loop().create_future()
        running.cancel()
        await asyncio.wait({running})
        if running.cancelled():
            await leaving
        else:  # Its work came to its end just before.
            self._leaving.pop(name, None)
            await self._leave(name, gives_task_back=False)

    async def _tell_leaving(self, name: str, leaving: asyncio.Future[None], *,
                            gives_task_back: bool) -> None:
        try:
            await self._leave(name, gives_task_back=gives_task_back)
        except UsageError as error:  # The ledger has no such agent, or not any more: it goes.
            leaving.set_exception(error)
        except CockpitError as error:
            leaving.set_exception(error)
            raise
        except asyncio.CancelledError:
            leaving.set_exception(UsageError("The job was stopped meanwhile."))
            raise
        else:
            leaving.set_result(None)

    async def _leave(self, name: str, *, gives_task_back: bool) -> None:
        self._members[name] = await self.database.write(
            lambda tx: send_away(tx, self.job_id, name, gives_task_back=gives_task_back))


@dataclass(slots=True, kw_only=True)
class AgentDesk:
    """The pools of the jobs that run in this engine."""

    database: Database
    pools: dict[JobId, AgentPool] = field(default_factory=dict)

    async def open(self, job: Job, limits: LimitSettings) -> AgentPool:
        """The job's pool for one run of it, within the person's limits as they are now."""
        bounds = PoolBounds(at_once=job.request.max_agents, per_role=limits.roles,
                            spawned=limits.spawned_per_job)
        self.pools[job.id] = pool = await AgentPool.load(self.database, job.id, bounds)
        return pool

    def close(self, pool: AgentPool) -> None:
        """The run is over."""
        if self.pools.get(pool.job_id) is pool:
            del self.pools[pool.job_id]

    async def terminate(self, job_id: JobId, name: str) -> None:
        """Send one agent of a job away, whether the job runs or not. Its task goes back to ready,
        and another agent begins it anew. Raises UsageError."""
        pool = self.pools.get(job_id)
        if pool is not None and not pool.seats.is_gone(name):
            await pool.terminate(name)
        else:
            await self.database.write(lambda tx: send_away(tx, job_id, name))
