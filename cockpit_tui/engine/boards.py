"""Puts the boards of the queue and of the locks together, each in one read of the ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median

from cockpit_tui.domain.agent import Agent
from cockpit_tui.domain.boards import (
    MOST_LOOKED_AT,
    Clash,
    LockBoard,
    Outlook,
    QueueBoard,
    RefusedCommand,
)
from cockpit_tui.domain.ids import JobId, ProjectId, TaskId
from cockpit_tui.domain.lock import Claim, Lock
from cockpit_tui.domain.plan import Plan
from cockpit_tui.domain.queue import NightRules, QueueEntry
from cockpit_tui.domain.task import AgentStatus
from cockpit_tui.engine.night_report import night_report
from cockpit_tui.storage import agents, events, jobs, locks, plans, queue, tasks

_HISTORY = 20
_ENOUGH = 3
_MOST_REFUSED = 10


def queue_board(conn: sqlite3.Connection, rules: NightRules, now: datetime) -> QueueBoard:
    state = queue.state(conn)
    night = rules.overnight.begin_of(now)
    held = [lock for lock in locks.listing(conn) if lock.held_at is not None]
    usual: dict[ProjectId, Outlook] = {}
    outlooks = {}
    for entry in state.entries[:MOST_LOOKED_AT]:
        if entry.project_id not in usual:
            usual[entry.project_id] = _usual(conn, entry.project_id)
        outlooks[entry.job_id] = _outlook(conn, entry, held, usual[entry.project_id])
    return QueueBoard(
        state=state, rules=rules, outlooks=outlooks,
        night_spent_microusd=queue.overnight_spent(conn, night),
        night=night_report(conn, night, now),
        refused=refused_commands(conn, now))


def refused_commands(conn: sqlite3.Connection, now: datetime) -> tuple[RefusedCommand, ...]:
    """Of the last hour, the newest first: what is older was seen, or done in another way since."""
    return events.refused_commands(conn, now - timedelta(hours=1), limit=_MOST_REFUSED)


def _outlook(conn: sqlite3.Connection, entry: QueueEntry, held: Iterable[Lock], usual: Outlook
             ) -> Outlook:
    job, plan = jobs.get(conn, entry.job_id), plans.latest(conn, entry.job_id)
    minutes, cost, basis = usual.minutes, usual.cost_microusd, usual.basis
    clashes: tuple[Clash, ...] = ()
    if plan is not None:
        over = {t.id for t in tasks.for_job(conn, entry.job_id) if t.status.is_final}
        left = [task for task in plan.tasks() if task.id not in over]
        costs = [task.estimate.cost_microusd for task in left]
        minutes = _longest_way(plan, over)
        cost = None if None in costs else sum(c for c in costs if c is not None)
        basis = "its plan"
        claims = {plan.number(task.id): Claim.of(task) for task in left}
        clashes = tuple(
            Clash(number=number, names=names, holder=lock.task_name)
            for number, claim in claims.items() for lock in held
            if lock.job_id != entry.job_id and lock.project_id == entry.project_id
            and (names := claim.shared_with(lock.claim)))
    return Outlook(minutes=minutes, cost_microusd=cost, basis=basis, clashes=clashes,
                   spent_microusd=job.cost_microusd,
                   budget_microusd=job.request.limits.budget_microusd)


def _longest_way(plan: Plan, over: set[TaskId]) -> float:
    """Minutes that the plan's phases take one after another, tasks of a phase side by side where
    none needs another."""
    ends: dict[TaskId, float] = {}
    begin = 0.0
    for phase in plan.phases:
        for task in phase.tasks:
            first = max((ends.get(d, begin) for d in task.depends_on), default=begin)
            ends[task.id] = max(first, begin) + (
                0.0 if task.id in over else task.estimate.minutes)
        begin = max((ends[task.id] for task in phase.tasks), default=begin)
    return begin


def _usual(conn: sqlite3.Connection, project_id: ProjectId) -> Outlook:
    """What the project's newest completed jobs took; nothing where they are too few."""
    rows = conn.execute(
        "SELECT (julianday(finished_at) - julianday(started_at)) * 1440, cost_microusd FROM jobs "
        "WHERE project_id = ? AND status = 'completed' AND started_at IS NOT NULL "
        "ORDER BY finished_at DESC LIMIT ?", (project_id, _HISTORY)).fetchall()
    if len(rows) < _ENOUGH:
        return Outlook()
    known = [row[1] for row in rows if row[1] is not None]
    return Outlook(minutes=median(row[0] for row in rows),
                   cost_microusd=round(median(known)) if known else None,
                   basis=f"{len(rows)} jobs here")


def lock_board(conn: sqlite3.Connection) -> LockBoard:
    found = locks.listing(conn)
    owners: dict[JobId, set[TaskId]] = {}
    for lock in found:
        owners.setdefault(lock.job_id, set()).add(lock.task_id)
    workers: dict[TaskId, Agent] = {}
    minutes: dict[TaskId, float] = {}
    for job_id, task_ids in owners.items():
        for agent in agents.for_job(conn, job_id):
            if agent.task_id in task_ids and agent.status is not AgentStatus.IDLE:
                workers[agent.task_id] = agent
        plan = plans.latest(conn, job_id)
        for task in plan.tasks() if plan is not None else ():
            if task.id in task_ids and task.estimate.minutes:
                minutes[task.id] = task.estimate.minutes
    return LockBoard(locks=found, agents=workers, minutes=minutes)
