"""An engine that is still on its way: the screen paints first, and its questions wait here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # The screen paints sooner without what only the engine needs.
    from cockpit_tui.domain.agent import AgentView
    from cockpit_tui.domain.approval import Approval
    from cockpit_tui.domain.boards import LockBoard, QueueBoard
    from cockpit_tui.domain.command import Command
    from cockpit_tui.domain.event import RecordedEvent
    from cockpit_tui.domain.glance import Pulse
    from cockpit_tui.domain.ids import ApprovalId, JobId, ProjectId, TaskId
    from cockpit_tui.domain.job import Job
    from cockpit_tui.domain.night_report import NightReport
    from cockpit_tui.domain.notice import Notice
    from cockpit_tui.domain.project import Project, RepositoryState
    from cockpit_tui.domain.spending import DaySpending
    from cockpit_tui.domain.view import JobView
    from cockpit_tui.engine.port import EnginePort


class LateEngine:
    """An `EnginePort` whose every call waits until `arrive` was called with the real one."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        """Set by the first call: somebody paints already, so the engine may be opened."""
        self._arrived: asyncio.Future[EnginePort] = asyncio.get_running_loop().create_future()

    def arrive(self, engine: EnginePort) -> None:
        self._arrived.set_result(engine)

    @property
    def is_read_only(self) -> bool:
        return self._arrived.done() and self._arrived.result().is_read_only

    @property
    def writes_letters(self) -> bool:
        return self._arrived.done() and self._arrived.result().writes_letters

    @property
    def sandbox(self) -> str:
        return self._arrived.result().sandbox if self._arrived.done() else ""

    async def _engine(self) -> EnginePort:
        self.asked.set()
        return await asyncio.shield(self._arrived)

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[tuple[RecordedEvent, ...]]]:
        return self._subscribe()

    @asynccontextmanager
    async def _subscribe(self) -> AsyncIterator[AsyncIterator[tuple[RecordedEvent, ...]]]:
        async with (await self._engine()).subscribe() as batches:
            yield batches

    async def send(self, command: Command) -> Job | None:
        return await (await self._engine()).send(command)

    async def events(self, *, after: int = 0, limit: int = 1_000,
                     job_id: JobId | None = None) -> tuple[RecordedEvent, ...]:
        return await (await self._engine()).events(after=after, limit=limit, job_id=job_id)

    async def latest_events(self, *, limit: int = 1_000) -> tuple[RecordedEvent, ...]:
        return await (await self._engine()).latest_events(limit=limit)

    async def projects(self) -> tuple[Project, ...]:
        return await (await self._engine()).projects()

    async def add_project(self, path: str) -> Project:
        return await (await self._engine()).add_project(path)

    async def remove_project(self, project_id: ProjectId) -> None:
        await (await self._engine()).remove_project(project_id)

    async def trust_project(self, project_id: ProjectId) -> None:
        await (await self._engine()).trust_project(project_id)

    async def repository(self, path: str) -> RepositoryState:
        return await (await self._engine()).repository(path)

    async def jobs(self, *, project_id: ProjectId | None = None,
                   limit: int = 200) -> tuple[Job, ...]:
        return await (await self._engine()).jobs(project_id=project_id, limit=limit)

    async def job_view(self, job_id: JobId) -> JobView:
        return await (await self._engine()).job_view(job_id)

    async def agents(self, job_id: JobId | None = None) -> tuple[AgentView, ...]:
        return await (await self._engine()).agents(job_id)

    async def pulse(self) -> Pulse:
        return await (await self._engine()).pulse()

    async def usage_today(self) -> DaySpending:
        return await (await self._engine()).usage_today()

    async def notices(self, *, limit: int = 200) -> tuple[Notice, ...]:
        return await (await self._engine()).notices(limit=limit)

    async def night_report(self, since: datetime) -> NightReport:
        return await (await self._engine()).night_report(since)

    async def queue_board(self) -> QueueBoard:
        return await (await self._engine()).queue_board()

    async def lock_board(self) -> LockBoard:
        return await (await self._engine()).lock_board()

    async def pending_approvals(self) -> tuple[Approval, ...]:
        return await (await self._engine()).pending_approvals()

    async def approval_diff(self, approval_id: ApprovalId) -> str:
        return await (await self._engine()).approval_diff(approval_id)

    async def live_diff(self, task_id: TaskId) -> str:
        return await (await self._engine()).live_diff(task_id)

    async def job_diff(self, job_id: JobId) -> str:
        return await (await self._engine()).job_diff(job_id)
