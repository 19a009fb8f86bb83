"""The only place that turns the engine's events into Textual messages, in batches.

It reads the engine's live events, hands them on at most every `interval` seconds, and re-reads
the views that they touch, once per batch however many events there were. While nothing happens
it sleeps: there is no timer.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from textual.message import Message

from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.command import Command
from cockpit_tui.domain.diff import Diff, parse_diff
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.ids import ApprovalId, JobId, ProjectId, TaskId
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.notice import Notice
from cockpit_tui.domain.project import Project, RepositoryState
from cockpit_tui.domain.view import JobView
from cockpit_tui.engine.port import EnginePort
from cockpit_tui.ui.away_page import is_worth_telling
from cockpit_tui.ui.snapshot import Board, DiffKind, DiffSource, Snapshot

LOCAL_SECONDS = 0.2
SSH_SECONDS = 0.5
AGENTS_EVERY = 5
"""How many deliveries make one look at the agents, where only they changed."""
LOG_LINES = 1_000
JOB_PAGE = 2_000
"""Events of one read of a whole job."""
_QUIET_TYPES = frozenset({"agent:message", "agent:status", "step:started", "step:completed",
                          "tool:called", "tool:finished", "review:progress", "git:checkpointed",
                          "code:generated", "tests:started"})
"""Events that change no row a pane shows; they only move the log and the live diff."""
_REPOSITORY_TYPES = frozenset({"project:added", "job:completed", "git:merged"})
_DIFF_TYPES = frozenset({"code:generated", "tool:finished", "git:checkpointed", "git:committed"})


@dataclass
class EventsArrived(Message):
    """New events, oldest first."""

    events: tuple[RecordedEvent, ...]


@dataclass
class SnapshotChanged(Message):
    snapshot: Snapshot


@dataclass
class DiffLoaded(Message):
    source: DiffSource
    diff: Diff


@dataclass
class EngineFailed(Message):
    """A read failed; what is shown stays, and the error is said."""

    error: CockpitError


def repaint_interval(chosen: float | None) -> float:
    """Seconds between two batches: chosen, or 5 Hz here and 2 Hz over SSH."""
    if chosen is not None:
        return chosen
    return SSH_SECONDS if os.environ.get("SSH_TTY") else LOCAL_SECONDS


class Bridge:
    def __init__(self, engine: EnginePort, post: Callable[[Message], object], *,
                 interval: float, away_since: datetime | None = None) -> None:
        self._engine = engine
        self._post = post
        self._interval = interval
        self._away_since = away_since
        self._watched_job: JobId | None = None
        self._watched_diff: DiffSource | None = None
        self._loaded_diff: DiffSource | None = None
        self._boards: set[Board] = set()
        self._agents_read_at = 0.0
        self._agents_due = False
        """Something changed since, and it was too early to look."""
        self._arrived: list[RecordedEvent] = []
        self._last_seq = 0
        self._stale = asyncio.Event()
        self._wants_views = False
        self._wants_repositories = False
        self.snapshot = Snapshot()

    # What the app calls

    async def run(self) -> None:
        """Until cancelled: show what is there, then what comes."""
        async with self._engine.subscribe() as batches:
            latest = await self._engine.latest_events(limit=LOG_LINES)
            self._last_seq = latest[-1].seq if latest else 0
            await self._read(repositories=True)
            self._post(EventsArrived(latest))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._collect(batches), name="bridge: collect")
                tasks.create_task(self._deliver(), name="bridge: deliver")

    def watch_job(self, job_id: JobId | None) -> None:
        """Keep `snapshot.view` at this job from the next delivery on."""
        if job_id != self._watched_job:
            self._watched_job = job_id
            self._reread()

    def watch_diff(self, source: DiffSource | None) -> None:
        """Load this diff, and again whenever events touch it."""
        if source != self._watched_diff:
            self._watched_diff = source
            self._stale.set()

    def watch_board(self, board: Board, *, is_shown: bool) -> None:
        """Keep this part of the snapshot while a screen shows it."""
        if is_shown:
            self._boards.add(board)
            self._reread()
        else:
            self._boards.discard(board)

    def reload(self) -> None:
        """Read everything again at the next delivery, the repositories too."""
        self._wants_repositories = True
        self._reread()

    def _reread(self) -> None:
        self._wants_views = True
        self._stale.set()

    async def send(self, command: Command) -> Job | None:
        """Raises CockpitError. What changed is on its way to the screen when this returns."""
        job = await self._engine.send(command)
        self._reread()
        return job

    async def add_project(self, path: str) -> Project:
        project = await self._engine.add_project(path)
        await self._read(repositories=True)
        return project

    async def remove_project(self, project_id: ProjectId) -> None:
        await self._engine.remove_project(project_id)
        self.reload()

    async def trust_project(self, project_id: ProjectId) -> None:
        await self._engine.trust_project(project_id)
        self.reload()

    async def notices(self) -> tuple[Notice, ...]:
        """What the person was told, newest first."""
        return await self._engine.notices()

    async def older_events(self, before_seq: int) -> tuple[RecordedEvent, ...]:
        """The events just before `before_seq`, oldest first."""
        after = max(0, before_seq - LOG_LINES - 1)
        events = await self._engine.events(after=after, limit=LOG_LINES)
        return tuple(event for event in events if event.seq < before_seq)

    async def job_view(self, job_id: JobId) -> JobView:
        return await self._engine.job_view(job_id)

    async def job_events(self, job_id: JobId, after: int) -> AsyncIterator[
            tuple[RecordedEvent, ...]]:
        """A job's events after `after`, oldest first, in pages; the last one is short."""
        while len(page := await self._engine.events(after=after, limit=JOB_PAGE,
                                                    job_id=job_id)) == JOB_PAGE:
            yield page
            after = page[-1].seq
        yield page

    # Inside

    async def _collect(self, batches: AsyncIterator[tuple[RecordedEvent, ...]]) -> None:
        async for batch in batches:
            fresh = [event for event in batch if event.seq > self._last_seq]
            if not fresh:
                continue
            if fresh[0].seq > self._last_seq + 1:
                # A slow reader missed some; the ledger has them.
                missed = await self._engine.events(after=self._last_seq, limit=LOG_LINES)
                fresh = [*(e for e in missed if e.seq < fresh[0].seq), *fresh]
            self._last_seq = fresh[-1].seq
            self._arrived += fresh
            self._stale.set()

    async def _deliver(self) -> None:
        while True:
            await self._stale.wait()
            self._stale.clear()
            events, self._arrived = tuple(self._arrived), []
            wants_views, self._wants_views = self._wants_views, False
            wants_repositories, self._wants_repositories = self._wants_repositories, False
            types = {event.type for event in events}
            if wants_views or types - _QUIET_TYPES:
                await self._read(repositories=wants_repositories
                                 or bool(types & _REPOSITORY_TYPES))
            elif (types or self._agents_due) and Board.AGENTS in self._boards:
                await self._read_agents()
            if events:
                self._post(EventsArrived(events))
            await self._load_diff(events)
            await asyncio.sleep(self._interval)
            if self._agents_due and Board.AGENTS in self._boards:
                self._stale.set()

    async def _read(self, *, repositories: bool) -> None:
        """Take a new snapshot; a failed read keeps the old one and says so."""
        engine, self._agents_due = self._engine, False
        try:
            projects = await engine.projects()
            states = (await self._repositories(projects) if repositories
                      else self.snapshot.repositories)
            jobs = await engine.jobs()
            known = {job.id for job in jobs}
            watched = self._watched_job if self._watched_job in known else None
            view = await engine.job_view(watched) if watched is not None else None
            pending: tuple[Approval, ...] = await engine.pending_approvals()
            today, pulse = await engine.usage_today(), await engine.pulse()
            if self._away_since is not None:
                away = await engine.night_report(self._away_since)
                self._away_since = None
                if is_worth_telling(away):
                    self.snapshot = replace(self.snapshot, away=away)
            queue = await engine.queue_board() if Board.QUEUE in self._boards else None
            locks = await engine.lock_board() if Board.LOCKS in self._boards else None
            agents = await engine.agents() if Board.AGENTS in self._boards else None
        except CockpitError as error:
            self._post(EngineFailed(error))
            return
        follows = engine.is_read_only and engine.writes_letters
        self.snapshot = replace(self.snapshot, is_loaded=True, is_following=follows,
                                is_read_only=engine.is_read_only and not follows,
                                sandbox=engine.sandbox, projects=projects, repositories=states,
                                jobs=jobs, view=view, pending=pending, today=today,
                                pulse=pulse, queue=queue, locks=locks, agents=agents)
        self._post(SnapshotChanged(self.snapshot))

    async def _read_agents(self) -> None:
        """What the quiet events change too, without all the rest, and less often."""
        now = time.monotonic()
        self._agents_due = now - self._agents_read_at < AGENTS_EVERY * self._interval
        if self._agents_due:
            return
        self._agents_read_at = now
        try:
            agents = await self._engine.agents()
        except CockpitError as error:
            self._post(EngineFailed(error))
            return
        self.snapshot = replace(self.snapshot, agents=agents)
        self._post(SnapshotChanged(self.snapshot))

    async def _repositories(self, projects: tuple[Project, ...]
                            ) -> dict[ProjectId, RepositoryState]:
        """A repository that cannot be read is left out: its row says so."""
        states: dict[ProjectId, RepositoryState] = {}
        for project in projects:
            try:
                states[project.id] = await self._engine.repository(project.path)
            except CockpitError:
                continue
        return states

    async def _load_diff(self, events: tuple[RecordedEvent, ...]) -> None:
        source = self._watched_diff
        if source is None:
            self._loaded_diff = None
            return
        touched = source != self._loaded_diff or (
            source.kind is DiffKind.LIVE
            and any(e.type in _DIFF_TYPES and e.task_id == source.id for e in events))
        if not touched:
            return
        try:
            diff = parse_diff(await self._diff_text(source))
        except CockpitError as error:
            self._post(EngineFailed(error))
            return
        self._loaded_diff = source
        self._post(DiffLoaded(source, diff))

    async def _diff_text(self, source: DiffSource) -> str:
        match source.kind:
            case DiffKind.APPROVAL:
                return await self._engine.approval_diff(ApprovalId(source.id))
            case DiffKind.LIVE:
                return await self._engine.live_diff(TaskId(source.id))
            case DiffKind.JOB:
                return await self._engine.job_diff(JobId(source.id))
            case _:
                assert_never(source.kind)
