"""The plan editor: turn the draft into what you want, approve it, or ask the planner again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import getters, on, work
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.plan import Plan, delete_task, move_task
from cockpit_tui.domain.policy import Gate
from cockpit_tui.domain.roles import ROLE_NAMES
from cockpit_tui.domain.view import JobView
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.presentation.model_words import ModelBook
from cockpit_tui.presentation.time import money
from cockpit_tui.ui.actions import Scope, Situation, bindings, of_call
from cockpit_tui.ui.drafts import PlanDraft
from cockpit_tui.ui.lines import Ink, foreign, plain
from cockpit_tui.ui.plan_rows import about
from cockpit_tui.ui.plan_table import PlanKey, inspector_lines, plan_table
from cockpit_tui.ui.screens.deciding import DecidingScreen
from cockpit_tui.ui.screens.sheets import FieldsSheet, TextSheet
from cockpit_tui.ui.settings import UiSettings
from cockpit_tui.ui.snapshot import Snapshot
from cockpit_tui.ui.task_fields import TASK_LABELS, read_task_fields, task_fields
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.row_list import RowList
from cockpit_tui.ui.widgets.text_page import TextPage


class PlanScreen(DecidingScreen):
    PLACE = "PLAN"
    CSS_PATH = "plan.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PLAN)  # type: ignore[assignment]

    table = getters.query_one(RowList)
    frame = getters.query_one("#plan-frame", Pane)
    inspector = getters.query_one("#plan-inspector", TextPage)
    inspector_frame = getters.query_one("#inspector-frame", Pane)

    def __init__(self, settings: UiSettings, glyphs: GlyphSet, *, job_id: JobId,
                 drafts: dict[PlanKey, PlanDraft]) -> None:
        super().__init__(settings, glyphs)
        self._job_id = job_id
        self._drafts = drafts
        self._draft: PlanDraft | None = None
        self._book: ModelBook | None = None

    def body(self) -> Iterable[Widget]:
        with Horizontal(id="plan-body"):
            with Pane(name="Phases and tasks", id="plan-frame"):
                yield RowList(id="plan-table")
            with Pane(name="Task", id="inspector-frame"):
                yield TextPage(id="plan-inspector")

    def on_mount(self) -> None:
        super().on_mount()
        self.table.focus()
        self._read_models()

    @work(exit_on_error=False, group="models")
    async def _read_models(self) -> None:
        self._book = await asyncio.to_thread(self.settings.models)

    @property
    def view(self) -> JobView | None:
        view = self.snapshot.view
        return view if view is not None and view.job.id == self._job_id else None

    @property
    def approval(self) -> Approval | None:
        """The plan's question, while it waits."""
        view = self.view
        return next((a for a in view.pending if a.question.gate is Gate.PLAN),
                    None) if view is not None else None

    @property
    def situation(self) -> Situation:
        view = self.view
        return Situation(approval=self.approval, job=view.job if view is not None else None,
                         is_read_only=self.snapshot.is_read_only,
                         waiting=self.snapshot.waiting,
                         can_undo=self._draft is not None and self._draft.edits > 0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        spec = of_call((Scope.PLAN,), action, parameters)
        return None if spec is not None and spec.when(self.situation) else True

    def footer_labels(self) -> dict[str, str]:
        return {"plan.approve": "approve+run",
                "item.open": "edit" if self.approval is not None else "read"}

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        view = self.view
        if view is None or view.plan is None:
            return
        key = (view.job.id, view.plan.revision)
        if self._draft is None or self._draft.original.revision != view.plan.revision:
            self._draft = self._drafts.setdefault(key, PlanDraft(view.plan))
        approval = self.approval
        self.arming.show(f"{approval.id if approval else ''}:{view.plan.revision}")
        self._show_plan()
        if approval is None:
            self.say("This plan is not waiting for an answer; it can only be read.")

    def _show_plan(self) -> None:
        if self._draft is None:
            return
        plan, edits = self._draft.plan, self._draft.edits
        self.table.set_rows(plan_table(plan, original=self._draft.original))
        estimate = plan.estimate()
        tasks = sum(1 for _ in plan.tasks())
        self.frame.set_title(
            right=f"{tasks} tasks {about(estimate.minutes)} "
                  f"~{money(estimate.cost_microusd)}")
        if self.approval is not None:
            edited = f"{edits} edits, u takes one back.  " if edits else ""
            comment = ("A comment for the planner is pending, r sends it.  "
                       if self._draft.comment else "")
            self.say(f"{edited}{comment}a approves this plan and starts the work.")
        self._show_task()
        self.show_bars()

    def _show_task(self) -> None:
        if self._draft is None:
            return
        task_id = self.selected
        title, lines = inspector_lines(self._draft.plan, self.table.cursor or "")
        edited = task_id is not None and self._draft.original != self._draft.plan and any(
            t.id == task_id and t not in tuple(self._draft.original.tasks())
            for t in self._draft.plan.tasks())
        self.inspector_frame.set_title(((foreign(title), Ink.STRONG),),
                                       (("edited", Ink.MARK),) if edited else ())
        self.inspector.set_lines(lines, from_top=True)

    @property
    def selected(self) -> TaskId | None:
        key = self.table.cursor or ""
        return TaskId(key.removeprefix("task:")) if key.startswith("task:") else None

    @on(RowList.Highlighted)
    def _highlighted(self) -> None:
        self._show_task()

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        if event.key.startswith("phase:"):
            self.table.toggle_fold(event.key)
        elif self.approval is not None:
            self.action_edit()
        else:
            self.inspector.focus()

    def _apply(self, change: Callable[[Plan, TaskId], Plan]) -> None:
        task_id, draft = self.selected, self._draft
        if task_id is None or draft is None:
            self.say(plain(" Select a task first."))
            return
        try:
            draft.apply(change(draft.plan, task_id))
        except CockpitError as error:
            self.say_error(error)
            return
        self._show_plan()

    def action_reorder(self, by: int) -> None:
        self._apply(lambda plan, task: move_task(plan, task, by))

    def action_delete(self) -> None:
        self._apply(delete_task)

    def action_edit(self) -> None:
        task_id, draft = self.selected, self._draft
        if task_id is None or draft is None:
            self.say("Select a task first.")
            return
        task = draft.plan.task(task_id)
        roles = sorted({t.role for t in draft.plan.tasks()} | set(ROLE_NAMES))

        def change(fields: dict[str, str]) -> Callable[[Plan, TaskId], Plan]:
            return read_task_fields(fields, task, roles, self._book)

        def given(fields: dict[str, str] | None) -> None:
            self.arming.reshow()
            if fields is not None:
                self._apply(change(fields))

        self.app.push_screen(
            FieldsSheet(f"Task {draft.plan.number(task_id)}", task_fields(task),
                        labels=TASK_LABELS, book=self._book, check=change,
                        hint=f"Roles: {', '.join(roles)}"),
            given)

    def action_comment(self) -> None:
        draft = self._draft
        if draft is None:
            return

        def given(text: str | None) -> None:
            self.arming.reshow()
            if text is not None:
                draft.comment = text
                self._show_plan()

        self.app.push_screen(TextSheet("Comment for the planner", text=draft.comment,
                                       may_be_empty=True), given)

    def undo(self) -> None:
        if self._draft is not None:
            self._draft.undo()
            self._show_plan()

    def action_approve(self) -> None:
        if (approval := self.approval) is not None and self._draft is not None:
            edited = self._draft.plan if self._draft.edits else None
            self.approve(approval, plan=edited)

    def action_send_back(self) -> None:
        if (approval := self.approval) is not None and self._draft is not None:
            self.send_back(approval, comment=self._draft.comment,
                           plan=self._draft.plan if self._draft.edits else None)

    def action_reject_all(self) -> None:
        if (approval := self.approval) is not None:
            self.reject_all(approval)
