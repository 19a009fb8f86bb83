"""What the review pane shows for a selected row: title, figures, text or diff, and the question.

Pure: from a view and a row key to a `Subject`. The pane paints it, the screen acts on it.
"""

from __future__ import annotations

from datetime import datetime

from cockpit_tui.domain.approval import Approval, Question
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.job import JobStatus
from cockpit_tui.domain.plan import Plan, Task
from cockpit_tui.domain.policy import Gate, Risk
from cockpit_tui.domain.sanitize import sanitize
from cockpit_tui.domain.task import Proof, TaskRecord, TaskStatus
from cockpit_tui.domain.view import JobView
from cockpit_tui.presentation.glyphs import GlyphSet, job_sign, paused_sign, risk_sign, task_sign
from cockpit_tui.presentation.time import age, money
from cockpit_tui.ui.collisions import warning_lines
from cockpit_tui.ui.lines import Ink, Line, Part, foreign, plain
from cockpit_tui.ui.parked import parked_subject, spent_line
from cockpit_tui.ui.plan_rows import (
    PARKED,
    RESULT,
    REVIEW,
    about,
    pending_of_row,
    phase_of_approval,
    short_role,
    sign_ink,
)
from cockpit_tui.ui.snapshot import DiffSource
from cockpit_tui.ui.subject import BLANK, Subject, heading, lines_of
from cockpit_tui.ui.task_facts import executions_of, facts_in_full, facts_in_short

MONEY_GATES = frozenset({Gate.EXPENSIVE, Gate.BUDGET})
OUTPUT_LINES = 40
"""Of a failed command, from the end; all of it is in the log."""


def subject_of(view: JobView, key: str, *, now: datetime, glyphs: GlyphSet) -> Subject:
    """The subject of one row of `plan_rows`."""
    approval = pending_of_row(view, key)
    if approval is not None and approval.question.gate in {Gate.PHASE, Gate.LAND}:
        return _diff_question(view, approval, now, glyphs)
    if approval is not None and approval.question.gate is Gate.PLAN and view.plan is not None:
        return _plan_question(view, view.plan, approval, glyphs)
    if approval is not None:
        return question_subject(view, approval, now=now, glyphs=glyphs)
    if key == PARKED:
        return parked_subject(view.job, glyphs)
    if key == REVIEW:
        return _review(view, glyphs)
    if key == RESULT:
        return _result(view, glyphs)
    if key.startswith("task:"):
        return _task(view, TaskId(key.removeprefix("task:")), now, glyphs)
    if key.startswith("phase:"):
        return _phase(view, key)
    return _plan(view)


def question_subject(view: JobView, approval: Approval, *, now: datetime,
                     glyphs: GlyphSet) -> Subject:
    """A command, a push, a budget: everything that is answered by reading it."""
    question = approval.question
    risk = risk_sign(question.risk, glyphs)
    lines = [*lines_of(question.title, Ink.STRONG), BLANK]
    if question.detail.strip() not in question.title:
        lines += [*lines_of(question.detail), BLANK]
    if question.reasons:
        lines += [heading("Why you are asked"),
                  *(line for reason in question.reasons
                    for line in lines_of(reason, indent="  ")), BLANK]
    if question.gate in MONEY_GATES:
        lines += [spent_line(view.job, glyphs), BLANK]
    lines += rest_lines(question)
    held = f"  It holds up {_count(approval.holds_up, 'task')}." if approval.holds_up else ""
    lines += [plain(f"Waits {age(approval.asked_at, now)}.{held}", Ink.MUTED)]
    return Subject(
        key=_identity(approval), approval=approval, lines=tuple(lines),
        title=((f"{glyphs.needs_you} ", Ink.ATTENTION),
               (f"{_who(view, approval)}asks: {gate_word(question.gate)}", Ink.STRONG)),
        figures=((risk.word, sign_ink(risk)),),
        hint=plain(f" {allow_words(question)}    {deny_words(question)}"))


def rest_lines(question: Question) -> list[Line]:
    """How not to be asked again, where that can be."""
    if question.gate is not Gate.EXPENSIVE:
        return []
    return [plain("A allows this call and all like it that the job will make."), BLANK]


def gate_word(gate: Gate) -> str:
    return "a dear call" if gate is Gate.EXPENSIVE else gate.value


def allow_words(question: Question) -> str:
    """What `a` does to a question that is answered by reading it."""
    once = {Gate.EXPENSIVE: "this one call", Gate.BUDGET: "the money"}.get(question.gate, "once")
    return f"a, then y: allow {once} (HIGH)" if question.risk is Risk.HIGH else f"a allow {once}"


def deny_words(question: Question) -> str:
    if question.gate is Gate.BUDGET and question.action.get("task"):
        return "x deny: the task fails, the job goes on without it"
    if question.gate is Gate.BUDGET:
        return "x deny: the job stops and waits; b lets it go on later"
    if question.gate is Gate.EXPENSIVE:
        return "x deny: a cheaper model is asked; without one it fails"
    return "x deny, the agent is told and goes on without"


def _who(view: JobView, approval: Approval) -> str:
    if approval.task_id is None or view.plan is None:
        return ""
    return f"{view.plan.number(approval.task_id)} "


def _identity(approval: Approval) -> str:
    return f"{approval.id}:{approval.question.action_hash}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _diff_question(view: JobView, approval: Approval, now: datetime, glyphs: GlyphSet) -> Subject:
    question = approval.question
    risk = risk_sign(question.risk, glyphs)
    # The engine puts what went wrong in an earlier round before the other reasons, and into the
    # detail too: without it a yes would be given to something else than was asked for.
    detail = question.detail.strip().split("\n")
    notes = [reason for reason in question.reasons if reason in question.detail]
    of_notes = {line for note in notes for line in note.split("\n")}
    first, *rest = (sanitize(line) for line in detail if line not in of_notes)
    head = [line for note in notes for line in lines_of(f"{glyphs.warning} {note}", Ink.ATTENTION)]
    head += [plain(first)] if first else []
    asked_about = records_of_approval(view, approval)
    checks = proof_parts(tuple(p for r in asked_about for p in r.proofs), glyphs)
    # The first reason is the policy itself; the others are about this very diff.
    why = "; ".join(foreign(r) for r in [r for r in question.reasons if r not in notes][1:])
    if checks or why:
        head.append(Line(checks, ((why, Ink.NOTICE),) if why else ()))
    if rest:
        head.append(plain(f" {glyphs.separator} ".join(rest), Ink.MUTED))
    rounds = question.action.get("round")
    who = f" {glyphs.separator} round {rounds}" if isinstance(rounds, int) and rounds > 1 else ""
    held = f", holds up {_count(approval.holds_up, 'task')}" if approval.holds_up else ""
    key = "a, then y," if question.risk is Risk.HIGH else "a"
    return Subject(
        key=_identity(approval), approval=approval, head=tuple(head), is_head_whole=bool(notes),
        source=DiffSource.of_approval(approval.id),
        title=((f"{glyphs.needs_you} ", Ink.ATTENTION), (foreign(question.title), Ink.STRONG),
               (f"{who} {glyphs.separator} review", Ink.MUTED)),
        figures=((risk.word, sign_ink(risk)),),
        hint=plain(f" {key} lands it on {foreign(view.job.branch)}; checks run again first if "
                   f"hunks are dropped.  Waits {age(approval.asked_at, now)}{held}."))


def records_of_approval(view: JobView, approval: Approval) -> tuple[TaskRecord, ...]:
    """The tasks whose work the approval is about: its own, or those of its phase that wait."""
    if approval.task_id is not None:
        return tuple(record for record in view.tasks if record.id == approval.task_id)
    phase = phase_of_approval(view, approval)
    return tuple(record for record in view.tasks
                 if phase is not None and record.phase_id == phase.id
                 and record.status is TaskStatus.AWAITING_APPROVAL)


def failing_checks(view: JobView | None, approval: Approval) -> str:
    """Which checks are red in what the approval is about; empty when none is."""
    if view is None:
        return ""
    newest = {proof.command: proof for record in records_of_approval(view, approval)
              for proof in record.proofs}
    red = [p.command for p in newest.values() if p.exit_code not in (0, None)]
    return f"{', '.join(red)} failed" if red else ""


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


def _plan_question(view: JobView, plan: Plan, approval: Approval, glyphs: GlyphSet) -> Subject:
    estimate, question = plan.estimate(), approval.question
    risk = risk_sign(question.risk, glyphs)
    # The first reason is the policy itself; the others are about this very plan.
    why = tuple(line for reason in question.reasons[1:]
                for line in lines_of(f"! {reason}", Ink.NOTICE))
    key = "a, then y," if question.risk is Risk.HIGH else "a"
    return Subject(
        key=f"{_identity(approval)}:{plan.revision}", approval=approval,
        lines=(*plan_lines(plan), *((BLANK, *why) if why else ())),
        title=((f"{glyphs.needs_you} ", Ink.ATTENTION), ("Plan", Ink.STRONG),
               (f" {glyphs.separator} draft {plan.revision} by {foreign(plan.author)}",
                Ink.MUTED)),
        figures=((risk.word, sign_ink(risk)), (f" {glyphs.separator} ", Ink.MUTED),
                 (f"{_count(sum(1 for _ in plan.tasks()), 'task')} "
                  f"{about(estimate.minutes)} ~{money(estimate.cost_microusd)}",
                  Ink.MUTED)),
        hint=plain(f" {key} starts the work on this plan.  Enter edits it first.  "
                   "r sends it back with a comment."))


def _plan(view: JobView) -> Subject:
    if view.plan is None:
        return Subject(key="plan", title=(("Plan", Ink.STRONG),), lines=(
            plain("There is no plan yet."),
            plain("It follows the review, and waits here for your yes.", Ink.MUTED)))
    return Subject(key=f"plan:{view.plan.revision}", title=(("Plan", Ink.STRONG),),
                   lines=plan_lines(view.plan), hint=plain(" Enter opens the plan."))


def _phase(view: JobView, key: str) -> Subject:
    wanted = key.removeprefix("phase:")
    phases = view.plan.phases if view.plan else ()
    for number, phase in enumerate(phases, 1):
        if phase.id == wanted:
            lines: list[Line] = []
            for at, task in enumerate(phase.tasks, 1):
                lines += [heading(f"{number}.{at} {foreign(task.title)}"), *_task_text(task), BLANK]
            return Subject(key=key, lines=tuple(lines),
                           title=((f"P{number} {foreign(phase.title)}", Ink.STRONG),))
    return _plan(view)


def _review(view: JobView, glyphs: GlyphSet) -> Subject:
    review = view.review
    if review is None:
        running = view.job.status in {JobStatus.QUEUED, JobStatus.REVIEWING}
        text = ("The repository is being read. The log shows how far it is." if running
                else "There is no review.")
        return Subject(key="review", title=(("Review", Ink.STRONG),), lines=(plain(text),))
    lines = [*lines_of(review.summary), BLANK]
    lines += [Line(((f"{finding.severity.value:<7} ", Ink.NOTICE if finding.severity.value in
                     {"high", "medium"} else Ink.MUTED), (foreign(finding.title), Ink.PLAIN)),
                   ((f"{foreign(finding.path)}:{finding.line}" if finding.path else "",
                     Ink.MUTED),)) for finding in review.findings]
    return Subject(key="review", lines=tuple(lines),
                   title=(("Review", Ink.STRONG),
                          (f" {glyphs.separator} by {foreign(review.author)}", Ink.MUTED)),
                   figures=((_count(len(review.findings), "finding"), Ink.MUTED),),
                   hint=plain(" Enter opens the whole report."))


def _result(view: JobView, glyphs: GlyphSet) -> Subject:
    """How the job ended, where its work is, and what to do with it."""
    job = view.job
    sign = job_sign(job.status, job.waiting_on, glyphs)
    done = sum(record.status is TaskStatus.DONE for record in view.tasks)
    landed = job.head_commit not in {"", job.base_commit}
    facts = [Line(((f"{sign.glyph} {sign.word}", sign_ink(sign)),
                   (f"  {done} of {_count(len(view.tasks), 'task')} done", Ink.PLAIN)),
                  ((money(job.cost_microusd), Ink.PLAIN),))]
    if job.reason:
        facts += list(lines_of(job.reason, Ink.FAILED if job.status is JobStatus.FAILED
                               else Ink.MUTED))
    stopped = job.status in {JobStatus.FAILED, JobStatus.CANCELLED}
    title = ((f"#{job.number} ", Ink.MUTED), ("Result", Ink.STRONG))
    if landed:
        facts += _landed_lines(view)
        again = " R tries the failed tasks again.  " if stopped else " "
        return Subject(key="result", title=title, head=tuple(facts), is_head_whole=True,
                       source=DiffSource.of_job(job.id),
                       hint=plain(f"{again}git merge {foreign(job.branch)}  takes it over.  "
                                  ": undo job takes the branch away."))
    failed = [line for record in view.tasks if record.status is TaskStatus.FAILED
              for line in (BLANK, heading(f"{record.number} {foreign(record.title)}"),
                           *_failure(record, glyphs))]
    if stopped:
        facts.append(plain("Nothing landed: there is no branch, your repository is as it was.",
                           Ink.MUTED))
    hint = " R tries the failed tasks again.  n starts another request." if stopped else ""
    return Subject(key="result", title=title, lines=(*facts, *failed), hint=plain(hint))


def _landed_lines(view: JobView) -> tuple[Line, ...]:
    """Branch, how to take it over, how to be rid of it; and which tasks are not in it."""
    job = view.job
    commits = len({record.commit for record in view.tasks if record.commit})
    lines = [Line((("branch   ", Ink.MUTED), (foreign(job.branch), Ink.PLAIN)),
                  ((f"{_count(commits, 'commit')}, {job.head_commit[:8]}", Ink.MUTED),))]
    if job.status.is_final:
        lines += [Line((("take it  ", Ink.MUTED), (f"git merge {foreign(job.branch)}",
                                                   Ink.STRONG))),
                  Line((("undo     ", Ink.MUTED), (": undo job", Ink.PLAIN)))]
    lines += [Line((("failed   ", Ink.FAILED), (f"{record.number} {foreign(record.title)}: "
                                                f"{foreign(record.reason)}", Ink.PLAIN)))
              for record in view.tasks if record.status is TaskStatus.FAILED]
    return tuple(lines)


def _task(view: JobView, task_id: TaskId, now: datetime, glyphs: GlyphSet) -> Subject:
    record = _record(view, task_id)
    planned = view.plan.task(task_id) if view.plan is not None else None
    if record is None or record.status in {TaskStatus.PENDING, TaskStatus.READY}:
        number = view.plan.number(task_id) if view.plan is not None else ""
        name = foreign(planned.title) if planned is not None else ""
        return Subject(key=f"task:{task_id}", title=((f"{number} {name}", Ink.STRONG),),
                       lines=_task_text(planned) if planned is not None else ())
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
        lines += _failure(record, glyphs)
    if planned is not None:
        lines += [BLANK, *_task_text(planned)]
    return Subject(key=f"task:{task_id}", title=title, lines=tuple(lines))


def _failure(record: TaskRecord, glyphs: GlyphSet) -> tuple[Line, ...]:
    lines = list(lines_of(record.reason or record.status.value, Ink.FAILED))
    for proof in record.proofs:
        if proof.passed:
            continue
        lines += [BLANK, Line(proof_parts((proof,), glyphs))]
        lines += lines_of(proof.output, Ink.MUTED, indent="  ")[-OUTPUT_LINES:]
    return tuple(lines)


def _task_text(task: Task) -> tuple[Line, ...]:
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


def _record(view: JobView, task_id: TaskId | None) -> TaskRecord | None:
    return next((record for record in view.tasks if record.id == task_id), None)
