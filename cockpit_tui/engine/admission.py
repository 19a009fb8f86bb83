"""What a task has to have before an agent may start on it: its locks, and a place at work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.lock import Claim
from cockpit_tui.domain.plan import Plan, Task
from cockpit_tui.engine.locks import Asker
from cockpit_tui.engine.workshop import Workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """To one job's tasks. A task whose outcome is known from an earlier run needs nothing."""

    ctx: JobContext
    shop: Workshop
    plan: Plan

    def locks(self, task: Task,
              on_wait: Callable[[], None]) -> AbstractAsyncContextManager[None]:
        """What the task keeps from others while it runs."""
        claim = Claim() if self.is_over(task) else Claim.of(task)
        asker = Asker(project_id=self.shop.project.id, job_id=self.shop.job.id, task_id=task.id,
                      number=self.plan.number(task.id), title=task.title)
        return self.shop.locks.held(asker, claim, on_wait=on_wait)

    def slot(self, task: Task) -> AbstractAsyncContextManager[None]:
        """A place among all agents of the engine."""
        return nullcontext() if self.is_over(task) else self.shop.slots.slot(self.shop.job.id)

    def is_over(self, task: Task) -> bool:
        """Whether its outcome is known from an earlier run."""
        return self.ctx.was_finished(f"task/{task.id}/outcome")
