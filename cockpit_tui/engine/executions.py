"""The book of one execution: its row and the agent's events, from start to end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cockpit_tui.agents.loop import Conversation
from cockpit_tui.domain import event
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.ids import ExecutionId
from cockpit_tui.domain.plan import Task
from cockpit_tui.domain.record import Facts
from cockpit_tui.domain.task import Execution, ExecutionStatus
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.engine.workshop import Workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionBook:
    ctx: JobContext
    shop: Workshop
    task: Task
    number: int
    agent: str
    execution_id: ExecutionId
    worktree: str
    key: str
    model: str
    """`provider:model` that is asked first."""

    def start(self) -> tuple[Facts]:
        """What is written together with the task's start."""
        started = event.AgentStarted(agent=self.agent, role=self.task.role, model=self.model)
        rows = (self._row(ExecutionStatus.STARTED), self._row(ExecutionStatus.RUNNING))
        return (Facts(events=(self._event(started),), rows=rows),)

    async def end(self, conversation: Conversation, status: ExecutionStatus, reason: str) -> None:
        finished = event.AgentFinished(agent=self.agent, outcome=status.value,
                                       steps=conversation.turns)
        ended = self._row(status, conversation, reason)
        await self.ctx.record(f"{self.key}/ended", Facts(
            events=(self._event(finished),), rows=(ended,)))

    def _row(self, status: ExecutionStatus, conversation: Conversation | None = None,
             reason: str = "") -> Execution:
        now = datetime.now(UTC)
        return Execution(
            id=self.execution_id, job_id=self.shop.job.id, task_id=self.task.id,
            attempt=self.number, role=self.task.role, model_asked=self.model,
            model_used=conversation.model_used if conversation else "", status=status,
            worktree=self.worktree, steps=conversation.turns if conversation else 0,
            usage=conversation.usage if conversation else TokenUsage(), cost_microusd=None,
            reason=reason, started_at=now,
            finished_at=now if conversation is not None else None, agent=self.agent,
        )

    def _event(self, payload: Payload) -> Event:
        return Event(payload=payload, job_id=self.shop.job.id, task_id=self.task.id,
                     execution_id=self.execution_id)
