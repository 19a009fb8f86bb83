"""The panes as tabs, where only one has room; and the newest event as a line."""

from __future__ import annotations

from collections.abc import Mapping

from cockpit_tui.ui.lines import Ink, Line, Part
from cockpit_tui.ui.widgets.bars import Bar

_NAMES = {1: "Repos", 2: "Plan", 3: "Log", 4: "Review"}


class TabLine(Bar):
    def show(self, current: int, notes: Mapping[int, str], waiting: str) -> None:
        """`notes` stand behind a pane's name; `waiting` is the inbox's count, empty for none."""
        parts: list[Part] = [(" ", Ink.PLAIN)]
        for number, name in _NAMES.items():
            note = f" {notes[number]}" if notes.get(number) else ""
            if number == current:
                parts.append((f"[{number} {name}{note}]", Ink.STRONG))
            else:
                parts += [(f" {number}", Ink.KEY), (f" {name}{note} ", Ink.MUTED)]
            parts.append((" ", Ink.PLAIN))
        right: tuple[Part, ...] = (("i", Ink.KEY), (f" Inbox {waiting} ", Ink.MUTED))
        self.set_line(Line(tuple(parts), right if waiting else ()))
