"""The inbox: everything that waits for a person, in all jobs, in the order to answer it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget

from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.ids import ApprovalId
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.policy import Gate, Risk
from cockpit_tui.domain.project import Project
from cockpit_tui.presentation.glyphs import risk_sign
from cockpit_tui.presentation.time import age
from cockpit_tui.ui.actions import Scope, Situation, bindings, of_call
from cockpit_tui.ui.lines import Ink, Line, foreign, plain
from cockpit_tui.ui.parked import gauge, parked_item, parked_subject, spent_line
from cockpit_tui.ui.plan_rows import sign_ink
from cockpit_tui.ui.screens.deciding import DecidingScreen
from cockpit_tui.ui.snapshot import Snapshot
from cockpit_tui.ui.subject import BLANK, heading, lines_of
from cockpit_tui.ui.subject_questions import (
    MONEY_GATES,
    allow_words,
    deny_words,
    gate_word,
    rest_lines,
)
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.row_list import Row, RowList
from cockpit_tui.ui.widgets.text_page import TextPage

_SEEN_ELSEWHERE = frozenset({Gate.PLAN, Gate.PHASE, Gate.LAND})
"""Answered only where the plan or the diff can be read."""


class InboxScreen(DecidingScreen):
    PLACE = "INBOX"
    CSS_PATH = "inbox.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.DECIDE)  # type: ignore[assignment]

    rows = getters.query_one(RowList)
    waiting = getters.query_one("#waiting", Pane)
    question = getters.query_one("#question", Pane)
    page = getters.query_one("#question-page", TextPage)

    @dataclass
    class VisitWanted(Message):
        """Open the question where it can be read in full."""

        approval: Approval

    @dataclass
    class JobWanted(Message):
        """Show a job that stopped, where it can go on."""

        job: Job

    def body(self) -> Iterable[Widget]:
        with Horizontal(id="inbox-body"):
            with Pane(name="Waiting", id="waiting"):
                yield RowList(id="inbox-rows")
            with Pane(name="Question", id="question"):
                yield TextPage(id="question-page")

    def on_mount(self) -> None:
        super().on_mount()
        self.rows.focus()

    @property
    def shown_project(self) -> Project | None:
        job = self.shown_job
        return self.snapshot.project(job.project_id) if job is not None else None

    @property
    def shown_job(self) -> Job | None:
        approval = self.approval
        return self.snapshot.job(approval.job_id) if approval is not None else self.parked_job

    @property
    def approval(self) -> Approval | None:
        return self.snapshot.approval(ApprovalId(self.rows.cursor or ""))

    @property
    def parked_job(self) -> Job | None:
        """The job under the cursor that stopped without a question."""
        return next((job for job in self.snapshot.parked
                     if self.rows.cursor == f"job:{job.id}"), None)

    @property
    def situation(self) -> Situation:
        return Situation(approval=self.approval, is_read_only=self.snapshot.is_read_only,
                         waiting=self.snapshot.waiting, job=self.shown_job)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        spec = of_call((Scope.DECIDE,), action, parameters)
        return None if spec is not None and spec.when(self.situation) else True

    def footer_labels(self) -> dict[str, str]:
        approval = self.approval
        if approval is None or approval.question.gate not in _SEEN_ELSEWHERE:
            return {"decide.reject_task": ""}
        return dict.fromkeys(("decide.approve", "decide.return", "decide.reject",
                              "decide.comment"), "")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.rows.set_rows(self._rows())
        self.waiting.set_title(right=str(snapshot.waiting))
        self._show_question()
        super().show_snapshot(snapshot)

    def _rows(self) -> list[Row]:
        rows: list[Row] = []
        for risk in (Risk.HIGH, Risk.MED, Risk.LOW):
            group = [a for a in self.snapshot.pending if a.question.risk is risk]
            if not group:
                continue
            word = "HIGH  answered one by one" if risk is Risk.HIGH else risk.value
            if rows:
                rows.append(Row(f"gap:{risk}", BLANK, is_note=True))
            rows.append(Row(f"head:{risk}", heading(word), is_note=True))
            for approval in group:
                job = self.snapshot.job(approval.job_id)
                number = f"#{job.number} " if job is not None else ""
                rows.append(Row(approval.id, Line(
                    ((f"{self.glyphs.needs_you} ", Ink.ATTENTION), (number, Ink.MUTED),
                     (f"{gate_word(approval.question.gate)} ", Ink.MUTED),
                     (foreign(approval.question.title), Ink.PLAIN)),
                    ((age(approval.asked_at, self.now), Ink.MUTED),)), depth=1))
        parked = self.snapshot.parked
        if parked:
            rows += [Row("gap:parked", BLANK, is_note=True)] if rows else []
            rows.append(Row("head:parked", heading("stopped"), is_note=True))
        rows += [Row(f"job:{job.id}", Line(
            ((f"{self.glyphs.needs_you} ", Ink.ATTENTION), (f"#{job.number} ", Ink.MUTED),
             (parked_item(job), Ink.PLAIN)),
            (gauge(job.cost_microusd, job.request.limits.budget_microusd, self.glyphs,
                   cells=0),)), depth=1) for job in parked]
        if not rows:
            rows = [Row("e1", plain("Nothing waits for you."), is_note=True),
                    Row("e2", plain("What agents ask appears here, HIGH risk first.", Ink.MUTED),
                        is_note=True)]
        return rows

    def _show_question(self) -> None:
        approval = self.approval
        if (parked := self.parked_job) is not None:
            subject = parked_subject(parked, self.glyphs)
            self.question.set_title(subject.title, subject.figures)
            self.page.set_lines(subject.lines, from_top=True)
            self.say("Enter goes to the job; b there lets it go on.")
            return
        if approval is None:
            self.question.set_title()
            self.page.set_lines(())
            self.say("Nothing waits for you. Esc goes back.")
            return
        question = approval.question
        self.arming.show(f"{approval.id}:{question.action_hash}")
        risk = risk_sign(question.risk, self.glyphs)
        self.question.set_title(((f"{gate_word(question.gate)} ", Ink.STRONG),),
                                ((risk.word, sign_ink(risk)),))
        lines = [*lines_of(question.title, Ink.STRONG), BLANK, *lines_of(question.detail), BLANK]
        if question.reasons:
            lines += [heading("Why you are asked"),
                      *(line for reason in question.reasons
                        for line in lines_of(reason, indent="  ")), BLANK]
        job = self.shown_job
        if question.gate in MONEY_GATES and job is not None:
            lines += [spent_line(job, self.glyphs), BLANK]
        lines += rest_lines(question)
        held = f" It holds up {approval.holds_up}." if approval.holds_up else ""
        lines.append(plain(f"Waits {age(approval.asked_at, self.now)}.{held}", Ink.MUTED))
        self.page.set_lines(lines, from_top=True)
        if question.gate in _SEEN_ELSEWHERE:
            self.say("Enter opens it, to be answered where it can be read in full.")
        else:
            self.say(f"{allow_words(question)}    {deny_words(question)}")

    @on(RowList.Highlighted)
    def _highlighted(self) -> None:
        self._show_question()
        self.show_bars()

    @on(RowList.Opened)
    def _opened(self) -> None:
        self._visit()

    def _visit(self) -> None:
        if (job := self.parked_job) is not None:
            self.post_message(self.JobWanted(job))
        if (approval := self.approval) is not None:
            self.post_message(self.VisitWanted(approval))

    def action_approve(self) -> None:
        approval = self.approval
        if approval is None:
            return
        if approval.question.gate in _SEEN_ELSEWHERE:
            self._visit()
        else:
            self.approve(approval)

    def action_approve_rest(self) -> None:
        if (approval := self.approval) is not None:
            self.approve(approval, rest_of_job=True)

    def action_send_back(self) -> None:
        self._visit()

    def action_comment(self) -> None:
        self._visit()

    def action_reject(self) -> None:
        approval = self.approval
        if approval is None:
            return
        if approval.question.gate in _SEEN_ELSEWHERE:
            self._visit()
        else:
            self.reject(approval)

    def action_reject_all(self) -> None:
        if (approval := self.approval) is not None:
            self.reject_all(approval)
