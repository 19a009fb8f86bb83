"""What a face reads about one job: the rows that belong together, taken at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.event import CollisionForeseen, TaskStrayed
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.plan import Plan
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.review import Review
from cockpit_tui.domain.task import Execution, TaskRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    job: Job
    project: Project
    review: Review | None
    plan: Plan | None
    """The newest revision."""
    tasks: tuple[TaskRecord, ...]
    """In plan order; empty until the plan is approved."""
    executions: tuple[Execution, ...]
    approvals: tuple[Approval, ...]
    """All of the job, oldest first; those without an answer wait."""
    is_paused: bool = False
    """The person holds the job up; steps under way may still come to their end."""
    collisions: tuple[CollisionForeseen, ...] = ()
    """What the radar foresees now, oldest first."""
    strays: tuple[TaskStrayed, ...] = ()
    """What tasks wrote outside of their paths, oldest first."""

    @property
    def pending(self) -> tuple[Approval, ...]:
        return tuple(a for a in self.approvals if a.answer is None)
