"""Money from end to end: warned, stopped, asked, granted, gone on; never past a budget."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from support.priced_jobs import (
    DIME,
    LEAD,
    facts_of,
    paid,
    priced_engine,
    priced_models,
    submit_priced,
)
from support.repositories import make_repository
from support.scripted_jobs import (
    GRANT,
    give,
    next_question,
    one_phase,
    planned_task,
    writes_its_file,
)

from cockpit_tui.cli.jobs_words import job_lines
from cockpit_tui.domain.approval import Answer, Decision
from cockpit_tui.domain.command import ResumeJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.errors import BudgetReached, CockpitError
from cockpit_tui.domain.event import BudgetExceeded, BudgetWarned, ModelFellBack
from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.model import Price
from cockpit_tui.domain.plan import Estimate
from cockpit_tui.domain.policy import ApproveMode, Gate, Verdict
from cockpit_tui.domain.projection import Projection, projected
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.engine.routing import RoutingChoices
from cockpit_tui.headless.result import job_result

DENY = Answer(decision=Decision.DENIED, by="person")
ONE = one_phase(planned_task("a", "a.txt"))
TWO = one_phase(planned_task("a", "a.txt"), planned_task("b", "b.txt"))
IN_ALL = 5 * DIME
"""What a job of `ONE` costs: review, plan, two turns, verdict."""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


async def test_warned_once_stopped_asked_granted_gone_on(repository: Path) -> None:
    async with priced_engine(priced_models(paid(ONE)), attended=True) as engine:
        job = await submit_priced(engine, repository, budget=3 * DIME)
        asked = await next_question(engine)
        waiting = (await engine.job_view(job.id)).job
        assert (waiting.cost_microusd, waiting.waiting_on) == (3 * DIME, WaitingOn.APPROVAL)
        assert (asked.question.gate, asked.question.title, asked.question.action) == (
            Gate.BUDGET, "Raise the job's budget of $0.30 to $0.60?",
            {"before_microusd": 3 * DIME, "after_microusd": 6 * DIME, "task": None})
        assert asked.question.reasons == (
            "$0.30 is spent, the next call may cost up to $0.10",)
        await give(engine, asked, GRANT)
        end = await engine.wait(job.id)
        told = await facts_of(engine, job, BudgetWarned, BudgetExceeded)
    assert end.error is None
    assert end.job.cost_microusd == IN_ALL
    assert end.job.request.limits.budget_microusd == 6 * DIME
    assert told == [
        BudgetWarned(scope="job", spent_microusd=2 * DIME, held_microusd=DIME,
                     budget_microusd=3 * DIME),
        BudgetExceeded(scope="job", spent_microusd=3 * DIME, budget_microusd=3 * DIME),
        BudgetWarned(scope="job", spent_microusd=4 * DIME, held_microusd=DIME,
                     budget_microusd=6 * DIME)]


@pytest.mark.parametrize("approve", [ApproveMode.ALL, ApproveMode.POLICY])
async def test_with_nobody_there_it_stops_and_a_yes_in_the_inbox_lets_it_go_on(
        repository: Path, approve: ApproveMode) -> None:
    models = priced_models(paid(ONE))
    async with priced_engine(models) as engine:
        project = await engine.add_project(str(repository))
        await engine.trust_project(project.id)
        job = await submit_priced(engine, repository, budget=0, approve=approve)
        end = await engine.wait(job.id)
        assert isinstance(end.error, BudgetReached)
        assert (end.error.exit_code, end.job.waiting_on) == (4, WaitingOn.BUDGET)
    for budget in (2 * DIME, 4 * DIME):
        async with priced_engine(models) as engine:
            (asked,) = await engine.pending_approvals()
            assert asked.question.action["after_microusd"] == budget
            await give(engine, asked, GRANT)
            there = (await engine.job_view(job.id)).job
            assert (there.waiting_on, there.reason) == (WaitingOn.NOTHING, "")
            assert there.request.limits.budget_microusd == budget
        async with priced_engine(models) as engine:
            await engine.send(ResumeJob(job_id=job.id))
            end = await engine.wait(job.id)
            assert isinstance(end.error, BudgetReached)
            assert end.job.cost_microusd == budget
    async with priced_engine(models) as engine:
        await engine.send(ResumeJob(job_id=job.id, budget_microusd=IN_ALL))
        assert await engine.pending_approvals() == ()
        end = await engine.wait(job.id)
        answers = [a.answer for a in (await engine.job_view(job.id)).approvals
                   if a.question.gate is Gate.BUDGET]
    assert end.error is None
    assert end.job.request.limits.budget_microusd == IN_ALL
    assert answers[2] == replace(GRANT, comment="The budget is $0.50 now.")


async def test_another_budget_answers_the_question_of_a_run_that_waits(repository: Path) -> None:
    async with priced_engine(priced_models(paid(ONE)), attended=True) as engine:
        job = await submit_priced(engine, repository, budget=DIME)
        await next_question(engine)
        await engine.send(ResumeJob(job_id=job.id, budget_microusd=IN_ALL))
        end = await engine.wait(job.id)
        assert await engine.pending_approvals() == ()
    assert end.error is None
    assert end.job.request.limits.budget_microusd == IN_ALL


async def test_a_no_stops_the_job_until_it_is_given_more(repository: Path) -> None:
    models = priced_models(paid(ONE))
    async with priced_engine(models, attended=True) as engine:
        job = await submit_priced(engine, repository, budget=DIME)
        await give(engine, await next_question(engine), DENY)
        assert isinstance((await engine.wait(job.id)).error, BudgetReached)
        await engine.send(ResumeJob(job_id=job.id))
        end = await engine.wait(job.id)
        assert (end.job.waiting_on, end.job.cost_microusd) == (WaitingOn.BUDGET, DIME)
        await engine.send(ResumeJob(job_id=job.id, budget_microusd=2 * DIME))
        # The budget that was refused once is a new question when the person sets it again.
        await next_question(engine)
        await engine.send(ResumeJob(job_id=job.id, budget_microusd=IN_ALL))
        assert (await engine.wait(job.id)).error is None


@pytest.mark.parametrize(("verdict", "budget"), [(Verdict.ALLOW, 8 * DIME), (Verdict.DENY, DIME)])
async def test_only_what_the_person_configured_answers_for_them(
        repository: Path, verdict: Verdict, budget: int) -> None:
    async with priced_engine(priced_models(paid(ONE)), attended=True) as engine:
        job = await submit_priced(engine, repository, budget=DIME, gates={Gate.BUDGET: verdict})
        end = await engine.wait(job.id)
    assert end.job.request.limits.budget_microusd == budget
    assert isinstance(end.error, BudgetReached) is (verdict is Verdict.DENY)


async def test_eight_agents_at_once_ask_one_question_and_never_pass_the_budget(
        repository: Path) -> None:
    plan = one_phase(*(planned_task(key, f"{key}.txt") for key in "abcdefgh"))
    at_once, together = 0, asyncio.Event()

    async def agent(request: ModelRequest) -> ModelReply:
        nonlocal at_once
        at_once += 1
        if at_once > 1:
            together.set()
        await together.wait()
        at_once -= 1
        return writes_its_file(request)

    models = priced_models(paid(plan, agent))
    async with priced_engine(models, attended=True) as engine:
        job = await submit_priced(engine, repository, budget=7 * DIME, agents=8)
        for budget in (7 * DIME, 14 * DIME):
            asked = await next_question(engine)
            assert asked.question.action["before_microusd"] == budget
            spent = (await engine.job_view(job.id)).job.cost_microusd
            assert spent is not None
            assert spent <= budget
            await give(engine, asked, GRANT)
        end = await engine.wait(job.id)
        view = await engine.job_view(job.id)
        exceeded = await facts_of(engine, job, BudgetExceeded)
    assert end.error is None
    assert end.job.cost_microusd == (2 + 8 * 3) * DIME
    assert [a.question.gate for a in view.approvals].count(Gate.BUDGET) == len(exceeded) == 2


async def test_calls_under_way_when_the_money_ends_are_not_lost(repository: Path) -> None:
    """The tester's calls are so dear that there is money for the other's at the same time."""
    dear = replace(LEAD, model="dear", price=Price(input=0, output=DIME * 3_000))
    plan = one_phase(replace(planned_task("a", "a.txt"), role="Tester"),
                     planned_task("b", "b.txt"))
    refused, calls_made = asyncio.Event(), 0

    async def agent(request: ModelRequest) -> ModelReply:
        nonlocal calls_made
        calls_made += 1
        if "Write b.txt" in request.messages[0].text:
            await refused.wait()
        return writes_its_file(request)

    models = priced_models(paid(plan, agent), LEAD, dear,
                           choices=RoutingChoices(roles={"Tester": "fake:dear"}))
    async with priced_engine(models) as engine:
        async with engine.subscribe() as batches:
            job = await submit_priced(engine, repository, budget=7 * DIME)
            while not await facts_of(engine, job, BudgetExceeded):
                await anext(batches)
        refused.set()
        end = await engine.wait(job.id)
        assert isinstance(end.error, BudgetReached)
        await engine.send(ResumeJob(job_id=job.id, budget_microusd=20 * DIME))
        end = await engine.wait(job.id)
    assert end.error is None
    assert calls_made == 4
    assert end.job.cost_microusd == (2 + 2 * 3 + 1 + 2 + 1) * DIME


async def test_a_call_lost_in_a_crash_is_billed_and_still_no_budget_is_passed(
        repository: Path) -> None:
    asked = asyncio.Event()

    async def agent(request: ModelRequest) -> ModelReply:
        if not asked.is_set():
            asked.set()
            return await asyncio.Future()
        return writes_its_file(request)

    models = priced_models(paid(ONE, agent))
    async with priced_engine(models) as engine:
        job = await submit_priced(engine, repository, budget=3 * DIME)
        await asked.wait()
    async with priced_engine(models) as engine:  # the lost call and its like need two dimes
        await engine.send(ResumeJob(job_id=job.id))
        end = await engine.wait(job.id)
        assert isinstance(end.error, BudgetReached)
        assert "the call costs up to $0.20" in end.error.message
        assert end.job.cost_microusd == 2 * DIME
        await engine.send(ResumeJob(job_id=job.id, budget_microusd=IN_ALL + DIME))
        end = await engine.wait(job.id)
    assert end.error is None
    assert end.job.cost_microusd == IN_ALL + DIME


async def test_a_dear_call_that_is_refused_goes_to_a_cheaper_model_of_the_chain(
        repository: Path) -> None:
    cheap = replace(LEAD, model="cheap", price=Price(input=0, output=DIME * 100))
    models = priced_models(paid(ONE), LEAD, cheap,
                           choices=RoutingChoices(fallback=("fake:cheap",)))
    async with priced_engine(models, attended=True) as engine:
        job = await submit_priced(engine, repository, budget=None, expensive=DIME // 2,
                                  gates={Gate.EXPENSIVE: Verdict.DENY})
        end = await engine.wait(job.id)
        moved = await facts_of(engine, job, ModelFellBack)
    assert end.error is None
    assert end.job.cost_microusd == IN_ALL // 10
    assert {(m.asked, m.used, m.reason) for m in moved if isinstance(m, ModelFellBack)} == {
        ("fake:lead", "fake:cheap", "up to $0.10 in one call was not allowed")}


async def test_where_no_model_is_cheaper_the_task_fails_and_the_rest_goes_on(
        repository: Path) -> None:
    async with priced_engine(priced_models(paid(TWO)), attended=True) as engine:
        job = await submit_priced(engine, repository, budget=None, approve=ApproveMode.POLICY,
                                  expensive=DIME // 2)
        denied: list[str | None] = []
        ended = asyncio.create_task(engine.wait(job.id))
        while not ended.done():
            question = asyncio.create_task(next_question(engine))
            await asyncio.wait({ended, question}, return_when=asyncio.FIRST_COMPLETED)
            if question.done():
                asked = question.result()
                is_refused = asked.task_id is not None and not denied
                if is_refused:
                    denied.append(asked.task_id)
                await give(engine, asked, DENY if is_refused else GRANT)
            question.cancel()
        end = ended.result()
        tasks = {t.id: t for t in (await engine.job_view(job.id)).tasks}
    assert end.job.status is JobStatus.FAILED
    assert sorted(t.status for t in tasks.values()) == [TaskStatus.DONE, TaskStatus.FAILED]
    (refused,) = (tasks[task_id] for task_id in denied if task_id is not None)
    assert refused.reason == ("The call to fake:lead for up to $0.10 was not allowed, and no "
                              "cheaper model stands behind it.")


async def test_an_unknown_price_passes_and_stays_unknown(repository: Path) -> None:
    free_of_price = replace(LEAD, price=None)
    async with priced_engine(priced_models(paid(ONE), free_of_price)) as engine:
        job = await submit_priced(engine, repository, budget=DIME)
        end = await engine.wait(job.id)
        plan = (await engine.job_view(job.id)).plan
    assert end.error is None
    assert end.job.cost_microusd is None
    assert plan is not None
    assert plan.estimate().cost_microusd is None


async def test_the_plan_says_what_it_will_cost_and_the_result_what_it_did(
        repository: Path) -> None:
    guess = replace(planned_task("a", "a.txt"), minutes=3.0, tokens=20_000)
    async with priced_engine(priced_models(paid(one_phase(guess))), attended=True) as engine:
        job = await submit_priced(engine, repository, budget=DIME, approve=ApproveMode.MANUAL,
                                  gates={Gate.BUDGET: Verdict.ALLOW})
        asked = await next_question(engine)
        before = await engine.job_view(job.id)
        await give(engine, asked, GRANT)
        await give(engine, await next_question(engine), GRANT)
        end = await engine.wait(job.id)
        (variance,) = await engine.variances(job.id)
        after = await engine.job_view(job.id)
    assert "Estimate: ~3 min, ~20,000 tokens, ~$0.20, with a budget of $0.10." in \
        asked.question.detail.splitlines()
    assert "  1.1 Write a.txt: ~3 min, ~20,000 tokens, ~$0.20" in \
        asked.question.detail.splitlines()
    assert asked.question.reasons[-1] == (
        "about $0.20 is more than the job's budget of $0.10: it will stop and ask on the way")
    assert projected(before) == Projection(spent_microusd=2 * DIME, left_microusd=2 * DIME)
    assert projected(after) == Projection(spent_microusd=IN_ALL, left_microusd=0)
    assert "  cost     $0.20, about $0.40 in the end" in \
        job_lines(before, (), now=before.job.created_at)
    assert variance.estimate == Estimate(minutes=3, tokens=20_000, cost_microusd=2 * DIME)
    assert (variance.actual.tokens, variance.actual.cost_microusd) == (6_000, 3 * DIME)
    (task,) = job_result(after, (), end.error, duration_seconds=1, variances=(variance,))["tasks"]
    assert (task["estimate"], task["actual"]["cost_usd"]) == (
        {"minutes": 3, "tokens": 20_000, "cost_usd": 0.2}, 0.3)
    shown = "\n".join(job_lines(after, (variance,), now=after.job.created_at))
    assert "6.0k of ~20k tokens (-70%), $0.30 of ~$0.20 (+50%)" in shown


async def bounded_first_task(repository: Path,
                             answer: Answer) -> tuple[CockpitError | None, dict[str, str]]:
    """A job whose first task may spend one dime, as the person edited the plan; how it ended."""
    async with priced_engine(priced_models(paid(TWO)), attended=True) as engine:
        job = await submit_priced(engine, repository, budget=None, approve=ApproveMode.POLICY,
                                  gates={Gate.PLAN: Verdict.ASK})
        asked = await next_question(engine)
        plan = (await engine.job_view(job.id)).plan
        assert plan is not None
        first = next(plan.tasks())
        await give(engine, asked, replace(GRANT, plan=replace(plan, phases=tuple(
            replace(phase, tasks=(replace(first, budget_microusd=DIME), *phase.tasks[1:]))
            for phase in plan.phases))))
        more = await next_question(engine)
        assert (more.question.title, more.task_id) == (
            "Raise the task's budget of $0.10 to $0.20?", first.id)
        await give(engine, more, answer)
        if answer.decision is Decision.GRANTED:
            await give(engine, await next_question(engine), GRANT)
        end = await engine.wait(job.id)
        view = await engine.job_view(job.id)
    return end.error, {task.title: task.status for task in view.tasks}


async def test_a_tasks_own_budget_is_asked_about_and_raised(repository: Path) -> None:
    error, statuses = await bounded_first_task(repository, GRANT)
    assert error is None
    assert set(statuses.values()) == {TaskStatus.DONE}


async def test_a_no_to_more_for_a_task_fails_that_task_alone(repository: Path) -> None:
    error, statuses = await bounded_first_task(repository, DENY)
    assert error is not None
    assert "More was not allowed." in error.message
    assert statuses == {"Write a.txt": TaskStatus.FAILED, "Write b.txt": TaskStatus.DONE}
