"""Where an attempt stands: the task's row, and every change of it with its event."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cockpit_tui.domain import event
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.plan import Task
from cockpit_tui.domain.record import Facts
from cockpit_tui.domain.task import TaskRecord, TaskStatus
from cockpit_tui.engine.begun import Begun


@dataclass(slots=True, kw_only=True)
class Standing:
    """Attempt `number` at `task`, once it has begun. `record` is the task's row as it is now."""

    ctx: JobContext
    task: Task
    number: int
    key: str
    """Prefix of the attempt's durable keys."""
    begun: Begun
    record: TaskRecord

    async def become(self, status: TaskStatus, payload: Payload | None = None, *facts: Facts,
                     step: str = "") -> None:
        """Write the task's new status with its event; `step` tells repeated ones apart."""
        self.record = replace(self.record, status=status, attempts=self.number, reason="")
        shown = payload or event.TaskProgress(number=self.record.number, status=status.value,
                                              text=self.task.title)
        events = (self.about(shown), *(e for f in facts for e in f.events))
        rows = (self.record, *(r for f in facts for r in f.rows))
        await self.ctx.record(f"{self.key}/is/{status.value}/{step}",
                              Facts(events=events, rows=rows))

    def about(self, payload: Payload) -> Event:
        return Event(payload=payload, job_id=self.record.job_id, task_id=self.task.id,
                     execution_id=self.begun.execution_id)
