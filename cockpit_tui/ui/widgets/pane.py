"""A numbered pane: border, name on the left and numbers on the right of its upper edge, filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from rich.cells import cell_len
from textual import events, on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input

from cockpit_tui.presentation.glyphs import UNICODE, GlyphSet
from cockpit_tui.ui.actions import Scope, bindings
from cockpit_tui.ui.lines import Ink, Part, assemble, fit


@runtime_checkable
class Filterable(Protocol):
    @property
    def display(self) -> bool: ...

    def set_filter(self, text: str) -> None: ...

    def focus(self, scroll_visible: bool = True) -> object: ...


@dataclass(frozen=True, slots=True)
class PaneTitle:
    left: tuple[Part, ...]
    right: tuple[Part, ...] = ()


class Pane(Vertical):
    """A frame; heavy where the focus is, so that focus never rests on colour."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PANE)  # type: ignore[assignment]
    glyphs: GlyphSet = UNICODE

    def __init__(self, *, number: int | None = None, name: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._number = number
        self._label = name
        self._title = PaneTitle(((name, Ink.STRONG),))
        self._drawn: tuple[Part, ...] = ()

    def set_title(self, left: tuple[Part, ...] | str = "", right: tuple[Part, ...] | str = ()
                  ) -> None:
        """`left` empty keeps the pane's name."""
        name: tuple[Part, ...] = (((left or self._label, Ink.STRONG),) if isinstance(left, str)
                                  else left)
        figures: tuple[Part, ...] = (((right, Ink.MUTED),) if isinstance(right, str) and right
                                     else right if isinstance(right, tuple) else ())
        self._title = PaneTitle(name, figures)
        self._draw_title()

    @property
    def title_text(self) -> str:
        return "".join(t for t, _ in (*self._title.left, *self._title.right))

    def _draw_title(self) -> None:
        if not self.is_mounted:
            return
        # Textual keeps two cells for each corner and one of padding beside the label.
        width = max(0, self.outer_size.width - 6)
        heavy = self.has_pseudo_class("focus-within")
        is_ascii = self.glyphs.name == "ascii"
        fill = ("=" if heavy else "-") if is_ascii else ("━" if heavy else "─")
        number = ((f"[{self._number}] ", Ink.KEY),) if self._number is not None else ()
        right = fit(self._title.right, max(0, width * 2 // 3), self.glyphs.ellipsis)
        right_cells = sum(cell_len(t) for t, _ in right)
        room = width - right_cells - (2 if right else 0)
        left = fit((*number, *self._title.left), max(0, room - 1), self.glyphs.ellipsis)
        cells = sum(cell_len(t) for t, _ in left)
        gap = fill * max(0, width - cells - right_cells - 2)
        edge = Ink.FOCUSED_EDGE if heavy else Ink.EDGE
        filled: tuple[Part, ...] = ((" ", Ink.PLAIN), (gap, edge), (" ", Ink.PLAIN), *right)
        parts = (*left, *filled) if right else left
        if parts != self._drawn:
            self._drawn = parts
            self.border_title = assemble(parts)

    def on_resize(self) -> None:
        self._draw_title()

    def on_descendant_focus(self, _: events.DescendantFocus) -> None:
        self.call_after_refresh(self._draw_title)

    def on_descendant_blur(self, _: events.DescendantBlur) -> None:
        self.call_after_refresh(self._draw_title)

    async def open_filter(self) -> None:
        """A field at the lower edge; what is typed narrows the list above at once."""
        shown = self.query(".pane--filter")
        if shown:
            shown.first(Input).focus()
            return
        field = Input(placeholder="filter: words, !without", classes="pane--filter", compact=True)
        await self.mount(field)
        field.focus()

    async def action_search(self) -> None:
        await self.open_filter()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A pane without anything to filter does not offer it."""
        return bool(self._filterable()) if action == "search" else True

    @on(Input.Changed, ".pane--filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        event.stop()
        for target in self._filterable():
            target.set_filter(event.value)

    @on(Input.Submitted, ".pane--filter")
    def _filter_done(self, event: Input.Submitted) -> None:
        event.stop()
        self._focus_filtered()

    async def close_filter(self) -> bool:
        """Take the field away and show everything again; True if there was one."""
        fields = self.query(".pane--filter")
        if not fields:
            return False
        for target in self._filterable():
            target.set_filter("")
        self._focus_filtered()
        await fields.remove()
        return True

    def _focus_filtered(self) -> None:
        for target in self._filterable():
            if target.display:
                target.focus()

    def _filterable(self) -> list[Filterable]:
        return [child for child in self.query("*") if isinstance(child, Filterable)]
