"""Scenes of a queue with everything in it, and of locks that are held and waited for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from support import scenes
from support.scenes import API, NOW, WEB, Scene

from cockpit_tui.domain.agent import Agent
from cockpit_tui.domain.boards import Clash, LockBoard, Outlook, QueueBoard, RefusedCommand
from cockpit_tui.domain.ids import JobId, LockId, ScheduleId, TaskId
from cockpit_tui.domain.job import Job, JobRequest, JobStatus, WaitingOn
from cockpit_tui.domain.lock import Claim, Lock
from cockpit_tui.domain.night_report import (
    DoneJob,
    FailedJob,
    JobCost,
    NightReport,
    OpenQuestion,
    ParkedJob,
)
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.queue import Dependency, NightRules, QueueEntry, QueueState, Schedule
from cockpit_tui.domain.task import AgentStatus
from cockpit_tui.domain.view import JobView
from cockpit_tui.domain.windows import DailyWindow

RULES = NightRules(concurrent_jobs=2, overnight=DailyWindow(begin=time(22), end=time(6)),
                   overnight_budget_microusd=20_000_000)


def entry(number: int, title: str, position: int, project: Project = API, **more: object
          ) -> QueueEntry:
    return QueueEntry(**{  # type: ignore[arg-type]
        "job_id": JobId(f"J{number}"), "number": number, "project_id": project.id,
        "title": title, "status": JobStatus.QUEUED, "waiting_on": WaitingOn.NOTHING,
        "reason": "", "position": position, **more})


ENTRIES = (
    entry(41, "Google login", 1, status=JobStatus.BUILDING,
          begun_at=NOW - timedelta(minutes=50)),
    entry(42, "Team invitations", 2, priority=5),
    entry(43, "Raise test coverage", 3, after=JobId("J42"), waiting_on=WaitingOn.DEPENDENCY,
          reason="Starts when #42 is completed."),
    entry(44, "Upgrade dependencies", 4, WEB, is_overnight=True, waiting_on=WaitingOn.SCHEDULE,
          reason="Starts in the night, 22:00-06:00."),
    entry(45, "Docs of the public API", 5, not_before=NOW + timedelta(hours=3),
          waiting_on=WaitingOn.SCHEDULE, reason="Starts at 2026-11-21 15:48."),
    entry(46, "Port the old importer", 6, is_paused=True),
    entry(47, "Security pass", 7, WEB, waiting_on=WaitingOn.BUDGET, status=JobStatus.BUILDING,
          reason="This job's budget of $5.00 does not allow the next model call."),
)
SCHEDULES = (
    Schedule(id=ScheduleId("S3"), number=3, repository=WEB.path, cron="0 2 * * *",
             request=JobRequest(text="Update what the lock file names"), is_overnight=True,
             next_at=datetime(2026, 11, 22, 2, tzinfo=NOW.tzinfo), created_at=NOW),
    Schedule(id=ScheduleId("S4"), number=4, repository=API.path, cron="0 9 * * 1",
             request=JobRequest(text="Review the open findings"), is_paused=True,
             next_at=datetime(2026, 11, 23, 9, tzinfo=NOW.tzinfo), created_at=NOW),
)


def _report() -> NightReport:
    def job(number: int, text: str, status: JobStatus, **more: object) -> Job:
        return replace(scenes.new_job(number, text=text), status=status, **more)  # type: ignore[arg-type]

    done = job(38, "Rate limits", JobStatus.COMPLETED, head_commit="beef0001aa")
    failed = job(39, "Flaky tests", JobStatus.FAILED, reason="1.2: pytest -q failed in 3 rounds")
    parked = job(37, "Tidy the settings", JobStatus.PLANNING, waiting_on=WaitingOn.APPROVAL)
    return NightReport(
        since=datetime(2026, 11, 20, 22, tzinfo=NOW.tzinfo), until=NOW,
        cost=JobCost(known_microusd=4_120_000),
        done=(DoneJob(job=done, commits=4, cost=JobCost(known_microusd=2_100_000)),),
        failed=(FailedJob(job=failed, cost=JobCost(known_microusd=1_900_000),
                          command="cockpit jobs retry 39"),),
        parked=(ParkedJob(job=parked, cost=JobCost(known_microusd=120_000),
                          reason="Plan of 4 tasks", command="cockpit jobs approve 37"),),
        questions=(OpenQuestion(job_number=37, title="Plan of 4 tasks", risk="low",
                                command="cockpit approvals show A-37"),),
        next=(), paused_since=None)


def board() -> QueueBoard:
    outlooks = {
        JobId("J41"): Outlook(minutes=38, cost_microusd=3_700_000, basis="its plan",
                              spent_microusd=3_420_000, budget_microusd=10_000_000),
        JobId("J42"): Outlook(
            minutes=67, cost_microusd=7_400_000, basis="its plan", budget_microusd=10_000_000,
            clashes=(Clash(number="2.1", names=("src/auth/**",), holder="#41 2.2"),)),
        JobId("J43"): Outlook(minutes=25, cost_microusd=1_100_000, basis="31 jobs here"),
        JobId("J45"): Outlook(minutes=25, cost_microusd=1_100_000, basis="31 jobs here"),
    }
    return QueueBoard(
        rules=RULES, outlooks=outlooks, night_spent_microusd=400_000, night=_report(),
        refused=(RefusedCommand(
            seq=812, at=NOW - timedelta(minutes=31), command="SubmitJob",
            sender="process 4711, ada",
            why="There is no repository at /home/ada/src/old any more."),),
        state=QueueState(entries=ENTRIES, schedules=SCHEDULES, dependencies={
            JobId("J42"): Dependency(number=42, status=JobStatus.QUEUED, reason="")}))


def queued() -> Scene:
    """Job 41 builds, five wait for something, one for the person; two schedules; a night gone by.
    """
    scene = scenes.running()
    scene.queue = board()
    for one in ENTRIES[1:]:
        project = WEB if one.project_id == WEB.id else API
        job = replace(scenes.new_job(one.number, project, text=one.title), status=one.status,
                      waiting_on=one.waiting_on, reason=one.reason)
        scene.views.append(JobView(job=job, project=project, review=None, plan=None, tasks=(),
                                   executions=(), approvals=()))
    return scene


def lock(number: int, task: str, task_number: str, title: str, *names: str, job: int = 41,
         held: int | None = None, asked: int = 300, priority: int = 0) -> Lock:
    """`held` and `asked`: seconds ago."""
    paths = tuple(name for name in names if ":" not in name)
    return Lock(id=LockId(f"L{number}"), number=number, project_id=API.id, job_id=JobId(f"J{job}"),
                job_number=job, task_id=TaskId(task), task_number=task_number, title=title,
                claim=Claim(paths=paths, resources=tuple(n for n in names if ":" in n)),
                priority=priority, asked_at=NOW - timedelta(seconds=asked),
                held_at=None if held is None else NOW - timedelta(seconds=held), pid=812,
                beat_at=NOW - timedelta(seconds=2))


def observed_lock(*args: Any, **more: Any) -> Lock:
    made = lock(*args, **more)
    return replace(made, claim=replace(made.claim, is_observed=True))


LOCKS = (
    lock(7, "T22", "2.2", "Token store", "src/auth/**", "db:test", held=252),
    lock(9, "T26", "2.5", "Contract tests", "tests/contract/**", held=60),
    observed_lock(10, "T26", "2.5", "Contract tests", "openapi.yaml", held=30),
    lock(11, "U21", "2.1", "POST /teams/:id/invites", "src/auth/store.py", "src/teams/**", job=42,
         asked=40, priority=5),
    lock(12, "T24", "2.4", "Session glue", "src/auth/session.py", asked=130),
    lock(13, "U32", "3.2", "End-to-end test", "db:test", job=42, asked=20, priority=5),
)


def lock_board() -> LockBoard:
    def agent(name: str, task: str, status: AgentStatus = AgentStatus.WORKING) -> Agent:
        return Agent(job_id=JobId("J41"), name=name, role="BackendDeveloper", status=status,
                     since=NOW, task_id=TaskId(task), spawned_at=NOW)

    ordered = tuple(sorted(LOCKS, key=lambda one: one.order))
    return LockBoard(locks=ordered, minutes={TaskId("T22"): 11.0},
                     agents={TaskId("T22"): agent("a2", "T22"),
                             TaskId("T24"): agent("a4", "T24", AgentStatus.BLOCKED)})


def locked() -> Scene:
    """Two tasks hold locks, three wait for one of them."""
    scene = queued()
    scene.locks = lock_board()
    return scene
