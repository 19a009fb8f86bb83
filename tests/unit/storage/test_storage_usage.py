"""Usage added up from the log: by every level, unknown apart from zero, edits, savings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cockpit_tui.domain.agent import Agent
from cockpit_tui.domain.conversation import ToolCall, ToolResult
from cockpit_tui.domain.glance import Pulse
from cockpit_tui.domain.ids import ExecutionId, JobId, PhaseId, PlanId, ProjectId, TaskId
from cockpit_tui.domain.job import Job, JobRequest, JobStatus, WaitingOn
from cockpit_tui.domain.plan import Phase, Plan, Task
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.record import ModelCall, ToolUsed
from cockpit_tui.domain.spending import DaySpending, EditScore, Savings, UsageBy, UsageLine
from cockpit_tui.domain.task import AgentStatus, Execution, ExecutionStatus
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import agents, executions, jobs, plans, projects, queue, usage
from cockpit_tui.storage.database import Database, Transaction
from cockpit_tui.storage.glance import pulse

AT = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
"""Past midnight already in Auckland and in Berlin's next hours."""
CALL = ModelCall(number=1, purpose="task", model_asked="a:big", model_used="a:big",
                 stop_reason="tool_calls", cost_microusd=100, task_id=TaskId("T1"),
                 execution_id=ExecutionId("X1"),
                 usage=TokenUsage(input=1_000, output=10, cache_read=800))
LEAD = replace(CALL, purpose="plan", task_id=None, execution_id=None, cost_microusd=50,
               usage=TokenUsage(input=200, output=20))


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
async def spent(tmp_path: Path) -> Database:
    """Two jobs: one with a lead, an agent that fell back and a judge; one of an unknown price."""
    now = [AT]
    ids = iter(range(1_000))

    def fill(tx: Transaction) -> None:
        projects.save(tx, Project(id=ProjectId("P"), name="shop", path="/shop", identity="1",
                                  added_at=AT, trusted_at=None))
        for number in (1, 2):
            jobs.save(tx, Job(
                id=JobId(f"J{number}"), number=number, project_id=ProjectId("P"),
                request=JobRequest(text=f"Do {number}\nmore"), status=JobStatus.QUEUED,
                waiting_on=WaitingOn.NOTHING, branch="b", base_branch="main", base_commit="a",
                head_commit="a", reason="", created_at=AT, started_at=None, finished_at=None,
                cost_microusd=0))
        plan = Plan(id=PlanId("PL"), job_id=JobId("J1"), revision=1, summary="", author="x",
                    phases=(Phase(id=PhaseId("PH"), title="p", tasks=(
                        Task(id=TaskId("T1"), title="Model", instructions="", role="Tester"),)),))
        plans.save(tx, plan)
        plans.adopt(tx, plan)
        executions.save(tx, Execution(
            id=ExecutionId("X1"), job_id=JobId("J1"), task_id=TaskId("T1"), attempt=1,
            role="Tester", model_asked="a:big", model_used="", status=ExecutionStatus.STARTED,
            worktree="", steps=0, usage=TokenUsage(), cost_microusd=0, reason="", started_at=AT,
            finished_at=None))
        small = replace(CALL, number=2, model_used="a:small", cost_microusd=30)
        judge = replace(CALL, number=1, purpose="judge", cost_microusd=20)
        lost = replace(small, number=0, purpose="lost", is_estimated=True)
        edits = [ToolUsed(
            step_number=step, seconds=0.1, execution_id=ExecutionId("X1"),
            call=ToolCall(id=f"c{at}", name=name, arguments=arguments),
            result=ToolResult(call_id=f"c{at}", text="", is_error=bad))
            for at, (step, name, arguments, bad) in enumerate([
                (1, "edit_file", {}, False), (1, "edit_file", {}, True),
                (2, "edit_file", {}, False),
                (1, "text", {"command": "view"}, True), (1, "read_file", {}, True)])]
        save_rows(tx, JobId("J1"), (LEAD, CALL, small, judge, lost, *edits))

    database = await Database.open(tmp_path / "l.db", clock=lambda: now[0],
                                   new_id=lambda: f"I{next(ids)}")
    await database.write(fill)
    now[0] = AT + timedelta(hours=1)
    unknown = replace(LEAD, purpose="review", model_asked="b:x", model_used="b:x",
                      cost_microusd=None)
    offline = replace(LEAD, model_asked="offline:rules", model_used="offline:rules",
                      cost_microusd=0)
    await database.write(lambda tx: save_rows(tx, JobId("J2"), (unknown, offline)))
    return database


def line(name: str, calls: int, cost: int, tokens: tuple[int, int, int], *, detail: str = "",
         unpriced: int = 0, estimated: int = 0) -> UsageLine:
    return UsageLine(name=name, detail=detail, calls=calls, unpriced_calls=unpriced,
                     estimated_calls=estimated, known_microusd=cost,
                     usage=TokenUsage(input=tokens[0], output=tokens[1], cache_read=tokens[2]))


ALL = line("total", 7, 230, (4_600, 100, 3_200), unpriced=1, estimated=1)


@pytest.mark.parametrize(("by", "lines"), [
    (UsageBy.MODEL, [
        line("a:big", 3, 170, (2_200, 40, 1_600)),
        line("a:small", 2, 60, (2_000, 20, 1_600), detail="a:big", estimated=1),
        line("offline:rules", 1, 0, (200, 20, 0)),
        line("b:x", 1, 0, (200, 20, 0), unpriced=1)]),
    (UsageBy.AGENT, [
        line("Tester", 3, 160, (3_000, 30, 2_400), estimated=1),
        line("plan", 2, 50, (400, 40, 0)), line("judge", 1, 20, (1_000, 10, 800)),
        line("review", 1, 0, (200, 20, 0), unpriced=1)]),
    (UsageBy.JOB, [line("#2", 2, 0, (400, 40, 0), detail="Do 2", unpriced=1),
                   line("#1", 5, 230, (4_200, 60, 3_200), detail="Do 1", estimated=1)]),
    (UsageBy.DAY, [line("2026-03-02", 2, 0, (400, 40, 0), unpriced=1),
                   line("2026-03-01", 5, 230, (4_200, 60, 3_200), estimated=1)]),
    (UsageBy.PROJECT, [replace(ALL, name="shop", detail="/shop")]),
    (UsageBy.TASK, [line("#2", 2, 0, (400, 40, 0), detail="lead", unpriced=1),
                    line("#1", 1, 50, (200, 20, 0), detail="lead"),
                    line("#1 1.1", 4, 180, (4_000, 40, 3_200), detail="Model", estimated=1)]),
])
async def test_every_way_to_add_up_gives_the_same_total(spent: Database, by: UsageBy,
                                                        lines: list[UsageLine]) -> None:
    assert list(await spent.read(lambda c: usage.lines(c, by))) == lines
    assert await spent.read(usage.total) == ALL
    assert (ALL.cost_microusd, lines[-1].cached_share) == (None, lines[-1].usage.cache_read
                                                           / lines[-1].usage.input)
    await spent.close()


async def test_only_the_day(spent: Database) -> None:
    midnight = datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert await spent.read(lambda c: usage.day(c, midnight)) == DaySpending(
        known_microusd=0, unpriced_calls=1, by_job={JobId("J2"): 0})
    assert (await spent.read(lambda c: usage.total(c, midnight))).calls == 2
    await spent.close()


async def test_edits_count_for_the_model_that_wrote_them_and_looking_is_none(
        spent: Database) -> None:
    assert await spent.read(lambda c: usage.edit_scores(c, ("edit_file", "text"))) == (
        EditScore(model="a:big", edits=2, failed=1), EditScore(model="a:small", edits=1, failed=0))
    await spent.close()


async def test_recordings_and_rules_save_nothing_and_edit_nothing(spent: Database) -> None:
    played = replace(CALL, number=3, model_asked="replay:f", model_used="replay:big",
                     cost_microusd=0)
    ruled = replace(CALL, number=4, model_asked="offline:rules", model_used="offline:rules",
                    cost_microusd=0)
    edits = [ToolUsed(step_number=step, seconds=0.1, execution_id=ExecutionId("X1"),
                      call=ToolCall(id=f"d{step}", name="edit_file", arguments={}),
                      result=ToolResult(call_id=f"d{step}", text="", is_error=False))
             for step in (3, 4)]

    async def told() -> tuple[object, ...]:
        return (await spent.read(lambda c: usage.savings(c, lambda call: 100)),
                await spent.read(lambda c: usage.edit_scores(c, ("edit_file", "text"))))

    before = await told()
    await spent.write(lambda tx: save_rows(tx, JobId("J1"), (played, ruled, *edits)))
    assert await told() == before
    await spent.close()


async def test_savings_price_the_same_calls_and_leave_out_what_nobody_can_compare(
        spent: Database) -> None:
    def dear(call: TokenUsage) -> int:
        return call.input - call.cache_read + call.cache_read // 10 + 5 * call.output

    # The lead's 200+100, and four calls of 200 fresh, 80 cached, 50 out; no rules, no b:x.
    assert await spent.read(lambda c: usage.savings(c, dear)) == Savings(
        actual_microusd=230, baseline_microusd=300 + 4 * 330, calls=5, left_out=1)
    await spent.close()


async def test_only_who_works_is_counted_over_all_jobs(spent: Database) -> None:
    agent = Agent(job_id=JobId("J1"), name="a1", role="Tester", status=AgentStatus.WORKING,
                  since=AT, task_id=TaskId("T1"), spawned_at=AT)

    def work(tx: Transaction) -> None:
        one = executions.for_job(tx.conn, JobId("J1"))[0]
        executions.save(tx, replace(one, status=ExecutionStatus.RUNNING, agent="a1"))
        agents.save(tx, agent)

    await spent.write(work)
    assert await spent.read(pulse) == Pulse(at_work=1)
    await spent.write(lambda tx: queue.set_all_paused(tx, AT))
    assert await spent.read(pulse) == Pulse(at_work=1, paused_at=AT)
    await spent.write(lambda tx: agents.save(tx, replace(
        agent, status=AgentStatus.BLOCKED, detail="waits for the lock of a2")))
    assert await spent.read(pulse) == Pulse(paused_at=AT)
