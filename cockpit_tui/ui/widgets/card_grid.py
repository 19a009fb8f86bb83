"""Cards in a grid, as many beside each other as the width has room for, with a cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from cockpit_tui.ui.actions import Scope, bindings
from cockpit_tui.ui.lines import Ink, Line, Part, assemble, fit, paint
from cockpit_tui.ui.widgets.line_view import LineView
from cockpit_tui.ui.widgets.row_list import holds_all

LEAST_WIDTH = 56
"""Cells of a card that has another one beside it."""
_HEAVY = {"unicode": "┏━┓┃┗┛", "ascii": "+=+|++"}


@dataclass(frozen=True, slots=True)
class Card:
    key: str
    title: Line
    lines: tuple[Line, ...]
    """As many in every card of a grid."""

    @property
    def text(self) -> str:
        return " ".join(line.text for line in (self.title, *self.lines))


class CardGrid(LineView, can_focus=True):
    """Cards in, `Highlighted` and `Opened` out. The cursor stays on its key, and is told by a
    heavy frame, not by colour."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "down", "down", id="nav.down", show=False),
        Binding("k,up", "up", "up", id="nav.up", show=False),
        Binding("ctrl+d,pagedown", "page(1)", "page down", id="nav.page_down", show=False),
        Binding("ctrl+u,pageup", "page(-1)", "page up", id="nav.page_up", show=False),
        Binding("home,then_g_g", "top", "top", id="nav.top", show=False),
        Binding("G,end", "bottom", "bottom", id="nav.bottom", show=False),
        Binding("enter", "open", "open", id="item.open", show=False),
        *bindings(Scope.CARDS),
    ]

    @dataclass
    class Highlighted(Message):
        """The cursor moved to another card."""

        key: str

    @dataclass
    class Opened(Message):
        key: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._all: tuple[Card, ...] = ()
        self._cards: tuple[Card, ...] = ()
        """Those that are shown."""
        self._words: tuple[str, ...] = ()
        self._cursor: str | None = None

    @property
    def cursor(self) -> str | None:
        return self._cursor

    def set_cards(self, cards: Sequence[Card]) -> None:
        """The same cards again cost nothing."""
        if tuple(cards) != self._all:
            self._all = tuple(cards)
            self._show()

    def set_filter(self, text: str) -> None:
        """Show only cards that hold every word; `!word` leaves out."""
        self._words = tuple(text.lower().split())
        self._show()

    def _show(self) -> None:
        place = self._index()
        self._cards = tuple(card for card in self._all if holds_all(card.text, self._words))
        keys = [card.key for card in self._cards]
        if self._cursor not in keys:
            self._cursor = keys[min(place, len(keys) - 1)] if keys else None
            self.call_later(self._tell)  # Its own message: a pane's would end at the pane.
        self._lay_out()

    def _tell(self) -> None:
        if self._cursor is not None:
            self.post_message(self.Highlighted(self._cursor))

    def select(self, key: str | None) -> None:
        """Put the cursor on `key`, if it is there."""
        if key in [card.key for card in self._cards]:
            self._go_to(next(at for at, card in enumerate(self._cards) if card.key == key))

    @property
    def columns(self) -> int:
        return max(1, self.scrollable_content_region.width // LEAST_WIDTH)

    @property
    def _height(self) -> int:
        return len(self._cards[0].lines) + 2 if self._cards else 1

    def _lay_out(self) -> None:
        rows = -(-len(self._cards) // self.columns)
        self.virtual_size = Size(0, rows * self._height)
        self.refresh()
        self._keep_cursor_visible()

    def on_resize(self) -> None:
        self._lay_out()

    def _index(self) -> int:
        return next((at for at, card in enumerate(self._cards) if card.key == self._cursor), 0)

    def _keep_cursor_visible(self) -> None:
        if self._cards and self.is_mounted:
            row = self._index() // self.columns
            self.scroll_to_region(Region(0, row * self._height, 1, self._height), animate=False,
                                  force=True)

    def render_line(self, y: int) -> Strip:
        row, inner = divmod(y + self.scroll_offset.y, self._height)
        columns, width = self.columns, self.scrollable_content_region.width
        beside = self._cards[row * columns:(row + 1) * columns]
        if not beside or width < 8:
            return self.blank()
        line = Content("")
        for at, card in enumerate(beside):
            begin, end = width * at // columns, width * (at + 1) // columns
            line = line + self._card_line(card, inner, end - begin)
        return self.strip(line, self.visual_style)

    def _card_line(self, card: Card, inner: int, width: int) -> Content:
        at_cursor = card.key == self._cursor
        is_heavy = at_cursor and self.has_focus
        box = _HEAVY[self.glyphs.name] if is_heavy else self.glyphs.box
        edge = Ink.FOCUSED_EDGE if is_heavy else Ink.EDGE
        if inner == 0:
            return self._top(card.title, box, edge, width, at_cursor)
        if inner == self._height - 1:
            return assemble(((box[4] + box[1] * (width - 2) + box[5], edge),))
        body = paint(card.lines[inner - 1], width - 4, ellipsis=self.glyphs.ellipsis)
        return assemble(((f"{box[3]} ", edge),)) + body + assemble(((f" {box[3]}", edge),))

    def _top(self, title: Line, box: str, edge: Ink, width: int, at_cursor: bool) -> Content:
        mark = self.glyphs.cursor if at_cursor else box[1]
        room = width - 6
        right = fit(title.right, room // 3, self.glyphs.ellipsis)
        left = fit(title.left, room - _cells(right) - 2, self.glyphs.ellipsis)
        fill = box[1] * (room - _cells(left) - _cells(right) - 2)
        return assemble(((box[0], edge), (mark, Ink.KEY if at_cursor else edge),
                         (" ", Ink.PLAIN), *left, (f" {fill} ", edge), *right,
                         (" ", Ink.PLAIN), (box[1] + box[2], edge)))

    def _go_to(self, index: int) -> None:
        if not self._cards:
            return
        key = self._cards[min(max(index, 0), len(self._cards) - 1)].key
        if key != self._cursor:
            self._cursor = key
            self.refresh()
            self._keep_cursor_visible()
            self.post_message(self.Highlighted(key))

    def action_down(self) -> None:
        if self._index() + self.columns < len(self._cards) or self.columns > 1:
            self._go_to(self._index() + self.columns)

    def action_up(self) -> None:
        if self._index() >= self.columns:
            self._go_to(self._index() - self.columns)

    def action_beside(self, by: int) -> None:
        self._go_to(self._index() + by)

    def action_page(self, by: int) -> None:
        rows = max(1, self.scrollable_content_region.height // self._height)
        self._go_to(self._index() + by * rows * self.columns)

    def action_top(self) -> None:
        self._go_to(0)

    def action_bottom(self) -> None:
        self._go_to(len(self._cards) - 1)

    def action_open(self) -> None:
        if self._cursor is not None:
            self.post_message(self.Opened(self._cursor))

    def watch_has_focus(self, _focused: bool) -> None:
        super().watch_has_focus(_focused)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """A click selects; it never opens."""
        offset = event.get_content_offset(self)
        if offset is None or not self._cards:
            return
        row = (offset.y + self.scroll_offset.y) // self._height
        width = max(1, self.scrollable_content_region.width)
        self._go_to(row * self.columns + offset.x * self.columns // width)


def _cells(parts: tuple[Part, ...]) -> int:
    return sum(Content(text).cell_length for text, _ in parts)
