"""Bringing a task back to a step of its last attempt, and taking that back.

One transaction makes the ledger forget what came after the step and leaves an intent under
`rewound`: the attempt makes the worktree's files those of the step when it goes on, so a crash
anywhere leaves either the whole rewind or nothing of it.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain import event
from cockpit_tui.domain.errors import CockpitError, UsageError
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import IdSource, TaskId
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.task import Execution, TaskRecord
from cockpit_tui.engine import rewind_memory
from cockpit_tui.engine.hubs import opened_hub
from cockpit_tui.gitops import checkpoints
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.worktrees import WorktreePool
from cockpit_tui.storage import projects, tasks
from cockpit_tui.storage.database import Database, Transaction

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Rewinder:
    """Works on jobs that do not run; the caller sees to that."""

    database: Database
    paths: Paths
    new_id: IdSource

    async def rewind(self, job: Job, task_id: TaskId, step: int, words: str) -> str:
        """Bring the task back to `step` (0: its beginning), and say `words` to its agent when it
        goes on; the ref that keeps the files as they were, empty where no worktree held them.

        Raises UsageError where it cannot go back, and says what to do instead.
        """
        place = await self.database.read(
            lambda conn: rewind_memory.place_of(conn, job, task_id, step))
        execution = place.execution
        async with self._opened(job) as (hub, pool):
            if not await hub.read_ref(f"{place.commit}^{{commit}}"):
                raise UsageError(f"The checkpoint of step {step} was dropped to save room.",
                                 hint="cockpit tasks show lists the steps that are kept.")
            kept_ref, kept = await self._keep(pool, job, execution)

            def write(tx: Transaction) -> None:
                rewind_memory.forget_after(tx, job, task_id, place, words, kept)
                tx.emit(_event(tasks.get(tx.conn, task_id), execution, step, kept_ref))

            await self.database.write(write)
            await _put_files(pool, execution, place.commit, is_base=step == 0)
        return kept_ref

    async def undo(self, job: Job, task_id: TaskId) -> int:
        """Take the task's last rewind back; the step that it had gone to. Raises UsageError where
        there is none, or where the task has gone on since."""
        def write(tx: Transaction) -> tuple[Execution, dict[str, Any]]:
            execution, before = rewind_memory.remember_again(tx, job, task_id)
            tx.emit(_event(tasks.get(tx.conn, task_id), execution, before["step"],
                           before["kept"], undone=True))
            return execution, before

        execution, before = await self.database.write(write)
        if before["kept"]:
            async with self._opened(job) as (_, pool):
                await _put_files(pool, execution, before["kept"], is_base=False)
        return int(before["step"])

    async def _keep(self, pool: WorktreePool, job: Job, execution: Execution) -> tuple[str, str]:
        """Ref and commit of the files as they are; empty where no worktree holds them."""
        worktree = await pool.find(execution.worktree)
        if worktree is None:
            return "", ""
        ref = f"refs/cockpit/jobs/{job.id}/rewound/{execution.id}/{self.new_id()}"
        return ref, await checkpoints.save(worktree, ref)

    @asynccontextmanager
    async def _opened(self, job: Job) -> AsyncIterator[tuple[Hub, WorktreePool]]:
        project = await self.database.read(lambda conn: projects.get(conn, job.project_id))
        async with opened_hub(self.paths, project.id, project.path) as hub:
            yield hub, WorktreePool(hub, self.paths.worktrees / project.id)


def _event(record: TaskRecord, execution: Execution, step: int, kept: str, *,
           undone: bool = False) -> Event:
    payload = event.TaskRewound(number=record.number, title=record.title, step=step, kept=kept,
                                undone=undone)
    return Event(payload=payload, job_id=record.job_id, task_id=record.id,
                 execution_id=execution.id)


async def _put_files(pool: WorktreePool, execution: Execution, commit: str, *,
                     is_base: bool) -> None:
    """At once, for whoever looks into the worktree; the ledger's intent does it again in any case.
    """
    try:
        worktree = await pool.find(execution.worktree)
        if worktree is not None:
            await (worktree.reset(commit) if is_base else checkpoints.restore(worktree, commit))
    except (CockpitError, OSError) as error:
        log.warning("The worktree %s is put back when the task goes on: %s",
                    execution.worktree, error)
