"""Every aggregate comes back from the ledger as it went in, and refuses what it must refuse."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cockpit_tui.domain.agent import Agent
from cockpit_tui.domain.approval import Answer, Approval, Decision, Question, ReviewComment
from cockpit_tui.domain.conversation import ToolCall, ToolResult
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import IllegalTransition, StorageError, UsageError
from cockpit_tui.domain.ids import (
    ApprovalId,
    ExecutionId,
    JobId,
    PhaseId,
    PlanId,
    ProjectId,
    TaskId,
)
from cockpit_tui.domain.job import Job, JobRequest, JobStatus, LandMode, Mode, Until, WaitingOn
from cockpit_tui.domain.plan import Estimate, Phase, Plan, Task
from cockpit_tui.domain.policy import ApproveMode, Gate, Limits, Policy, Risk, Verdict
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.record import ModelCall
from cockpit_tui.domain.review import (
    ClassFact,
    CommandFact,
    CommandKind,
    CommitFact,
    Finding,
    LanguageShare,
    LayoutEntry,
    RepositoryFacts,
    Review,
    Severity,
)
from cockpit_tui.domain.task import (
    AgentStatus,
    Execution,
    ExecutionStatus,
    Proof,
    TaskRecord,
    TaskStatus,
)
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.storage import agents, approvals, durable, executions, jobs, plans, projects, tasks
from cockpit_tui.storage.database import Database, Transaction
from cockpit_tui.storage.durable import DurableEntry

AT = datetime(2026, 11, 21, 10, 30, 0, 123_456, tzinfo=UTC)
NOT_UTF8 = "caf\udce9.py"
"""A file name in Latin-1, as Python decodes it."""

PROJECT = Project(id=ProjectId("P1"), name="Shop ✓", path="/home/ann/shop", identity="12:34",
                  added_at=AT, trusted_at=AT + timedelta(minutes=1))
JOB = Job(
    id=JobId("J1"), number=1, project_id=PROJECT.id, status=JobStatus.QUEUED,
    request=JobRequest(
        text="Add login\nwith Google", mode=Mode.BUSU, model="anthropic:claude", max_agents=8,
        policy=Policy(approve=ApproveMode.POLICY, verdicts={Gate.LAND: Verdict.ASK}),
        limits=Limits(steps_per_execution=3, budget_microusd=5_000_000), land=LandMode.NONE,
        until=Until.parse("phase:2")),
    waiting_on=WaitingOn.APPROVAL, branch="cockpit/1-add-login", base_branch="main",
    base_commit="a" * 40, head_commit="b" * 40, reason="waits for the plan", created_at=AT,
    started_at=AT + timedelta(seconds=1), finished_at=None, cost_microusd=None,
)
FIRST = Task(id=TaskId("T1"), title="Model", instructions="Write\nit", role="BackendDeveloper",
             owned_paths=("src/**", NOT_UTF8), acceptance=("pytest -q",),
             estimate=Estimate(minutes=2.5, tokens=900, cost_microusd=12), task_class="simple-crud")
SECOND = Task(id=TaskId("T2"), title="Tests", instructions="", role="Tester",
              depends_on=(FIRST.id,))
THIRD = Task(id=TaskId("T3"), title="Docs", instructions="", role="CodeReviewer",
             depends_on=(FIRST.id, SECOND.id))
PLAN = Plan(id=PlanId("PL1"), job_id=JOB.id, revision=1, summary="Two steps",
            author="offline:rules",
            notes=("no network here",), phases=(
                Phase(id=PhaseId("PH1"), title="Build", tasks=(FIRST, SECOND)),
                Phase(id=PhaseId("PH2"), title="Describe", tasks=(THIRD,))))


def pending(task: Task, phase: str, index: int, number: str) -> TaskRecord:
    return TaskRecord(id=task.id, job_id=JOB.id, phase_id=PhaseId(phase), phase_index=index,
                      number=number, title=task.title, role=task.role, status=TaskStatus.PENDING)


ADOPTED = (pending(FIRST, "PH1", 0, "1.1"), pending(SECOND, "PH1", 0, "1.2"),
           pending(THIRD, "PH2", 1, "2.1"))
EXECUTION = Execution(
    id=ExecutionId("X1"), job_id=JOB.id, task_id=FIRST.id, attempt=1, role="BackendDeveloper",
    model_asked="anthropic:claude", model_used="anthropic:claude-2", worktree="/data/wt/1",
    status=ExecutionStatus.STARTED, steps=0, usage=TokenUsage(), cost_microusd=0, reason="",
    started_at=AT, finished_at=None, agent="a1")

AGENT = Agent(job_id=JOB.id, name="a1", role="BackendDeveloper", since=AT, spawned_at=AT)

CALL = ModelCall(number=1, purpose="task", model_asked="a:m", model_used="a:m-2",
                 stop_reason="tool_calls", usage=TokenUsage(), cost_microusd=7)


@pytest.fixture
async def filled(ledger: Database) -> Database:
    """A ledger with a project, a job and its adopted plan."""
    def fill(tx: Transaction) -> None:
        projects.save(tx, PROJECT)
        jobs.save(tx, JOB)
        plans.save(tx, PLAN)
        plans.adopt(tx, PLAN)

    await ledger.write(fill)
    return ledger


async def move_task(ledger: Database, record: TaskRecord, *statuses: TaskStatus) -> TaskRecord:
    for status in statuses:
        record = replace(record, status=status)
        await ledger.write(lambda tx, step=record: tasks.save(tx, step))
    return record


async def test_projects(ledger: Database) -> None:
    other = replace(PROJECT, id=ProjectId("P2"), name="a shop", path="/srv/a", trusted_at=None)
    await ledger.write(lambda tx: (projects.save(tx, PROJECT), projects.save(tx, other)))
    changed = replace(PROJECT, identity="56:78", trusted_at=None)
    await ledger.write(lambda tx: projects.save(tx, changed))

    assert await ledger.read(projects.listing) == (changed, other)
    assert await ledger.read(lambda c: projects.by_path(c, "/srv/a")) == other
    assert await ledger.read(lambda c: projects.by_path(c, "/srv/b")) is None
    with pytest.raises(UsageError, match="is the project 'a shop' already"):
        await ledger.write(lambda tx: projects.save(tx, replace(PROJECT, path="/srv/a")))
    with pytest.raises(UsageError, match="not valid UTF-8"):
        await ledger.write(lambda tx: projects.save(tx, replace(PROJECT, path="/x\udcff")))
    with pytest.raises(UsageError, match="No project P9"):
        await ledger.read(lambda c: projects.get(c, ProjectId("P9")))


async def test_a_removed_project_is_hidden_and_its_jobs_stay(filled: Database) -> None:
    await filled.write(lambda tx: projects.remove(tx, PROJECT.id))
    assert await filled.read(projects.listing) == ()
    assert await filled.read(lambda c: projects.by_path(c, PROJECT.path)) is None
    assert await filled.read(lambda c: projects.get(c, PROJECT.id)) == PROJECT
    assert await filled.read(lambda c: jobs.get(c, JOB.id)) == JOB
    again = replace(PROJECT, id=ProjectId("P2"), trusted_at=None)
    await filled.write(lambda tx: projects.save(tx, again))
    assert await filled.read(projects.listing) == (again,)


async def test_jobs(filled: Database) -> None:
    assert await filled.read(jobs.next_number) == 2
    done = replace(JOB, id=JobId("J2"), number=2, status=JobStatus.COMPLETED, finished_at=AT,
                   waiting_on=WaitingOn.NOTHING, cost_microusd=42)
    await filled.write(lambda tx: jobs.save(tx, done))

    assert await filled.read(lambda c: jobs.get(c, JOB.id)) == JOB
    assert await filled.read(lambda c: jobs.by_number(c, 2)) == done
    assert await filled.read(jobs.listing) == (done, JOB)
    assert await filled.read(lambda c: jobs.listing(c, limit=1)) == (done,)
    assert await filled.read(lambda c: jobs.listing(c, project_id=ProjectId("P9"))) == ()
    assert await filled.read(jobs.unfinished) == (JOB,)
    with pytest.raises(UsageError, match=r"No job #41\."):
        await filled.read(lambda c: jobs.by_number(c, 41))

    with pytest.raises(IllegalTransition, match="completed cannot become building"):
        await filled.write(lambda tx: jobs.save(tx, replace(done, status=JobStatus.BUILDING)))
    assert await filled.read(lambda c: jobs.get(c, done.id)) == done
    moved = replace(JOB, status=JobStatus.REVIEWING, waiting_on=WaitingOn.NOTHING, reason="",
                    head_commit="c" * 40, cost_microusd=7)
    await filled.write(lambda tx: jobs.save(tx, moved))
    assert await filled.read(lambda c: jobs.get(c, JOB.id)) == moved


async def test_the_review_of_a_job_outlives_its_updates(filled: Database) -> None:
    review = Review(
        facts=RepositoryFacts(
            commit="a" * 40, file_count=2, total_bytes=10,
            languages=(LanguageShare(name="Python", files=1, lines=9),),
            layout=(LayoutEntry(path="src", files=1, role="source"),), entry_points=("src/m.py",),
            commands=(CommandFact(kind=CommandKind.TEST, command="pytest", source="pyproject.toml",
                                  runnable=False, reason="pytest is missing"),),
            classes=(ClassFact(name="A", path=NOT_UTF8, line=3, language="Python", bases=("B",)),),
            conventions=("snake_case",), frameworks=("Flask",), instructions=("AGENTS.md",),
            recent_commits=(CommitFact(sha="a", subject="s", author="ann", at="2026"),),
            commits_last_90_days=4,
            risks=(Finding(severity=Severity.HIGH, title="key", path="x", line=2),)),
        summary="Small.", patterns=("A extends B",), architecture="[a]->[b]",
        author="offline:rules", findings=(Finding(severity=Severity.INFO, title="t", detail="d"),))
    assert await filled.read(lambda c: jobs.review(c, JOB.id)) is None
    await filled.write(lambda tx: jobs.save_review(tx, JOB.id, review))
    await filled.write(lambda tx: jobs.save(tx, replace(JOB, status=JobStatus.REVIEWING)))
    assert await filled.read(lambda c: jobs.review(c, JOB.id)) == review


async def test_plan_revisions_are_kept_and_not_rewritten(filled: Database) -> None:
    second = replace(PLAN, revision=2, author="person", phases=PLAN.phases[:1])
    await filled.write(lambda tx: (plans.save(tx, PLAN), plans.save(tx, second)))
    assert await filled.read(lambda c: plans.latest(c, JOB.id)) == second
    assert await filled.read(lambda c: plans.latest(c, JobId("J9"))) is None
    with pytest.raises(UsageError, match="Revision 2 of the plan is recorded already"):
        await filled.write(lambda tx: plans.save(tx, replace(second, summary="other")))


async def test_an_adopted_plan_becomes_pending_tasks(filled: Database) -> None:
    assert await filled.read(lambda c: tasks.for_job(c, JOB.id)) == ADOPTED
    assert await filled.read(lambda c: [tuple(row) for row in c.execute(
        "SELECT task_id, depends_on FROM task_dependencies ORDER BY 1, 2")]) == [
            ("T2", "T1"), ("T3", "T1"), ("T3", "T2")]


async def test_adopting_again_keeps_what_ran(filled: Database) -> None:
    ran = await move_task(filled, replace(ADOPTED[0], attempts=1, commit="d" * 40),
                          TaskStatus.READY, TaskStatus.RUNNING)
    await move_task(filled, ADOPTED[1], TaskStatus.READY)
    fourth = replace(THIRD, id=TaskId("T4"), depends_on=(FIRST.id,))
    replanned = replace(PLAN, revision=2, phases=(
        Phase(id=PhaseId("PH3"), title="First", tasks=(fourth,)),
        Phase(id=PhaseId("PH1"), title="Then", tasks=(SECOND, replace(FIRST, title="Models")))))

    await filled.write(lambda tx: plans.adopt(tx, replanned))

    assert await filled.read(lambda c: tasks.for_job(c, JOB.id)) == (
        pending(fourth, "PH3", 0, "1.1"), pending(SECOND, "PH1", 1, "2.1"),
        replace(ran, phase_index=1, number="2.2", title="Models"))
    assert await filled.read(lambda c: [tuple(row) for row in c.execute(
        "SELECT id, position, title FROM phases ORDER BY position")]) == [
            ("PH3", 0, "First"), ("PH1", 1, "Then")]


async def test_adopting_again_keeps_a_task_that_an_execution_names(filled: Database) -> None:
    await filled.write(lambda tx: executions.save(tx, EXECUTION))
    without_it = replace(PLAN, revision=2, phases=(
        Phase(id=PhaseId("PH2"), title="Describe", tasks=(replace(THIRD, depends_on=()),)),))
    await filled.write(lambda tx: plans.adopt(tx, without_it))
    assert await filled.read(lambda c: tasks.for_job(c, JOB.id)) == (
        ADOPTED[0], replace(ADOPTED[2], phase_index=0, number="1.1"))


async def test_tasks(filled: Database) -> None:
    record = await move_task(filled, ADOPTED[0], TaskStatus.READY, TaskStatus.RUNNING,
                             TaskStatus.VERIFYING)
    failed = replace(
        record, status=TaskStatus.FAILED, attempts=2, reason="tests failed", commit="e" * 40,
        files=("src/a.py", NOT_UTF8), cost_microusd=None, started_at=AT, finished_at=AT,
        proofs=(Proof(command="pytest", commit="e" * 40, exit_code=1, seconds=0.5, output="F\n"),
                Proof(command="npm t", commit="e" * 40, exit_code=None, seconds=0.0, output="no")))
    await filled.write(lambda tx: tasks.save(tx, failed))

    assert await filled.read(lambda c: tasks.get(c, FIRST.id)) == failed
    assert await filled.read(lambda c: tasks.for_job(c, JOB.id)) == (failed, *ADOPTED[1:])
    with pytest.raises(IllegalTransition, match="failed cannot become done"):
        await move_task(filled, failed, TaskStatus.DONE)
    with pytest.raises(UsageError, match="No task T9"):
        await filled.write(lambda tx: tasks.save(tx, replace(failed, id=TaskId("T9"))))


async def test_agents_in_the_order_of_their_spawning_and_who_is_busy(filled: Database) -> None:
    eleven = [replace(AGENT, name=f"a{number}") for number in (11, 2, 1)]
    blocked = replace(AGENT, name="a2", status=AgentStatus.BLOCKED, detail="waits: npm install",
                      task_id=FIRST.id)
    gone = replace(AGENT, name="a11", terminated_at=AT)

    def save(tx: Transaction) -> None:
        for agent in (*eleven, blocked, gone):
            agents.save(tx, agent)

    await filled.write(save)
    assert await filled.read(lambda c: agents.for_job(c, JOB.id)) == (AGENT, blocked, gone)
    assert await filled.read(agents.busy) == (blocked,)
    assert await filled.read(lambda c: agents.busy(c, JobId("other"))) == ()


async def test_executions(filled: Database) -> None:
    await filled.write(lambda tx: executions.save(tx, EXECUTION))
    running = replace(EXECUTION, status=ExecutionStatus.RUNNING, steps=4, cost_microusd=None,
                      usage=TokenUsage(input=9, output=8, cache_read=7, cache_write=6, reasoning=5),
                      model_used="offline:rules", finished_at=AT, reason="r")
    again = replace(EXECUTION, id=ExecutionId("X2"), attempt=2, task_id=SECOND.id)
    await filled.write(lambda tx: (executions.save(tx, running), executions.save(tx, again)))
    assert await filled.read(lambda c: executions.for_job(c, JOB.id)) == (running, again)
    assert await filled.read(lambda c: executions.for_task(c, FIRST.id)) == (running,)
    with pytest.raises(IllegalTransition, match="running cannot become started"):
        await filled.write(lambda tx: executions.save(tx, EXECUTION))


async def test_steps_and_tool_calls(filled: Database) -> None:
    def work(tx: Transaction) -> None:
        executions.save(tx, EXECUTION)
        executions.record_step(tx, EXECUTION.id, replace(
            CALL, usage=TokenUsage(input=3, output=2), cost_microusd=None, reissued=True))
        executions.record_tool_call(
            tx, execution_id=EXECUTION.id, step_number=1, seconds=0.25,
            call=ToolCall(id="c1", name="write", arguments={"path": NOT_UTF8}),
            result=ToolResult(call_id="c1", text=f"wrote {NOT_UTF8}", is_error=True))

    await filled.write(work)
    assert await filled.read(lambda c: [tuple(row) for row in c.execute(
        "SELECT s.number, s.model_asked, s.model, s.stop_reason, s.reissued, s.input_tokens, "
        "s.output_tokens, s.cost_microusd, t.call_id, t.name, t.arguments_json, t.result, "
        "t.is_error, t.seconds "
        "FROM steps s JOIN tool_calls t ON t.step_number = s.number")]) == [
            (1, "a:m", "a:m-2", "tool_calls", 1, 3, 2, None, "c1", "write",
             '{"path": "caf\\udce9.py"}', "wrote caf<U+DCE9>.py", 1, 0.25)]
    with pytest.raises(StorageError, match="UNIQUE constraint failed: steps"):
        await filled.write(work)


async def test_a_bill_is_kept_whole(filled: Database) -> None:
    bill = replace(CALL, execution_id=EXECUTION.id, task_id=FIRST.id, is_estimated=True,
                   usage=TokenUsage(input=5, output=4, cache_read=3, cache_write=2, reasoning=1))
    await filled.write(lambda tx: executions.record_usage(tx, JOB.id, bill))
    assert await filled.read(lambda c: [tuple(row)[1:-1] for row in c.execute(
        "SELECT id, job_id, task_id, execution_id, purpose, model_asked, model, input_tokens, "
        "output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_microusd, "
        "reissued, is_estimated, recorded_at FROM usage")]) == [
            ("J1", "T1", "X1", "task", "a:m", "a:m-2", 5, 4, 3, 2, 1, 7, 0, 1)]


async def test_an_unknown_price_makes_every_sum_above_it_unknown(filled: Database) -> None:
    await filled.write(lambda tx: (jobs.save(tx, replace(JOB, cost_microusd=0)),
                                   executions.save(tx, EXECUTION)))

    async def bill(cost_microusd: int | None, *, task_id: TaskId | None = None,
                   execution_id: ExecutionId | None = None) -> None:
        call = replace(CALL, cost_microusd=cost_microusd, task_id=task_id,
                       execution_id=execution_id)
        await filled.write(lambda tx: executions.record_usage(tx, JOB.id, call))

    async def costs() -> tuple[int | None, ...]:
        """Of the job, its first task and its execution: as the rows say, which the sums must."""
        def read(c: sqlite3.Connection) -> tuple[int | None, ...]:
            kept = (jobs.get(c, JOB.id).cost_microusd, tasks.get(c, FIRST.id).cost_microusd,
                    executions.for_task(c, FIRST.id)[0].cost_microusd)
            assert kept == (executions.job_cost(c, JOB.id), executions.task_cost(c, FIRST.id),
                            executions.execution_cost(c, EXECUTION.id))
            return kept

        return await filled.read(read)

    assert await costs() == (0, 0, 0)
    await bill(30)
    await bill(12, task_id=FIRST.id)
    await bill(5, task_id=FIRST.id, execution_id=EXECUTION.id)
    assert await costs() == (47, 17, 5)
    await bill(None)
    assert await costs() == (None, 17, 5)
    await bill(None, task_id=FIRST.id)
    await bill(1, task_id=FIRST.id, execution_id=EXECUTION.id)
    assert await costs() == (None, None, 6)


QUESTION = Question(gate=Gate.PLAN, title="The plan", detail="3 tasks\n", risk=Risk.HIGH,
                    action={"plan": ["a", 1, None, {"é": True}]}, reasons=("it writes",))
ASKED = Approval(id=ApprovalId("A1"), job_id=JOB.id, task_id=None, key="plan/1", question=QUESTION,
                 asked_at=AT, holds_up=3)


async def test_approvals(filled: Database) -> None:
    other = replace(ASKED, id=ApprovalId("A2"), key="phase/1", task_id=FIRST.id,
                    asked_at=AT - timedelta(seconds=1))
    await filled.write(lambda tx: (approvals.insert(tx, ASKED), approvals.insert(tx, other)))
    assert await filled.read(approvals.pending) == (other, ASKED)
    assert (await filled.read(lambda c: approvals.get(c, ASKED.id))
            ).question.action_hash == QUESTION.action_hash

    answer = Answer(decision=Decision.RETURNED, by="person", comment="smaller", plan=PLAN,
                    dropped_hunks=("h1", "h2"),
                    comments=(ReviewComment(path="b.py", line=2, text="why?", quoted="x = 1"),
                              ReviewComment(path="a.py", line=0, text="rename")))
    later = AT + timedelta(hours=1)
    await filled.write(lambda tx: approvals.answer(tx, ASKED.id, answer, later))

    answered = replace(ASKED, answer=answer, answered_at=later)
    assert await filled.read(lambda c: approvals.get(c, ASKED.id)) == answered
    assert await filled.read(lambda c: approvals.by_key(c, JOB.id, "plan/1")) == answered
    assert await filled.read(lambda c: approvals.by_key(c, JOB.id, "plan/2")) is None
    assert await filled.read(lambda c: approvals.for_job(c, JOB.id)) == (other, answered)
    assert await filled.read(approvals.pending) == (other,)
    assert await filled.read(lambda c: approvals.pending(c, JobId("J9"))) == ()


async def test_an_approval_is_asked_once_and_answered_once(filled: Database) -> None:
    granted = Answer(decision=Decision.GRANTED, by="policy")
    await filled.write(lambda tx: approvals.insert(tx, ASKED))
    await filled.write(lambda tx: approvals.answer(tx, ASKED.id, granted, AT))
    with pytest.raises(UsageError, match="'The plan' was answered already: granted by policy"):
        await filled.write(lambda tx: approvals.answer(
            tx, ASKED.id, replace(granted, decision=Decision.DENIED), AT))
    with pytest.raises(StorageError, match=r"UNIQUE constraint failed: approvals\.job_id"):
        await filled.write(lambda tx: approvals.insert(tx, replace(ASKED, id=ApprovalId("A2"))))
    with pytest.raises(UsageError, match="No approval A9"):
        await filled.read(lambda c: approvals.get(c, ApprovalId("A9")))
    assert await filled.read(lambda c: approvals.for_job(c, JOB.id)) == (
        replace(ASKED, answer=granted, answered_at=AT),)


def unfinished(conn: sqlite3.Connection) -> tuple[DurableEntry, ...]:
    return tuple(entry for entry in durable.for_job(conn, JOB.id) if entry.state == "intent")


async def test_durable_steps(filled: Database) -> None:
    async def state(key: str) -> DurableEntry | None:
        return await filled.read(lambda c: durable.get(c, JOB.id, key))

    await filled.write(lambda tx: durable.intend(tx, JOB.id, "task/1/edit", EffectClass.FILE_EDIT,
                                                 {"path": NOT_UTF8, "before": None}))
    intended = await state("task/1/edit")
    assert intended is not None
    assert intended == DurableEntry(
        job_id=JOB.id, key="task/1/edit", effect=EffectClass.FILE_EDIT, state="intent",
        intent={"path": NOT_UTF8, "before": None}, result=None, started_at=intended.started_at,
        finished_at=None)
    assert await filled.read(lambda c: unfinished(c)) == (intended,)

    await filled.write(lambda tx: durable.intend(tx, JOB.id, "task/1/edit", EffectClass.SHELL, {}))
    await filled.write(lambda tx: durable.finish(tx, JOB.id, "task/1/edit",
                                                 EffectClass.SHELL, '{"ok":true}'))
    done = await state("task/1/edit")
    assert done is not None
    assert done.started_at > intended.started_at
    assert done.finished_at is not None
    assert done == replace(intended, effect=EffectClass.SHELL, state="done", intent={},
                           result='{"ok":true}', started_at=done.started_at,
                           finished_at=done.finished_at)
    assert await filled.read(lambda c: unfinished(c)) == ()


async def test_a_done_step_is_not_done_twice(filled: Database) -> None:
    await filled.write(lambda tx: (durable.intend(tx, JOB.id, "k", EffectClass.READ, {}),
                                   durable.finish(tx, JOB.id, "k", EffectClass.READ, "1")))
    with pytest.raises(IllegalTransition, match="is done and cannot be intended"):
        await filled.write(lambda tx: durable.intend(tx, JOB.id, "k", EffectClass.READ, {}))
    for key, effect in (("k", EffectClass.READ), ("never intended", EffectClass.COMMIT)):
        with pytest.raises(IllegalTransition, match="was not intended, or is done"):
            await filled.write(lambda tx, key=key, effect=effect: durable.finish(
                tx, JOB.id, key, effect, "2"))


async def test_a_read_needs_no_intent(filled: Database) -> None:
    await filled.write(lambda tx: durable.intend(tx, JOB.id, "a", EffectClass.SHELL, {}))
    await filled.write(lambda tx: durable.finish(tx, JOB.id, "b", EffectClass.READ, "[1]"))
    entries = await filled.read(lambda c: durable.for_job(c, JOB.id))
    assert [(e.key, e.state, e.intent, e.result) for e in entries] == [
        ("a", "intent", {}, None), ("b", "done", {}, "[1]")]


async def test_forgetting_by_prefix_takes_the_prefix_literally(filled: Database) -> None:
    keys = ("task/1", "task/1/edit", "task/10", "Task/1", "task_1")
    await filled.write(lambda tx: [durable.intend(tx, JOB.id, key, EffectClass.READ, {})
                                   for key in keys])
    assert await filled.write(lambda tx: durable.delete_prefix(tx, JOB.id, "task/1/")) == 1
    assert await filled.write(lambda tx: durable.delete_prefix(tx, JOB.id, "task_")) == 1
    left = await filled.read(lambda c: unfinished(c))
    assert [entry.key for entry in left] == ["task/1", "task/10", "Task/1"]
