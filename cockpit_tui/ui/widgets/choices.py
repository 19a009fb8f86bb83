"""One-line fields of a form: one of several, and several ticks; by arrows, Space and click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from cockpit_tui.ui.lines import Ink, Line, Part, paint

_MOVES: list[BindingType] = [
    Binding("left,h", "step(-1)", "previous", id="choice.previous", show=False),
    Binding("right,l", "step(1)", "next", id="choice.next", show=False),
    Binding("space", "tick", "tick", id="choice.toggle", show=False),
]


class Choice(Widget, can_focus=True):
    """`( ) frugal  (•) balanced`: left and right choose."""

    DEFAULT_CSS = "Choice { height: 1; } Choice:focus { background: $primary 20%; }"
    BINDINGS: ClassVar[list[BindingType]] = _MOVES

    @dataclass
    class Changed(Message):
        choice: Choice

        @property
        def control(self) -> Choice:
            return self.choice

    def __init__(self, options: Sequence[str], value: str, *, mark: str = "•",
                 id: str | None = None) -> None:
        super().__init__(id=id)
        self._options = tuple(options)
        self._mark = mark
        self.value = value

    def action_step(self, by: int) -> None:
        at = (self._options.index(self.value) + by) % len(self._options)
        self.value = self._options[at]
        self.refresh()
        self.post_message(self.Changed(self))

    def action_tick(self) -> None:
        self.action_step(1)

    def render(self) -> Content:
        parts: list[Part] = []
        for option in self._options:
            chosen = option == self.value
            parts.append((f"({self._mark if chosen else ' '}) {option}  ",
                          Ink.STRONG if chosen else Ink.PLAIN))
        return paint(Line(tuple(parts)), self.size.width)


class Ticks(Widget, can_focus=True):
    """`[x] plan  [ ] each diff`: left and right go to a tick, Space sets or takes it."""

    DEFAULT_CSS = "Ticks { height: 1; } Ticks:focus { background: $primary 20%; }"
    BINDINGS: ClassVar[list[BindingType]] = _MOVES

    @dataclass
    class Changed(Message):
        ticks: Ticks

        @property
        def control(self) -> Ticks:
            return self.ticks

    def __init__(self, options: Sequence[str], ticked: Sequence[str], *,
                 id: str | None = None) -> None:
        super().__init__(id=id)
        self._options = tuple(options)
        self.ticked = frozenset(ticked)
        self._at = 0

    def action_step(self, by: int) -> None:
        self._at = (self._at + by) % len(self._options)
        self.refresh()

    def action_tick(self) -> None:
        self.ticked = self.ticked ^ {self._options[self._at]}
        self.refresh()
        self.post_message(self.Changed(self))

    def render(self) -> Content:
        parts: list[Part] = []
        for at, option in enumerate(self._options):
            box = f"[{'x' if option in self.ticked else ' '}] {option}"
            here = at == self._at and self.has_focus
            parts += [(box, Ink.KEY if here else Ink.PLAIN), ("   ", Ink.PLAIN)]
        return paint(Line(tuple(parts)), self.size.width)
