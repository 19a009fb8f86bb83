"""What the review pane shows for something that waits for an answer. Pure."""

from __future__ import annotations

from datetime import datetime

from cockpit_tui.domain.approval import Approval, Question
from cockpit_tui.domain.plan import Plan
from cockpit_tui.domain.policy import Gate, Risk
from cockpit_tui.domain.sanitize import sanitize
from cockpit_tui.domain.task import TaskRecord, TaskStatus
from cockpit_tui.domain.view import JobView
from cockpit_tui.presentation.counting import count
from cockpit_tui.presentation.glyphs import GlyphSet, risk_sign
from cockpit_tui.presentation.time import age, money
from cockpit_tui.ui.lines import Ink, Line, foreign, plain
from cockpit_tui.ui.parked import spent_line
from cockpit_tui.ui.plan_rows import about, phase_of_approval, sign_ink
from cockpit_tui.ui.snapshot import DiffSource
from cockpit_tui.ui.subject import BLANK, Subject, heading, lines_of
from cockpit_tui.ui.subject_plans import plan_lines, proof_parts

MONEY_GATES = frozenset({Gate.EXPENSIVE, Gate.BUDGET})


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
    held = f"  It holds up {count(approval.holds_up, 'task')}." if approval.holds_up else ""
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


def diff_question(view: JobView, approval: Approval, now: datetime, glyphs: GlyphSet) -> Subject:
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
    is_named = f"(round {rounds})" in question.title
    who = (f" {glyphs.separator} round {rounds}"
           if isinstance(rounds, int) and rounds > 1 and not is_named else "")
    held = f", holds up {count(approval.holds_up, 'task')}" if approval.holds_up else ""
    key = "a, then y," if question.risk is Risk.HIGH else "a"
    return Subject(
        key=_identity(approval), approval=approval, head=tuple(head), is_head_whole=bool(notes),
        source=DiffSource.of_approval(approval.id),
        title=((f"{glyphs.needs_you} ", Ink.ATTENTION), (foreign(question.title), Ink.STRONG),
               (f"{who} {glyphs.separator} review", Ink.MUTED)),
        figures=((risk.word, sign_ink(risk)),),
        hint=plain(f" {key} lands it on {foreign(view.job.branch)}; checks run again first if "
                   f"hunks are dropped.  Waits {age(approval.asked_at, now)}{held}."))


def plan_question(view: JobView, plan: Plan, approval: Approval, glyphs: GlyphSet) -> Subject:
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
                 (f"{count(sum(1 for _ in plan.tasks()), 'task')} "
                  f"{about(estimate.minutes)} ~{money(estimate.cost_microusd)}",
                  Ink.MUTED)),
        hint=plain(f" {key} starts the work on this plan.  Enter edits it first.  "
                   "r sends it back with a comment."))


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


def _who(view: JobView, approval: Approval) -> str:
    if approval.task_id is None or view.plan is None:
        return ""
    return f"{view.plan.number(approval.task_id)} "


def _identity(approval: Approval) -> str:
    return f"{approval.id}:{approval.question.action_hash}"
