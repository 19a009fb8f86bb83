"""What work will cost: from the person's own history once there is some, and how it came out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median

from cockpit_tui.domain.errors import ProviderError, UsageError
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.plan import Estimate, Plan, Task
from cockpit_tui.engine.models import Models
from cockpit_tui.storage import plans, tasks
from cockpit_tui.storage.database import Database

ENOUGH = 5
"""So many done tasks of one class and model are a history."""
_NEWEST = 50

CostOfTokens = Callable[[str, int], int | None]
"""A model's name and a number of tokens to what they cost about; None: unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variance:
    """A task's estimate beside what it took."""

    task_id: TaskId
    number: str
    title: str
    estimate: Estimate
    actual: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator:
    """Estimates a job's plans by who will work at them."""

    database: Database
    models: Models
    request: JobRequest

    async def of(self, plan: Plan) -> Plan:
        """`plan` with minutes, tokens and cost for every task; a cost that nobody knows is None."""
        profiles = {task.id: self._worker(task) for task in plan.tasks()}
        paid = {p.name: p for p in profiles.values() if p is not None and self._is_paid(p)}
        planned = {(profile.name, task.estimate.tokens) for task in plan.tasks()
                   if (profile := profiles[task.id]) is not None}
        costs = {(name, tokens): await self.models.pool.typical_microusd(paid[name], tokens)
                 if name in paid else 0 for name, tokens in planned}

        def model_of(task: Task) -> str:
            profile = profiles[task.id]
            return profile.name if profile is not None else task.model

        def priced(task: Task) -> Task:
            # The planner cannot know: it sees neither the router nor prices.
            is_free = profiles[task.id] is not None and model_of(task) not in paid
            return replace(task, estimate=replace(task.estimate,
                                                  cost_microusd=0 if is_free else None))

        return await estimated(
            self.database, _mapped(plan, priced), model_of=model_of,
            cost_of=lambda name, tokens: costs.get((name, tokens)))

    def _worker(self, task: Task) -> ModelProfile | None:
        """Who is asked first; None where nobody can be, which the task's start tells."""
        try:
            return self.models.router.worker(self.request, role=task.role, model=task.model,
                                             task_class=task.task_class).first
        except (ProviderError, UsageError):
            return None

    def _is_paid(self, profile: ModelProfile) -> bool:
        try:
            return self.models.is_ai(profile)
        except (ProviderError, UsageError):
            return True  # no key, no provider: what it would cost may still be known


async def estimated(database: Database, plan: Plan, *, model_of: Callable[[Task], str],
                    cost_of: CostOfTokens) -> Plan:
    """`plan` with an estimate for every task: the median of the last done tasks of its class and
    model, or the planner's tokens at the price of `cost_of`."""
    wanted = {task.id: (task.task_class, model_of(task)) for task in plan.tasks()}
    known = await database.read(
        lambda conn: {pair: history(conn, *pair) for pair in set(wanted.values())})

    def mended(task: Task) -> Task:
        task_class, model = wanted[task.id]
        return replace(task, estimate=estimate(known[task_class, model], task.estimate,
                                               model=model, cost_of=cost_of))

    return _mapped(plan, mended)


def _mapped(plan: Plan, change: Callable[[Task], Task]) -> Plan:
    return replace(plan, phases=tuple(
        replace(phase, tasks=tuple(map(change, phase.tasks))) for phase in plan.phases))


def estimate(past: list[Estimate], planned: Estimate, *, model: str,
             cost_of: CostOfTokens) -> Estimate:
    """The median of `past` where it is a history; else `planned`, priced. A cost that is not known
    stays None, also where half of the past's are."""
    if len(past) < ENOUGH:
        cost = cost_of(model, planned.tokens) if planned.tokens else planned.cost_microusd
        return replace(planned, cost_microusd=cost)
    costs = [each.cost_microusd for each in past if each.cost_microusd is not None]
    return Estimate(minutes=round(median(each.minutes for each in past), 1),
                    tokens=round(median(each.tokens for each in past)),
                    cost_microusd=round(median(costs)) if len(costs) >= ENOUGH else None)


def history(conn: sqlite3.Connection, task_class: str, model: str) -> list[Estimate]:
    """What the newest done tasks of this class took whose last attempt asked `model`."""
    rows = conn.execute(
        "SELECT t.started_at, t.finished_at, t.cost_microusd, "
        "(SELECT coalesce(sum(u.input_tokens + u.output_tokens), 0) FROM usage u "
        " WHERE u.task_id = t.id) FROM tasks t WHERE t.status = 'done' "
        "AND json_extract(t.planned_json, '$.task_class') = ? AND ? = "
        "(SELECT x.model_asked FROM executions x WHERE x.task_id = t.id "
        " ORDER BY x.attempt DESC LIMIT 1) ORDER BY t.finished_at DESC LIMIT ?",
        (task_class, model, _NEWEST))
    return [Estimate(minutes=_minutes(begun, ended), tokens=tokens, cost_microusd=cost)
            for begun, ended, cost, tokens in rows]


async def variances(database: Database, job_id: JobId) -> tuple[Variance, ...]:
    """Of the job's tasks that ran to an end, in plan order."""
    def read(conn: sqlite3.Connection) -> tuple[Variance, ...]:
        plan = plans.latest(conn, job_id)
        planned = {} if plan is None else {task.id: task.estimate for task in plan.tasks()}
        tokens = {row[0]: int(row[1]) for row in conn.execute(
            "SELECT task_id, sum(input_tokens + output_tokens) FROM usage WHERE job_id = ? "
            "AND task_id IS NOT NULL GROUP BY task_id", (job_id,))}
        return tuple(Variance(
            task_id=record.id, number=record.number, title=record.title,
            estimate=planned[record.id], actual=Estimate(
                minutes=(record.finished_at - record.started_at).total_seconds() / 60,
                tokens=tokens.get(record.id, 0), cost_microusd=record.cost_microusd))
            for record in tasks.for_job(conn, job_id) if record.id in planned
            and record.status.is_final and record.started_at and record.finished_at)

    return await database.read(read)


def _minutes(begun: str | None, ended: str | None) -> float:
    if begun is None or ended is None:
        return 0.0
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds() / 60
