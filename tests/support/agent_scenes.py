"""A scene of agents of two jobs: one that asks, one blocked, some at work, one free."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from support import scenes
from support.scenes import HAIKU, NOW, SONNET, Scene

from cockpit_tui.domain.agent import Agent, AgentView, TouchedFile
from cockpit_tui.domain.event import Payload, RecordedEvent, TestsComplete, ToolCalled
from cockpit_tui.domain.ids import ApprovalId, EventId, JobId, TaskId
from cockpit_tui.domain.task import AgentStatus, TaskStatus


def _agent(name: str, role: str, status: AgentStatus, seconds: int, *, job: str = "J41",
           task: str = "", detail: str = "") -> Agent:
    return Agent(job_id=JobId(job), name=name, role=role, status=status, detail=detail,
                 since=NOW - timedelta(seconds=seconds), task_id=TaskId(task) if task else None,
                 spawned_at=NOW - timedelta(minutes=30))


def _last(seconds: int, payload: Payload) -> RecordedEvent:
    return RecordedEvent(seq=1, id=EventId("E"), at=NOW - timedelta(seconds=seconds),
                         payload=payload, job_id=JobId("J41"), task_id=None, execution_id=None,
                         correlation_id="J41")


def agents_at_work() -> Scene:
    """Six agents: #42's asks for a command, which is in the inbox too."""
    scene = scenes.waiting_diff()
    asks = AgentView(
        agent=_agent("a1", "BackendDeveloper", AgentStatus.BLOCKED, 40, job="J42", task="T11",
                     detail="waits for an answer: a3 asks: npm install passport-google@1.4"),
        job_number=42, job_title="Passport in the shop", task_number="1.1",
        task_title="Provider settings", task_status=TaskStatus.RUNNING, attempt=1, model=SONNET,
        steps=4, cost_microusd=440_000, tokens=96_000, worktree="job42-task1.1-1",
        files=(TouchedFile(path="web/login/button.tsx", added=40, removed=6),),
        last=_last(41, ToolCalled(agent="a1", tool="bash", summary="run npm install")),
        holds_up=("1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "3.1", "3.2", "3.3"),
        asks="a3 asks: npm install passport-google@1.4", approval_id=ApprovalId("A-cmd"),
        total_microusd=440_000)
    blocked = AgentView(
        agent=_agent("a2", "BackendDeveloper", AgentStatus.BLOCKED, 190, task="T22",
                     detail=f"waits for {HAIKU}, again in 40 s: 529 overloaded"),
        job_number=41, job_title="Google login", task_number="2.2", task_title="Token store",
        task_status=TaskStatus.RUNNING, attempt=2, model=HAIKU, steps=9, cost_microusd=310_000,
        tokens=184_000, worktree="job41-task2.2-2",
        files=tuple(TouchedFile(path=f"src/auth/{name}.py", added=27, removed=4)
                    for name in ("store", "callback", "session", "tokens")),
        last=_last(200, ToolCalled(agent="a2", tool="write", summary="write src/auth/store.py")),
        holds_up=("2.4", "3.2"), tasks_done=1, total_microusd=590_000)
    works = replace(
        blocked, agent=_agent("a3", "Tester", AgentStatus.WORKING, 492, task="T26",
                              detail="Contract tests"),
        task_number="2.5", task_title="Contract tests for a provider that answers in 日本語",
        task_status=TaskStatus.VERIFYING, attempt=1, cost_microusd=None, total_microusd=None,
        worktree="job41-task2.5-1", tasks_done=0, holds_up=(),
        last=_last(12, TestsComplete(command="pytest -q", commit="c0ffee12", exit_code=0,
                                     seconds=3.2, summary="12 passed")))
    new = AgentView(
        agent=_agent("a5", "FrontendDeveloper", AgentStatus.WORKING, 3, task="T31"),
        job_number=41, job_title="Google login", task_number="3.1", task_title="Login button",
        attempt=1, model=HAIKU, worktree="job41-task3.1-1", holds_up=("3.3",))
    free = AgentView(
        agent=_agent("a4", "DatabaseEngineer", AgentStatus.IDLE, 720, task="T12"),
        job_number=41, job_title="Google login", task_number="1.2", task_title="Session model",
        task_status=TaskStatus.DONE, attempt=1, model=SONNET, steps=12, cost_microusd=290_000,
        tokens=88_000, worktree="job41-task1.2-1",
        files=(TouchedFile(path="src/auth/session.py", added=61, removed=0),), tasks_done=1,
        total_microusd=290_000)
    failed = replace(
        free, agent=_agent("a6", "DevOpsEngineer", AgentStatus.IDLE, 60, task="T33",
                           detail="pytest -q: exit code 1: 2 failed"),
        task_number="3.3", task_title="Docs page", task_status=TaskStatus.FAILED, tasks_done=0,
        files=())
    scene.agents = [asks, blocked, works, new, free, failed]
    return scene
