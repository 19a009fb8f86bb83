"""One line of text as data: spans with a role, left and right; and how it becomes Content.

Foreign text enters a line through `foreign()`, which makes it harmless and one line long.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rich.cells import cell_len, set_cell_size
from textual.content import Content, Span

from cockpit_tui.domain.sanitize import sanitize_line


class Ink(StrEnum):
    """What a span means; each has a colour of the theme and never relies on colour alone."""

    PLAIN = ""
    MUTED = "$st-muted"
    RUNNING = "$st-running"
    ATTENTION = "bold $st-attention"
    NOTICE = "$st-attention"
    """Attention's colour without its weight: MED risk, warnings."""
    OK = "$st-ok"
    FAILED = "bold $st-failed"
    STRONG = "bold"
    KEY = "bold $primary"
    MARK = "$accent"
    """The person's own marks: comments, edits."""
    REVERSE = "bold reverse $st-attention"
    EDGE = "$border-blurred"
    FOCUSED_EDGE = "$primary"


Part = tuple[str, Ink]


@dataclass(frozen=True, slots=True)
class Line:
    """`left` is cut with an ellipsis where room is short, `right` stays whole and flush right."""

    left: tuple[Part, ...] = ()
    right: tuple[Part, ...] = ()

    @property
    def text(self) -> str:
        return "".join(t for t, _ in self.left) + (" " if self.right else "") + "".join(
            t for t, _ in self.right)


def plain(text: str, ink: Ink = Ink.PLAIN, *, right: str = "",
          right_ink: Ink = Ink.MUTED) -> Line:
    """A line of one span, optionally with a second one flush right."""
    return Line(((text, ink),), ((right, right_ink),) if right else ())


def foreign(text: str) -> str:
    """Text from a repository, a model or a command: one harmless line."""
    return sanitize_line(" ".join(text.split("\n")).strip()) if "\n" in text else sanitize_line(
        text)


def fit(parts: tuple[Part, ...], width: int, ellipsis: str = "…") -> tuple[Part, ...]:
    """The parts in at most `width` cells; a cut is marked at the end."""
    if sum(cell_len(text) for text, _ in parts) <= width:
        return parts
    room = max(0, width - cell_len(ellipsis))
    kept: list[Part] = []
    for text, ink in parts:
        cells = cell_len(text)
        if cells > room:
            kept.append((set_cell_size(text, room).rstrip() + ellipsis if width > 0 else "", ink))
            break
        kept.append((text, ink))
        room -= cells
    return tuple(kept)


def paint(line: Line, width: int, *, ellipsis: str = "…") -> Content:
    """The line as Content of exactly `width` cells: left, gap, right."""
    right = line.right
    right_cells = sum(cell_len(text) for text, _ in right)
    if right and right_cells > max(width * 2 // 3, width - 12):
        right = fit(right, max(width * 2 // 3, 0), ellipsis)
        right_cells = sum(cell_len(text) for text, _ in right)
    gap = 1 if right else 0
    left = fit(line.left, max(0, width - right_cells - gap), ellipsis)
    left_cells = sum(cell_len(text) for text, _ in left)
    fill = " " * max(0, width - left_cells - right_cells)
    return assemble((*left, (fill, Ink.PLAIN), *right))


def assemble(parts: tuple[Part, ...]) -> Content:
    """Spans next to each other, always literal: nothing in them is read as markup."""
    text = "".join(piece for piece, _ in parts)
    spans, at = [], 0
    for piece, ink in parts:
        if ink and piece:
            spans.append(Span(at, at + len(piece), ink.value))
        at += len(piece)
    return Content(text, spans)


def wrap(line: Line, width: int) -> list[Line]:
    """The line in as many lines as it needs; words stay whole where they fit.

    A line with a right part is never wrapped: it is a row of a table.
    """
    if line.right or width < 8 or sum(cell_len(t) for t, _ in line.left) <= width:
        return [line]
    content = assemble(line.left)
    text = content.plain
    indent = min(len(text) - len(text.lstrip()), width // 3)
    inks = [ink for piece, ink in line.left for _ in piece]
    out: list[Line] = []
    start, limit = 0, width
    while start < len(text):
        end = _line_end(text, start, limit)
        parts = _runs(text[start:end].rstrip() if end < len(text) else text[start:end],
                      inks[start:end])
        out.append(Line(((" " * indent, Ink.PLAIN), *parts) if out and indent else parts))
        start = end
        while start < len(text) and text[start] == " ":
            start += 1
        limit = width - indent
    return out


def _line_end(text: str, start: int, width: int) -> int:
    cells, at, space = 0, start, -1
    while at < len(text):
        cells += cell_len(text[at])
        if cells > width:
            space = at if text[at] == " " else space
            break
        if text[at] == " " and at > start and text[start:at].strip():
            space = at
        at += 1
    if at >= len(text):
        return at
    return space if space > start else max(at, start + 1)


def _runs(text: str, inks: list[Ink]) -> tuple[Part, ...]:
    parts: list[Part] = []
    for letter, ink in zip(text, inks, strict=False):
        if parts and parts[-1][1] is ink:
            parts[-1] = (parts[-1][0] + letter, ink)
        else:
            parts.append((letter, ink))
    return tuple(parts)
