"""What a task has to have before an agent may start on it: its locks, and a place at work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.ids import ProjectId
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
        asker = asker_of(self.shop.project.id, self.plan, task)
        return self.shop.locks.held(asker, claim, on_wait=on_wait)

    def slot(self, task: Task) -> AbstractAsyncContextManager[None]:
        """A place among all agents of the engine."""
        return nullcontext() if self.is_over(task) else self.shop.slots.slot(self.shop.job.id)

    def is_over(self, task: Task) -> bool:
        """Whether its outcome is known from an earlier run."""
        return self.ctx.was_finished(f"task/{task.id}/outcome")


def asker_of(project_id: ProjectId, plan: Plan, task: Task) -> Asker:
    return Asker(project_id=project_id, job_id=plan.job_id, task_id=task.id,
                 number=plan.number(task.id), title=task.title)
