"""A scene for replays: job 41 from its request to its failure, with a night of waiting in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from support import scenes
from support.scenes import NOW, Scene

from cockpit_tui.domain.approval import Answer, Decision
from cockpit_tui.domain.event import (
    AgentFinished,
    AgentStarted,
    ApprovalGranted,
    ApprovalRequired,
    CodeGenerated,
    JobFailed,
    JobQueued,
    JobStarted,
    Payload,
    PhaseComplete,
    PhaseStarted,
    PlanApproved,
    PlanGenerated,
    RecordedEvent,
    ReviewComplete,
    ReviewStarted,
    StepStarted,
    TaskCompleted,
    TaskFailed,
    TaskStarted,
    TestsComplete,
    ToolCalled,
    UsageRecorded,
)
from cockpit_tui.domain.ids import ApprovalId, EventId, ExecutionId, JobId, TaskId

_NUMBERS = {"T11": "1.1", "T12": "1.2", "T21": "2.1", "T22": "2.2", "T26": "2.5"}
_TITLES = {task.id: task.title for task in scenes.plan().tasks()}


class _Story:
    def __init__(self) -> None:
        self.events: list[RecordedEvent] = []
        self.at = NOW - timedelta(hours=10)

    def then(self, seconds: float, *payloads: Payload, task: str | None = None) -> None:
        self.at += timedelta(seconds=seconds)
        for payload in payloads:
            seq = len(self.events) + 1
            self.events.append(RecordedEvent(
                seq=seq, id=EventId(f"E{seq}"), at=self.at, payload=payload, job_id=JobId("J41"),
                task_id=TaskId(task) if task else None,
                execution_id=ExecutionId(f"X{task}") if task else None, correlation_id="J41"))

    def works(self, task: str, agent: str, steps: int) -> None:
        title = _TITLES[TaskId(task)]
        self.then(2, TaskStarted(number=_NUMBERS[task], title=title, role="BackendDeveloper",
                                 attempt=1),
                  AgentStarted(agent=agent, role="BackendDeveloper", model=scenes.HAIKU),
                  task=task)
        for step in range(1, steps + 1):
            self.then(9, StepStarted(agent=agent, number=step, model=scenes.HAIKU),
                      ToolCalled(agent=agent, tool="write",
                                 summary=f"write src/auth/part{step}.py"), task=task)
            self.then(4, CodeGenerated(agent=agent, path=f"src/auth/part{step}.py", added=9 * step,
                                       removed=step),
                      UsageRecorded(model=scenes.HAIKU, input_tokens=9_000, output_tokens=700,
                                    cost_microusd=60_000), task=task)

    def done(self, task: str, agent: str) -> None:
        self.then(3, TestsComplete(command="pytest -q", commit="c0ffee12", exit_code=0,
                                   seconds=3.2, summary="41 passed"),
                  TaskCompleted(number=_NUMBERS[task], title=_TITLES[TaskId(task)],
                                commit="c0ffee12", files=("src/auth/part1.py",)),
                  AgentFinished(agent=agent, outcome="completed", steps=4), task=task)


def _asked(name: str, gate: str, title: str) -> ApprovalRequired:
    return ApprovalRequired(approval_id=ApprovalId(name), gate=gate, risk="MED", title=title)


def _granted(name: str, gate: str) -> ApprovalGranted:
    return ApprovalGranted(approval_id=ApprovalId(name), gate=gate, by="person")


def replayed() -> Scene:
    scene = scenes.failed()
    story = _Story()
    story.then(0, JobQueued(number=41, request="Google login", branch="cockpit/41-google-login"),
               JobStarted(base="4f2c91aa00"), ReviewStarted(commit="4f2c91aa00"))
    story.then(70, ReviewComplete(files=84, findings=3, summary="A FastAPI service"))
    story.then(80, PlanGenerated(revision=1, phases=3, tasks=10, summary="In three phases"),
               _asked("A-plan", "plan", "Plan of 10 tasks in 3 phases"))
    story.then(31_000, _granted("A-plan", "plan"), PlanApproved(revision=1, by="person"),
               JobStarted(base="4f2c91aa00", status="building"),
               PhaseStarted(number=1, title="Foundations", tasks=2))
    for task, agent in (("T11", "a1"), ("T12", "a2")):
        story.works(task, agent, 4)
        story.done(task, agent)
    story.then(5, _asked("A-1", "phase", "Phase 1: Foundations"))
    story.then(50, _granted("A-1", "phase"),
               PhaseComplete(number=1, title="Foundations", head="c0ffee12", landed=True),
               PhaseStarted(number=2, title="Provider flow", tasks=5))
    story.works("T21", "a1", 3)
    story.done("T21", "a1")
    story.works("T26", "a3", 2)
    story.works("T22", "a2", 5)
    reason = "pytest -q failed in all 3 rounds"
    story.then(20, TaskFailed(number="2.2", title="Token store", reason=reason), task="T22")
    story.then(15, JobFailed(reason=f"2.2 Token store: {reason}", error="VerificationFailed"))
    scene.events = story.events
    yes = Answer(decision=Decision.GRANTED, by="person")
    approvals = tuple(replace(asked, answer=yes, answered_at=NOW) for asked in (
        scenes.plan_approval(), replace(scenes.phase_approval(), id=ApprovalId("A-1"))))
    scene.views[1] = replace(scene.views[1], approvals=approvals)
    return scene
