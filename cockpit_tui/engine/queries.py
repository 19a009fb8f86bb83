"""What faces read: views put together from the ledger and the hub."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractAsyncContextManager

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.ids import ApprovalId, JobId, TaskId
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.policy import Gate, Risk
from cockpit_tui.domain.task import Execution, TaskRecord
from cockpit_tui.domain.view import JobView
from cockpit_tui.engine.begun import Begun
from cockpit_tui.engine.hubs import opened_hub
from cockpit_tui.engine.rewind_rows import attempt_key, last_execution
from cockpit_tui.gitops import diffs
from cockpit_tui.gitops.history import CommitRecord
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.worktrees import WorktreePool
from cockpit_tui.storage import (
    approvals,
    durable,
    events,
    executions,
    jobs,
    plans,
    projects,
    stops,
    tasks,
)
from cockpit_tui.storage.columns import from_json
from cockpit_tui.storage.database import Database

_RISK_ORDER = {Risk.HIGH: 0, Risk.MED: 1, Risk.LOW: 2}


def job_view(conn: sqlite3.Connection, job_id: JobId) -> JobView:
    """All rows of a job, in one short read. Raises UsageError for an unknown job."""
    job = jobs.get(conn, job_id)
    return JobView(
        job=job, project=projects.get(conn, job.project_id), review=jobs.review(conn, job_id),
        plan=plans.latest(conn, job_id), tasks=tasks.for_job(conn, job_id),
        executions=executions.for_job(conn, job_id), approvals=approvals.for_job(conn, job_id),
        is_paused=stops.get(conn, job_id, None) is not None,
        collisions=() if job.status.is_final else events.collisions(conn, job_id),
        strays=events.strays(conn, job_id),
    )


def attention_order(conn: sqlite3.Connection) -> tuple[Approval, ...]:
    """Pending approvals of live jobs: HIGH first, then those that hold up most, then age."""
    live = [a for a in approvals.pending(conn) if not jobs.get(conn, a.job_id).status.is_final]
    return tuple(sorted(live, key=lambda a: (_RISK_ORDER[a.question.risk], -a.holds_up,
                                             a.asked_at)))


class DiffReader:
    """Diffs and commits for faces, read from a project's hub and worktrees."""

    def __init__(self, database: Database, paths: Paths) -> None:
        self._database = database
        self._paths = paths

    async def of_approval(self, approval_id: ApprovalId) -> str:
        """What a phase's approval is about; empty for other gates."""
        approval = await self._database.read(lambda conn: approvals.get(conn, approval_id))
        if approval.question.gate is not Gate.PHASE:
            return ""
        action = approval.question.action
        async with self._hub(await self._job(approval.job_id)) as hub:
            return await diffs.diff(hub, str(action["base"]), str(action["head"]))

    async def of_job(self, job_id: JobId) -> str:
        """Base against what was approved."""
        job = await self._job(job_id)
        if job.head_commit == job.base_commit:
            return ""
        async with self._hub(job) as hub:
            return await diffs.diff(hub, job.base_commit, job.head_commit)

    async def commits_of_job(self, job_id: JobId) -> tuple[CommitRecord, ...]:
        """What was approved, commit by commit, oldest first."""
        job = await self._job(job_id)
        if job.head_commit == job.base_commit:
            return ()
        async with self._hub(job) as hub:
            return await hub.commits_between(job.base_commit, job.head_commit)

    async def of_task(self, task_id: TaskId) -> str:
        """What the task's running worktree holds; empty where there is none."""
        def read(conn: sqlite3.Connection) -> tuple[TaskRecord, str, str]:
            record = tasks.get(conn, task_id)
            attempt = last_execution(conn, record)
            if attempt is None:
                return record, "", ""
            return record, attempt.worktree, _base_of(conn, record, attempt)

        record, name, base = await self._database.read(read)
        if not name or record.status.is_final:
            return ""
        job = await self._job(record.job_id)
        async with self._hub(job) as hub:
            worktree = await WorktreePool(hub, self._paths.worktrees / job.project_id).find(name)
            if worktree is None:
                return ""
            # Not the phase's head: that moves on when others land, and theirs is not undone here.
            return await worktree.diff(base or await worktree.head())

    async def _job(self, job_id: JobId) -> Job:
        return await self._database.read(lambda conn: jobs.get(conn, job_id))

    def _hub(self, job: Job) -> AbstractAsyncContextManager[Hub]:
        """The project's hub, which exists since the job was taken in."""
        return opened_hub(self._paths, job.project_id, "")


def _base_of(conn: sqlite3.Connection, record: TaskRecord, attempt: Execution) -> str:
    """The commit that the attempt began from; empty where that is forgotten."""
    key = f"{attempt_key(attempt)}/begin"
    entry = durable.get(conn, record.job_id, key)
    if entry is None or not entry.result:
        return ""
    return from_json(adapter(Begun), entry.result, key).base


def phase_ref(job_id: JobId, phase_index: int) -> str:
    """The hub's ref that a phase (0-based) is put together on."""
    return f"refs/cockpit/jobs/{job_id}/phase-{phase_index + 1}"
