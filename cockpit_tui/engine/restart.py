"""Making a stopped job startable again: which rows go back, which memories are dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.event import Event, JobWaiting
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import Job, JobStatus, WaitingOn
from cockpit_tui.domain.record import JobChange
from cockpit_tui.domain.task import ExecutionStatus, TaskStatus
from cockpit_tui.engine import rewind_rows
from cockpit_tui.engine.agent_rows import stand_down
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import approvals, durable, executions, retention, stops, tasks
from cockpit_tui.storage.database import Transaction

_ALWAYS_AGAIN = ("stage/", "review/started", "testing/", "complete")
"""Keys of a run's frame: a new run goes through its stages again."""


def stop_tasks(tx: Transaction, job_id: JobId, reason: str) -> None:
    """Cancel every task of the job that has not ended, and every execution; its agents rest."""
    for execution in executions.for_job(tx.conn, job_id):
        if execution.finished_at is None:
            executions.save(tx, replace(execution, status=ExecutionStatus.CANCELLED,
                                        reason=reason, finished_at=tx.now()))
    for record in tasks.for_job(tx.conn, job_id):
        if not record.status.is_final:
            tasks.save(tx, replace(record, status=TaskStatus.CANCELLED, reason=reason,
                                   finished_at=tx.now()))
    stand_down(tx, job_id)


def park_left(tx: Transaction, left: Iterable[Job]) -> None:
    """Let the jobs that an earlier engine left at work wait for the person's word."""
    reason = "An earlier cockpit left it unfinished."
    for job in left:
        if job.waiting_on in {WaitingOn.NOTHING, WaitingOn.APPROVAL}:
            save_rows(tx, job.id, (JobChange(waiting_on=WaitingOn.PERSON, reason=reason),))
            tx.emit(Event(job_id=job.id, payload=JobWaiting(
                waiting_on=WaitingOn.PERSON.value, reason=reason)))


def prepare_retry(tx: Transaction, job_id: JobId) -> None:
    """Queue a failed or cancelled job: its tasks that are not done start from the beginning, their
    phases are asked about again; what was done and landed stays. So does every answer but a no,
    and what the lead said unless nothing could be made of it.

    Raises UsageError for a job whose working memory was compacted: nobody knows what it did."""
    if retention.compacted_at(tx.conn, job_id) is not None:
        raise UsageError("The job's working memory was compacted; it cannot go on from there.",
                         hint="Send its request again: cockpit run")
    for prefix in (*_ALWAYS_AGAIN, *_came_to_nothing(tx, job_id)):
        durable.delete_prefix(tx, job_id, prefix)
    approvals.ask_again(tx, job_id)
    stops.clear(tx, job_id)
    for record in tasks.for_job(tx.conn, job_id):
        if record.status is TaskStatus.DONE:
            continue
        if rewind_rows.is_rewound(tx.conn, record):  # It goes on from the step it was brought to.
            durable.delete_prefix(tx, job_id, f"phase/{record.phase_index + 1}/")
            rewind_rows.put_to_work(tx, record)
            continue
        tasks.save(tx, replace(record, status=TaskStatus.PENDING, reason="", started_at=None,
                               finished_at=None, commit="", files=(), proofs=()))
        durable.delete_prefix(tx, job_id, f"task/{record.id}/")
        durable.delete_prefix(tx, job_id, f"phase/{record.phase_index + 1}/")
    save_rows(tx, job_id, (JobChange(status=JobStatus.QUEUED, waiting_on=WaitingOn.NOTHING,
                                     reason=""),))


def _came_to_nothing(tx: Transaction, job_id: JobId) -> list[str]:
    """Prefixes of the lead's conversations that led to no review or no plan."""
    keys = {entry.key for entry in durable.for_job(tx.conn, job_id) if entry.state == "done"}
    rounds = {"/".join(key.split("/")[:2]) for key in keys if re.match(r"plan/\d+/", key)}
    prefixes = [f"{key}/" for key in sorted(rounds) if f"{key}/draft" not in keys]
    return prefixes if "review/report" in keys else ["review/", *prefixes]
