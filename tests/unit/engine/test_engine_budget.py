"""Budgets hold before the money is spent, over every agent at once, whatever the interleaving."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit_tui.domain.errors import BudgetReached
from cockpit_tui.domain.event import BudgetExceeded, BudgetWarned, Event, UsageRecorded
from cockpit_tui.domain.ids import JobId, PhaseId, PlanId, ProjectId, TaskId
from cockpit_tui.domain.job import Job, JobRequest, JobStatus, WaitingOn
from cockpit_tui.domain.plan import Phase, Plan, Task
from cockpit_tui.domain.policy import Limits
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.record import ModelCall
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.engine.budget import BudgetDesk
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import events, jobs, plans, projects
from cockpit_tui.storage.database import Database, Transaction

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
TASK = TaskId("T1")


def job(number: int, budget: int | None) -> Job:
    return Job(id=JobId(f"J{number}"), number=number, project_id=ProjectId("P1"),
               request=JobRequest(text="x", limits=Limits(budget_microusd=budget)),
               status=JobStatus.QUEUED, waiting_on=WaitingOn.NOTHING, branch="b",
               base_branch="main", base_commit="a", head_commit="a", reason="", created_at=AT,
               started_at=None, finished_at=None, cost_microusd=0)


class Office:
    """A ledger with a desk that hears of every commit, as in the engine."""

    def __init__(self, database: Database, now: list[datetime], day_budget: int | None) -> None:
        self.database = database
        self.now = now
        self.desk = BudgetDesk(database, lambda: now[0], day_budget)

    async def add(self, new: Job, *, task_budget: int | None = None) -> Job:
        plan = Plan(id=PlanId(f"PL{new.number}"), job_id=new.id, revision=1, summary="",
                    author="x", phases=(Phase(id=PhaseId(f"PH{new.number}"), title="p", tasks=(
                        Task(id=TASK, title="t", instructions="", role="Tester",
                             budget_microusd=task_budget),)),))

        def write(tx: Transaction) -> None:
            jobs.save(tx, new)
            if task_budget is not None:
                plans.save(tx, plan)
                plans.adopt(tx, plan)

        await self.database.write(write)
        return new

    async def bill(self, whose: Job, cost: int | None, task_id: TaskId | None = None) -> None:
        call = ModelCall(number=1, purpose="review", model_asked="a:m", model_used="a:m",
                         stop_reason="end_turn", usage=TokenUsage(input=9), cost_microusd=cost,
                         task_id=task_id)
        usage = UsageRecorded(model="a:m", input_tokens=9, output_tokens=0, cost_microusd=cost)

        def write(tx: Transaction) -> None:
            save_rows(tx, whose.id, (call,))
            tx.emit(Event(payload=usage, job_id=whose.id, task_id=task_id))

        await self.database.write(write)

    async def told(self) -> list[BudgetWarned | BudgetExceeded]:
        recorded = await self.database.read(lambda c: events.after(c, 0, limit=10_000))
        return [e.payload for e in recorded if isinstance(e.payload, BudgetWarned | BudgetExceeded)]


@asynccontextmanager
async def office(path: Path, *, day_budget: int | None = None) -> AsyncIterator[Office]:
    now, ids = [AT], itertools.count()
    listener: list[Callable[..., None]] = []
    async with await Database.open(
            path, clock=lambda: now[0], new_id=lambda: f"{path.stem}{id(ids)}{next(ids)}",
            on_commit=lambda batch: [hear(batch) for hear in listener] and None) as database:
        found = Office(database, now, day_budget)
        listener.append(found.desk.committed)
        if not await database.read(projects.listing):
            await database.write(lambda tx: projects.save(tx, Project(
                id=ProjectId("P1"), name="p", path="/p", identity="1", added_at=AT,
                trusted_at=None)))
        yield found


async def test_sixty_four_agents_at_once_never_pass_the_budget(tmp_path: Path) -> None:
    async with office(tmp_path / "l.db") as place:
        mine = await place.add(job(1, 1_000))
        purse, refused, spent = place.desk.purse(mine), 0, 0

        async def agent(number: int) -> None:
            nonlocal refused, spent
            try:
                async with purse.reserve(40, task_id=None):
                    await asyncio.sleep(0)
                    spent += 30 + number % 11
                    assert spent <= 1_000
                    await place.bill(mine, 30 + number % 11)
            except BudgetReached:
                refused += 1

        async with asyncio.TaskGroup() as group:
            for number in range(64):
                group.create_task(agent(number))
        cost = await place.database.read(lambda c: jobs.get(c, mine.id).cost_microusd)
        assert cost == spent
        assert 960 < spent <= 1_000  # each waited for what others held, none gave up too soon
        assert refused > 0
        account = (await place.desk._accounts(mine.id, None))[0]
        assert (account.spent, account.held) == (spent, 0)
        told = await place.told()
        assert [(type(m), m.scope, m.budget_microusd) for m in told] == [
            (BudgetWarned, "job", 1_000), (BudgetExceeded, "job", 1_000)]


@settings(max_examples=25, deadline=None)
@given(budgets=st.tuples(*[st.one_of(st.none(), st.integers(0, 300))] * 3), calls=st.lists(
    st.tuples(st.integers(0, 120), st.floats(0, 1), st.integers(0, 3), st.booleans(),
              st.booleans(), st.sampled_from(["bill", "fail", "cancel"])), max_size=24))
def test_no_interleaving_passes_a_budget_or_stands_still(
        tmp_path_factory: pytest.TempPathFactory, budgets: tuple[int | None, ...],
        calls: list[tuple[int, float, int, bool, bool, str]]) -> None:
    job_budget, task_budget, day_budget = budgets

    async def play() -> None:
        path = tmp_path_factory.mktemp("ledger") / "l.db"
        async with office(path, day_budget=day_budget) as place:
            mine = await place.add(job(1, job_budget), task_budget=task_budget or 0)
            purse, spent, on_task = place.desk.purse(mine), 0, 0

            async def pay(cost: int, task: TaskId | None) -> None:
                nonlocal spent, on_task
                spent += cost
                on_task += cost if task else 0
                assert job_budget is None or spent <= job_budget
                assert day_budget is None or spent <= day_budget
                assert on_task <= (task_budget or 0)
                await place.bill(mine, cost, task)

            async def agent(most: int, share: float, pauses: int, in_task: bool, twice: bool,
                            end: str) -> None:
                task = TASK if in_task else None
                try:
                    async with purse.reserve(most, task_id=task):
                        for _ in range(pauses):
                            await asyncio.sleep(0)
                        if twice:  # a fallback holds for the second model besides
                            async with purse.reserve(most, task_id=task):
                                await pay(int(most * share), task)
                        elif end == "bill":
                            await pay(int(most * share), task)
                        elif end == "fail":
                            raise ValueError
                        else:
                            raise asyncio.CancelledError
                except (BudgetReached, ValueError):
                    pass

            tasks = [asyncio.create_task(agent(*call)) for call in calls]
            async with asyncio.timeout(20):
                await asyncio.gather(*tasks, return_exceptions=True)
            assert [t.exception() for t in tasks if not t.cancelled() and t.exception()] == []
            accounts = await place.desk._accounts(mine.id, TASK)
            assert [(a.spent, a.held) for a in accounts] == [(spent, 0), (on_task, 0), (spent, 0)]

    asyncio.run(play())


async def test_a_refusal_says_which_budget_what_is_spent_and_how_to_go_on(tmp_path: Path) -> None:
    async with office(tmp_path / "l.db") as place:
        mine = await place.add(job(7, 2_000_000))
        await place.bill(mine, 1_500_000)
        with pytest.raises(BudgetReached) as refused:
            async with place.desk.purse(mine).reserve(600_000, task_id=None):
                pass
        assert refused.value.message == (
            "This job's budget of $2.00 does not allow the next model call: $1.50 is spent, the "
            "call costs up to $0.60.")
        assert refused.value.hint == \
            "Go on with more money: cockpit jobs resume 7 --budget 4.20"
        assert await place.told() == [
            BudgetExceeded(scope="job", spent_microusd=1_500_000, budget_microusd=2_000_000)]


async def test_a_call_for_nothing_never_fails_and_an_unknown_price_passes_while_there_is_money(
        tmp_path: Path) -> None:
    async with office(tmp_path / "l.db") as place:
        mine = await place.add(job(1, 100))
        purse = place.desk.purse(mine)
        async with purse.reserve(None, task_id=None):
            await place.bill(mine, None)
        await place.bill(mine, 100)
        async with purse.reserve(0, task_id=None):
            await place.bill(mine, 0)
        with pytest.raises(BudgetReached, match="a price that is not known"):
            async with purse.reserve(None, task_id=None):
                pass


async def test_the_tasks_budget_of_the_adopted_plan_holds(tmp_path: Path) -> None:
    async with office(tmp_path / "l.db") as place:
        mine = await place.add(job(1, None), task_budget=50)
        purse = place.desk.purse(mine)
        async with purse.reserve(45, task_id=TASK):
            await place.bill(mine, 45, TASK)
        with pytest.raises(BudgetReached, match="This task's budget"):
            async with purse.reserve(6, task_id=TASK):
                pass
        async with purse.reserve(6, task_id=None):
            pass
        assert [type(m) for m in await place.told()] == [BudgetWarned, BudgetExceeded]


async def test_the_day_is_over_all_jobs_and_ends_at_the_persons_midnight(tmp_path: Path) -> None:
    async with office(tmp_path / "l.db", day_budget=100) as place:
        one, two = await place.add(job(1, None)), await place.add(job(2, None))
        async with place.desk.purse(one).reserve(90, task_id=None):
            await place.bill(one, 90)
        with pytest.raises(BudgetReached, match="Today's budget"):
            async with place.desk.purse(two).reserve(20, task_id=None):
                pass
        place.desk.day_budget_microusd = 110
        async with place.desk.purse(two).reserve(20, task_id=None):
            pass
        place.now[0] = AT + timedelta(days=1)
        async with place.desk.purse(two).reserve(20, task_id=None):
            await place.bill(two, 20)
        assert [(a.scope, a.spent) for a in await place.desk._accounts(two.id, None)] == [
            ("job", 20), ("day", 20)]


async def test_a_raised_budget_holds_at_once_also_while_the_job_runs(tmp_path: Path) -> None:
    async with office(tmp_path / "l.db") as place:
        mine = await place.add(job(1, 100))
        purse = place.desk.purse(mine)
        await place.bill(mine, 100)
        with pytest.raises(BudgetReached):
            async with purse.reserve(10, task_id=None):
                pass
        raised = replace(mine, cost_microusd=100, request=JobRequest(
            text="x", limits=Limits(budget_microusd=200)))
        await place.database.write(lambda tx: jobs.save(tx, raised))
        async with purse.reserve(10, task_id=None):
            pass


async def test_a_warning_is_given_once_also_over_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        async with office(tmp_path / "l.db", day_budget=200) as place:
            mine = await place.add(job(1, 100))
            for amount in (5, 5):
                async with place.desk.purse(mine).reserve(amount, task_id=None):
                    pass
            async with place.desk.purse(mine).reserve(50, task_id=None):
                if not await place.database.read(lambda c: c.execute(
                        "SELECT 1 FROM usage").fetchone()):
                    await place.bill(mine, 45)
            async with place.desk.purse(mine).reserve(40, task_id=None):
                pass
    async with office(tmp_path / "l.db", day_budget=200) as place:
        assert await place.told() == [
            BudgetWarned(scope="job", spent_microusd=45, held_microusd=40, budget_microusd=100)]
