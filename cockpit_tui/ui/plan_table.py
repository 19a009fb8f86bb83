"""A plan as a table to edit, and one task or phase of it in full. Pure."""

from __future__ import annotations

from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.plan import Plan, Task
from cockpit_tui.presentation.spending import short_model
from cockpit_tui.presentation.time import money, tokens
from cockpit_tui.ui.lines import Ink, Line, Part, foreign, plain
from cockpit_tui.ui.plan_rows import about, short_role, task_key
from cockpit_tui.ui.subject import BLANK, heading, lines_of
from cockpit_tui.ui.widgets.row_list import Row

PlanKey = tuple[JobId, int]
"""A job and the revision of its plan: an edit belongs to exactly one draft."""


def plan_table(plan: Plan, *, original: Plan) -> list[Row]:
    """Phases with their tasks: who, time, cost, after which; edited tasks carry a mark."""
    before = {task.id: task for task in original.tasks()}
    rows: list[Row] = []
    for number, phase in enumerate(plan.phases, 1):
        minutes = sum(task.estimate.minutes for task in phase.tasks)
        rows.append(Row(f"phase:{phase.id}",
                        Line(((f"P{number} {foreign(phase.title)}", Ink.STRONG),),
                             ((about(minutes), Ink.MUTED),)), folds=True))
        rows += [_task_row(plan, task, edited=before.get(task.id) != task)
                 for task in phase.tasks]
    return rows


def _task_row(plan: Plan, task: Task, *, edited: bool) -> Row:
    after = " ".join(plan.number(d) for d in task.depends_on)
    mark: tuple[Part, ...] = (("* ", Ink.MARK),) if edited else ()
    own = f"/{foreign(short_model(task.model))}" if task.model else ""
    figures: tuple[Part, ...] = (
        (short_role(task.role), Ink.MUTED), (f"{own} ", Ink.MARK),
        (f"{about(task.estimate.minutes):>5} ", Ink.MUTED),
        (f"{money(task.estimate.cost_microusd):>6} ", Ink.MUTED),
        (f"{after or '-':<8}", Ink.MUTED))
    return Row(task_key(task.id),
               Line(((f"{plan.number(task.id):<4}", Ink.MUTED), *mark,
                     (foreign(task.title), Ink.PLAIN)), figures), depth=1)


def inspector_lines(plan: Plan, key: str) -> tuple[str, tuple[Line, ...]]:
    """Title and text of the selected row."""
    for task in plan.tasks():
        if task_key(task.id) == key:
            return f"{plan.number(task.id)} {task.title}", _task_lines(plan, task)
    for number, phase in enumerate(plan.phases, 1):
        if f"phase:{phase.id}" == key:
            return f"P{number} {phase.title}", tuple(
                plain(f"{plan.number(task.id)} {foreign(task.title)}") for task in phase.tasks)
    return "Plan", lines_of(plan.summary)


def _task_lines(plan: Plan, task: Task) -> tuple[Line, ...]:
    lines = [heading("Goal"), *lines_of(task.words, indent="  "), heading("Done when")]
    lines += [plain(f"  {foreign(command)} passes") for command in task.acceptance] or [
        plain("  the judge says so", Ink.MUTED)]
    lines += [BLANK, _fact("Who", foreign(task.role)),
              _fact("After", " ".join(plan.number(d) for d in task.depends_on) or "-"),
              _fact("May edit", foreign(" ".join(task.owned_paths)) or "-"),
              _fact("Estimate", f"{about(task.estimate.minutes)}  "
                                f"{money(task.estimate.cost_microusd)}  "
                                f"{tokens(task.estimate.tokens)} tokens")]
    if task.resources:
        lines.append(_fact("Has alone", foreign(" ".join(task.resources))))
    lines.append(_fact("Model", foreign(task.model) or "the router chooses"))
    lines.append(_fact("Budget", "the job's" if task.budget_microusd is None
                       else money(task.budget_microusd)))
    followers = [plan.number(t.id) for t in plan.tasks() if task.id in t.depends_on]
    if followers:
        lines.append(_fact("Holds up", " ".join(followers)))
    if plan.notes:
        lines += [BLANK, *(plain(f"! {foreign(note)}", Ink.NOTICE) for note in plan.notes)]
    return tuple(lines)


def _fact(name: str, text: str) -> Line:
    return Line(((f"{name:<10}", Ink.MUTED), (text, Ink.PLAIN)))
