"""A page of lines to read: wrapped to the width, scrolled with the usual keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip

from cockpit_tui.ui.actions import ACTIONS, Scope, textual_keys
from cockpit_tui.ui.lines import Line, paint, wrap
from cockpit_tui.ui.widgets.line_view import LineView

_MOVES = frozenset(action.id for action in ACTIONS if action.id.startswith("nav.")) - {
    "nav.fold", "nav.unfold"}


class TextPage(LineView, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(textual_keys(action.id, action.keys), action.call, action.title, show=False,
                id=action.id, tooltip=action.help)
        for action in ACTIONS if action.scope is Scope.LIST and action.id in _MOVES]

    def __init__(self, *, fits: bool = False, id: str | None = None) -> None:
        """`fits`: the page is as high as its lines are when wrapped."""
        super().__init__(id=id)
        self._fits = fits
        self._lines: tuple[Line, ...] = ()
        self._wrapped: list[Line] = []
        self._wrapped_for = 0
        """The width that the lines are wrapped for. A hidden widget has none, and nobody tells it
        when it is shown, nor when its scroll bar comes or goes."""

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self._lines)

    def set_lines(self, lines: Sequence[Line], *, from_top: bool = False) -> None:
        """Show these lines; the place stays unless `from_top`."""
        if tuple(lines) != self._lines:
            self._lines = tuple(lines)
            self._flow()
        if from_top:
            self.scroll_home(animate=False)

    def _flow(self) -> None:
        width = max(0, self.scrollable_content_region.width - 2)
        self._wrapped = [piece for line in self._lines for piece in wrap(line, width)]
        if (not self._fits and len(self._wrapped) > self.size.height
                and not self.show_vertical_scrollbar):
            # The bar that comes now takes a column; nothing tells of it when it has come.
            width = max(0, width - self.scrollbar_size_vertical)
            self._wrapped = [piece for line in self._lines for piece in wrap(line, width)]
        self._wrapped_for = width
        if self._fits:
            self.styles.height = len(self._wrapped)
        self.virtual_size = Size(0, len(self._wrapped))
        self.refresh()

    def on_resize(self) -> None:
        self._flow()

    def render_line(self, y: int) -> Strip:
        index = y + self.scroll_offset.y
        if index >= len(self._wrapped):
            return self.blank()
        width = max(0, self.scrollable_content_region.width - 2)
        if width not in (0, self._wrapped_for):
            self._wrapped_for = width  # asked for once, whatever comes of it
            self.call_after_refresh(self._flow)
        content = paint(self._wrapped[index], width, ellipsis=self.glyphs.ellipsis)
        return self.strip(content.pad_left(1), self.visual_style)

    def action_nav_down(self) -> None:
        self.scroll_relative(y=1, animate=False)

    def action_nav_up(self) -> None:
        self.scroll_relative(y=-1, animate=False)

    def action_nav_page(self, pages: float) -> None:
        self.scroll_relative(y=int(pages * self.size.height) or (1 if pages > 0 else -1),
                             animate=False)

    def action_nav_top(self) -> None:
        self.scroll_home(animate=False)

    def action_nav_bottom(self) -> None:
        self.scroll_end(animate=False)
