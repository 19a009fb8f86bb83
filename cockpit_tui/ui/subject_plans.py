"""What the review pane shows for a plan, a phase or a task. Pure."""

from __future__ import annotations

from datetime import datetime

from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.plan import Plan, Task
from cockpit_tui.domain.task import Proof, TaskRecord, TaskStatus
from cockpit_tui.domain.view import JobView
from cockpit_tui.presentation.glyphs import GlyphSet, paused_sign, task_sign
from cockpit_tui.presentation.time import money
from cockpit_tui.ui.collisions import warning_lines
from cockpit_tui.ui.lines import Ink, Line, Part, foreign, plain
from cockpit_tui.ui.plan_rows import short_role, sign_ink
from cockpit_tui.ui.snapshot import DiffSource
from cockpit_tui.ui.subject import BLANK, Subject, heading, lines_of
from cockpit_tui.ui.task_facts import executions_of, facts_in_full, facts_in_short

OUTPUT_LINES = 40
"""Of a failed command, from the end; all of it is in the log."""


def plan_subject(view: JobView) -> Subject:
    if view.plan is None:
        return Subject(key="plan", title=(("Plan", Ink.STRONG),), lines=(
            plain("There is no plan yet."),
            plain("It follows the review, and waits here for your yes.", Ink.MUTED)))
    return Subject(key=f"plan:{view.plan.revision}", title=(("Plan", Ink.STRONG),),
                   lines=plan_lines(view.plan), hint=plain(" Enter opens the plan."))


def phase_subject(view: JobView, key: str) -> Subject:
    wanted = key.removeprefix("phase:")
    phases = view.plan.phases if view.plan else ()
    for number, phase in enumerate(phases, 1):
        if phase.id == wanted:
            lines: list[Line] = []
            for at, task in enumerate(phase.tasks, 1):
                lines += [heading(f"{number}.{at} {foreign(task.title)}"), *task_text(task), BLANK]
            return Subject(key=key, lines=tuple(lines),
                           title=((f"P{number} {foreign(phase.title)}", Ink.STRONG),))
    return plan_subject(view)


def plan_lines(plan: Plan) -> tuple[Line, ...]:
    """The plan to read: summary, notes, phases with their tasks."""
    lines = [*lines_of(plan.summary)]
    lines += [plain(f"! {foreign(note)}", Ink.NOTICE) for note in plan.notes]
    for number, phase in enumerate(plan.phases, 1):
        lines += [BLANK, heading(f"P{number} {foreign(phase.title)}")]
        for task in phase.tasks:
            after = ", ".join(plan.number(d) for d in task.depends_on)
            lines.append(Line(((f"  {plan.number(task.id)} {foreign(task.title)}", Ink.PLAIN),),
                              ((short_role(task.role), Ink.MUTED),
                               (f"  after {after}" if after else "", Ink.MUTED))))
    if commands := plan.commands():
        lines += [BLANK, heading("Commands that approving allows"),
                  *(plain(f"  {foreign(command)}") for command in commands)]
    return tuple(lines)


def task_subject(view: JobView, task_id: TaskId, now: datetime, glyphs: GlyphSet) -> Subject:
    record = _record(view, task_id)
    planned = view.plan.task(task_id) if view.plan is not None else None
    if record is None or record.status in {TaskStatus.PENDING, TaskStatus.READY}:
        number = view.plan.number(task_id) if view.plan is not None else ""
        name = foreign(planned.title) if planned is not None else ""
        return Subject(key=f"task:{task_id}", title=((f"{number} {name}", Ink.STRONG),),
                       lines=task_text(planned) if planned is not None else ())
    is_held_up = record.is_paused and not record.status.is_final
    sign = paused_sign(glyphs) if is_held_up else task_sign(record.status, glyphs)
    tries = executions_of(view, record)
    title = ((f"{sign.glyph} ", sign_ink(sign)),
             (f"{record.number} {foreign(record.title)}", Ink.STRONG),
             (f" {glyphs.separator} {short_role(record.role)} {glyphs.separator} {sign.word}",
              Ink.MUTED))
    if not record.status.is_final:
        return Subject(key=f"task:{task_id}:live", title=title, is_live=True,
                       head=(*warning_lines(view, record.number),  # A low screen shows two lines.
                             *facts_in_short(record, tries, planned, now=now, glyphs=glyphs)),
                       source=DiffSource.of_task(task_id),
                       hint=plain(" What the agent has written so far. You are asked at the end "
                                  "of its phase."))
    lines = [*facts_in_full(record, tries, planned, now=now, glyphs=glyphs), BLANK]
    if record.status is TaskStatus.DONE:
        lines += [Line(proof_parts(record.proofs, glyphs)), BLANK] if record.proofs else []
        lines += [plain(f"  {foreign(path)}") for path in record.files]
    else:
        lines += failure_lines(record, glyphs)
    if planned is not None:
        lines += [BLANK, *task_text(planned)]
    return Subject(key=f"task:{task_id}", title=title, lines=tuple(lines))


def task_text(task: Task) -> tuple[Line, ...]:
    lines = [*lines_of(task.words)]
    lines.append(Line((("role       ", Ink.MUTED), (foreign(task.role), Ink.PLAIN))))
    if task.owned_paths:
        lines.append(Line((("may edit   ", Ink.MUTED),
                           (foreign(" ".join(task.owned_paths)), Ink.PLAIN))))
    lines += [Line((("done when  ", Ink.MUTED), (f"{foreign(command)} passes", Ink.PLAIN)))
              for command in task.acceptance]
    if task.model:
        lines.append(Line((("model      ", Ink.MUTED), (foreign(task.model), Ink.PLAIN))))
    if task.budget_microusd is not None:
        lines.append(Line((("budget     ", Ink.MUTED), (money(task.budget_microusd), Ink.PLAIN))))
    return tuple(lines)


def failure_lines(record: TaskRecord, glyphs: GlyphSet) -> tuple[Line, ...]:
    lines = list(lines_of(record.reason or record.status.value, Ink.FAILED))
    for proof in record.proofs:
        if proof.passed:
            continue
        lines += [BLANK, Line(proof_parts((proof,), glyphs))]
        lines += lines_of(proof.output, Ink.MUTED, indent="  ")[-OUTPUT_LINES:]
    return tuple(lines)


def proof_parts(proofs: tuple[Proof, ...], glyphs: GlyphSet) -> tuple[Part, ...]:
    """`✓ pytest -q  – ruff check . not runnable`: newest proof of each command."""
    newest = {proof.command: proof for proof in proofs}
    parts: list[Part] = []
    for proof in newest.values():
        if proof.exit_code is None:
            parts += [(f"{glyphs.off} {foreign(proof.command)} not runnable  ", Ink.NOTICE)]
        elif proof.passed:
            parts += [(f"{glyphs.done} ", Ink.OK), (f"{foreign(proof.command)}  ", Ink.PLAIN)]
        else:
            parts += [(f"{glyphs.failed} {foreign(proof.command)} exit {proof.exit_code}  ",
                       Ink.FAILED)]
    return tuple(parts)


def _record(view: JobView, task_id: TaskId | None) -> TaskRecord | None:
    return next((record for record in view.tasks if record.id == task_id), None)
