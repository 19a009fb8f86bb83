"""Taking back what was done in a job that stands still: an answer, or a task's last steps."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain import event
from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.command import RewindTask, UndoAnswer, UndoRewind
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import IdSource, TaskId
from cockpit_tui.domain.job import Job, WaitingOn
from cockpit_tui.domain.policy import Gate
from cockpit_tui.domain.record import JobChange
from cockpit_tui.engine.rewind import Rewinder
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.engine.runs import JobRuns
from cockpit_tui.storage import approvals, durable, jobs, tasks
from cockpit_tui.storage.database import Database, Transaction


@dataclass(slots=True, kw_only=True)
class GoingBack:
    database: Database
    paths: Paths
    runs: JobRuns
    clock: Callable[[], datetime]
    new_id: IdSource

    async def rewind(self, command: RewindTask) -> Job:
        """See `Rewinder.rewind`. Raises UsageError."""
        record = await self.database.read(lambda conn: tasks.get(conn, command.task_id))
        async with self.runs.standing_still(record.job_id) as job:
            await self._rewinder.rewind(job, record.id, command.step, command.words)
            return job

    async def undo_rewind(self, command: UndoRewind) -> Job:
        """See `Rewinder.undo`. Raises UsageError."""
        record = await self.database.read(lambda conn: tasks.get(conn, command.task_id))
        async with self.runs.standing_still(record.job_id) as job:
            await self._rewinder.undo(job, record.id)
            return job

    async def undo_answer(self, command: UndoAnswer) -> Job:
        """The question waits again. Raises UsageError that names what was done with the answer."""
        asked = await self.database.read(lambda conn: approvals.get(conn, command.approval_id))

        def write(tx: Transaction) -> None:
            approval = approvals.get(tx.conn, command.approval_id)
            _refuse(tx.conn, jobs.get(tx.conn, approval.job_id), approval)
            approvals.take_back_answer(tx, approval.id)
            gate, title = approval.question.gate.value, approval.question.title
            tx.emit(Event(payload=event.ApprovalWithdrawn(
                approval_id=approval.id, gate=gate, what="answer",
                reason="The person took it back."), job_id=approval.job_id,
                task_id=approval.task_id))
            save_rows(tx, approval.job_id, (JobChange(waiting_on=WaitingOn.APPROVAL,
                                                      reason=title),))
            tx.emit(Event(payload=event.JobWaiting(waiting_on=WaitingOn.APPROVAL.value,
                                                   reason=title), job_id=approval.job_id))

        async with self.runs.standing_still(asked.job_id) as job:
            await self.database.write(write)
            return job

    @property
    def _rewinder(self) -> Rewinder:
        return Rewinder(database=self.database, paths=self.paths, new_id=self.new_id)


def _refuse(conn: sqlite3.Connection, job: Job, approval: Approval) -> None:
    """Raise UsageError unless there is an answer that nothing depends on."""
    if approval.answer is None or approval.answered_at is None:
        raise UsageError("This was not answered yet; there is nothing to take back.")
    if job.status.is_final:
        raise UsageError(f"Job #{job.number} is {job.status.value}: it went the way of the answer.",
                         hint=f"cockpit jobs undo {job.number} takes its branch out, cockpit jobs "
                              f"retry {job.number} asks again where it was a no.")
    if approval.question.gate is Gate.BUDGET:
        raise UsageError("What a budget allowed may be spent already.",
                         hint=f"Set another one: cockpit jobs resume {job.number} --budget DOLLARS")
    if "/before/" in approval.key:
        raise UsageError("This answer no longer counts; the question was put anew.")
    for entry in durable.for_job(conn, job.id):
        if entry.started_at > approval.answered_at and _concerns(conn, job, approval, entry.key):
            raise UsageError(f"The answer was followed already: {_said(conn, entry.key)}.",
                             hint=_instead(job, approval))


def _concerns(conn: sqlite3.Connection, job: Job, approval: Approval, key: str) -> bool:
    """Whether the durable step `key` comes of the answer."""
    if approval.question.gate is Gate.PHASE:
        number = int(approval.question.action["phase"])
        of_phase = {f"task/{record.id}/" for record in tasks.for_job(conn, job.id)
                    if record.phase_index >= number - 1}
        return key.startswith(("phase/", *of_phase))
    if approval.task_id is not None:
        return key.startswith(f"task/{approval.task_id}/")
    return True


def _said(conn: sqlite3.Connection, key: str) -> str:
    """What a durable step did, for a person."""
    if found := re.match(r"task/([^/]+)/", key):
        return f"task {tasks.get(conn, TaskId(found[1])).number} went on"
    if found := re.match(r"phase/(\d+)/(branch|rejected)?", key):
        done = {"branch": "landed on the job's branch", "rejected": "was dropped"}
        return f"phase {found[1]} {done.get(found[2] or '', 'went on')}"
    if key == "plan/approved":
        return "the plan was adopted, and its tasks began"
    return "the job went on"


def _instead(job: Job, approval: Approval) -> str:
    if approval.task_id is not None:
        return f"Bring the task back to an earlier step: cockpit tasks list {job.number}"
    return f"Stop the job, or go on and send back what comes: cockpit jobs cancel {job.number}"
