"""The queue: what runs when and why it waits, the night on a time axis, and the night before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget

from cockpit_tui.domain.boards import QueueBoard, RefusedCommand, night_plan
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.domain.queue import QueueEntry, Schedule, check_priority
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.ui import queue_edits
from cockpit_tui.ui.actions import Scope, Situation, bindings
from cockpit_tui.ui.queue_rows import (
    NIGHT,
    axis_lines,
    entry_lines,
    figures_line,
    job_key,
    night_lines,
    night_name,
    night_title,
    queue_rows,
    refused_key,
    refused_lines,
    rules_words,
    schedule_key,
    schedule_lines,
    start_words,
)
from cockpit_tui.ui.requests import CommandWanted
from cockpit_tui.ui.screens.board import BoardScreen
from cockpit_tui.ui.screens.sheets import FieldsSheet
from cockpit_tui.ui.settings import UiSettings
from cockpit_tui.ui.snapshot import Board
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.row_list import RowList
from cockpit_tui.ui.widgets.text_page import TextPage
from cockpit_tui.ui.wrong_field import WrongField


class QueueScreen(BoardScreen):
    PLACE = "QUEUE"
    BOARD, SCOPE = Board.QUEUE, Scope.QUEUE
    CSS_PATH = "queue.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.QUEUE)  # type: ignore[assignment]

    rows = getters.query_one("#queue-rows", RowList)
    frame = getters.query_one("#queue-frame", Pane)
    detail = getters.query_one("#queue-detail", TextPage)
    detail_frame = getters.query_one("#queue-detail-frame", Pane)
    axis = getters.query_one("#queue-axis", TextPage)
    axis_frame = getters.query_one("#queue-axis-frame", Pane)

    @dataclass
    class JobOpened(Message):
        """Show a job of the queue."""

        job_id: JobId

    @dataclass
    class OvernightWanted(Message):
        """A new request, for the night."""

    def __init__(self, settings: UiSettings, glyphs: GlyphSet) -> None:
        super().__init__(settings, glyphs)
        self._history = queue_edits.History()
        self._pointed: tuple[str, str] | None = None
        """Key and name of the row that the person last had under the cursor."""
        self._removed = ""
        """The key of the row that the person took out last: the next one is what they expect."""
        self._left = ""
        self._is_astray = False
        """The row under the cursor went away by itself, and another one came in its place."""

    def body(self) -> Iterable[Widget]:
        with Horizontal(id="queue-body"):
            with Pane(name="Queue", id="queue-frame"):
                yield RowList(id="queue-rows")
            with Pane(name="Job", id="queue-detail-frame"):
                yield TextPage(id="queue-detail")
        with Pane(name="Plan of the night", id="queue-axis-frame"):
            yield TextPage(id="queue-axis")

    def on_mount(self) -> None:
        super().on_mount()
        self.axis.can_focus = False

    # What the cursor is on

    @property
    def board(self) -> QueueBoard | None:
        return self.snapshot.queue

    @property
    def entry(self) -> QueueEntry | None:
        entries = self.board.state.entries if self.board is not None else ()
        return next((e for e in entries if job_key(e) == self.rows.cursor), None)

    @property
    def schedule(self) -> Schedule | None:
        schedules = self.board.state.schedules if self.board is not None else ()
        return next((s for s in schedules if schedule_key(s) == self.rows.cursor), None)

    @property
    def refused(self) -> RefusedCommand | None:
        refused = self.board.refused if self.board is not None else ()
        return next((one for one in refused if refused_key(one) == self.rows.cursor), None)

    @property
    def list_of_rows(self) -> RowList:
        return self.rows

    @property
    def page(self) -> TextPage:
        return self.detail

    @property
    def about(self) -> tuple[ProjectId, JobId] | None:
        entry = self.entry
        return (entry.project_id, entry.job_id) if entry is not None else None

    @property
    def situation(self) -> Situation:
        return Situation(is_read_only=self.snapshot.is_read_only, waiting=self.snapshot.waiting,
                         job=self.shown_job, entry=self.entry, schedule=self.schedule,
                         can_undo=bool(self._history), has_repository=bool(self.snapshot.projects))

    def footer_labels(self) -> dict[str, str]:
        paused = (self.entry is not None and self.entry.is_paused) or (
            self.schedule is not None and self.schedule.is_paused)
        all_paused = self.board is not None and self.board.state.paused_at is not None
        return {"queue.pause": "go on" if paused else "pause",
                "queue.pause_all": "queue goes on" if all_paused else "pause queue",
                "item.open": "read" if self.entry is None else "open"}

    def action_new_overnight(self) -> None:
        self.post_message(self.OvernightWanted())

    # What is shown

    def show_board(self) -> None:
        board = self.board
        if board is None:
            return
        width = self.frame.content_size.width or 60
        self.frame.set_title(right=figures_line(board))
        self.rows.set_rows(queue_rows(board, now=self.now, width=width, glyphs=self.glyphs))
        lines = axis_lines(night_plan(board, self.now), board, now=self.now, glyphs=self.glyphs,
                           most=max(3, self.size.height * 2 // 5 - 6),
                           width=(self.axis.size.width or self.size.width - 2) - 2)
        self.axis_frame.set_title(right=rules_words(board))
        self.axis_frame.set_class(not lines, "-hidden")
        self.axis.set_lines(lines)
        self.show_detail()

    def show_detail(self) -> None:
        board = self.board
        if board is None:
            return
        entry, schedule = self.entry, self.schedule
        if entry is not None:
            self.detail_frame.set_title(f"Job #{entry.number}")
            self.detail.set_lines(entry_lines(
                board, entry, now=self.now, glyphs=self.glyphs,
                project=self.name_of(entry.project_id)))
            self.tell(entry.reason or f"#{entry.number}: {start_words(board, entry, self.now)}.")
        elif schedule is not None:
            self.detail_frame.set_title(f"Schedule s{schedule.number}")
            self.detail.set_lines(schedule_lines(schedule, now=self.now))
            self.tell("A new job of this request is queued at every time that it names.")
        elif (refused := self.refused) is not None:
            self.detail_frame.set_title("Not done")
            self.detail.set_lines(refused_lines(refused))
            self.tell("Another process asked for this, and it was not done.")
        elif self.rows.cursor == NIGHT and board.night is not None:
            self.detail_frame.set_title(night_name(board.night, board))
            self.detail.set_lines(night_lines(board.night))
            self.tell(night_title(board.night))
        else:
            self.detail_frame.set_title()
            self.detail.set_lines(())
            self.tell(rules_words(board))

    @on(RowList.Highlighted)
    def _watch_cursor(self, event: RowList.Highlighted) -> None:
        """A job that leaves the queue must not hand its place, and the next key, to another."""
        gone, self._pointed = self._pointed, (event.key, self._row_name)
        self._is_astray = (not event.by_person and gone is not None
                           and gone[0] not in {event.key, self._removed})
        if self._is_astray and gone is not None:
            self._left = gone[1]

    @property
    def _row_name(self) -> str:
        """Of the job or schedule under the cursor: `#9`, `s3`."""
        if self.entry is not None:
            return f"#{self.entry.number}"
        return f"s{self.schedule.number}" if self.schedule is not None else ""

    def _is_meant(self) -> bool:
        """Whether the row is the one that the person went to; else says so, once."""
        was_astray, self._is_astray = self._is_astray, False
        if was_astray:
            self.say(f"{self._left} is not in the queue any more; this is {self._row_name}. "
                     "Press again if you mean it.")
        return not was_astray

    @on(RowList.Opened)
    def _opened(self) -> None:
        if self.entry is not None:
            self.post_message(self.JobOpened(self.entry.job_id))
            return
        if not self.detail_frame.display:  # A small screen has room for one of the two only.
            self.add_class("-reading")
        self.detail.focus()

    async def step_back(self) -> bool:
        if await super().step_back():
            return True
        was_reading = self.has_class("-reading")
        self.remove_class("-reading")
        if was_reading:
            self.rows.focus()
        return was_reading

    # What is done

    def _do(self, edit: queue_edits.Edit | None) -> None:
        if edit is None or self.board is None:
            return
        for command in edit.commands:
            self.post_message(CommandWanted(command, f"{edit.done} u takes it back."
                                            if edit.undo else edit.done))
        self._history.add(edit, self.board.state)

    def undo(self) -> None:
        """Exactly the last thing that was done here, or why that cannot be taken back."""
        if not self._history or self.board is None:
            return
        undone = self._history.undo(self.board.state)
        for command in undone.commands:
            self.post_message(CommandWanted(command, undone.said))
        if not undone.commands:
            self.say(undone.said)

    def action_move(self, by: int) -> None:
        if self.board is not None and self.entry is not None and self._is_meant():
            edit = queue_edits.move(self.board.state, self.entry, by)
            if edit is None:
                self.say("It is the last already." if by > 0 else "It is the first already.")
            self._do(edit)

    def action_pause(self) -> None:
        if not self._is_meant():
            return
        if self.entry is not None:
            self._do(queue_edits.pause(self.entry))
        elif self.schedule is not None:
            self._do(queue_edits.pause_schedule(self.schedule))

    def action_pause_all(self) -> None:
        if self.board is not None:
            self._do(queue_edits.pause_all(self.board.state))

    def action_start_now(self) -> None:
        if (entry := self.entry) is None:
            return
        if not self.is_armed():  # Nothing takes it back.
            self._is_astray = False  # That was said.
        elif self._is_meant():
            self._do(queue_edits.start_now(entry))

    def action_priority(self) -> None:
        entry = self.entry
        if entry is None or not self._is_meant():
            return

        def check(fields: dict[str, str]) -> int:
            try:
                number = int(fields["priority"])
                check_priority(number)
            except ValueError:
                raise WrongField("A priority is a whole number.", field="priority") from None
            except UsageError as error:
                raise WrongField(error.message, field="priority") from None
            return number

        def given(fields: dict[str, str] | None) -> None:
            if fields is not None:
                self._do(queue_edits.prefer(entry, check(fields)))

        self.app.push_screen(FieldsSheet(
            f"Priority of #{entry.number}", {"priority": str(entry.priority)}, check=check,
            hint="Higher starts first, and gets locks and agents first; 0 is usual."), given)

    def action_delete(self) -> None:
        entry, schedule = self.entry, self.schedule
        if not self._is_meant():
            return
        if entry is not None:
            edit = queue_edits.delete(entry)
            question = f"Take #{entry.number} out of the queue?"
            detail = ("The job is cancelled; what landed stays. u puts it back."
                      if edit.undo else "The job is cancelled; what landed stays. "
                      f"cockpit jobs retry {entry.number} starts it again.")
        elif schedule is not None:
            edit = queue_edits.delete_schedule(schedule)
            question = f"Forget schedule s{schedule.number}?"
            detail = "Its jobs stay. u brings it back, under a new number."
        else:
            return

        key = self.rows.cursor or ""

        def delete() -> None:
            self._removed = key
            self._do(edit)

        self.confirm(question, detail, delete)
