"""Making a stopped job startable again: which rows go back, which memories are dropped."""

from __future__ import annotations

from dataclasses import replace

from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.record import JobChange
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import durable, tasks
from cockpit_tui.storage.database import Transaction

_ALWAYS_AGAIN = ("stage/", "review/started", "testing/", "complete")
"""Keys of a run's frame: a new run goes through its stages again."""


def stop_tasks(tx: Transaction, job_id: JobId, reason: str) -> None:
    """Cancel every task of the job that has not ended."""
    for record in tasks.for_job(tx.conn, job_id):
        if not record.status.is_final:
            tasks.save(tx, replace(record, status=TaskStatus.CANCELLED, reason=reason,
                                   finished_at=tx.now()))


def prepare_retry(tx: Transaction, job_id: JobId) -> None:
    """Queue a failed or cancelled job: its tasks that are not done start from the beginning, their
    phases are asked about again; what was done and landed stays."""
    for prefix in _ALWAYS_AGAIN:
        durable.delete_prefix(tx, job_id, prefix)
    for record in tasks.for_job(tx.conn, job_id):
        if record.status is TaskStatus.DONE:
            continue
        tasks.save(tx, replace(record, status=TaskStatus.PENDING, reason="", started_at=None,
                               finished_at=None, commit="", files=(), proofs=()))
        durable.delete_prefix(tx, job_id, f"task/{record.id}/")
        durable.delete_prefix(tx, job_id, f"phase/{record.phase_index + 1}/")
    save_rows(tx, job_id, (JobChange(status=JobStatus.QUEUED, waiting_on=WaitingOn.NOTHING,
                                     reason=""),))
