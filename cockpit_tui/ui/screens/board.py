"""What the screens over a board share: a list, what its cursor is on, read only while it is shown.
"""

from __future__ import annotations

from typing import ClassVar

from textual import on

from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.project import Project
from cockpit_tui.ui.actions import Scope, of_call
from cockpit_tui.ui.lines import foreign
from cockpit_tui.ui.requests import BoardWatched
from cockpit_tui.ui.screens.deciding import DecidingScreen
from cockpit_tui.ui.snapshot import Board, Snapshot
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.row_list import RowList
from cockpit_tui.ui.widgets.text_page import TextPage


class BoardScreen(DecidingScreen):
    """Subclasses give `rows`, `detail`, `about`, `show_board` and `show_detail`."""

    BOARD: ClassVar[Board]
    SCOPE: ClassVar[Scope]
    _told = ""
    """What the hint line was told of the row: anything else that was said stays."""

    @property
    def list_of_rows(self) -> RowList:
        raise NotImplementedError

    @property
    def page(self) -> TextPage:
        raise NotImplementedError

    @property
    def about(self) -> tuple[ProjectId, JobId] | None:
        """Whose row the cursor is on."""
        raise NotImplementedError

    def show_board(self) -> None:
        """The rows, and `show_detail`; only while the screen stands."""
        raise NotImplementedError

    def show_detail(self) -> None:
        """What the cursor is on."""
        raise NotImplementedError

    def on_mount(self) -> None:
        super().on_mount()
        for pane in self.query(Pane):
            pane.glyphs = self.glyphs
        self.list_of_rows.focus()
        self.post_message(BoardWatched(self.BOARD, is_shown=True))

    def on_unmount(self) -> None:
        self.app.post_message(BoardWatched(self.BOARD, is_shown=False))

    @property
    def shown_job(self) -> Job | None:
        return self.snapshot.job(self.about[1]) if self.about is not None else None

    @property
    def shown_project(self) -> Project | None:
        if self.about is not None:
            return self.snapshot.project(self.about[0])
        return next(iter(self.snapshot.projects), None)

    def name_of(self, project_id: ProjectId) -> str:
        project = self.snapshot.project(project_id)
        return project.name if project is not None else "(removed)"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        spec = of_call((self.SCOPE,), action, parameters)
        return None if spec is not None and spec.when(self.situation) else True

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        if self.is_mounted:
            self.show_board()
            self._arm()
        super().show_snapshot(snapshot)

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self.show_board)

    def tell(self, text: str) -> None:
        """Say this of the row, once."""
        told = f"{self.list_of_rows.cursor}: {text}"
        if told != self._told:
            self._told = told
            self.say(foreign(text))

    def _arm(self) -> None:
        """A key on its way to a row that is gone does nothing to the row in its place."""
        self.arming.show(f"row {self.list_of_rows.cursor}")

    @on(RowList.Highlighted)
    def _highlighted(self, event: RowList.Highlighted) -> None:
        self._arm()
        if event.by_person:
            self._told = ""
        self.show_detail()
        self.page.scroll_home(animate=False)
        self.show_bars()
