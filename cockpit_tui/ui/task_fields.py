"""A planned task's fields as text, and how an edit of them becomes a change of the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.plan import Plan, Task, edit_task
from cockpit_tui.presentation.model_words import ModelBook
from cockpit_tui.presentation.spending import dollars
from cockpit_tui.ui.lines import foreign
from cockpit_tui.ui.request_draft import microusd

TASK_LABELS: Mapping[str, str] = {
    "title": "title", "role": "role", "model": "model (empty: the router chooses)",
    "budget": "budget in dollars (empty: only the job's)"}


def task_fields(task: Task) -> dict[str, str]:
    return {"title": task.title, "role": task.role, "model": task.model,
            "budget": dollars(task.budget_microusd)}


def read_task_fields(fields: Mapping[str, str], task: Task, roles: Sequence[str],
                     book: ModelBook | None) -> Callable[[Plan, TaskId], Plan]:
    """The edit that the fields ask for. Raises UsageError for a role, a model or a budget that
    means nothing; a field that was not touched is not judged."""
    if fields["role"] not in roles:
        raise UsageError(f"There is no role {foreign(fields['role'])!r}.",
                         hint=f"Roles: {', '.join(map(foreign, roles))}.")
    model, budget = fields["model"], task.budget_microusd
    if model and model != task.model and book is not None:
        note = book.note(model)
        if not note.full_name:
            raise UsageError(note.text)
        model = note.full_name
    if fields["budget"] != dollars(budget):
        budget = microusd(fields["budget"], "Budget") if fields["budget"] else None
    return lambda plan, task_id: edit_task(plan, task_id, title=fields["title"],
                                           role=fields["role"], model=model,
                                           budget_microusd=budget)
