"""A diff as rows on a screen: laid out in blocks, so that opening costs by hunk, not by line.

A block is a run of rows of one kind; which row is what is found by bisection when it is painted.
"""

from __future__ import annotations

import textwrap
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from cockpit_tui.domain.approval import ReviewComment
from cockpit_tui.domain.diff import Diff, FileDiff, Hunk, LineKind
from cockpit_tui.domain.sanitize import sanitize
from cockpit_tui.presentation.diff_pairs import PairedLines


class RowKind(Enum):
    EMPTY = auto()
    """The one row of a diff without files."""
    FILE = auto()
    HUNK = auto()
    LINE = auto()
    COMMENT = auto()
    GAP = auto()
    """Unchanged lines between two hunks, which the diff does not hold."""
    NOTE = auto()
    """Why a file shows no lines: binary, or only its name or mode changed."""


@dataclass(frozen=True, slots=True)
class DiffRow:
    kind: RowKind
    file: int = 0
    hunk: int = -1
    """Index within the file; -1 on rows that belong to no hunk."""
    line: int = -1
    """Index within the hunk's lines: in the unified form the line, side by side the left one."""
    other: int = -1
    """Side by side: the right line. -1 where a side is empty."""
    comment: int = -1
    """Index into the comments."""
    part: int = 0
    """Which row of the comment's box."""


@dataclass(frozen=True, slots=True)
class CommentBox:
    """A comment as it is drawn: its lines wrapped and harmless, without the frame."""

    comment: ReviewComment
    lines: tuple[str, ...]
    is_stale: bool
    """Its line is no longer in the diff."""


@dataclass(frozen=True, slots=True)
class _Block:
    kind: RowKind
    file: int
    hunk: int
    first: int
    """Index of the first line (LINE), or of the comment (COMMENT)."""
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Folds:
    """What is folded away: whole files by path, hunks by id."""

    files: frozenset[str] = frozenset()
    hunks: frozenset[str] = frozenset()


@dataclass(slots=True)
class DiffRows:
    """The layout of one diff for one width and one set of folds. Rows count from 0."""

    diff: Diff
    boxes: tuple[CommentBox, ...]
    folds: Folds
    pairs: PairedLines | None
    """Given: side by side."""
    _blocks: list[_Block] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _length: int = 0
    _first_of_file: list[int] = field(default_factory=list)
    _first_of_hunk: dict[tuple[int, int], int] = field(default_factory=dict)

    @classmethod
    def lay_out(cls, diff: Diff, *, comments: Sequence[ReviewComment] = (),
                folds: Folds | None = None, pairs: PairedLines | None = None,
                comment_width: int = 60) -> DiffRows:
        """`comment_width` is the room for a comment's text, in cells."""
        places = [_place_of(diff, comment) for comment in comments]
        boxes = tuple(
            CommentBox(comment, _wrap(comment.text, comment_width),
                       comment.line > 0 and (place is None or place[1] < 0))
            for comment, place in zip(comments, places, strict=True))
        rows = cls(diff, boxes, folds or Folds(), pairs)
        rows._build(places)
        return rows

    def __len__(self) -> int:
        return self._length

    def row(self, at: int) -> DiffRow:
        """What stands in row `at`; raises IndexError outside."""
        if not 0 <= at < self._length:
            raise IndexError(at)
        index = bisect_right(self._starts, at) - 1
        block, offset = self._blocks[index], at - self._starts[index]
        match block.kind:
            case RowKind.LINE if self.pairs is not None:
                left, right = self.pairs.rows(self._hunk(block))[block.first + offset]
                return DiffRow(block.kind, block.file, block.hunk, left, right)
            case RowKind.LINE:
                return DiffRow(block.kind, block.file, block.hunk, block.first + offset)
            case RowKind.COMMENT:
                return DiffRow(block.kind, block.file, block.hunk, comment=block.first,
                               part=offset)
            case _:
                return DiffRow(block.kind, block.file, block.hunk)

    def row_of_file(self, file: int) -> int:
        return self._first_of_file[file]

    def row_of_hunk(self, file: int, hunk: int) -> int:
        """The hunk's header; the file's header where the file is folded."""
        return self._first_of_hunk.get((file, hunk), self._first_of_file[file])

    def row_of_line(self, file: int, hunk: int, line: int) -> int:
        """The row that shows a line; the header above it where it is folded away."""
        hunk_of = self.diff.files[file].hunks[hunk]
        wanted = line if self.pairs is None else self.pairs.row_of(hunk_of, line)
        start = self.row_of_hunk(file, hunk)
        index = bisect_right(self._starts, start) - 1
        for at in range(index, len(self._blocks)):
            block = self._blocks[at]
            if (block.file, block.hunk) != (file, hunk) and at > index:
                break
            if block.kind is RowKind.LINE and block.first <= wanted < block.first + block.length:
                return self._starts[at] + wanted - block.first
        return start

    def _build(self, places: Sequence[tuple[int, int, int] | None]) -> None:
        if not self.diff.files:
            self._add(RowKind.EMPTY, 0, -1)
            return
        under: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for number, place in enumerate(places):
            file_at, hunk_at, line = place if place is not None else (0, -1, -1)
            under.setdefault((file_at, hunk_at), []).append((line, number))
        for file_index, file in enumerate(self.diff.files):
            self._first_of_file.append(self._length)
            self._add(RowKind.FILE, file_index, -1)
            if file.path in self.folds.files:
                continue
            for _, number in under.get((file_index, -1), ()):
                self._add_comment(file_index, -1, number)
            if not file.hunks:
                self._add(RowKind.NOTE, file_index, -1)
            for hunk_index, hunk in enumerate(file.hunks):
                remarks = sorted(under.get((file_index, hunk_index), ()))
                self._build_hunk(file_index, hunk_index, hunk, remarks)

    def _build_hunk(self, file: int, at: int, hunk: Hunk,
                    remarks: Sequence[tuple[int, int]]) -> None:
        self._first_of_hunk[file, at] = self._length
        self._add(RowKind.HUNK, file, at)
        if hunk.id in self.folds.hunks:
            return
        total = len(hunk.lines) if self.pairs is None else len(self.pairs.rows(hunk))
        done = 0
        for line, number in remarks:
            row = line if self.pairs is None else self.pairs.row_of(hunk, line)
            if row + 1 > done:
                self._add(RowKind.LINE, file, at, done, row + 1 - done)
                done = row + 1
            self._add_comment(file, at, number)
        if total > done:
            self._add(RowKind.LINE, file, at, done, total - done)
        if unchanged_after(self.diff.files[file], at):
            self._add(RowKind.GAP, file, at)

    def _add_comment(self, file: int, hunk: int, number: int) -> None:
        self._add(RowKind.COMMENT, file, hunk, number, len(self.boxes[number].lines) + 2)

    def _add(self, kind: RowKind, file: int, hunk: int, first: int = -1, length: int = 1) -> None:
        self._blocks.append(_Block(kind, file, hunk, first, length))
        self._starts.append(self._length)
        self._length += length

    def _hunk(self, block: _Block) -> Hunk:
        return self.diff.files[block.file].hunks[block.hunk]


def unchanged_after(file: FileDiff, hunk: int) -> int:
    """How many unchanged lines lie between a hunk and the next one of its file."""
    if hunk + 1 >= len(file.hunks):
        return 0
    here, following = file.hunks[hunk], file.hunks[hunk + 1]
    return max(0, following.new_start - here.new_start - here.new_count)


def comment_target(diff: Diff, row: DiffRow, boxes: Sequence[CommentBox]) -> tuple[int, str]:
    """Line (in the new file, 0 for the file) and code that a comment on `row` is about."""
    if row.kind is RowKind.COMMENT:
        comment = boxes[row.comment].comment
        return comment.line, comment.quoted
    if row.hunk < 0:
        return 0, ""
    hunk = diff.files[row.file].hunks[row.hunk]
    at = row.other if row.other >= 0 else row.line
    if row.kind is not RowKind.LINE:
        at = next((i for i, line in enumerate(hunk.lines)
                   if line.kind in {LineKind.ADDED, LineKind.REMOVED}), 0)
    return new_number(hunk, at), hunk.lines[at].text


def new_number(hunk: Hunk, at: int) -> int:
    """The line's number in the new file; for a removed line, of the line now in its place."""
    for i in range(at, len(hunk.lines)):
        if hunk.lines[i].new:
            return hunk.lines[i].new
    return max(1, hunk.new_start + hunk.new_count - 1)


def every_hunk(diff: Diff) -> Iterator[tuple[int, int, Hunk]]:
    """(index of the file, index within it, hunk), in order."""
    for file_index, file in enumerate(diff.files):
        for hunk_index, hunk in enumerate(file.hunks):
            yield file_index, hunk_index, hunk


def _place_of(diff: Diff, comment: ReviewComment) -> tuple[int, int, int] | None:
    """(file, hunk, line index); hunk -1: under the file's header; None: the file is not here."""
    at = next((i for i, file in enumerate(diff.files) if file.path == comment.path), None)
    if at is None:
        return None
    for hunk_index, hunk in enumerate(diff.files[at].hunks):
        if not hunk.new_start <= comment.line <= hunk.new_start + max(0, hunk.new_count - 1):
            continue
        line = _line_of(hunk, comment)
        if line is not None:
            return at, hunk_index, line
    return at, -1, -1


def _line_of(hunk: Hunk, comment: ReviewComment) -> int | None:
    """The line a comment is about: the one with its number, or the removed line it quotes."""
    direct = next((i for i, line in enumerate(hunk.lines) if line.new == comment.line), None)
    if direct is not None and comment.quoted in {"", hunk.lines[direct].text}:
        return direct
    for i, line in enumerate(hunk.lines):
        if (line.kind is LineKind.REMOVED and line.text == comment.quoted
                and new_number(hunk, i) == comment.line):
            return i
    if direct is None and hunk.lines:
        return len(hunk.lines) - 1
    return direct


def _wrap(text: str, width: int) -> tuple[str, ...]:
    lines: list[str] = []
    for paragraph in sanitize(text).expandtabs(4).split("\n"):
        lines += textwrap.wrap(paragraph, max(8, width)) or [""]
    return tuple(lines)
