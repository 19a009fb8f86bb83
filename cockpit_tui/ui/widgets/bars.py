"""The fixed lines of every screen: header, attention, hint and footer; each is told what to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.ui.lines import Ink, Line, Part, foreign, paint, wrap
from cockpit_tui.ui.widgets.line_view import LineView


class Bar(Widget):
    """One line across the screen."""

    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._line = Line()

    @property
    def alphabet(self) -> GlyphSet:
        """The one all lines of the app are drawn with."""
        return LineView.glyphs

    @property
    def text(self) -> str:
        return self._line.text

    def set_line(self, line: Line) -> None:
        if line != self._line:
            self._line = line
            self.refresh()

    def render(self) -> Content:
        return paint(self._line, self.size.width, ellipsis=self.alphabet.ellipsis)


TITLE_CELLS = 40
"""A title may be cut to this before figures give way to it."""


class HeaderBar(Bar):
    """Where you are and how things stand. Takes forms from long to short, uses the first fit."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._forms: tuple[Line, ...] = ()

    def set_forms(self, forms: Sequence[Line]) -> None:
        if tuple(forms) != self._forms:
            self._forms = tuple(forms)
            self._line = self._forms[0] if self._forms else Line()
            self.refresh()

    def render(self) -> Content:
        width = self.size.width
        for line in self._forms:
            left = sum(cell_len(text) for text, _ in line.left)
            right = sum(cell_len(text) for text, _ in line.right)
            if min(left, TITLE_CELLS) + right + 1 <= width:
                return paint(line, width, ellipsis=self.alphabet.ellipsis)
        return paint(self._forms[-1] if self._forms else Line(), width,
                     ellipsis=self.alphabet.ellipsis)


class HintBar(Bar):
    """What the main key will do, in words; or an error, which stays until it was seen."""

    DEFAULT_CSS = "HintBar { height: auto; max-height: 4; min-height: 1; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._error: tuple[str, str] | None = None

    @property
    def text(self) -> str:
        return " ".join(self._error) if self._error else self._line.text

    @property
    def has_error(self) -> bool:
        return self._error is not None

    def say_error(self, error: CockpitError) -> None:
        """What happened and why; then what to do next."""
        self._error = (foreign(error.message), foreign(error.hint))
        self.add_class("-error")
        self.refresh(layout=True)

    def seen(self) -> None:
        if self._error is not None:
            self._error = None
            self.remove_class("-error")
            self.refresh(layout=True)

    def set_line(self, line: Line) -> None:
        if line != self._line:
            self._line = line
            self.refresh(layout=True)

    def render(self) -> Content:
        width = max(1, self.size.width)
        if self._error is None:
            lines = wrap(self._line, width - 1)
        else:
            message, hint = self._error
            lines = wrap(Line(((" ", Ink.PLAIN), (f"{self.alphabet.failed} ", Ink.FAILED),
                               (message, Ink.FAILED),
                               (f"  {hint}" if hint else "", Ink.PLAIN),
                               ("  Esc", Ink.KEY))), width - 1)
        return Content("\n").join([paint(line, width, ellipsis=self.alphabet.ellipsis)
                                    for line in lines])


@dataclass(frozen=True, slots=True)
class KeyEntry:
    key: str
    title: str
    priority: int


class KeyBar(Bar):
    """Keys that do something here, most important first; what does not fit is dropped whole.

    `: commands  ? keys` is pinned to the right end and never dropped.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._entries: tuple[KeyEntry, ...] = ()
        self._pinned: tuple[KeyEntry, ...] = ()

    def set_entries(self, entries: Sequence[KeyEntry], pinned: Sequence[KeyEntry]) -> None:
        ordered = tuple(
            replace(entry, title=entry.title.replace("…", self.alphabet.ellipsis))
            for entry in sorted(entries, key=lambda entry: entry.priority))
        if (ordered, tuple(pinned)) != (self._entries, self._pinned):
            self._entries, self._pinned = ordered, tuple(pinned)
            self.refresh()

    @property
    def text(self) -> str:
        return "  ".join(f"{e.key} {e.title}" for e in (*self._entries, *self._pinned))

    def render(self) -> Content:
        width = self.size.width
        pinned = self._parts(self._pinned)
        if width < 60 and self._pinned:
            pinned = tuple((e.key + " ", Ink.KEY) for e in self._pinned)
        room = width - sum(cell_len(t) for t, _ in pinned) - 3
        kept: list[KeyEntry] = []
        for entry in self._entries:
            cells = cell_len(entry.key) + cell_len(entry.title) + 3
            if cells > room:
                break
            kept.append(entry)
            room -= cells
        return paint(Line(((" ", Ink.PLAIN), *self._parts(kept)), pinned), width,
                     ellipsis=self.alphabet.ellipsis)

    @staticmethod
    def _parts(entries: Sequence[KeyEntry]) -> tuple[Part, ...]:
        parts: list[Part] = []
        for entry in entries:
            parts += [(entry.key, Ink.KEY), (f" {entry.title}  ", Ink.PLAIN)]
        return tuple(parts)
