"""How one row of a diff is drawn: numbers, signs, word changes, syntax, marks, comment boxes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from cockpit_tui.domain.diff import Diff, DiffLine, FileChange, FileDiff, Hunk, LineKind
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.presentation.diff_pairs import PairedLines, Span, changed_words
from cockpit_tui.presentation.diff_rows import DiffRow, DiffRows, RowKind, unchanged_after
from cockpit_tui.presentation.diff_syntax import SyntaxColours, display_text
from cockpit_tui.presentation.fit import cell_len, clip_end, fit_with_detail, pad
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.presentation.time import short_path
from cockpit_tui.ui.widgets.diff_styles import Styles

BOX_INDENT = 4
BOX_WIDTH = 76
TWO_NUMBERS_FROM = 72
"""Narrower views show one line number: the new one, for removed lines the old one."""

Piece = tuple[int, int, Style]
"""A range of a line's characters, and what is added to its style there."""


@dataclass(kw_only=True)
class DiffPainter:
    """Draws rows of one diff; made anew when the diff, its layout or the width changes."""

    rows: DiffRows
    glyphs: GlyphSet
    styles: Styles
    width: int
    is_live: bool
    dropped: Collection[str]
    viewed: Collection[str]
    words: PairedLines
    syntax: SyntaxColours
    code_offset: int = 0
    """Characters that are scrolled off at the left of the code."""
    counts: dict[int, tuple[int, int]] = field(default_factory=dict)
    """(added, removed) by `id` of a file or hunk of the diff, counted once."""

    @property
    def diff(self) -> Diff:
        return self.rows.diff

    @cached_property
    def number_width(self) -> int:
        last = max((max(hunk.old_start + hunk.old_count, hunk.new_start + hunk.new_count)
                    for file in self.diff.files for hunk in file.hunks[-1:]), default=0)
        return max(3, len(str(last)))

    @property
    def is_split(self) -> bool:
        return self.rows.pairs is not None

    @property
    def code_width(self) -> int:
        """Cells for code, in each half when side by side."""
        if self.is_split:
            return max(1, self.width // 2 - self.number_width - 5)
        numbers = 2 if self.width >= TWO_NUMBERS_FROM else 1
        return max(1, self.width - numbers * (self.number_width + 1) - 4)

    def paint(self, row: DiffRow, *, is_cursor: bool) -> Strip:
        match row.kind:
            case RowKind.LINE:
                segments = self._line(row, is_cursor)
            case RowKind.FILE:
                segments = self._file_header(row, is_cursor)
            case RowKind.HUNK:
                segments = self._hunk_header(row, is_cursor)
            case RowKind.COMMENT:
                segments = self._comment(row, is_cursor)
            case RowKind.GAP:
                count = unchanged_after(self.diff.files[row.file], row.hunk)
                noun = "line" if count == 1 else "lines"
                segments = self._notice(f"{self.glyphs.gap} {count} unchanged {noun}", is_cursor)
            case RowKind.NOTE:
                segments = self._notice(_why_no_lines(self.diff.files[row.file]), is_cursor)
            case RowKind.EMPTY:
                segments = self._notice("No changes yet." if self.is_live else "No changes.",
                                        False)
        base = self.styles.full("text")
        return Strip(segments).adjust_cell_length(self.width, base)

    # Headers and notices

    def _file_header(self, row: DiffRow, is_cursor: bool) -> list[Segment]:
        file = self.diff.files[row.file]
        style = self.styles.full("file")
        fold = self._fold_sign(file.path in self.rows.folds.files)
        viewed = f"{self.glyphs.done} " if file.path in self.viewed else ""
        figures = self._figures(file)
        room = self.width - len(fold) - len(viewed) - 4
        change = {FileChange.ADDED: "new ", FileChange.DELETED: "deleted "}.get(file.change, "")
        path = change + short_path(file.path, max(8, room - len(figures) - 1 - len(change)),
                                   self.glyphs.ellipsis)
        if file.change is FileChange.RENAMED:
            path = f"{path} from {sanitize_line(file.old_path)}"
        text, detail = fit_with_detail(path, figures, room, self.glyphs.ellipsis)
        return [self._mark(is_cursor, style), Segment(f" {fold} {viewed}{text}{detail} ", style)]

    def _hunk_header(self, row: DiffRow, is_cursor: bool) -> list[Segment]:
        file = self.diff.files[row.file]
        hunk = file.hunks[row.hunk]
        style = self.styles.full("hunk")
        fold = self._fold_sign(hunk.id in self.rows.folds.hunks)
        heading = sanitize_line(hunk.heading.strip())
        name = f"hunk {row.hunk + 1}/{len(file.hunks)}"
        fate, fate_style = self._fate(hunk, style)
        figures = f"{self._figures(hunk):>8}"
        room = max(0, self.width - len(fold) - len(fate) - len(figures) - 4)
        text = pad(f"{name}  {heading}" if heading else name, room, self.glyphs.ellipsis)
        return [self._mark(is_cursor, style), Segment(f" {fold} ", style), Segment(text, style),
                Segment(fate, fate_style), Segment(f"{figures} ", style)]

    def _fate(self, hunk: Hunk, style: Style) -> tuple[str, Style]:
        if self.is_live:
            return "", style
        if hunk.id in self.dropped:
            return f" {self.glyphs.failed} drop", style + self.styles.partial("dropped")
        return f" {self.glyphs.done} keep", style + self.styles.partial("kept")

    def _notice(self, text: str, is_cursor: bool) -> list[Segment]:
        style = self.styles.full("notice")
        indent = " " * 2
        return [self._mark(is_cursor, style),
                Segment(indent + clip_end(text, max(0, self.width - 3), self.glyphs.ellipsis),
                        style)]

    def _fold_sign(self, is_folded: bool) -> str:
        return self.glyphs.folded if is_folded else self.glyphs.unfolded

    def _mark(self, is_cursor: bool, style: Style) -> Segment:
        if is_cursor:
            return Segment(self.glyphs.cursor, style + self.styles.partial("cursor"))
        return Segment(" ", style)

    def _figures(self, part: FileDiff | Hunk) -> str:
        if isinstance(part, FileDiff) and part.is_binary:
            return "binary"
        if id(part) not in self.counts:
            self.counts[id(part)] = part.added, part.removed
        added, removed = self.counts[id(part)]
        return f"+{added} -{removed}"

    # Comment boxes

    def _comment(self, row: DiffRow, is_cursor: bool) -> list[Segment]:
        box = self.rows.boxes[row.comment]
        frame, text_style = self.styles.full("comment"), self.styles.full("comment-text")
        inner = box_text_width(self.width) + 2
        top_left, flat, top_right, side, low_left, low_right = tuple(self.glyphs.box)
        base = self.styles.full("text")
        start = [self._mark(is_cursor, base), Segment(" " * (BOX_INDENT - 1), base)]
        if row.part == 0:
            title, state = self._comment_title(row), " pending "
            title = clip_end(title, max(0, inner - len(state)), self.glyphs.ellipsis)
            rule = flat * max(0, inner - cell_len(title) - len(state))
            return [*start, Segment(f"{top_left}{title}{rule}{state}{top_right}", frame)]
        if row.part == len(box.lines) + 1:
            return [*start, Segment(f"{low_left}{flat * inner}{low_right}", frame)]
        text = f" {pad(box.lines[row.part - 1], inner - 2, self.glyphs.ellipsis)} "
        return [*start, Segment(side, frame), Segment(text, text_style), Segment(side, frame)]

    def _comment_title(self, row: DiffRow) -> str:
        box = self.rows.boxes[row.comment]
        file = self.diff.files[row.file]
        where = f"line {box.comment.line}" if box.comment.line else "whole file"
        if box.is_stale:
            where = f"{where}, no longer here"
        if box.comment.path != file.path:
            where = f"{sanitize_line(box.comment.path)} {where}"
        return f" you {self.glyphs.separator} {where} "

    # Code lines

    def _line(self, row: DiffRow, is_cursor: bool) -> list[Segment]:
        file = self.diff.files[row.file]
        hunk = file.hunks[row.hunk]
        if not self.is_split:
            return [self._mark(is_cursor, self._gutter_style(is_cursor)),
                    *self._numbers(hunk.lines[row.line], is_cursor),
                    *self._code(file, hunk, row.line)]
        old = hunk.lines[row.line].old if row.line >= 0 else 0
        new = hunk.lines[row.other].new if row.other >= 0 else 0
        return [self._mark(is_cursor, self._gutter_style(is_cursor)),
                self._number(old, is_cursor), *self._code(file, hunk, row.line),
                Segment(self.glyphs.rule, self.styles.full("gutter")),
                self._number(new, is_cursor), *self._code(file, hunk, row.other)]

    def _gutter_style(self, is_cursor: bool) -> Style:
        gutter = self.styles.full("gutter")
        return gutter + self.styles.partial("cursor") if is_cursor else gutter

    def _numbers(self, line: DiffLine, is_cursor: bool) -> list[Segment]:
        if self.width < TWO_NUMBERS_FROM:
            return [self._number(line.new or line.old, is_cursor)]
        return [self._number(line.old, is_cursor, gap=""), self._number(line.new, is_cursor)]

    def _number(self, number: int, is_cursor: bool, gap: str = " ") -> Segment:
        text = f"{number or '':>{self.number_width + 1}}{gap}"
        return Segment(text, self._gutter_style(is_cursor))

    def _code(self, file: FileDiff, hunk: Hunk, at: int) -> Iterable[Segment]:
        """Sign, blank and exactly `code_width` cells of code."""
        if at < 0:
            yield Segment(" " * (self.code_width + 2), self.styles.full("absent"))
            return
        line = hunk.lines[at]
        style = self._line_style(line)
        if hunk.id in self.dropped and not self.is_live:
            style = style + self.styles.partial("faded")
        yield Segment(f"{line.kind.value} ", style + self.styles.partial("sign"))
        text = display_text(line.text)
        pieces = [(start, end, self.styles.partial(f"ink-{ink.value}"))
                  for start, end, ink in self.syntax.spans(file.path, hunk, at)]
        changed = self.styles.full(
            "added-word" if line.kind is LineKind.ADDED else "removed-word")
        pieces += [(start, end, changed.background_style + Style(bold=changed.bold,
                                                                underline=changed.underline))
                   for start, end in self._changed(hunk, at)]
        strip = Strip(list(_layered(text, style, pieces)))
        shown = strip.crop(self.code_offset, self.code_offset + self.code_width)
        yield from self._mark_cuts(shown.adjust_cell_length(self.code_width, style),
                                   strip.cell_length, style)

    def _mark_cuts(self, shown: Strip, length: int, style: Style) -> Iterable[Segment]:
        """Signs over the outermost cells of a line that goes on beyond them."""
        left, right = self.glyphs.cut
        mark = style + self.styles.partial("sign") + Style(bold=True)
        before = self.code_offset > 0 and length > 0
        beyond = length > self.code_offset + self.code_width
        if before:
            yield Segment(left, mark)
        yield from shown.crop(int(before), self.code_width - beyond)
        if beyond:
            yield Segment(right, mark)

    def _line_style(self, line: DiffLine) -> Style:
        match line.kind:
            case LineKind.ADDED:
                return self.styles.full("added")
            case LineKind.REMOVED:
                return self.styles.full("removed")
            case LineKind.CONTEXT:
                return self.styles.full("text")
            case LineKind.NOTE:
                return self.styles.full("notice")

    def _changed(self, hunk: Hunk, at: int) -> tuple[Span, ...]:
        partner = self.words.partner(hunk, at)
        if partner < 0:
            return ()
        is_old = hunk.lines[at].kind is LineKind.REMOVED
        old, new = (at, partner) if is_old else (partner, at)
        spans = changed_words(display_text(hunk.lines[old].text),
                              display_text(hunk.lines[new].text))
        return spans[0 if is_old else 1]


def box_text_width(width: int) -> int:
    """Room for a comment's text in a view `width` cells wide."""
    return max(8, min(BOX_WIDTH, width - 2 * BOX_INDENT) - 4)


def _layered(text: str, base: Style, pieces: Iterable[Piece]) -> Iterable[Segment]:
    """`text` cut where styles change; later pieces lie over earlier ones."""
    pieces = tuple(pieces)
    cuts = sorted({0, len(text), *(min(at, len(text)) for piece in pieces for at in piece[:2])})
    for start, end in pairwise(cuts):
        style = base
        for first, last, over in pieces:
            if first <= start and end <= last:
                style = style + over
        yield Segment(text[start:end], style)


def _why_no_lines(file: FileDiff) -> str:
    if file.is_binary:
        return "binary file: the change is not shown"
    if file.change is FileChange.RENAMED:
        return "only the name changed"
    if file.change is FileChange.MODIFIED:
        return "only the mode changed"
    return "empty file"
