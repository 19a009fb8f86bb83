"""The request form: what is wanted, in which mode, who approves what, within which limits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual import getters, on, work
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Label, Static, TextArea

from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.errors import CockpitError, UsageError
from cockpit_tui.domain.job import Job, JobRequest, Mode
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.queue import Placement
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.presentation.model_words import MODE_WORDS
from cockpit_tui.presentation.spending import is_rules
from cockpit_tui.ui.actions import Scope, bindings
from cockpit_tui.ui.keymap import key_label
from cockpit_tui.ui.lines import Ink, Line, Part, assemble, foreign, plain
from cockpit_tui.ui.request_draft import APPROVALS, RequestDraft
from cockpit_tui.ui.request_examples import EXAMPLE_REQUESTS
from cockpit_tui.ui.requests import BoardWatched, CommandWanted
from cockpit_tui.ui.screens.base import CockpitScreen
from cockpit_tui.ui.settings import UiSettings
from cockpit_tui.ui.snapshot import Board, Snapshot
from cockpit_tui.ui.start_time import FIELDS, Start, placement, said_of, start_note
from cockpit_tui.ui.widgets.choices import Choice, Ticks
from cockpit_tui.ui.widgets.model_field import ModelField
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.text_page import TextPage


class RequestScreen(CockpitScreen):
    PLACE = "NEW REQUEST"
    CSS_PATH = "request.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.FORM)  # type: ignore[assignment]

    goal = getters.query_one("#goal", TextArea)
    mode = getters.query_one("#mode", Choice)
    start = getters.query_one("#start", Choice)
    when = getters.query_one("#when", Input)
    model = getters.query_one(ModelField)
    approvals = getters.query_one(Ticks)
    outlook = getters.query_one("#outlook", TextPage)

    def __init__(self, settings: UiSettings, glyphs: GlyphSet, *, project: Project,
                 draft: RequestDraft) -> None:
        super().__init__(settings, glyphs)
        self._project = project
        self._draft = draft

    @property
    def shown_project(self) -> Project | None:
        return self._project

    @property
    def shown_job(self) -> Job | None:
        return None

    def body(self) -> Iterable[Widget]:
        draft, mark = self._draft, "•" if self.glyphs.name == "unicode" else "*"
        with Horizontal(id="form"):
            with Pane(name="Request", id="fields"), VerticalScroll(can_focus=False):
                yield Label("What should be done?")
                yield TextArea(draft.text, id="goal", show_line_numbers=False, compact=True,
                               tab_behavior="focus")
                yield from self._row("Lead model", ModelField(draft.model, id="model"))
                yield Static(id="model-note", classes="form-note", markup=False)
                yield from self._row("Mode", Choice(
                    [mode.value for mode in Mode], draft.mode, id="mode", mark=mark))
                yield Static(id="mode-note", classes="form-note", markup=False)
                yield from self._row("You approve", Ticks(tuple(APPROVALS), tuple(draft.approvals)))
                yield from self._row("Agents", Input(draft.agents, id="agents", compact=True))
                yield from self._row("Budget $", Input(draft.budget, id="budget", compact=True,
                                                       placeholder="no limit"))
                yield from self._row("Minutes", Input(draft.minutes, id="minutes", compact=True))
                yield from self._row("Start", Choice(
                    [start.value for start in Start], draft.start.value, id="start", mark=mark))
                with Horizontal(classes="form-row", id="when-row"):
                    yield Label("", id="when-label", markup=False)
                    yield Input(draft.when, id="when", compact=True)
                yield Static(id="start-note", classes="form-note", markup=False)
            with Pane(name="What will happen", id="happening"):
                yield TextPage(id="outlook")

    @staticmethod
    def _row(name: str, field: Widget) -> Iterable[Widget]:
        with Horizontal(classes="form-row"):
            yield Label(name, markup=False)
            yield field

    def on_mount(self) -> None:
        super().on_mount()
        self.outlook.can_focus = False
        self.goal.focus()
        self.goal.move_cursor(self.goal.document.end)
        self.say("ctrl+r starts from any field; Esc keeps what you typed as a draft.")
        self._show_notes()
        self._show_start()
        self._read_models()
        self.post_message(BoardWatched(Board.QUEUE, is_shown=True))

    def on_unmount(self) -> None:
        self.app.post_message(BoardWatched(Board.QUEUE, is_shown=False))

    @work(exit_on_error=False, group="models")
    async def _read_models(self) -> None:
        self.model.book = await asyncio.to_thread(self.settings.models)
        self._show_notes()

    def _show_notes(self) -> None:
        """Under mode and model: what they do, and what stands in the way."""
        mode = MODE_WORDS[Mode(self.mode.value)]
        if is_rules(self.model.value.strip()):
            mode = "the rules do the same in every mode"
        self.query_one("#mode-note", Static).update(assemble(((mode, Ink.MUTED),)))
        self.query_one("#model-note", Static).update(assemble((self._model_note(),)))

    def _model_note(self) -> Part:
        book, name = self.model.book, self.model.value
        if book is None:
            return "", Ink.MUTED
        note, choices = book.note(name), self.model.choices
        if not note.full_name and name.strip() and choices:
            more = f" and {len(choices) - 1} more" if len(choices) > 1 else ""
            return f"{key_label('down')} takes {foreign(choices[0])}{more}", Ink.NOTICE
        return foreign(note.text), Ink.NOTICE if note.is_trouble else Ink.MUTED

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        if self.is_mounted:
            self._show_outlook()
            self._show_start()

    def _show_start(self) -> None:
        """The field that the chosen start needs, and what it means."""
        start, board = Start(self.start.value), self.snapshot.queue
        field = FIELDS.get(start)
        self.query_one("#when-row").display = field is not None
        if field is not None:
            self.query_one("#when-label", Label).update(field[0])
            self.when.placeholder = field[1]
        text, is_wrong = start_note(start, self.when.value, now=self.now, jobs=self.snapshot.jobs,
                                    rules=board.rules if board is not None else None)
        self.query_one("#start-note", Static).update(
            assemble(((foreign(text), Ink.NOTICE if is_wrong else Ink.MUTED),)))

    def _show_outlook(self) -> None:
        ticked = self.approvals.ticked
        state = self.snapshot.repositories.get(self._project.id)
        plan = "you edit and approve" if "plan" in ticked else "starts without asking"
        diff = "you approve each diff" if "each diff" in ticked else "lands without asking"
        lines = [Line((("1 Review   ", Ink.STRONG), ("reads only", Ink.PLAIN))),
                 Line((("2 Plan     ", Ink.STRONG), (plan, Ink.PLAIN))),
                 Line((("3 Execute  ", Ink.STRONG), ("in worktrees, with tests", Ink.PLAIN))),
                 Line((("4 Verify   ", Ink.STRONG), ("the cockpit runs the checks", Ink.PLAIN))),
                 Line((("5 Land     ", Ink.STRONG), (f"{diff}, on a branch "
                                    f"cockpit/{self.glyphs.ellipsis}",
                                                     Ink.PLAIN))), Line()]
        if state is not None and state.dirty_files > 0:
            lines += [plain(f"! {state.dirty_files} uncommitted files. Agents start from "
                            f"{foreign(state.branch) or 'HEAD'}@{state.head[:8]} without them.",
                            Ink.NOTICE), Line()]
        lines.append(plain("Your working copy is not touched.", Ink.MUTED))
        if is_rules(self.model.value.strip()):
            lines += [Line(), plain("Rules, not AI. They understand", Ink.NOTICE),
                      *(plain(f"  {example}", Ink.MUTED) for example in EXAMPLE_REQUESTS)]
        self.outlook.set_lines(lines)

    @on(Ticks.Changed)
    def _approvals_changed(self) -> None:
        self._show_outlook()

    @on(Input.Changed, "#when")
    @on(Choice.Changed, "#start")
    def _start_changed(self) -> None:
        self._show_start()

    @on(Input.Changed, "#model")
    @on(Choice.Changed, "#mode")
    def _model_changed(self) -> None:
        self._show_outlook()
        self._show_notes()

    def _keep(self) -> RequestDraft:
        draft = self._draft
        draft.text, draft.mode = self.goal.text, self.mode.value
        draft.approvals, draft.start = self.approvals.ticked, Start(self.start.value)
        for name in ("model", "agents", "budget", "minutes", "when"):
            setattr(draft, name, self.query_one(f"#{name}", Input).value)
        return draft

    def action_submit(self) -> None:
        self.hint.seen()
        if not self.goal.text.strip():
            self.say_error(UsageError("Say what should be done."))
            self.goal.focus()
            return
        try:
            request = self._with_model(self._keep().to_request())
            place = self._place()
        except CockpitError as error:
            self.say_error(error)
            return
        self.post_message(CommandWanted(
            SubmitJob(repository=self._project.path, request=request, placement=place),
            said_of(self._draft.start, place, now=self.now, jobs=self.snapshot.jobs,
                    is_following=self.snapshot.is_following)))

    def _place(self) -> Placement | None:
        """Raises UsageError for a time or a job that means nothing."""
        try:
            return placement(self._draft.start, self.when.value, now=self.now,
                             jobs=self.snapshot.jobs)
        except UsageError:
            self.when.focus()
            raise

    def _with_model(self, request: JobRequest) -> JobRequest:
        """With the model's full name. Raises UsageError for a name that means nothing."""
        if self.model.book is None:
            return request
        note = self.model.book.note(request.model)
        if not note.full_name:
            self.model.focus()
            raise UsageError(note.text)
        return replace(request, model=note.full_name)

    async def action_leave(self) -> None:
        if self.hint.has_error:
            self.hint.seen()
            return
        self._keep()
        await self.run_action("app.back")

    @on(Input.Submitted)
    def _next_field(self) -> None:
        self.focus_next()
