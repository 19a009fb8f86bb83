"""Which removed line became which added line, and which words of it changed."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import zip_longest

from cockpit_tui.domain.diff import Hunk, LineKind

Span = tuple[int, int]
"""Half-open range of characters."""

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_MAX_TOKENS = 400
_LEAST_LIKENESS = 0.4
"""Below this share of equal tokens, marking words would mark nearly everything."""


class PairedLines:
    """Lines of hunks side by side: a run of removed lines stands beside the added run behind it.

    Each hunk is worked out once, when it is first asked for.
    """

    def __init__(self) -> None:
        self._rows: dict[str, tuple[tuple[int, int], ...]] = {}
        self._partners: dict[str, dict[int, int]] = {}
        self._row_of: dict[str, dict[int, int]] = {}

    def rows(self, hunk: Hunk) -> tuple[tuple[int, int], ...]:
        """(index of the left line, index of the right line) per row; -1 for an empty side."""
        if hunk.id not in self._rows:
            self._rows[hunk.id] = tuple(_pair(hunk))
        return self._rows[hunk.id]

    def row_of(self, hunk: Hunk, line: int) -> int:
        """The row that shows the line with this index."""
        if hunk.id not in self._row_of:
            self._row_of[hunk.id] = {
                index: row for row, sides in enumerate(self.rows(hunk))
                for index in sides if index >= 0}
        return self._row_of[hunk.id][line]

    def partner(self, hunk: Hunk, line: int) -> int:
        """The index of the line on the other side of a change; -1 where there is none."""
        if hunk.id not in self._partners:
            partners: dict[int, int] = {}
            for left, right in self.rows(hunk):
                if left >= 0 and right >= 0 and left != right:
                    partners[left], partners[right] = right, left
            self._partners[hunk.id] = partners
        return self._partners[hunk.id].get(line, -1)


def _pair(hunk: Hunk) -> list[tuple[int, int]]:
    rows: list[tuple[int, int]] = []
    removed: list[int] = []
    added: list[int] = []

    def flush() -> None:
        rows.extend(zip_longest(removed, added, fillvalue=-1))
        removed.clear()
        added.clear()

    for index, line in enumerate(hunk.lines):
        if line.kind is LineKind.REMOVED:
            if added:
                flush()
            removed.append(index)
        elif line.kind is LineKind.ADDED:
            added.append(index)
        elif line.kind is LineKind.NOTE and (removed or added):
            # "No newline at end of file" belongs to the line before it, on its side only.
            (added if added else removed).append(index)
        else:
            flush()
            rows.append((index, index))
    flush()
    return rows


def changed_words(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Which characters of the old and of the new line are not in the other; nothing where the
    lines have too little in common for that to help."""
    if old == new:
        return (), ()
    old_tokens, new_tokens = _TOKEN.findall(old), _TOKEN.findall(new)
    if max(len(old_tokens), len(new_tokens)) > _MAX_TOKENS:
        return _changed_middle(old, new)
    matcher = SequenceMatcher(None, old_tokens, new_tokens, autojunk=False)
    if matcher.ratio() < _LEAST_LIKENESS:
        return (), ()
    old_ends, new_ends = _ends(old_tokens), _ends(new_tokens)
    old_spans: list[Span] = []
    new_spans: list[Span] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal":
            _extend(old_spans, (old_ends[i], old_ends[j]), old)
            _extend(new_spans, (new_ends[k], new_ends[m]), new)
    return tuple(old_spans), tuple(new_spans)


def _ends(tokens: list[str]) -> list[int]:
    ends = [0]
    for token in tokens:
        ends.append(ends[-1] + len(token))
    return ends


def _extend(spans: list[Span], span: Span, text: str) -> None:
    """Add a span; two with only blanks between become one."""
    if span[0] == span[1]:
        return
    if spans and not text[spans[-1][1]:span[0]].strip():
        spans[-1] = (spans[-1][0], span[1])
    else:
        spans.append(span)


def _changed_middle(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    shorter = min(len(old), len(new))
    start = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    end = next((i for i in range(shorter - start) if old[-1 - i] != new[-1 - i]), shorter - start)
    if start + end < _LEAST_LIKENESS * max(len(old), len(new)):
        return (), ()
    spans = [((start, len(text) - end),) if start < len(text) - end else () for text in (old, new)]
    return spans[0], spans[1]
