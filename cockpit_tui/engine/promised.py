"""What a plan says will hold only later: the proofs of tasks that build on another one."""

from __future__ import annotations

from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.plan import Plan


def promised_later(plan: Plan) -> dict[str, frozenset[str]]:
    """By each task's number: the acceptance commands of all tasks that come after it."""
    after: dict[TaskId, set[str]] = {task.id: set() for task in plan.tasks()}
    has_changed = True
    while has_changed:
        has_changed = False
        for task in plan.tasks():
            for needed in task.depends_on:
                known = after.get(needed, set())
                new = {*task.acceptance, *after[task.id]} - known
                known |= new
                has_changed = has_changed or bool(new)
    return {plan.number(task_id): frozenset(commands) for task_id, commands in after.items()}
