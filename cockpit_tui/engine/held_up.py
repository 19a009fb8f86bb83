"""A job's pauses and given-up tasks, as its scheduler sees them, and the end of one given up."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from cockpit_tui.domain import event
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.errors import EngineStops, Paused
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.plan import Task
from cockpit_tui.domain.record import Facts
from cockpit_tui.domain.task import ExecutionStatus, TaskRecord, TaskStatus
from cockpit_tui.engine.agent_rows import withdraw_questions
from cockpit_tui.engine.workshop import Workshop
from cockpit_tui.storage import executions


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUp:
    """Of the job's tasks that are not over; those that are, were over before anybody spoke."""

    ctx: JobContext
    shop: Workshop

    def is_held_up(self, task: Task) -> bool:
        return not self._is_over(task) and self.shop.stops.is_held_up(self.shop.job.id, task.id)

    def is_given_up(self, task: Task) -> bool:
        return not self._is_over(task) and self.reason(task) is not None

    def watch(self, changed: asyncio.Event) -> AbstractContextManager[None]:
        return self.shop.stops.watch(self.shop.job.id, changed)

    def reason(self, task: Task) -> str | None:
        return self.shop.stops.given_up(self.shop.job.id, task.id)

    def parked(self) -> Paused | None:
        """What to end the run with where something of the job is held up; None: nothing is."""
        if self.shop.stops.is_draining:
            return EngineStops("The engine ends; nothing is lost.")
        if self.shop.stops.has_pauses(self.shop.job.id):
            return Paused("Paused.")
        return None

    async def end(self, task: Task, planned: TaskRecord) -> TaskRecord:
        """Record that the task is cancelled; its executions are over, its questions withdrawn, its
        worktrees given back."""
        reason = self.reason(task) or "cancelled"
        ended = replace(planned, status=TaskStatus.CANCELLED, reason=reason)
        ledger = self.shop.locks.database
        await ledger.write(lambda tx: withdraw_questions(tx, ended, reason))
        tried = await ledger.read(lambda conn: executions.for_task(conn, task.id))
        told = event.TaskFailed(number=ended.number, title=task.title, reason=reason,
                                status="cancelled")
        await self.ctx.record(f"task/{task.id}/given-up", Facts(
            events=(Event(payload=told, job_id=self.shop.job.id, task_id=task.id),),
            rows=(replace(ended, attempts=len(tried)),
                  *(replace(one, status=ExecutionStatus.CANCELLED, reason=reason)
                    for one in tried if one.finished_at is None))))
        for attempt in range(1, len(tried) + 1):
            worktree = await self.shop.pool.find(
                f"job{self.shop.job.number}-task{ended.number}-{attempt}")
            if worktree is not None:
                await self.shop.give_back(worktree)
        return ended

    def _is_over(self, task: Task) -> bool:
        return self.ctx.was_finished(f"task/{task.id}/outcome")
