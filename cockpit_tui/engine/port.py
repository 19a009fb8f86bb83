"""What every face may ask of an engine: commands in, events and views out.

The in-process `Engine` is one implementation; a client that speaks to a server will be another;
tests have a third. Faces depend on this module, never on the engine's inside.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

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


class EnginePort(Protocol):
    @property
    def is_read_only(self) -> bool:
        """True where another process holds the ledger: this one records nothing itself."""
        ...

    @property
    def writes_letters(self) -> bool:
        """True where what may not be done here is asked of the process that holds the ledger;
        false with `is_read_only`: commands raise LedgerBusy."""
        ...

    @property
    def sandbox(self) -> str:
        """`bubblewrap`, or `none`: how agents' commands are contained on this machine."""
        ...

    async def send(self, command: Command) -> Job | None:
        """Carry out a command; SubmitJob returns the new job. Raises CockpitError."""
        ...

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[tuple[RecordedEvent, ...]]]:
        """Live events from now on, in batches, in order. A slow reader may miss some: a gap in
        `seq` says so, and `events` has them."""
        ...

    async def events(self, *, after: int = 0, limit: int = 1_000,
                     job_id: JobId | None = None) -> tuple[RecordedEvent, ...]:
        """Recorded events with `seq > after`, oldest first."""
        ...

    async def latest_events(self, *, limit: int = 1_000) -> tuple[RecordedEvent, ...]:
        """The newest `limit` events, oldest first."""
        ...

    async def projects(self) -> tuple[Project, ...]: ...

    async def add_project(self, path: str) -> Project:
        """Remember the repository that `path` is in. Raises NotARepository."""
        ...

    async def remove_project(self, project_id: ProjectId) -> None: ...

    async def trust_project(self, project_id: ProjectId) -> None: ...

    async def repository(self, path: str) -> RepositoryState:
        """Branch, dirty state, commits and files, read without running the repository's code."""
        ...

    async def jobs(self, *, project_id: ProjectId | None = None,
                   limit: int = 200) -> tuple[Job, ...]:
        """Newest first."""
        ...

    async def job_view(self, job_id: JobId) -> JobView: ...

    async def agents(self, job_id: JobId | None = None) -> tuple[AgentView, ...]:
        """The agents of one job, or of all that have not ended; who needs the person first."""
        ...

    async def pulse(self) -> Pulse:
        """Who works now, over all jobs, and whether the queue is paused."""
        ...

    async def usage_today(self) -> DaySpending:
        """What was spent since the person's midnight, over all jobs and by job."""
        ...

    async def notices(self, *, limit: int = 200) -> tuple[Notice, ...]:
        """What the person was told and by which channel, newest first."""
        ...

    async def night_report(self, since: datetime) -> NightReport:
        """What happened from `since` on, and what waits for the person now."""
        ...

    async def queue_board(self) -> QueueBoard:
        """The queue with the person's night, and what its jobs have before them."""
        ...

    async def lock_board(self) -> LockBoard: ...

    async def pending_approvals(self) -> tuple[Approval, ...]:
        """Everything that waits for a person, in the order it should be answered."""
        ...

    async def approval_diff(self, approval_id: ApprovalId) -> str:
        """The unified diff that a `phase` approval is about; empty for other gates."""
        ...

    async def live_diff(self, task_id: TaskId) -> str:
        """What a running task's worktree holds against its base; empty when it has none."""
        ...

    async def job_diff(self, job_id: JobId) -> str:
        """Base against the job branch's head: all that was approved."""
        ...
