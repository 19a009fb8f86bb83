"""What the person was told and where it went: time, kind, text, channels; mute a kind, try out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget

from cockpit_tui.domain.job import Job
from cockpit_tui.domain.notice import Notice, NoticeKind
from cockpit_tui.domain.project import Project
from cockpit_tui.presentation.notice_words import (
    STATE_WORDS,
    channel_words,
    kind_sign,
    short_where,
)
from cockpit_tui.presentation.time import when
from cockpit_tui.ui.actions import Scope, bindings
from cockpit_tui.ui.lines import Ink, Line, foreign, plain
from cockpit_tui.ui.plan_rows import sign_ink
from cockpit_tui.ui.requests import MuteWanted, NoticesWanted, NoticeTestWanted
from cockpit_tui.ui.screens.base import CockpitScreen
from cockpit_tui.ui.snapshot import Snapshot
from cockpit_tui.ui.subject import BLANK, lines_of
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.row_list import Row, RowList
from cockpit_tui.ui.widgets.text_page import TextPage

_EMPTY = ("You were told nothing yet.",
          "What waits, ends or goes wrong is told by the desktop after 10 s without an answer, by "
          "notify.command and notify.webhook after 2 min. t sends a test.")


class NoticesScreen(CockpitScreen):
    PLACE = "NOTIFICATIONS"
    CSS_PATH = "notices.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.NOTICES)  # type: ignore[assignment]

    rows = getters.query_one(RowList)
    told = getters.query_one("#told", Pane)
    detail = getters.query_one("#notice", Pane)
    page = getters.query_one("#notice-page", TextPage)

    is_read = False
    """Until the first answer nobody knows what there is."""
    notices: tuple[Notice, ...] = ()
    muted: tuple[NoticeKind, ...] = ()

    @dataclass
    class VisitWanted(Message):
        """Go to what the notice is about."""

        notice: Notice

    def body(self) -> Iterable[Widget]:
        with Horizontal(id="notices-body"):
            with Pane(name="Told", id="told"):
                yield RowList(id="notice-rows")
            with Pane(name="Notice", id="notice"):
                yield TextPage(id="notice-page")

    def on_mount(self) -> None:
        super().on_mount()
        self.rows.focus()

    @property
    def notice(self) -> Notice | None:
        """Under the cursor."""
        return next((n for n in self.notices if str(n.number) == self.rows.cursor), None)

    @property
    def shown_job(self) -> Job | None:
        """The one that the notice is about."""
        return self.snapshot.job(self.notice.draft.job_id) if self.notice is not None else None

    @property
    def shown_project(self) -> Project | None:
        job = self.shown_job
        return self.snapshot.project(job.project_id) if job is not None else None

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        self.post_message(NoticesWanted())
        self._show()

    def take_notices(self, notices: tuple[Notice, ...], muted: tuple[NoticeKind, ...]) -> None:
        """What was read for this screen, newest first."""
        self.notices, self.muted, self.is_read = notices, muted, True
        self._show()

    def _show(self) -> None:
        """Rows, then the one under the cursor, then the header that names its job."""
        silent = f"muted: {', '.join(self.muted)}" if self.muted else ""
        if not self.is_read:
            self.rows.set_rows([Row("none", plain("Reading what you were told."), is_note=True)])
            return
        self.told.set_title(right=silent or str(len(self.notices)))
        self.rows.set_rows([self._row(notice) for notice in self.notices]
                           or [Row("none", plain(_EMPTY[0]), is_note=True)])
        self._show_notice()
        self.show_bars()

    def _row(self, notice: Notice) -> Row:
        sign = kind_sign(notice.draft.kind, self.glyphs)
        is_muted = notice.draft.kind in self.muted
        return Row(str(notice.number), Line(
            ((f"{sign.glyph} ", sign_ink(sign)), (f"{sign.word:<9}", Ink.MUTED),
             (foreign(notice.draft.text), Ink.MUTED if is_muted else Ink.PLAIN)),
            ((f"{short_where(notice, self.glyphs)} ", Ink.MUTED),
             (when(notice.at, self.now), Ink.MUTED))))

    def _show_notice(self) -> None:
        notice = self.notice
        if notice is None:
            self.detail.set_title()
            self.page.set_lines(lines_of(_EMPTY[1], Ink.MUTED), from_top=True)
            return
        kind = notice.draft.kind
        sign = kind_sign(kind, self.glyphs)
        state = "muted" if kind in self.muted else ""
        self.detail.set_title(((f"{kind.value} ", Ink.STRONG),), ((state, sign_ink(sign)),))
        lines = [*lines_of(notice.draft.text, Ink.STRONG), BLANK,
                 plain(f"{when(notice.at, self.now)}"
                       f"{', a job of the night' if notice.draft.is_night else ''}", Ink.MUTED)]
        lines += [plain(f"  {foreign(channel_words(delivery))}")
                  for delivery in notice.deliveries]
        lines += lines_of(STATE_WORDS.get(notice.settled_by, ""), Ink.MUTED)
        self.page.set_lines(lines, from_top=True)

    @on(RowList.Highlighted)
    def _highlighted(self) -> None:
        self._show_notice()
        self.show_bars()

    @on(RowList.Opened)
    def _opened(self) -> None:
        if (notice := self.notice) is not None:
            self.post_message(self.VisitWanted(notice))

    def action_mute(self) -> None:
        if (notice := self.notice) is None or notice.draft.kind is NoticeKind.TEST:
            self.say("Choose a notice of the kind that is to be silent.")
            return
        kind = notice.draft.kind
        self.post_message(MuteWanted(kind, kind not in self.muted))

    def action_test(self) -> None:
        self.say("A test is on its way.")
        self.post_message(NoticeTestWanted())
