"""A text file as lines that remember how they end, so that an edit by lines keeps its form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cockpit_tui.tools.text import TextFile


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """Lines `start` to `end` (from 0, end exclusive) become `new`."""

    start: int
    end: int
    new: tuple[str, ...]


class FileLines:
    """The lines of `file`, without their ends."""

    def __init__(self, file: TextFile) -> None:
        self._file = file
        self._ends_with_newline = not file.text or file.text.endswith("\n")
        raw = file.text.split("\n")
        if self._ends_with_newline:
            raw.pop()
        self.lines = [line.removesuffix("\r") for line in raw]
        self._ends = ["\r\n" if line.endswith("\r") else "\n" for line in raw]
        if not self._ends_with_newline:
            # A carriage return without newline is content.
            self.lines[-1] = raw[-1]
            self._ends[-1] = file.line_end or "\n"

    def changed(self, changes: Sequence[LineChange]) -> str:
        """The file's text with `changes` (in order, apart) made; every other byte stays.

        New lines end as the file does, or in a mixed file as the line above them. Whether there is
        a final newline stays as it was.
        """
        lines: list[str] = []
        ends: list[str] = []
        done = 0
        for change in changes:
            lines += [*self.lines[done:change.start], *change.new]
            ends += self._ends[done:change.start]
            ends += [self._end_near(change.start)] * len(change.new)
            done = change.end
        lines += self.lines[done:]
        ends += self._ends[done:]
        if ends and not self._ends_with_newline:
            ends[-1] = ""
        return "".join(line + end for line, end in zip(lines, ends, strict=True))

    def _end_near(self, at: int) -> str:
        if self._file.line_end is not None or not self._ends:
            return self._file.line_end or "\n"
        return self._ends[min(max(at - 1, 0), len(self._ends) - 1)]
