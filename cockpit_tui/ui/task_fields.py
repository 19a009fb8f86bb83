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
from cockpit_tui.ui.wrong_field import WrongField

TASK_LABELS: Mapping[str, str] = {
    "title": "title", "role": "role", "model": "model (empty: the router chooses)",
    "budget": "budget in dollars (empty: only the job's)"}


def task_fields(task: Task) -> dict[str, str]:
    return {"title": task.title, "role": task.role, "model": task.model,
            "budget": dollars(task.budget_microusd)}


def read_budget(text: str) -> int | None:
    """The field `budget` in micro-dollars; None when it is empty. Raises WrongField."""
    try:
        return microusd(text, "Budget") if text else None
    except UsageError as error:
        raise WrongField(error.message, field="budget") from error


def read_task_fields(fields: Mapping[str, str], task: Task, roles: Sequence[str],
                     book: ModelBook | None) -> Callable[[Plan, TaskId], Plan]:
    """The edit that the fields ask for. Raises WrongField for a title that is empty and for a
    role, a model or a budget that means nothing; what was not touched is not judged."""
    if not fields["title"].strip():
        raise WrongField("A task needs a title.", field="title")
    if fields["role"] not in roles:
        raise WrongField(f"There is no role {foreign(fields['role'])!r}.", field="role",
                         hint=f"Roles: {', '.join(map(foreign, roles))}.")
    model, budget = fields["model"], task.budget_microusd
    if model and model != task.model and book is not None:
        note = book.note(model)
        if not note.full_name:
            raise WrongField(note.text, field="model")
        model = note.full_name
    if fields["budget"] != dollars(budget):
        budget = read_budget(fields["budget"])
    return lambda plan, task_id: edit_task(plan, task_id, title=fields["title"],
                                           role=fields["role"], model=model,
                                           budget_microusd=budget)
