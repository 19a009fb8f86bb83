"""Statuses of a job and its tasks under any sequence of changes, ends, retries: a state machine.

The ledger is a real one. What must always hold: a change that the tables know is stored, one that
they do not know changes nothing at all, also where it comes in the middle of a transaction; what
has ended has an end, what goes on has none; no task goes on in a job that was ended as a whole.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cockpit_tui.domain.errors import IllegalTransition
from cockpit_tui.domain.event import Event, JobFailed
from cockpit_tui.domain.ids import JobId, PhaseId, PlanId, ProjectId, TaskId
from cockpit_tui.domain.job import Job, JobRequest, JobStatus, WaitingOn
from cockpit_tui.domain.plan import Phase, Plan, Task
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.record import AdoptPlan, JobChange
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.domain.transitions import JOB_TRANSITIONS, TASK_TRANSITIONS
from cockpit_tui.engine.restart import prepare_retry, stop_tasks
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import events, health, jobs, projects, tasks
from cockpit_tui.storage.database import Database, Transaction

JOB = JobId("job")
TASKS = [TaskId("a"), TaskId("b"), TaskId("c")]
PLAN = Plan(id=PlanId("p"), job_id=JOB, revision=1, summary="s", author="test", phases=(
    Phase(id=PhaseId("one"), title="One", tasks=tuple(
        Task(id=task, title=task, instructions="", role="Tester") for task in TASKS[:2])),
    Phase(id=PhaseId("two"), title="Two", tasks=(
        Task(id=TASKS[2], title="c", instructions="", role="Tester", depends_on=("a",)),))))
ANSWERED = {TaskStatus.DONE}


class TransitionMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.place = tempfile.TemporaryDirectory()
        self.now = datetime(2026, 11, 21, 12, tzinfo=UTC)
        self.job = JobStatus.QUEUED
        self.tasks = dict.fromkeys(TASKS, TaskStatus.PENDING)
        self.told = 0
        ids = itertools.count(1)
        self.database = self.wait(Database.open(
            Path(self.place.name) / "ledger.db", clock=lambda: self.now,
            new_id=lambda: f"id{next(ids):06}"))

        def first(tx: Transaction) -> None:
            projects.save(tx, Project(id=ProjectId("p"), name="p", path="/p", identity="p",
                                      added_at=self.now))
            jobs.save(tx, Job(
                id=JOB, number=1, project_id=ProjectId("p"), request=JobRequest(text="Do it"),
                status=JobStatus.QUEUED, waiting_on=WaitingOn.NOTHING, branch="b",
                base_branch="main", base_commit="c", head_commit="c", reason="",
                created_at=self.now, started_at=None, finished_at=None, cost_microusd=0))
            save_rows(tx, JOB, (PLAN, AdoptPlan(plan=PLAN)))

        self.write(first)

    def wait(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def write(self, work: Any) -> Any:
        self.now += timedelta(seconds=1)
        return self.wait(self.database.write(work))

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.wait(self.database.close())
            self.loop.close()
            self.place.cleanup()

    # -- what engines do ------------------------------------------------------------------------

    @rule(status=st.sampled_from(JobStatus))
    def change_job(self, status: JobStatus) -> None:
        def write(tx: Transaction) -> None:
            tx.emit(Event(payload=JobFailed(reason="r", error="E"), job_id=JOB))
            save_rows(tx, JOB, (JobChange(status=status),))

        if self._is_done(write, status is self.job or status in JOB_TRANSITIONS[self.job]):
            self.job = status
            self.told += 1

    @rule(task=st.sampled_from(TASKS), status=st.sampled_from(TaskStatus))
    def change_task(self, task: TaskId, status: TaskStatus) -> None:
        def write(tx: Transaction) -> None:
            tx.emit(Event(payload=JobFailed(reason="r", error="E"), job_id=JOB))
            save_rows(tx, JOB, (replace(tasks.get(tx.conn, task), status=status),))

        now = self.tasks[task]
        if self._is_done(write, status is now or status in TASK_TRANSITIONS[now]):
            self.tasks[task] = status
            self.told += 1

    @rule(status=st.sampled_from([JobStatus.FAILED, JobStatus.CANCELLED]))
    def end(self, status: JobStatus) -> None:
        def write(tx: Transaction) -> None:
            stop_tasks(tx, JOB, "ended")
            save_rows(tx, JOB, (JobChange(status=status, reason="ended"),))

        if self._is_done(write, status is self.job or status in JOB_TRANSITIONS[self.job]):
            self.job = status
            self.tasks = {task: now if now.is_final else TaskStatus.CANCELLED
                          for task, now in self.tasks.items()}

    @rule()
    def retry(self) -> None:
        """First the tasks, then the job: where that may not be, the tasks stay too."""
        may = self.job in {JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.QUEUED}
        goes_back = all(now in ANSWERED or now is TaskStatus.PENDING
                        or TaskStatus.PENDING in TASK_TRANSITIONS[now]
                        for now in self.tasks.values())
        if self._is_done(lambda tx: prepare_retry(tx, JOB), may and goes_back):
            self.job = JobStatus.QUEUED
            self.tasks = {task: now if now in ANSWERED else TaskStatus.PENDING
                          for task, now in self.tasks.items()}

    def _is_done(self, write: Any, is_legal: bool) -> bool:
        try:
            self.write(write)
        except IllegalTransition:
            assert not is_legal
            return False
        assert is_legal
        return True

    # -- what always holds ----------------------------------------------------------------------

    @invariant()
    def the_ledger_has_what_was_legal_and_no_more(self) -> None:
        if not hasattr(self, "database"):
            return
        job = self.wait(self.database.read(lambda conn: jobs.get(conn, JOB)))
        rows = self.wait(self.database.read(lambda conn: tasks.for_job(conn, JOB)))
        assert job.status is self.job
        assert {row.id: row.status for row in rows} == self.tasks
        assert (job.finished_at is not None) == job.status.is_final
        for row in rows:
            rests = row.status.is_final or row.status is TaskStatus.AWAITING_APPROVAL
            assert (row.finished_at is not None) == rests
        assert self.wait(self.database.read(events.last_seq)) == self.told
        found = self.wait(self.database.read(lambda conn: health.findings(conn, is_held=True)))
        assert [finding for finding in found if finding.about != "jobs"] == []


TransitionMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None,
    suppress_health_check=[HealthCheck.too_slow])
TestTransitions = TransitionMachine.TestCase
