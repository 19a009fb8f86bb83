"""How agents' states change in the ledger without a run: sent away, or left by a run's end."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from cockpit_tui.domain import event
from cockpit_tui.domain.agent import Agent
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import WaitingOn
from cockpit_tui.domain.record import JobChange
from cockpit_tui.domain.task import (
    AgentStatus,
    Execution,
    ExecutionStatus,
    TaskRecord,
    TaskStatus,
)
from cockpit_tui.engine.rewind_rows import attempt_key, become, landed_key, last_execution
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import agents, approvals, durable, executions, jobs, tasks
from cockpit_tui.storage.database import Transaction

_AT_WORK = frozenset({TaskStatus.RUNNING, TaskStatus.VERIFYING, TaskStatus.JUDGING,
                      TaskStatus.LANDING})
_REASON = "Its agent was sent away."


def send_away(tx: Transaction, job_id: JobId, name: str, *, gives_task_back: bool = True) -> Agent:
    """The agent gets no further task. What it has at hand is cut: its attempt is cancelled and
    forgotten, its question withdrawn; the task is ready again if `gives_task_back`.

    Raises UsageError where there is no such agent, or it is gone already."""
    job = jobs.get(tx.conn, job_id)
    there = agents.for_job(tx.conn, job_id)
    agent = next((one for one in there if one.name == name), None)
    if agent is None:
        names = ", ".join(one.name for one in there if one.terminated_at is None) or "none"
        raise UsageError(f"Job #{job.number} has no agent {name!r}.", hint=f"There are: {names}.")
    if agent.terminated_at is not None:
        raise UsageError(f"{name} of job #{job.number} was sent away already.")
    if job.status.is_final:
        raise UsageError(f"Job #{job.number} is {job.status.value}: its agents work no more.")
    task = None
    if agent.task_id is not None and agent.status is not AgentStatus.IDLE:
        task = tasks.get(tx.conn, agent.task_id)
        execution = last_execution(tx.conn, task)
        if execution is not None and execution.finished_at is None \
                and not _has_landed(tx.conn, job_id, execution):
            _cut(tx, task, execution)
            if gives_task_back and task.status in _AT_WORK:
                _make_ready(tx, task)
    gone = replace(agent, status=AgentStatus.IDLE, detail=_REASON, since=tx.now(),
                   terminated_at=tx.now())
    agents.save(tx, gone)
    tx.emit(Event(
        payload=event.AgentTerminated(agent=name, role=agent.role, number=task.number if task
                                      else ""),
        job_id=job_id, task_id=task.id if task else None))
    return gone


def _has_landed(conn: sqlite3.Connection, job_id: JobId, execution: Execution) -> bool:
    """Then only its end is left to be written, and whoever takes the task does that."""
    entry = durable.get(conn, job_id, landed_key(attempt_key(execution)))
    return entry is not None and entry.state == "done"


def _cut(tx: Transaction, task: TaskRecord, execution: Execution) -> None:
    executions.save(tx, replace(execution, status=ExecutionStatus.CANCELLED, reason=_REASON,
                                finished_at=tx.now()))
    prefix = f"{attempt_key(execution)}/"
    durable.delete_prefix(tx, task.job_id, prefix)
    withdraw_questions(tx, task, _REASON, under=prefix)


def withdraw_questions(tx: Transaction, task: TaskRecord, reason: str, *, under: str = "") -> None:
    """Nobody needs the answers any more to what was asked for the task; only to those questions
    whose keys begin with `under`."""
    asked = [one for one in approvals.pending(tx.conn, task.job_id)
             if one.task_id == task.id and one.key.startswith(under)]
    for one in asked:
        approvals.withdraw(tx, one.id)
        tx.emit(Event(payload=event.ApprovalWithdrawn(
            approval_id=one.id, gate=one.question.gate.value, what="question", reason=reason),
            job_id=task.job_id, task_id=task.id))
    if asked and jobs.get(tx.conn, task.job_id).waiting_on is WaitingOn.APPROVAL \
            and not approvals.pending(tx.conn, task.job_id):
        save_rows(tx, task.job_id, (JobChange(waiting_on=WaitingOn.NOTHING, reason=""),))


def _make_ready(tx: Transaction, task: TaskRecord) -> None:
    become(tx, replace(task, reason="", commit="", files=(), proofs=()), TaskStatus.READY)
    tx.emit(Event(payload=event.TaskReady(number=task.number, title=task.title),
                  job_id=task.job_id, task_id=task.id))


def stand_down(tx: Transaction, job_id: JobId | None = None) -> None:
    """Nobody works for the job (None: for any) at the moment. Who is blocked stays so where its
    job waits: it goes on with the same task; a job that has ended leaves nobody so."""
    waits: dict[JobId, bool] = {}
    for agent in agents.busy(tx.conn, job_id):
        if agent.job_id not in waits:
            job = jobs.get(tx.conn, agent.job_id)
            waits[agent.job_id] = job.waiting_on is not WaitingOn.NOTHING \
                and not job.status.is_final and job_id is None
        if agent.status is AgentStatus.BLOCKED and waits[agent.job_id]:
            continue
        agents.save(tx, replace(agent, status=AgentStatus.IDLE, detail="", since=tx.now()))
        tx.emit(Event(payload=event.AgentStatusChanged(
            agent=agent.name, status=AgentStatus.IDLE.value, detail=""),
            job_id=agent.job_id, task_id=agent.task_id))
