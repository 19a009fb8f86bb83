"""A list or tree of rows with a cursor that stays on the same thing when the rows change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from cockpit_tui.ui.actions import Scope, bindings
from cockpit_tui.ui.lines import Ink, Line, assemble, paint
from cockpit_tui.ui.widgets.line_view import LineView


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    line: Line
    depth: int = 0
    """0 for roots; a row belongs to the nearest row above it with a smaller depth."""
    folds: bool = False
    """It has rows below it that can be folded away."""
    is_note: bool = False
    """Text between rows: never under the cursor."""


class RowList(LineView, can_focus=True):
    """Rows in, `Highlighted` and `Opened` out. Selection and folds are kept by key."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"row-list--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST)  # type: ignore[assignment]

    @dataclass
    class Highlighted(Message):
        """The cursor moved to another row; `by_person` is False when the rows changed instead."""

        list: RowList
        key: str
        by_person: bool

        @property
        def control(self) -> RowList:
            return self.list

    @dataclass
    class Opened(Message):
        list: RowList
        key: str

        @property
        def control(self) -> RowList:
            return self.list

    def __init__(self, *, id: str | None = None, folded: Sequence[str] = ()) -> None:
        super().__init__(id=id)
        self._all: tuple[Row, ...] = ()
        self._shown: tuple[Row, ...] = ()
        self._cursor: str | None = None
        self._folded = set(folded)
        self._words: tuple[str, ...] = ()

    @property
    def cursor(self) -> str | None:
        """The key under the cursor; None while nothing can be selected."""
        return self._cursor

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown now: unfolded, filtered."""
        return self._shown

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replace all rows; the cursor stays on its key, or moves to the row in its place.

        The same rows again cost nothing: neither a paint nor a byte to the terminal.
        """
        if tuple(rows) != self._all:
            self._all = tuple(rows)
            self._show()

    def set_filter(self, text: str) -> None:
        """Show only rows that hold every word; `!word` leaves out."""
        self._words = tuple(text.lower().split())
        self._show()

    def select(self, key: str | None, *, by_person: bool = False) -> None:
        """Put the cursor on `key` if it can be shown, unfolding what hides it."""
        if key is None or not any(row.key == key for row in self._all):
            return
        self._folded -= set(self._ancestors(key))
        self._show(wanted=key, by_person=by_person)

    def _show(self, wanted: str | None = None, *, by_person: bool = False) -> None:
        before, place = self._cursor, self._index()
        self._shown = tuple(self._visible())
        choices = [row.key for row in self._shown if not row.is_note]
        target = wanted or self._cursor
        if target not in choices:
            nearby = [row.key for row in self._shown[place:] if not row.is_note]
            target = nearby[0] if nearby else choices[-1] if choices else None
        self._cursor = target
        self.virtual_size = Size(0, len(self._shown))
        self.refresh()
        self._keep_cursor_visible()
        if target is not None and target != before:
            # Later, as its own message: one of the pane, whose filter this may be, ends there.
            self.call_later(self._tell, target, by_person)

    def _tell(self, key: str, by_person: bool) -> None:
        self.post_message(self.Highlighted(self, key, by_person))

    def _visible(self) -> list[Row]:
        if self._words:
            return [row for row in self._all if self._matches(row)]
        rows: list[Row] = []
        hidden_below: int | None = None
        for row in self._all:
            if hidden_below is not None and row.depth > hidden_below:
                continue
            hidden_below = row.depth if row.folds and row.key in self._folded else None
            rows.append(row)
        return rows

    def _matches(self, row: Row) -> bool:
        return not row.is_note and holds_all(row.line.text, self._words)

    def _ancestors(self, key: str) -> list[str]:
        chain: list[Row] = []
        for row in self._all:
            while chain and chain[-1].depth >= row.depth:
                chain.pop()
            if row.key == key:
                return [above.key for above in chain]
            chain.append(row)
        return []

    def _index(self) -> int:
        return next((i for i, row in enumerate(self._shown) if row.key == self._cursor), 0)

    def _keep_cursor_visible(self) -> None:
        if self._cursor is not None and self.is_mounted:
            last = first = self._index()
            while first > 0 and self._shown[first - 1].is_note:
                first -= 1
            self.scroll_to_region(Region(0, first, 1, last - first + 1), animate=False,
                                  force=True)

    def render_line(self, y: int) -> Strip:
        index = y + self.scroll_offset.y
        if index >= len(self._shown):
            return self.blank()
        row = self._shown[index]
        at_cursor = row.key == self._cursor
        fold = ""
        if row.folds:
            fold = (self.glyphs.folded if row.key in self._folded else self.glyphs.unfolded) + " "
        mark = (self.glyphs.cursor if at_cursor else " ").rjust(max(1, 2 * row.depth))
        mark = mark + " " if row.depth else mark
        line = Line(((mark, Ink.KEY if at_cursor else Ink.PLAIN), (fold, Ink.MUTED),
                     *row.line.left), (*row.line.right, (" ", Ink.PLAIN)))
        style = self.visual_style
        if at_cursor:
            style = style + self.get_visual_style("row-list--cursor", partial=True)
        width = self.scrollable_content_region.width
        content = paint(line, width, ellipsis=self.glyphs.ellipsis)
        return self.strip(content if width else assemble(()), style)

    def action_nav_down(self) -> None:
        self._move(1)

    def action_nav_up(self) -> None:
        self._move(-1)

    def action_nav_page(self, pages: float) -> None:
        self._move(int(pages * self.size.height) or (1 if pages > 0 else -1))

    def action_nav_top(self) -> None:
        self._move(-len(self._shown))
        self.scroll_home(animate=False)

    def action_nav_bottom(self) -> None:
        self._move(len(self._shown))

    def _move(self, by: int) -> None:
        choices = [row.key for row in self._shown if not row.is_note]
        if not choices:
            return
        at = choices.index(self._cursor) if self._cursor in choices else 0
        self._go_to(choices[min(max(at + by, 0), len(choices) - 1)])

    def action_fold(self, fold: bool) -> None:
        row = self._shown[self._index()] if self._shown else None
        if row is None:
            return
        is_folded = row.key in self._folded
        if row.folds and is_folded is not fold:
            self._set_folded(row.key, fold)
        elif fold and (above := self._ancestors(row.key)):
            self._go_to(above[-1])
        elif not fold and row.folds:
            self._move(1)

    def action_fold_all(self, fold: bool) -> None:
        self._folded = {row.key for row in self._all if row.folds} if fold else set()
        self._show()

    def action_open(self) -> None:
        if self._cursor is not None:
            self.post_message(self.Opened(self, self._cursor))

    def toggle_fold(self, key: str) -> None:
        self._set_folded(key, key not in self._folded)

    def _set_folded(self, key: str, fold: bool) -> None:
        if fold:
            self._folded.add(key)
        else:
            self._folded.discard(key)
        self._show()

    def _go_to(self, key: str) -> None:
        if key != self._cursor:
            self._cursor = key
            self.refresh()
            self._keep_cursor_visible()
            self.post_message(self.Highlighted(self, key, True))

    def on_click(self, event: events.Click) -> None:
        """A click selects; it never opens and never decides."""
        index = event.y + self.scroll_offset.y
        if index < len(self._shown) and not self._shown[index].is_note:
            self._go_to(self._shown[index].key)

    def on_resize(self) -> None:
        self._keep_cursor_visible()


def holds_all(text: str, words: Sequence[str]) -> bool:
    """Whether a filter of these words, in small letters, lets `text` through: it holds each of
    them, and none that has a `!` before it."""
    text = text.lower()
    return all(word[1:] not in text if word.startswith("!") and len(word) > 1 else word in text
               for word in words)
