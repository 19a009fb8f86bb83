"""Pane 2: the shown job as a tree: review, plan, phases, tasks, result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.domain.view import JobView
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.presentation.time import money
from cockpit_tui.ui.actions import Scope, Situation, bindings, of_call
from cockpit_tui.ui.lines import Ink, Line, Part
from cockpit_tui.ui.plan_rows import plan_rows
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.row_list import Row, RowList

_EMPTY = (
    Row("e2", Line(), is_note=True),
    Row("e3", Line((("  n      ", Ink.KEY), ("new request", Ink.PLAIN))), is_note=True),
    Row("e4", Line((("  Enter  ", Ink.KEY), ("on a job shows its plan", Ink.PLAIN))),
        is_note=True),
    Row("e5", Line(), is_note=True),
    Row("e6", Line((("A plan lists phases and tasks with", Ink.MUTED),)), is_note=True),
    Row("e7", Line((("time, cost and who does them.", Ink.MUTED),)), is_note=True),
)


def _no_job_chosen(job_count: int) -> tuple[Row, ...]:
    what = ("No job here yet." if not job_count else "1 job here, not chosen."
            if job_count == 1 else f"{job_count} jobs here, none chosen.")
    return Row("e1", Line(((what, Ink.PLAIN),)), is_note=True), *_EMPTY


class PlanPane(Pane):
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.RUN)  # type: ignore[assignment]
    rows = getters.query_one(RowList)
    situation = Situation()

    @dataclass
    class RowChosen(Message):
        key: str
        by_person: bool
        opened: bool

    @dataclass
    class StopWanted(Message):
        pass

    @dataclass
    class PauseWanted(Message):
        key: str
        """The row that the cursor is on."""

    _shown: tuple[JobView | None, int, datetime, GlyphSet] | None = None

    def on_resize(self) -> None:
        """A wider pane has room for more words in each row."""
        super().on_resize()
        if self._shown is not None:
            view, job_count, now, glyphs = self._shown
            self.show(view, job_count=job_count, now=now, glyphs=glyphs)

    def compose(self) -> ComposeResult:
        yield RowList(id="plan-rows")

    def show(self, view: JobView | None, *, job_count: int = 0, now: datetime,
             glyphs: GlyphSet) -> None:
        """`job_count`: how many the repository has, said while none of them is shown."""
        self._shown = (view, job_count, now, glyphs)
        if view is None:
            self.set_title()
            self.rows.set_rows(_no_job_chosen(job_count))
            return
        self.set_title(right=self._figures(view))
        width = self.content_size.width or 40
        self.rows.set_rows(plan_rows(view, now=now, width=width, glyphs=glyphs))

    @staticmethod
    def _figures(view: JobView) -> tuple[Part, ...]:
        done = sum(task.status is TaskStatus.DONE for task in view.tasks)
        spent = money(view.job.cost_microusd)
        if not view.tasks:
            return ((spent, Ink.MUTED),)
        planned = view.plan.estimate().cost_microusd if view.plan is not None else None
        of = f" of ~{money(planned)}" if planned else ""
        return ((f"{done}/{len(view.tasks)} {spent}{of}", Ink.MUTED),)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        spec = of_call((Scope.RUN,), action, parameters)
        if spec is None:
            return super().check_action(action, parameters)
        return None if spec.when(self.situation) else True

    @on(RowList.Highlighted)
    def _highlighted(self, event: RowList.Highlighted) -> None:
        event.stop()
        self.post_message(self.RowChosen(event.key, event.by_person, False))

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        if event.key.startswith("phase:"):
            self.rows.toggle_fold(event.key)
        self.post_message(self.RowChosen(event.key, True, True))

    def action_pause(self) -> None:
        self.post_message(self.PauseWanted(self.rows.cursor or ""))

    def action_stop_job(self) -> None:
        self.post_message(self.StopWanted())
