"""Taking a job in: the repository is looked at, the hub brought up to date, the job recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cockpit_tui.config.paths import Paths
from cockpit_tui.config.settings import tighten
from cockpit_tui.domain import event
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import IdSource, JobId, ProjectId
from cockpit_tui.domain.job import Job, JobStatus, LandMode, WaitingOn, job_slug
from cockpit_tui.domain.policy import ApproveMode
from cockpit_tui.domain.project import Project, RepositoryState
from cockpit_tui.engine.hubs import opened_hub
from cockpit_tui.gitops.inspect import inspect_repository
from cockpit_tui.gitops.publish import require_writable
from cockpit_tui.storage import jobs, projects
from cockpit_tui.storage.database import Database, Transaction

Also = Callable[[Transaction, Job], None]


async def submit(database: Database, paths: Paths, command: SubmitJob, now: datetime,
                 new_id: IdSource, *, job_id: JobId | None = None,
                 also: Also | None = None) -> Job:
    """Record the job with its base commit. Raises RepositoryError where it cannot work there.

    `also` is done in the transaction that records the job: if it raises, there is no job.
    `--approve all` says yes to everything that will be asked, so it trusts the repository too.
    """
    state = await inspect_repository(command.repository, commits=0, files=0, count_dirty=False)
    request = await asyncio.to_thread(tighten, command.request, Path(state.path))
    if request.land is LandMode.BRANCH and request.until.stage not in {"review", "plan"}:
        await require_writable(state.path)  # Told before anything is spent, not at the end.

    def remember(tx: Transaction) -> Project:
        project = save_project(tx, state, now, new_id)
        if request.policy.approve is ApproveMode.ALL and not project.is_trusted:
            project = trust(tx, project.id, now)
        return project

    project = await database.write(remember)
    async with opened_hub(paths, project.id, project.path) as hub:
        head = await hub.refresh()

    def record(tx: Transaction) -> Job:
        number = jobs.next_number(tx.conn)
        job = Job(
            id=job_id or JobId(new_id()), number=number, project_id=project.id, request=request,
            status=JobStatus.QUEUED, waiting_on=WaitingOn.NOTHING,
            branch=f"cockpit/{job_slug(number, request.text)}", base_branch=head.branch,
            base_commit=head.commit, head_commit=head.commit, reason="", created_at=now,
            started_at=None, finished_at=None, cost_microusd=0)
        jobs.save(tx, job)
        queued = event.JobQueued(number=number, request=job.title, branch=job.branch)
        tx.emit(Event(payload=queued, job_id=job.id))
        if also is not None:
            also(tx, job)
        return jobs.get(tx.conn, job.id)

    return await database.write(record)


def save_project(tx: Transaction, state: RepositoryState, now: datetime,
                 new_id: IdSource) -> Project:
    """Remember the repository; a changed git directory under a known path loses its trust."""
    known = projects.by_path(tx.conn, state.path)
    if known is None:
        project = Project(id=ProjectId(new_id()), name=state.name, path=state.path,
                          identity=state.identity, added_at=now)
        projects.save(tx, project)
        tx.emit(Event(payload=event.ProjectAdded(path=state.path, name=state.name)))
        return project
    if known.identity != state.identity:
        known = replace(known, identity=state.identity, trusted_at=None)
        projects.save(tx, known)
    return known


def trust(tx: Transaction, project_id: ProjectId, now: datetime) -> Project:
    project = replace(projects.get(tx.conn, project_id), trusted_at=now)
    projects.save(tx, project)
    return project
