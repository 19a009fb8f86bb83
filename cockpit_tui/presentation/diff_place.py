"""Where in a diff a reader is, in words that outlive the diff: for live diffs and new rounds."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit_tui.domain.diff import Diff, Hunk
from cockpit_tui.presentation.diff_rows import DiffRow, DiffRows, RowKind, new_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    path: str = ""
    """Empty: the start of the diff."""
    hunk_id: str = ""
    """Empty: the file's header."""
    line: int = -1
    """Index within the hunk; -1: its header."""
    number: int = 0
    """The line's number in the new file, for when the hunk is no longer the same."""


def place_of(diff: Diff, row: DiffRow) -> Place:
    if row.kind is RowKind.EMPTY:
        return Place()
    file = diff.files[row.file]
    if row.hunk < 0:
        return Place(path=file.path)
    hunk = file.hunks[row.hunk]
    line = row.line if row.line >= 0 else row.other
    return Place(path=file.path, hunk_id=hunk.id, line=line,
                 number=new_number(hunk, max(0, line)))


def find_place(rows: DiffRows, place: Place) -> int:
    """The row for `place`: the same line of the same hunk, else the same line number of the
    file, else the file, else the first row."""
    at = next((i for i, file in enumerate(rows.diff.files) if file.path == place.path), None)
    if at is None:
        return 0
    if not place.hunk_id:
        return rows.row_of_file(at)
    file = rows.diff.files[at]
    for index, hunk in enumerate(file.hunks):
        if hunk.id == place.hunk_id:
            return (rows.row_of_line(at, index, place.line) if place.line >= 0
                    else rows.row_of_hunk(at, index))
    for index, hunk in enumerate(file.hunks):
        if place.number < hunk.new_start + max(1, hunk.new_count):
            return rows.row_of_line(at, index, _line_near(hunk, place.number))
    return rows.row_of_hunk(at, len(file.hunks) - 1) if file.hunks else rows.row_of_file(at)


def _line_near(hunk: Hunk, number: int) -> int:
    return next((i for i, line in enumerate(hunk.lines) if line.new >= number),
                len(hunk.lines) - 1)
