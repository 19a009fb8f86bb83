"""Estimates come from the person's own history once there is one, and stay unknown where it is."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cockpit_tui.domain.ids import ExecutionId, JobId, PhaseId, PlanId, ProjectId, TaskId
from cockpit_tui.domain.job import Job, JobRequest, JobStatus, WaitingOn
from cockpit_tui.domain.plan import Estimate, Phase, Plan, Task
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.record import ModelCall
from cockpit_tui.domain.task import Execution, ExecutionStatus
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.engine.estimates import Variance, estimate, estimated, variances
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import executions, jobs, plans, projects
from cockpit_tui.storage.database import Database, Transaction

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
PLANNED = Estimate(minutes=9, tokens=1_000)
JOB = Job(id=JobId("J"), number=1, project_id=ProjectId("P"), request=JobRequest(text="x"),
          status=JobStatus.QUEUED, waiting_on=WaitingOn.NOTHING, branch="b", base_branch="main",
          base_commit="a", head_commit="a", reason="", created_at=AT, started_at=None,
          finished_at=None, cost_microusd=0)


def past(*costs: int | None) -> list[Estimate]:
    return [Estimate(minutes=i, tokens=100 * i, cost_microusd=cost)
            for i, cost in enumerate(costs, 1)]


@pytest.mark.parametrize(("known", "wanted"), [
    (past(1, 2, 3, 4), replace(PLANNED, cost_microusd=2_000)),
    (past(1, 2, 30, 4, 5), Estimate(minutes=3, tokens=300, cost_microusd=4)),
    (past(1, 2, None, 4, 5), Estimate(minutes=3, tokens=300, cost_microusd=None)),
    (past(*range(1, 7), None), Estimate(minutes=4, tokens=400, cost_microusd=4)),
])
def test_the_median_of_five_or_more_else_the_planners_tokens_priced(
        known: list[Estimate], wanted: Estimate) -> None:
    assert estimate(known, PLANNED, model="m", cost_of=lambda model, count: 2 * count) == wanted


def test_an_unknown_price_stays_unknown() -> None:
    assert estimate([], PLANNED, model="m", cost_of=lambda model, count: None) == PLANNED


def task(number: int, task_class: str) -> Task:
    return Task(id=TaskId(f"T{number}"), title=f"t{number}", instructions="", role="Tester",
                task_class=task_class, estimate=PLANNED)


async def test_history_is_of_the_same_class_and_model_and_variance_follows(tmp_path: Path) -> None:
    ids = itertools.count()
    plan = Plan(id=PlanId("PL"), job_id=JOB.id, revision=1, summary="", author="x", phases=(
        Phase(id=PhaseId("PH"), title="p", tasks=tuple(
            task(n, "standard" if n < 7 else "other") for n in range(1, 8))),))

    def fill(tx: Transaction) -> None:
        projects.save(tx, Project(id=ProjectId("P"), name="p", path="/p", identity="1",
                                  added_at=AT, trusted_at=None))
        jobs.save(tx, JOB)
        plans.save(tx, plan)
        plans.adopt(tx, plan)
        for n in range(1, 8):
            model = "a:m" if n != 6 else "a:other"
            executions.save(tx, Execution(
                id=ExecutionId(f"X{n}"), job_id=JOB.id, task_id=TaskId(f"T{n}"), attempt=1,
                role="Tester", model_asked=model, model_used=model, worktree="", steps=1,
                status=ExecutionStatus.COMPLETED, usage=TokenUsage(), cost_microusd=0, reason="",
                started_at=AT, finished_at=AT))
            save_rows(tx, JOB.id, (ModelCall(
                number=1, purpose="task", model_asked=model, model_used=model,
                stop_reason="end_turn", usage=TokenUsage(input=10 * n, output=n),
                cost_microusd=n * n, task_id=TaskId(f"T{n}"), execution_id=ExecutionId(f"X{n}")),))
            tx.conn.execute(
                "UPDATE tasks SET status = 'done', started_at = ?, finished_at = ? WHERE id = ?",
                (AT.isoformat(), (AT + timedelta(minutes=n)).isoformat(), f"T{n}"))

    async with await Database.open(tmp_path / "l.db", clock=lambda: AT,
                                   new_id=lambda: f"I{next(ids)}") as database:
        await database.write(fill)
        told = await estimated(database, plan, model_of=lambda t: "a:m",
                               cost_of=lambda model, count: count)
        assert [t.estimate for t in told.tasks()] == [
            *[Estimate(minutes=3, tokens=33, cost_microusd=9)] * 6,
            replace(PLANNED, cost_microusd=1_000)]
        assert (await variances(database, JOB.id))[1] == Variance(
            task_id=TaskId("T2"), number="1.2", title="t2", estimate=PLANNED,
            actual=Estimate(minutes=2, tokens=22, cost_microusd=4))
