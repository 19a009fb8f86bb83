"""What the review pane takes: one thing to read or to answer, as lines or as a diff."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.sanitize import sanitize
from cockpit_tui.ui.lines import Ink, Line, Part, plain
from cockpit_tui.ui.snapshot import DiffSource

BLANK = Line()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    key: str
    """Changes whenever what an answer would mean changes: arming looks at it."""
    title: tuple[Part, ...]
    figures: tuple[Part, ...] = ()
    head: tuple[Line, ...] = ()
    """Above a diff; a page without diff has only `lines`."""
    is_head_whole: bool = False
    """The head says what the diff cannot: it is shown whole, however low the screen is."""
    lines: tuple[Line, ...] = ()
    approval: Approval | None = None
    source: DiffSource | None = None
    is_live: bool = False
    hint: Line = BLANK


def lines_of(text: str, ink: Ink = Ink.PLAIN, *, indent: str = "") -> tuple[Line, ...]:
    """Foreign text as lines, harmless, tabs as spaces."""
    return tuple(plain(indent + line, ink)
                 for line in sanitize(text.expandtabs(4)).rstrip("\n").split("\n"))


def heading(text: str) -> Line:
    return plain(text, Ink.STRONG)
