"""What faces show of agents: each with its task, its attempt and what waits for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from cockpit_tui.domain.agent import Agent, AgentView
from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.ids import ExecutionId, JobId, TaskId
from cockpit_tui.domain.job import Job, WaitingOn
from cockpit_tui.domain.plan import Plan
from cockpit_tui.domain.task import AgentStatus, Execution, TaskRecord, TaskStatus
from cockpit_tui.storage import agents, approvals, executions, jobs, plans, tasks

_DID = frozenset({TaskStatus.AWAITING_APPROVAL, TaskStatus.DONE})


def agent_views(conn: sqlite3.Connection, job_id: JobId | None = None, *,
                is_held: Callable[[], bool]) -> tuple[AgentView, ...]:
    """The agents of one job, or of all that have not ended: who needs the person first.
    `is_held`: whether an engine is at work with the ledger; asked only where it matters."""
    chosen = jobs.unfinished(conn) if job_id is None else (jobs.get(conn, job_id),)
    found = [view for job in chosen for view in _of_job(conn, job)]
    if any(view.is_left for view in found) and is_held():
        found = [replace(view, is_left=False) for view in found]
    return tuple(sorted(found, key=lambda view: view.order))


def _of_job(conn: sqlite3.Connection, job: Job) -> list[AgentView]:
    there = [one for one in agents.for_job(conn, job.id) if one.terminated_at is None]
    if not there:
        return []
    records = {record.id: record for record in tasks.for_job(conn, job.id)}
    attempts = executions.for_job(conn, job.id)
    asked = approvals.pending(conn, job.id)
    plan = plans.latest(conn, job.id)
    last = agents.last_events(conn, job.id)
    return [_view(conn, job, agent, records=records, attempts=attempts, asked=asked, plan=plan,
                  last=last) for agent in there]


def _view(conn: sqlite3.Connection, job: Job, agent: Agent, *,
          records: Mapping[TaskId, TaskRecord], attempts: Sequence[Execution],
          asked: Sequence[Approval], plan: Plan | None,
          last: Mapping[ExecutionId, RecordedEvent]) -> AgentView:
    own = [one for one in attempts if one.agent == agent.name]
    newest = {one.task_id: one for one in attempts}
    done = sum(records[task_id].status in _DID for task_id, one in newest.items()
               if one.agent == agent.name and task_id in records)
    bills = [one.cost_microusd for one in own]
    view = AgentView(
        agent=agent, job_number=job.number, job_title=job.title, tasks_done=done,
        is_left=agent.status is not AgentStatus.IDLE and job.waiting_on is WaitingOn.NOTHING,
        total_microusd=None if None in bills else sum(bill for bill in bills if bill is not None))
    record = records.get(agent.task_id) if agent.task_id is not None else None
    now = next((one for one in reversed(own) if one.task_id == agent.task_id), None)
    if record is None or now is None:
        return view
    steps, tokens, model = agents.turns_of(conn, now.id)
    question = _question(agent, record, asked)
    return replace(
        view, task_number=record.number, task_title=record.title, task_status=record.status,
        attempt=now.attempt, model=model or now.model_asked, steps=steps, tokens=tokens,
        cost_microusd=now.cost_microusd, worktree=now.worktree,
        files=agents.files_of(conn, now.id), last=last.get(now.id),
        holds_up=_holds_up(plan, record, records) if agent.status is not AgentStatus.IDLE else (),
        asks=question.question.title if question else "",
        approval_id=question.id if question else None)


def _question(agent: Agent, record: TaskRecord,
              asked: Sequence[Approval]) -> Approval | None:
    """What it waits for the person with; also the whole job's money, where it waits for that."""
    if agent.status is not AgentStatus.BLOCKED:
        return None
    prefix = f"task/{record.id}/"
    return next((one for one in asked
                 if one.task_id == record.id or one.key.startswith(prefix)
                 or one.question.title in agent.detail), None)


def _holds_up(plan: Plan | None, record: TaskRecord,
              records: Mapping[TaskId, TaskRecord]) -> tuple[str, ...]:
    """Numbers of the tasks that wait for `record`, whether at once or by way of others."""
    if plan is None:
        return ()
    waiting, before = {record.id}, 0
    while before < len(waiting):
        before = len(waiting)
        waiting |= {task.id for task in plan.tasks() if waiting & set(task.depends_on)}
    return tuple(records[task.id].number for task in plan.tasks()
                 if task.id in waiting - {record.id} and task.id in records
                 and not records[task.id].status.is_final)
