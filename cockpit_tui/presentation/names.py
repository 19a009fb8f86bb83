"""Short names for ids: job `#41`, task `2.3`, agent `a3`, learned from the events themselves."""

from __future__ import annotations

from cockpit_tui.domain.event import (
    AgentStarted,
    JobQueued,
    RecordedEvent,
    TaskFailed,
    TaskProgress,
    TaskReady,
    TaskStarted,
)
from cockpit_tui.domain.ids import ExecutionId, JobId, TaskId


class ShortNames:
    """Maps ids to the names people type. What was never introduced has no name."""

    def __init__(self) -> None:
        self._jobs: dict[JobId, str] = {}
        self._tasks: dict[TaskId, str] = {}
        self._agents: dict[ExecutionId, str] = {}

    def learn(self, event: RecordedEvent) -> None:
        """Take the name that an event introduces, if it introduces one."""
        payload = event.payload
        if isinstance(payload, JobQueued) and event.job_id is not None:
            self.add_job(event.job_id, payload.number)
        elif isinstance(payload, AgentStarted) and event.execution_id is not None:
            self._agents[event.execution_id] = payload.agent
        elif (isinstance(payload, TaskReady | TaskStarted | TaskProgress | TaskFailed)
              and event.task_id is not None):
            self._tasks[event.task_id] = payload.number

    def add_job(self, job_id: JobId, number: int) -> None:
        self._jobs[job_id] = f"#{number}"

    def add_task(self, task_id: TaskId, number: str) -> None:
        self._tasks[task_id] = number

    def job(self, event: RecordedEvent) -> str:
        return self.job_of(event.job_id) if event.job_id is not None else ""

    def job_of(self, job_id: JobId) -> str:
        return self._jobs.get(job_id, "")

    def task(self, event: RecordedEvent) -> str:
        return self._tasks.get(event.task_id, "") if event.task_id is not None else ""

    def agent(self, event: RecordedEvent) -> str:
        return (self._agents.get(event.execution_id, "")
                if event.execution_id is not None else "")
