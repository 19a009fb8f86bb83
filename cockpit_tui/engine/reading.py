"""What can be asked of a ledger, by whoever has it open: events, jobs, money, locks, diffs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from cockpit_tui.config.paths import Paths
from cockpit_tui.config.settings import load_settings
from cockpit_tui.domain.agent import AgentView
from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.boards import LockBoard, QueueBoard, RefusedCommand
from cockpit_tui.domain.errors import StorageError
from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.glance import Pulse
from cockpit_tui.domain.ids import ApprovalId, JobId, ProjectId, TaskId
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.lock import Lock
from cockpit_tui.domain.night_report import NightReport
from cockpit_tui.domain.notice import Notice
from cockpit_tui.domain.project import Project, RepositoryState
from cockpit_tui.domain.spending import DaySpending, PriceOf, UsageBy, UsageReport
from cockpit_tui.domain.view import JobView
from cockpit_tui.engine import boards, estimates, queries, usage_queries
from cockpit_tui.engine.agent_views import agent_views
from cockpit_tui.engine.bus import Bus
from cockpit_tui.engine.estimates import Variance
from cockpit_tui.engine.night_report import night_report
from cockpit_tui.engine.task_steps import AttemptSteps, attempts_of
from cockpit_tui.gitops.history import CommitRecord
from cockpit_tui.gitops.inspect import inspect_repository
from cockpit_tui.storage import events, jobs, projects, stops
from cockpit_tui.storage import locks as lock_rows
from cockpit_tui.storage import notices as notice_rows
from cockpit_tui.storage.database import Database
from cockpit_tui.storage.glance import pulse
from cockpit_tui.storage.lock import EngineLock

log = logging.getLogger(__name__)

FOLLOW_SECONDS = 0.5
"""How often a reading engine looks for what the writing one recorded."""


@dataclass(slots=True, kw_only=True)
class Reading:
    """The queries of `engine.port.EnginePort`; see there for what each promises."""

    paths: Paths
    database: Database
    bus: Bus
    clock: Callable[[], datetime]

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[tuple[RecordedEvent, ...]]]:
        return self.bus.subscribe()

    async def events(self, *, after: int = 0, limit: int = 1_000,
                     job_id: JobId | None = None) -> tuple[RecordedEvent, ...]:
        return await self.database.read(
            lambda conn: events.after(conn, after, limit=limit, job_id=job_id))

    async def latest_events(self, *, limit: int = 1_000) -> tuple[RecordedEvent, ...]:
        return await self.database.read(lambda conn: events.latest(conn, limit))

    async def projects(self) -> tuple[Project, ...]:
        return await self.database.read(projects.listing)

    async def repository(self, path: str) -> RepositoryState:
        return await inspect_repository(path)

    async def jobs(self, *, project_id: ProjectId | None = None,
                   limit: int = 200) -> tuple[Job, ...]:
        return await self.database.read(
            lambda conn: jobs.listing(conn, project_id=project_id, limit=limit))

    async def job_numbered(self, number: int) -> Job:
        """The job `#number`. Raises UsageError."""
        return await self.database.read(lambda conn: jobs.by_number(conn, number))

    async def job_view(self, job_id: JobId) -> JobView:
        return await self.database.read(lambda conn: queries.job_view(conn, job_id))

    async def paused_jobs(self) -> frozenset[JobId]:
        """Those that the person paused as a whole, whatever else they wait for."""
        return await self.database.read(stops.paused_jobs)

    async def agents(self, job_id: JobId | None = None) -> tuple[AgentView, ...]:
        """The agents of one job, or of all that have not ended; who needs the person first."""
        return await self.database.read(
            lambda conn: agent_views(conn, job_id, is_held=self._is_held))

    async def task_steps(self, task_id: TaskId) -> tuple[AttemptSteps, ...]:
        """What the task's attempts did, step by step, the first attempt first."""
        return await self.database.read(lambda conn: attempts_of(conn, task_id))

    async def usage(self, by: UsageBy, *, days: int | None = None,
                    price_of: PriceOf | None = None) -> UsageReport:
        """What was spent, over the last `days` of the person's, today included; with `price_of`,
        against the same calls at that price."""
        return await usage_queries.report(self.database, self.clock(), by, days, price_of)

    async def variances(self, job_id: JobId) -> tuple[Variance, ...]:
        """What the job's ended tasks took beside what was estimated, in plan order."""
        return await estimates.variances(self.database, job_id)

    async def pulse(self) -> Pulse:
        """Who works now, over all jobs, and whether the queue is paused."""
        return await self.database.read(pulse)

    async def usage_today(self) -> DaySpending:
        return await usage_queries.today(self.database, self.clock())

    async def lock_table(self) -> tuple[Lock, ...]:
        """What running tasks hold, then what others wait for, in their order."""
        return await self.database.read(lock_rows.listing)

    async def has_engine(self) -> bool:
        """Whether an engine, this one or another process's, is at work with the ledger. Where none
        is, nobody works, and what the ledger says of agents and locks was left there."""
        return await asyncio.to_thread(self._is_held)

    def _is_held(self) -> bool:
        return not EngineLock(self.paths.database).is_free()

    async def night_report(self, since: datetime) -> NightReport:
        """What happened from `since` on, and what waits for the person now."""
        now = self.clock()
        return await self.database.read(lambda conn: night_report(conn, since, now))

    async def notices(self, *, limit: int = 200) -> tuple[Notice, ...]:
        """What the person was told, newest first."""
        return await self.database.read(lambda conn: notice_rows.listing(conn, limit))

    async def queue_board(self) -> QueueBoard:
        """Raises UsageError where the person's settings cannot be read."""
        settings = await asyncio.to_thread(load_settings, self.paths.settings_file)
        rules, now = settings.queue.rules(), self.clock()
        return await self.database.read(lambda conn: boards.queue_board(conn, rules, now))

    async def refused_commands(self) -> tuple[RefusedCommand, ...]:
        """What other processes asked for in the last day and did not get, newest first."""
        now = self.clock()
        return await self.database.read(lambda conn: boards.refused_commands(conn, now))

    async def lock_board(self) -> LockBoard:
        return await self.database.read(boards.lock_board)

    async def pending_approvals(self) -> tuple[Approval, ...]:
        return await self.database.read(queries.attention_order)

    async def approval_diff(self, approval_id: ApprovalId) -> str:
        return await self._diffs.of_approval(approval_id)

    async def live_diff(self, task_id: TaskId) -> str:
        return await self._diffs.of_task(task_id)

    async def job_diff(self, job_id: JobId) -> str:
        return await self._diffs.of_job(job_id)

    async def job_commits(self, job_id: JobId) -> tuple[CommitRecord, ...]:
        """What was approved, commit by commit, oldest first."""
        return await self._diffs.commits_of_job(job_id)

    @property
    def _diffs(self) -> queries.DiffReader:
        return queries.DiffReader(self.database, self.paths)

    async def follow(self) -> None:
        """Publish what another process records, for ever, so that a reading face stays current."""
        seen = await self.database.read(events.last_seq)
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            try:
                batch = await self.events(after=seen, limit=5_000)
            except StorageError as error:  # busy for a moment, or gone: the next look tells
                log.warning("the ledger could not be followed: %s", error)
                continue
            if batch:
                seen = batch[-1].seq
                self.bus.publish(batch)
