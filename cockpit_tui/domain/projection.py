"""What a job will have cost in the end: what is spent, and the estimates of what is left. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit_tui.domain.task import TaskRecord, TaskStatus
from cockpit_tui.domain.view import JobView


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """Micro-dollars; None: a price, or an estimate, is not known."""

    spent_microusd: int | None
    left_microusd: int | None

    @property
    def total_microusd(self) -> int | None:
        if self.spent_microusd is None or self.left_microusd is None:
            return None
        return self.spent_microusd + self.left_microusd


def projected(view: JobView) -> Projection:
    """Where the job's money goes: of every task that has work before it the estimate, less what
    was spent on it. Before there is a plan what is left is not known."""
    job = view.job
    if job.status.is_final:
        left: int | None = 0
    elif view.plan is None:
        left = None
    else:
        records = {record.id: record for record in view.tasks}
        parts = [_left(records.get(task.id), task.estimate.cost_microusd)
                 for task in view.plan.tasks()]
        left = None if None in parts else sum(part for part in parts if part is not None)
    return Projection(spent_microusd=job.cost_microusd, left_microusd=left)


def _left(record: TaskRecord | None, estimate: int | None) -> int | None:
    """`record` None: the plan is not approved yet."""
    if record is None:
        return estimate
    if record.status.is_final or record.status is TaskStatus.AWAITING_APPROVAL:
        return 0
    if estimate is None or record.cost_microusd is None:
        return None
    return max(estimate - record.cost_microusd, 0)
