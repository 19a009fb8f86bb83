"""The queue under any sequence of additions, moves, pauses, restarts and ends: a state machine.

The ledger is a real one, in a temporary directory; jobs are rows, and their runs ends that
Hypothesis chooses. What must always hold: no job is lost, none runs twice at once, no more run
than allowed, nothing starts before its time, its night or what it waits for, and the next one is
the first in order.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.domain.job import Job, JobRequest, JobStatus, WaitingOn
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.queue import Move, NightRules, Placement
from cockpit_tui.domain.queue_order import pick
from cockpit_tui.domain.record import JobChange
from cockpit_tui.domain.windows import DailyWindow
from cockpit_tui.engine.queue_desk import QueueDesk
from cockpit_tui.engine.queue_holds import Look, look, place
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import jobs, projects, queue
from cockpit_tui.storage.database import Database

LIMIT = 2
NIGHT = DailyWindow(begin=time(22), end=time(6))
RULES = NightRules(concurrent_jobs=LIMIT, overnight=NIGHT)
PROJECTS = [ProjectId("one"), ProjectId("two"), ProjectId("three")]
priorities = st.integers(-2, 2)


class QueueMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.place = tempfile.TemporaryDirectory()
        self.now = datetime(2026, 11, 21, 12, tzinfo=UTC)
        self.ids = itertools.count(1)
        self.running: dict[JobId, ProjectId] = {}
        self.known: list[JobId] = []
        self.over: set[JobId] = set()
        self.open()
        for name in PROJECTS:
            self.write(lambda tx, name=name: projects.save(tx, Project(
                id=name, name=name, path=f"/{name}", identity=name, added_at=self.now)))

    def open(self) -> None:
        self.database = self.wait(Database.open(
            Path(self.place.name) / "ledger.db", clock=lambda: self.now, new_id=self.new_id))
        self.desk = QueueDesk(database=self.database, clock=lambda: self.now, new_id=self.new_id)

    def new_id(self) -> str:
        return f"id{next(self.ids):06}"

    def wait(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def write(self, work: Any) -> Any:
        return self.wait(self.database.write(work))

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.wait(self.database.close())
            self.loop.close()
            self.place.cleanup()

    # -- what people do -------------------------------------------------------------------------

    @rule(project=st.sampled_from(PROJECTS), priority=priorities, hours=st.integers(1, 20),
          after=st.integers(0, 1000), kind=st.sampled_from(
              ["now", "now", "now", "now", "later", "overnight", "after"]))
    def add(self, project: ProjectId, priority: int, hours: int, after: int, kind: str) -> None:
        first = self.known[after % len(self.known)] if kind == "after" and self.known else None
        not_before = self.now + timedelta(hours=hours) if kind == "later" else None

        def write(tx: Any) -> JobId:
            number = jobs.next_number(tx.conn)
            job = Job(id=JobId(self.new_id()), number=number, project_id=project,
                      request=JobRequest(text=f"Job {number}"), status=JobStatus.QUEUED,
                      waiting_on=WaitingOn.NOTHING, branch=f"b{number}", base_branch="main",
                      base_commit="c", head_commit="c", reason="", created_at=self.now,
                      started_at=None, finished_at=None, cost_microusd=0)
            jobs.save(tx, job)
            place(tx, job, Placement(priority=priority, not_before=not_before, after=first,
                                     is_overnight=kind == "overnight"), RULES)
            return job.id

        self.known.append(self.write(write))

    @rule(which=st.integers(0, 1000), before=st.integers(0, 1000), how=st.sampled_from(
        ["first", "last", "before", "priority"]), priority=priorities)
    def move(self, which: int, before: int, how: str, priority: int) -> None:
        entries = self.state().entries
        if len(entries) < 2:
            return
        moved = entries[which % len(entries)]
        others = [entry for entry in entries if entry is not moved]
        target = others[before % len(others)]
        self.wait(self.desk.move(moved.job_id, {
            "first": Move(is_first=True), "last": Move(is_last=True),
            "before": Move(before=target.job_id), "priority": Move(priority=priority)}[how]))
        after = {entry.job_id: entry for entry in self.state().entries}
        assert after.keys() == {entry.job_id for entry in entries}
        if how == "before":
            assert after[moved.job_id].order[1:] < after[target.job_id].order[1:]

    @rule(which=st.integers(0, 1000))
    def pause(self, which: int) -> None:
        entries = self.state().entries
        if entries:
            self.wait(self.desk.pause(entries[which % len(entries)].job_id))

    @rule(which=st.integers(0, 1000))
    def resume(self, which: int) -> None:
        entries = [e for e in self.state().entries if e.job_id not in self.running]
        if entries:
            self.wait(self.desk.resume(entries[which % len(entries)].job_id))

    @rule(is_paused=st.booleans())
    def pause_all(self, is_paused: bool) -> None:
        self.wait(self.desk.pause() if is_paused else self.desk.resume())

    # -- what happens ---------------------------------------------------------------------------

    @rule(minutes=st.integers(1, 600))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def killed(self) -> None:
        """The process is gone, and with it every run; another one opens the ledger."""
        self.wait(self.database.close())
        self.running.clear()
        self.open()

    @precondition(lambda self: self.running)
    @rule(which=st.integers(0, 1000), status=st.sampled_from(
        [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED]))
    def ends(self, which: int, status: JobStatus) -> None:
        job_id = list(self.running)[which % len(self.running)]
        steps = [JobStatus.REVIEWING] if status is JobStatus.COMPLETED else []

        def write(tx: Any) -> None:
            for step in [*steps, status]:
                if jobs.get(tx.conn, job_id).status is not step:
                    save_rows(tx, job_id, (JobChange(status=step),))

        self.write(write)
        del self.running[job_id]
        self.over.add(job_id)

    @rule()
    def turn(self) -> None:
        """What the keeper does: look, pick, take."""
        found: Look = self.write(lambda tx: look(tx, RULES, self.now))
        due = [entry for entry in found.due if entry.job_id not in self.running]
        busy = Counter(self.running.values())
        chosen = pick(due, LIMIT - len(self.running), running=busy,
                      last_started=found.state.last_started)
        assert len(chosen) == min(len(due), max(0, LIMIT - len(self.running)))
        for entry in chosen:
            job = self.wait(self.database.read(lambda conn, i=entry.job_id: jobs.get(conn, i)))
            assert not job.status.is_final
            assert not entry.is_paused
            assert entry.not_before is None or entry.not_before <= self.now
            assert not entry.is_overnight or NIGHT.contains(self.now)
            assert entry.after is None \
                or found.state.dependencies[entry.after].status is JobStatus.COMPLETED
            better = [e for e in due if e not in chosen and e.project_id == entry.project_id
                      and e.order < entry.order]
            assert better == []
            assert all(e.order[:2] >= entry.order[:2] for e in due if e not in chosen)
            self.write(lambda tx, i=entry.job_id: queue.take(tx, i))
            self.running[entry.job_id] = entry.project_id
        if found.state.paused_at is not None:
            assert chosen == ()

    @invariant()
    def nothing_is_lost_and_the_limit_holds(self) -> None:
        if hasattr(self, "loop"):
            held = {entry.job_id for entry in self.state().entries}
            assert held == set(self.known) - self.over
            assert set(self.running) <= held
            assert len(self.running) <= LIMIT

    def state(self) -> Any:
        return self.wait(self.desk.state())


QueueMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None,
    suppress_health_check=[HealthCheck.too_slow])
TestQueueMachine = QueueMachine.TestCase
