"""A scrolling view of one-line rows with a cursor: the keys that logs and diffs share."""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.reactive import var
from textual.scroll_view import ScrollView


class CursorView(ScrollView, can_focus=True, inherit_bindings=False):
    """Subclasses give `row_count` and paint `render_line`; `cursor_row` is always a row, or 0.

    `then_g_g` is the name under which the app sends the two strokes `g g`.
    """

    ALLOW_SELECT = False
    BINDINGS = [
        Binding("j,down", "nav_down", "down", id="nav.down", show=False),
        Binding("k,up", "nav_up", "up", id="nav.up", show=False),
        Binding("ctrl+d", "nav_page(0.5)", "page down", id="nav.page_down", show=False),
        Binding("ctrl+u", "nav_page(-0.5)", "page up", id="nav.page_up", show=False),
        Binding("pagedown", "nav_page(1.0)", "page down", id="nav.page_down", show=False),
        Binding("pageup", "nav_page(-1.0)", "page up", id="nav.page_up", show=False),
        Binding("home,then_g_g", "nav_top", "top", id="nav.top", show=False),
        Binding("G,end", "nav_bottom", "bottom", id="nav.bottom", show=False),
        Binding("enter", "open", "open", id="item.open", show=False),
    ]

    cursor_row: var[int] = var(0)

    @property
    def row_count(self) -> int:
        raise NotImplementedError

    @property
    def page_rows(self) -> int:
        """Rows that are visible at once, at least 1."""
        return max(1, self.scrollable_content_region.height)

    def move_cursor(self, row: int) -> None:
        """Put the cursor on `row` (clamped) and scroll as little as is needed to show it."""
        self.cursor_row = min(max(row, 0), max(0, self.row_count - 1))
        self.show_row(self.cursor_row)

    def show_row(self, row: int) -> None:
        top = self.scroll_offset.y
        if row < top:
            self.scroll_rows_to(row)
        elif row >= top + self.page_rows:
            self.scroll_rows_to(row - self.page_rows + 1)

    def scroll_rows_to(self, top: int) -> None:
        self.scroll_to(y=top, animate=False, force=True)

    def watch_cursor_row(self, old: int, new: int) -> None:
        self.refresh_line(old)
        self.refresh_line(new)

    def watch_has_focus(self, _focused: bool) -> None:
        super().watch_has_focus(_focused)
        self.refresh_line(self.cursor_row)

    def action_nav_down(self) -> None:
        self.move_cursor(self.cursor_row + 1)

    def action_nav_up(self) -> None:
        self.move_cursor(self.cursor_row - 1)

    def action_nav_page(self, pages: float) -> None:
        """Cursor and view together, as in a pager, so that the cursor keeps its place on screen."""
        rows = int(pages * self.page_rows) or (1 if pages > 0 else -1)
        self.scroll_rows_to(self.scroll_offset.y + rows)
        self.move_cursor(self.cursor_row + rows)

    def action_nav_top(self) -> None:
        self.move_cursor(0)

    def action_nav_bottom(self) -> None:
        self.move_cursor(self.row_count - 1)

    def action_open(self) -> None:
        """What Enter does on the cursor row; nothing by default."""

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.y + self.scroll_offset.y < self.row_count:
            self.move_cursor(offset.y + self.scroll_offset.y)
