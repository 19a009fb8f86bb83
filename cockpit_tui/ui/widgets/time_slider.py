"""The slider of a replay: a track with marks, and the keys and clicks that move along it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from cockpit_tui.domain.timeline import Timeline
from cockpit_tui.ui.actions import Scope, bindings
from cockpit_tui.ui.lines import paint
from cockpit_tui.ui.replay_words import slider_lines
from cockpit_tui.ui.widgets.line_view import LineView


class TimeSlider(Widget, can_focus=True):
    DEFAULT_CSS = "TimeSlider { height: 3; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.SLIDER)  # type: ignore[assignment]

    @dataclass
    class Stepped(Message):
        """By so many events; past an end it stays there."""

        by: int

    @dataclass
    class Pulled(Message):
        """To a share of the whole, 0 to 1."""

        share: float

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: tuple[Timeline, int, int] | None = None

    def show(self, timeline: Timeline, position: int) -> None:
        """The timeline may have grown since; nothing is painted where nothing moved."""
        shown = (timeline, position, len(timeline))
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def render(self) -> Content:
        width = self.size.width
        if self._shown is None or width < 2:
            return Content("")
        glyphs = LineView.glyphs
        lines = slider_lines(self._shown[0], self._shown[1], width - 2, glyphs)
        return Content("\n").join([
            paint(line, width - 2, ellipsis=glyphs.ellipsis).pad_left(1) for line in lines])

    def action_step(self, by: int) -> None:
        self.post_message(self.Stepped(by))

    def action_pull(self, share: float) -> None:
        self.post_message(self.Pulled(share))

    def on_click(self, event: events.Click) -> None:
        width = self.size.width - 3
        if width > 0:
            self.post_message(self.Pulled(min(max((event.x - 1) / width, 0.0), 1.0)))
