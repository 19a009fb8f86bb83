"""A job's workshop: the hub, worktrees, models and tools that its pipeline works with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cockpit_tui.agents.prompts import prompt
from cockpit_tui.agents.roles import role_named
from cockpit_tui.agents.seat import Seat, Workbench
from cockpit_tui.config.paths import Paths
from cockpit_tui.config.redaction import Redactor
from cockpit_tui.config.settings import load_settings
from cockpit_tui.domain.budget import Purse
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.ids import ExecutionId, IdSource, TaskId
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.plan import Task
from cockpit_tui.domain.project import Project
from cockpit_tui.engine.agent_pool import AgentDesk, AgentPool
from cockpit_tui.engine.briefing import Briefed, Briefings
from cockpit_tui.engine.estimates import Estimator
from cockpit_tui.engine.hubs import opened_hub
from cockpit_tui.engine.locks import LockDesk
from cockpit_tui.engine.models import Models
from cockpit_tui.engine.room import Room
from cockpit_tui.engine.routing import Route
from cockpit_tui.engine.slots import AgentSlots
from cockpit_tui.engine.stops import StopDesk
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.worktrees import Worktree, WorktreePool
from cockpit_tui.storage import projects, queue
from cockpit_tui.storage.database import Database
from cockpit_tui.tools.sandbox import Sandbox
from cockpit_tui.tools.session import ToolSession

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What one run of a job has at hand. Made anew for every run; holds no durable state."""

    job: Job
    project: Project
    hub: Hub
    pool: WorktreePool
    models: Models
    purse: Purse
    estimator: Estimator
    briefings: Briefings
    sandbox: Sandbox
    scratch: Path
    redactor: Redactor
    new_id: IdSource
    locks: LockDesk
    slots: AgentSlots
    stops: StopDesk
    room: Room
    agents: AgentPool

    is_queued: bool
    """Whether the queue runs the job, so that nobody waits for it here and now."""

    def trusting(self) -> Workshop:
        """The same workshop once the person has allowed the repository's own code to run."""
        if self.project.is_trusted:
            return self
        return replace(self, project=replace(self.project, trusted_at=datetime.now(UTC)))

    async def release_worktrees(self) -> None:
        """Give back every worktree of the job, also where somebody removed its files; work that no
        ref holds is kept under one."""
        for name in self.pool.held_names():
            if name.startswith(f"job{self.job.number}-"):
                try:
                    await self.pool.release_named(name, why="given back before its work landed")
                except (CockpitError, OSError) as error:
                    log.warning("The worktree %s was not given back: %s", name, error)

    async def give_back(self, worktree: Worktree, *, landed: str = "") -> None:
        """Release `worktree`, whose commit `landed` has landed. A failure is logged only: how the
        work ended does not hang on it."""
        try:
            await self.pool.release(worktree, landed=landed)
        except (CockpitError, OSError) as error:
            log.warning("The worktree %s was not given back: %s", worktree.name, error)

    async def lead(self, purpose: str, key: str, session: ToolSession | None, *,
                   task_id: TaskId | None = None, execution_id: ExecutionId | None = None,
                   roles: str = "") -> Seat:
        """A seat for the lead: tools that read, or none; never a bench. Without tools it judges,
        and hears nothing of the repository but what it judges."""
        chain = self.models.router.lead(self.job.request).chain
        briefed = Briefed(system=prompt(purpose, roles=roles))
        if session is not None:
            briefed = await self.briefings.lead(briefed.system, chain[0], self.job.base_commit,
                                                self.job.request.text)
        return Seat(
            key=key, agent="lead", purpose=purpose, models=self.models.pool, chain=chain,
            purse=self.purse, system=self.redactor.redact(briefed.system), session=session,
            bench=None, limits=self.job.request.limits, redactor=self.redactor,
            job_id=self.job.id, task_id=task_id, execution_id=execution_id,
        )

    def route(self, task: Task) -> Route:
        """Who works at `task`. Raises ProviderError, UsageError."""
        return self.models.router.worker(self.job.request, role=task.role,
                                         task_class=task.task_class, model=task.model)

    async def agent(self, key: str, task: Task, *, chain: tuple[ModelProfile, ...], name: str,
                    commit: str, bench: Workbench, execution_id: ExecutionId,
                    allowed_commands: frozenset[str]) -> Seat:
        """A seat for the agent `name` at `task`, told of the repository as it is at `commit`."""
        role = await asyncio.to_thread(role_named, task.role, self.briefings.paths)
        words = prompt("agent", role=role.name, role_prompt=role.prompt)
        briefed = await self.briefings.agent(words, chain[0], commit, task, role)
        further = (briefed.load_skill,) if briefed.load_skill is not None else ()
        session = ToolSession(root=bench.root, owned_paths=task.owned_paths, read_only=False,
                              edit_format=chain[0].edit_format, further=further)
        return Seat(
            key=key, agent=name, purpose="task", models=self.models.pool, chain=chain,
            purse=self.purse, system=self.redactor.redact(briefed.system), session=session,
            bench=bench, limits=self.job.request.limits, redactor=self.redactor,
            job_id=self.job.id, task_id=task.id, execution_id=execution_id,
            allowed_commands=allowed_commands,
        )


@asynccontextmanager
async def open_workshop(database: Database, paths: Paths, job: Job, sandbox: Sandbox,
                        new_id: IdSource, redactor: Redactor, models: Models,
                        purse: Purse, locks: LockDesk, slots: AgentSlots,
                        stops: StopDesk, room: Room,
                        agents: AgentDesk) -> AsyncIterator[Workshop]:
    """The workshop of one run. Raises GitError."""
    project = await database.read(lambda conn: projects.get(conn, job.project_id))
    async with opened_hub(paths, project.id, project.path) as hub:
        pool = WorktreePool(hub, paths.worktrees / project.id)
        entry = await database.read(lambda conn: queue.entry(conn, job.id))
        crew = await agents.open(job, load_settings(paths.settings_file).limits)
        try:
            yield Workshop(
                job=job, project=project, hub=hub, pool=pool, models=models, purse=purse,
                estimator=Estimator(database=database, models=models, request=job.request),
                briefings=Briefings(hub=hub, paths=paths), sandbox=sandbox, scratch=paths.scratch,
                redactor=redactor, new_id=new_id, locks=locks, slots=slots, stops=stops, room=room,
                agents=crew, is_queued=entry is not None)
        finally:
            agents.close(crew)
