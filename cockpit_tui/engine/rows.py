"""The rows that a step leaves, saved in its transaction: one place that knows every table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import Job, JobStatus, WaitingOn
from cockpit_tui.domain.plan import Plan
from cockpit_tui.domain.record import (
    AdoptPlan,
    JobChange,
    ModelCall,
    RaiseBudget,
    Row,
    ToolUsed,
    TrustProject,
)
from cockpit_tui.domain.review import Review
from cockpit_tui.domain.task import Execution, TaskRecord, TaskStatus
from cockpit_tui.storage import executions, jobs, plans, projects, spending, stops, tasks
from cockpit_tui.storage.database import Transaction


def save_rows(tx: Transaction, job_id: JobId, rows: Iterable[Row]) -> None:
    """Save `rows` of the job; times of begin and end are filled in here, by the ledger's clock."""
    for row in rows:
        match row:
            case JobChange():
                _change_job(tx, job_id, row)
            case RaiseBudget():
                spending.raise_budget(tx, job_id, row)
            case TrustProject():
                project = projects.get(tx.conn, row.project_id)
                projects.save(tx, replace(project, trusted_at=project.trusted_at or tx.now()))
            case Review():
                jobs.save_review(tx, job_id, row)
            case Plan():
                plans.save(tx, row)
            case AdoptPlan():
                plans.adopt(tx, row.plan)
            case TaskRecord():
                tasks.save(tx, _timed(tx, row))
            case Execution():
                spent = executions.execution_cost(tx.conn, row.id)
                executions.save(tx, replace(row, cost_microusd=spent))
            case ModelCall():
                _record_model_call(tx, job_id, row)
            case ToolUsed():
                _record_tool_call(tx, row)
            case _:
                assert_never(row)


def _change_job(tx: Transaction, job_id: JobId, change: JobChange) -> None:
    job = jobs.get(tx.conn, job_id)
    status = change.status if change.status is not None else job.status
    if status.is_final:  # A pause may have come with its end.
        stops.clear(tx, job_id)
    now = tx.now()
    changed: Job = replace(
        job,
        status=status,
        waiting_on=WaitingOn.NOTHING if status.is_final else change.waiting_on or job.waiting_on,
        head_commit=change.head_commit if change.head_commit is not None else job.head_commit,
        reason=change.reason if change.reason is not None else job.reason,
        started_at=job.started_at or (None if status is JobStatus.QUEUED else now),
        finished_at=(job.finished_at or now) if status.is_final else None,
        cost_microusd=executions.job_cost(tx.conn, job_id),
    )
    jobs.save(tx, changed)


def _timed(tx: Transaction, record: TaskRecord) -> TaskRecord:
    """With its times: from the first start until it has nothing more to do, so that waiting for a
    person does not count as work."""
    stored = tasks.get(tx.conn, record.id)
    has_begun = record.status not in {TaskStatus.PENDING, TaskStatus.READY, TaskStatus.SKIPPED}
    rests = record.status.is_final or record.status is TaskStatus.AWAITING_APPROVAL
    return replace(
        record,
        started_at=stored.started_at or (tx.now() if has_begun else None),
        finished_at=(stored.finished_at or tx.now()) if rests else None,
        cost_microusd=executions.task_cost(tx.conn, record.id),
    )


def _record_tool_call(tx: Transaction, used: ToolUsed) -> None:
    if used.execution_id is not None:
        executions.record_tool_call(
            tx, execution_id=used.execution_id, step_number=used.step_number, call=used.call,
            result=used.result, seconds=used.seconds)


def _record_model_call(tx: Transaction, job_id: JobId, call: ModelCall) -> None:
    """The bill always; the step where an execution made it (the lead has none, nor a judge)."""
    executions.record_usage(tx, job_id, call)
    if call.execution_id is not None and call.purpose == "task":
        executions.record_step(tx, call.execution_id, call)
