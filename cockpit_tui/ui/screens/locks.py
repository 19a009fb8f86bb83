"""Locks: why a task waits, who holds what it wants, when that will be free, and a way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget

from cockpit_tui.domain.boards import LockBoard
from cockpit_tui.domain.command import ReleaseLock
from cockpit_tui.domain.ids import JobId, LockId, ProjectId, TaskId
from cockpit_tui.domain.lock import Lock
from cockpit_tui.ui.actions import Scope, Situation, bindings
from cockpit_tui.ui.lock_rows import free_words, lock_lines, lock_rows, release_words, who
from cockpit_tui.ui.requests import CommandWanted
from cockpit_tui.ui.screens.board import BoardScreen
from cockpit_tui.ui.snapshot import Board
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.row_list import RowList
from cockpit_tui.ui.widgets.text_page import TextPage


class LocksScreen(BoardScreen):
    PLACE = "LOCKS"
    BOARD, SCOPE = Board.LOCKS, Scope.LOCKS
    CSS_PATH = "locks.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LOCKS)  # type: ignore[assignment]

    rows = getters.query_one("#lock-rows", RowList)
    frame = getters.query_one("#lock-frame", Pane)
    detail = getters.query_one("#lock-detail", TextPage)
    detail_frame = getters.query_one("#lock-detail-frame", Pane)

    @dataclass
    class TaskOpened(Message):
        """Show the task that holds a lock, or waits for one."""

        job_id: JobId
        task_id: TaskId

    def body(self) -> Iterable[Widget]:
        with Horizontal(id="lock-body"):
            with Pane(name="Held, and who waits", id="lock-frame"):
                yield RowList(id="lock-rows")
            with Pane(name="Lock", id="lock-detail-frame"):
                yield TextPage(id="lock-detail")

    @property
    def board(self) -> LockBoard | None:
        return self.snapshot.locks

    @property
    def chosen(self) -> Lock | None:
        board, cursor = self.board, self.rows.cursor
        return board.lock(LockId(cursor)) if board is not None and cursor is not None else None

    @property
    def list_of_rows(self) -> RowList:
        return self.rows

    @property
    def page(self) -> TextPage:
        return self.detail

    @property
    def about(self) -> tuple[ProjectId, JobId] | None:
        lock = self.chosen
        return (lock.project_id, lock.job_id) if lock is not None else None

    @property
    def situation(self) -> Situation:
        return Situation(is_read_only=self.snapshot.is_read_only, waiting=self.snapshot.waiting,
                         job=self.shown_job, lock=self.chosen,
                         has_repository=bool(self.snapshot.projects))

    def show_board(self) -> None:
        board = self.board
        if board is None:
            return
        held = sum(lock.held_at is not None for lock in board.locks)
        waiting = len(board.locks) - held
        self.frame.set_title(right=f"{held} held, {waiting} wait{'s' * (waiting == 1)}")
        self.rows.set_rows(lock_rows(board, now=self.now, glyphs=self.glyphs,
                                     width=self.frame.content_size.width or 60))
        self.show_detail()

    def show_detail(self) -> None:
        board, lock = self.board, self.chosen
        if board is None or lock is None:
            self.detail_frame.set_title()
            self.detail.set_lines(())
            self.tell("Tasks take all their locks at once or wait, so they never block each other "
                       "for ever.")
            return
        self.detail_frame.set_title("Held" if lock.held_at is not None else "Waits")
        self.detail.set_lines(lock_lines(
            board, lock, now=self.now, glyphs=self.glyphs,
            project=self.name_of(lock.project_id)))
        if lock.held_at is None and (holder := board.holder_of(lock)) is not None:
            free = free_words(board, holder, self.now)
            self.tell(f"{lock.task_name} waits for {who(board, holder)}"
                       f"{f', free {free}' if free else ''}.")
        else:
            self.tell("Enter goes to the task. X takes the lock away from it.")

    @on(RowList.Opened)
    def _opened(self) -> None:
        """The holder's task: of who waits, the one that it waits for."""
        board, lock = self.board, self.chosen
        if board is None or lock is None:
            return
        holder = lock if lock.held_at is not None else board.holder_of(lock) or lock
        self.post_message(self.TaskOpened(holder.job_id, holder.task_id))

    def action_release(self) -> None:
        board, lock = self.board, self.chosen
        if board is not None and lock is not None:
            self.ask(f"Take lock {lock.number} away from {lock.task_name}?",
                     release_words(board, lock),
                     CommandWanted(ReleaseLock(lock_id=lock.id),
                                   f"Lock {lock.number} was taken from {lock.task_name}."))
