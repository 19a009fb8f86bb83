"""A job as rows: review, plan, phases with their tasks, and the result. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.plan import Phase, Task
from cockpit_tui.domain.policy import Gate
from cockpit_tui.domain.task import TaskRecord, TaskStatus
from cockpit_tui.domain.view import JobView
from cockpit_tui.presentation.glyphs import GlyphSet, StateSign, job_sign, paused_sign, task_sign
from cockpit_tui.presentation.glyphs import Role as ColourRole
from cockpit_tui.presentation.time import age, duration, money
from cockpit_tui.ui.collisions import clash_parts
from cockpit_tui.ui.lines import Ink, Line, Part, foreign
from cockpit_tui.ui.parked import parked_title
from cockpit_tui.ui.snapshot import is_parked
from cockpit_tui.ui.widgets.row_list import Row

REVIEW, PLAN, RESULT, PARKED = "review", "plan", "result", "parked"
WORD_WIDTH = 58
"""From this width on a row says its state in words too."""
AT_WORK = frozenset({TaskStatus.RUNNING, TaskStatus.VERIFYING, TaskStatus.JUDGING,
                     TaskStatus.LANDING})

_INKS = {ColourRole.PLAIN: Ink.PLAIN, ColourRole.RUNNING: Ink.RUNNING,
         ColourRole.ATTENTION: Ink.NOTICE, ColourRole.OK: Ink.OK, ColourRole.FAILED: Ink.FAILED,
         ColourRole.MUTED: Ink.MUTED}


def sign_ink(sign: StateSign) -> Ink:
    ink = _INKS[sign.role]
    return Ink.ATTENTION if ink is Ink.NOTICE and sign.is_bold else ink


def about(minutes: float) -> str:
    """An estimate, no finer than it is known: `~12s`, `~14m`, `~1h19m`."""
    return "~" + duration(minutes * 60 if minutes < 1 else round(minutes) * 60).removesuffix("00s")


def task_key(task_id: str) -> str:
    return f"task:{task_id}"


def short_role(role: str) -> str:
    """`BackendDeveloper` → `backend`, `CodeReviewer` → `reviewer`."""
    plain = role.removesuffix("Developer").removesuffix("Engineer")
    plain = plain.removeprefix("Code") or plain
    return foreign(plain).lower()


def row_of_approval(view: JobView, approval: Approval) -> str:
    """The row that an approval belongs to."""
    if approval.question.gate is Gate.PLAN:
        return PLAN
    if approval.task_id is not None and view.plan is not None:
        return task_key(approval.task_id)
    phase = phase_of_approval(view, approval)
    return f"phase:{phase.id}" if phase is not None else f"ask:{approval.id}"


def phase_of_approval(view: JobView, approval: Approval) -> Phase | None:
    """The phase a `phase` approval names: by `phase` in its action (1-based, or an id)."""
    if view.plan is None:
        return None
    named = approval.question.action.get("phase")
    for number, phase in enumerate(view.plan.phases, 1):
        if named in (number, phase.id):
            return phase
    return None


def pending_of_row(view: JobView, key: str) -> Approval | None:
    """The first question that waits on this row."""
    return next((a for a in view.pending if row_of_approval(view, a) == key), None)


def natural_row(view: JobView) -> str:
    """Where to look first: what waits, else what runs, else how it ended."""
    if view.pending:
        return row_of_approval(view, view.pending[0])
    if view.job.status.is_final:
        return RESULT
    if is_parked(view.job):
        return PARKED
    running = next((t for t in view.tasks if t.status in AT_WORK), None)
    if running is not None:
        return task_key(running.id)
    return REVIEW if view.job.status in {JobStatus.QUEUED, JobStatus.REVIEWING} else PLAN


def plan_rows(view: JobView, *, now: datetime, width: int, glyphs: GlyphSet) -> list[Row]:
    """All rows of one job, fit for a pane that is `width` cells wide."""
    rows = [_review_row(view, glyphs), _plan_row(view, now, glyphs)]
    if is_parked(view.job):
        rows.insert(0, _parked_row(view, glyphs))
    records = {record.id: record for record in view.tasks}
    for approval in view.pending:
        key = row_of_approval(view, approval)
        if key.startswith("ask:"):
            rows.append(Row(key, _line(_needs_you(glyphs), foreign(approval.question.title),
                                       ((age(approval.asked_at, now), Ink.MUTED),))))
    for number, phase in enumerate(view.plan.phases if view.plan else (), 1):
        rows.append(_phase_row(number, phase, records, view, now, glyphs))
        rows += [_task_row(view, task, records.get(task.id), now, width, glyphs)
                 for task in phase.tasks]
    if view.job.status.is_final or view.job.head_commit not in {"", view.job.base_commit}:
        rows.append(_result_row(view, glyphs))
    return rows


def _sign(view: JobView, status: TaskStatus, glyphs: GlyphSet, *,
          is_paused: bool = False) -> StateSign:
    """A job that stopped has nothing at work, whatever it was at."""
    if (is_paused and not status.is_final) or (
            status in AT_WORK and (is_parked(view.job) or view.is_paused)):
        return paused_sign(glyphs)
    return task_sign(status, glyphs)


def _needs_you(glyphs: GlyphSet) -> StateSign:
    return task_sign(TaskStatus.AWAITING_APPROVAL, glyphs)


def _parked_row(view: JobView, glyphs: GlyphSet) -> Row:
    job = view.job
    spent = money(job.cost_microusd, job.request.limits.budget_microusd)
    sign = paused_sign(glyphs) if job.waiting_on is WaitingOn.PAUSED else _needs_you(glyphs)
    return Row(PARKED, _line(sign, parked_title(job), ((spent, Ink.NOTICE),)))


def _line(sign: StateSign, title: str, right: tuple[Part, ...] = ()) -> Line:
    ink = sign_ink(sign)
    return Line(((f"{sign.glyph} ", ink), (title, Ink.STRONG if sign.is_bold else Ink.PLAIN)),
                right)


def _review_row(view: JobView, glyphs: GlyphSet) -> Row:
    if view.review is not None:
        count = len(view.review.findings)
        right = f"{count} finding{'s' if count != 1 else ''}"
        return Row(REVIEW, _line(task_sign(TaskStatus.DONE, glyphs), "Review",
                                 ((right, Ink.MUTED),)))
    status = {JobStatus.QUEUED: TaskStatus.PENDING,
              JobStatus.REVIEWING: TaskStatus.RUNNING}.get(
                  view.job.status, TaskStatus.SKIPPED if view.job.status.is_final
                  else TaskStatus.PENDING)
    sign = _sign(view, status, glyphs)
    return Row(REVIEW, _line(sign, "Review", ((sign.word, sign_ink(sign)),)))


def _plan_row(view: JobView, now: datetime, glyphs: GlyphSet) -> Row:
    waiting = pending_of_row(view, PLAN)
    if view.plan is None:
        planning = view.job.status is JobStatus.PLANNING
        sign = _sign(view, TaskStatus.RUNNING if planning else TaskStatus.SKIPPED
                     if view.job.status.is_final else TaskStatus.PENDING, glyphs)
        return Row(PLAN, _line(sign, "Plan", ((sign.word, sign_ink(sign)),)))
    count = sum(1 for _ in view.plan.tasks())
    right = f"{count} task{'s' if count != 1 else ''}"
    if waiting is not None:
        return Row(PLAN, _line(_needs_you(glyphs), "Plan",
                               ((right + " ", Ink.MUTED), ("NEEDS YOU ", Ink.ATTENTION),
                                (age(waiting.asked_at, now), Ink.MUTED))))
    done = TaskStatus.DONE if view.tasks else TaskStatus.PENDING
    return Row(PLAN, _line(task_sign(done, glyphs), "Plan", ((right, Ink.MUTED),)))


def _phase_row(number: int, phase: Phase, records: dict[TaskId, TaskRecord], view: JobView,
               now: datetime, glyphs: GlyphSet) -> Row:
    asked = pending_of_row(view, f"phase:{phase.id}")
    known = [records[task.id] for task in phase.tasks if task.id in records]
    done = sum(record.status is TaskStatus.DONE for record in known)
    sign = _needs_you(glyphs) if asked is not None else _phase_sign(view, known, glyphs)
    figures: list[Part] = []
    if asked is not None:
        figures += [(sign.word, sign_ink(sign)), (f"diff {age(asked.asked_at, now)}", Ink.MUTED)]
        line = _line(sign, f"P{number} {foreign(phase.title)}", _spaced(figures))
        return Row(f"phase:{phase.id}", line, folds=True)
    if known:
        figures.append((f"{done}/{len(phase.tasks)}", Ink.PLAIN))
    if known and done == len(known) and (seconds := _elapsed(known, now)):
        figures.append((duration(seconds), Ink.MUTED))
    elif minutes := sum(task.estimate.minutes for task in phase.tasks):
        figures.append((about(minutes), Ink.MUTED))
    if any(record.started_at is not None for record in known):
        figures.append((money(_sum([r.cost_microusd for r in known])), Ink.MUTED))
    line = _line(sign, f"P{number} {foreign(phase.title)}", _spaced(figures))
    return Row(f"phase:{phase.id}", Line((line.left[0], (line.left[1][0], Ink.STRONG)),
                                         line.right), folds=True)


def _phase_sign(view: JobView, known: list[TaskRecord], glyphs: GlyphSet) -> StateSign:
    statuses = {record.status for record in known}
    if TaskStatus.FAILED in statuses:
        return task_sign(TaskStatus.FAILED, glyphs)
    if statuses & AT_WORK:
        return _sign(view, TaskStatus.RUNNING, glyphs)
    if statuses == {TaskStatus.DONE}:
        return task_sign(TaskStatus.DONE, glyphs)
    return task_sign(TaskStatus.SKIPPED if statuses and all(s.is_final for s in statuses)
                     else TaskStatus.PENDING, glyphs)


def _task_row(view: JobView, task: Task, record: TaskRecord | None, now: datetime, width: int,
              glyphs: GlyphSet) -> Row:
    number = view.plan.number(task.id) if view.plan else ""
    waiting = pending_of_row(view, task_key(task.id))
    status = record.status if record is not None else TaskStatus.PENDING
    is_paused = record is not None and record.is_paused
    sign = _needs_you(glyphs) if waiting is not None else _sign(view, status, glyphs,
                                                                is_paused=is_paused)
    if status is TaskStatus.AWAITING_APPROVAL and waiting is None:
        # Its phase asks, not the task: the row says so without asking a second time.
        sign = replace(sign, word="in review", is_bold=False)
    figures: list[Part] = []
    if width >= WORD_WIDTH or sign.is_bold:
        figures.append((sign.word, sign_ink(sign)))
    if waiting is not None:
        what = "diff" if waiting.question.gate is Gate.PHASE else waiting.question.gate.value
        figures.append((f"{what} {age(waiting.asked_at, now)}", Ink.MUTED))
    elif record is None or status in {TaskStatus.PENDING, TaskStatus.READY}:
        figures += _before_start(view, task, width)
    elif status is TaskStatus.SKIPPED:
        figures.append((foreign(record.reason) or "skipped", Ink.MUTED))
    else:
        clash = clash_parts(view, number)
        figures += [*clash, *_at_work(record, now, with_role=width >= 38 and not clash)]
    line = _line(sign, f"{number} {foreign(task.title)}", _spaced(figures))
    return Row(task_key(task.id), line, depth=1)


def _before_start(view: JobView, task: Task, width: int) -> list[Part]:
    """What it waits for; before the start also who and how long."""
    done = {record.id for record in view.tasks if record.status is TaskStatus.DONE}
    blockers = [view.plan.number(d) for d in task.depends_on if d not in done] if view.plan else []
    figures: list[Part] = []
    if not blockers or not view.tasks or width >= WORD_WIDTH:
        figures.append((short_role(task.role), Ink.MUTED))
    if blockers:
        figures.append((f"after {', '.join(blockers)}", Ink.MUTED))
    elif task.estimate.minutes:
        figures.append((about(task.estimate.minutes), Ink.MUTED))
    if width >= WORD_WIDTH and task.estimate.cost_microusd:
        figures.append((f"~{money(task.estimate.cost_microusd)}", Ink.MUTED))
    return figures


def _at_work(record: TaskRecord, now: datetime, *, with_role: bool) -> list[Part]:
    figures: list[Part] = []
    if with_role:
        figures.append((short_role(record.role), Ink.MUTED))
    if record.started_at is not None:
        seconds = ((record.finished_at or now) - record.started_at).total_seconds()
        figures.append((age(record.started_at, record.finished_at or now)
                        if seconds >= 60 else duration(seconds), Ink.MUTED))
    figures.append((money(record.cost_microusd), Ink.MUTED))
    return figures


def _result_row(view: JobView, glyphs: GlyphSet) -> Row:
    job = view.job
    sign = job_sign(job.status, job.waiting_on, glyphs)
    if not job.status.is_final:
        return Row(RESULT, _line(task_sign(TaskStatus.RUNNING, glyphs), "Result so far",
                                 ((f"{job.head_commit[:8]}", Ink.MUTED),)))
    return Row(RESULT, _line(sign, "Result", ((sign.word, sign_ink(sign)),)))


def _spaced(parts: list[Part]) -> tuple[Part, ...]:
    out: list[Part] = []
    for part in parts:
        if out:
            out.append((" ", Ink.PLAIN))
        out.append(part)
    return tuple(out)


def _elapsed(known: list[TaskRecord], now: datetime) -> float:
    starts = [r.started_at for r in known if r.started_at is not None]
    ends = [r.finished_at or now for r in known if r.started_at is not None]
    return (max(ends) - min(starts)).total_seconds() if starts else 0.0


def _sum(costs: list[int | None]) -> int | None:
    return None if None in costs else sum(cost for cost in costs if cost is not None)
