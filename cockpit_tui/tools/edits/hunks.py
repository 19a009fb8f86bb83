"""Where a patch's hunks lie in a file, and which lines they change there.

A hunk's unchanged and deleted lines must stand in the file exactly once: in all of it, or where
its `@@` lines, the end-of-file mark or the hunk before narrow that down. As in `matching`, only
whitespace and Unicode punctuation are loose, never content.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise

from cockpit_tui.domain.errors import ToolError
from cockpit_tui.tools.edits.lines import LineChange
from cockpit_tui.tools.edits.patch_format import Hunk
from cockpit_tui.tools.matching import (
    Shift,
    as_blocks,
    closest_lines,
    common_prefix,
    find_blocks,
    loosen,
    plain,
    shift_between,
)

_MAX_SHOWN_PLACES = 10
_MAX_PLACES = 500
"""More are not told apart any more, not even by a `@@` line."""
_MAX_HEADERS = 50
"""Lines that one `@@` may mean; where it means more, it narrows nothing down."""
_MAX_SEARCHED = 1_000_000_000
"""Characters: the file's, once for every hunk and `_HEADER_COSTS` times for every `@@` line. A
search reads about as many in a second or two."""
_HEADER_COSTS = 5
_AS_IT_IS = Shift("", "")


@dataclass(frozen=True, slots=True)
class _Place:
    at: int
    """The first line's index."""
    shift: Shift = _AS_IT_IS
    keeps_punctuation: bool = False


class _Searched:
    """A file's lines in the three forms that they are searched in, each made once."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines

    @cached_property
    def exact(self) -> str:
        return as_blocks(self.lines)

    @cached_property
    def plain(self) -> str:
        return as_blocks(map(plain, self.lines))

    @cached_property
    def loose_lines(self) -> list[str]:
        return list(map(loosen, self.lines))

    @cached_property
    def loose(self) -> str:
        return as_blocks(self.loose_lines)


def place_hunks(lines: Sequence[str], hunks: Sequence[Hunk], *, path: str) -> list[LineChange]:
    """All changes, in the file's order, apart from each other. Raises ToolError."""
    searched = _Searched(lines)
    searches = len(hunks) + _HEADER_COSTS * sum(len(hunk.headers) for hunk in hunks)
    if searches * len(searched.exact) > _MAX_SEARCHED:
        raise ToolError(f"{len(hunks):,} hunks are too many for a file as large as {path!r}. Send "
                        "fewer in one patch.")
    changes: list[LineChange] = []
    cursor = 0
    for number, hunk in enumerate(hunks, 1):
        name = f"Hunk {number} of {path!r}"
        if hunk.old:
            place = _find(searched, hunk, cursor, name)
            made = _changes(lines, hunk, place)
        elif hunk.reaches_end or not lines:
            made = [LineChange(start=len(lines), end=len(lines), new=tuple(hunk.new))]
        else:
            raise ToolError(f"{name} adds lines but has no unchanged line, so that it is not clear "
                            "where they go. Add the line before or after them, or '*** End of "
                            "File' to append.")
        changes += made
        cursor = made[-1].end
    changes.sort(key=lambda change: (change.start, change.end))
    for before, after in pairwise(changes):
        if after.start < before.end:
            raise ToolError(f"Two hunks of {path!r} change the same lines, near line "
                            f"{after.start + 1}. Make one hunk of them.")
    return changes


def _find(searched: _Searched, hunk: Hunk, cursor: int, name: str) -> _Place:
    lines = searched.lines
    spots = _spots(searched, hunk.headers, name)
    elsewhere = 0
    for passing in (_exact, _plain_punctuation, _loose):
        found = list(islice(passing(searched, hunk.old), _MAX_PLACES + 1))
        if len(found) > _MAX_PLACES:
            raise ToolError(f"{name} fits more than {_MAX_PLACES} times. Add unchanged lines "
                            "around it until it is unique.")
        chosen = _narrowed(found, hunk, spots, cursor, len(lines))
        if len(chosen) == 1:
            return chosen[0]
        if chosen:
            shown = ", ".join(str(place.at + 1) for place in chosen[:_MAX_SHOWN_PLACES])
            raise ToolError(f"{name} fits {len(chosen)} times, at lines {shown}. Add unchanged "
                            "lines around it, or a '@@' line with the function or class it lies "
                            "in, until it is unique.")
        elsewhere = elsewhere or (found[0].at + 1 if found else 0)
    if elsewhere:
        raise ToolError(f"{name} does not stand after its '@@' line, but at line {elsewhere}.")
    closest = closest_lines("\n".join(lines), "\n".join(hunk.old))
    raise ToolError(f"{name} was not found. {closest}")


def _narrowed(found: list[_Place], hunk: Hunk, spots: list[range], cursor: int,
              count: int) -> list[_Place]:
    chosen = found
    if hunk.headers:
        inside = [place for place in chosen if any(place.at in spot for spot in spots)]
        chosen = inside or [place for place in chosen
                            if any(place.at >= spot.start for spot in spots)]
    if len(chosen) > 1 and hunk.reaches_end:
        chosen = [p for p in chosen if p.at + len(hunk.old) == count] or chosen
    if len(chosen) > 1:
        chosen = [place for place in chosen if place.at >= cursor] or chosen
    return chosen


def _spots(searched: _Searched, headers: Sequence[str], name: str) -> list[range]:
    """The blocks that the `@@` lines name, each header sought within the block before it."""
    lines = searched.lines
    spots = [range(len(lines))]
    for header in headers:
        wanted = loosen(header)
        hits = (_hits(searched, spots, wanted)
                or _hits(searched, [range(spots[0].start, len(lines))], wanted))
        if not hits:
            raise ToolError(f"{name}: there is no line {header!r} as its '@@' says. "
                            + closest_lines("\n".join(lines), header))
        if len(hits) <= _MAX_HEADERS:
            spots = [range(at, _block_end(lines, at)) for at in hits]
    return spots


def _hits(searched: _Searched, spots: Sequence[range], wanted: str) -> list[int]:
    """A header is the whole line or, where no line is that, its beginning."""
    loose = searched.loose_lines
    begun = sorted({at for spot in spots for at in spot if loose[at].startswith(wanted)})
    return [at for at in begun if loose[at] == wanted] or begun


def _block_end(lines: Sequence[str], at: int) -> int:
    """The first line after `at` that is indented no deeper and closes no bracket."""
    depth = _depth(lines[at])
    for number in range(at + 1, len(lines)):
        line = lines[number]
        if line.strip() and (_depth(line) < depth or (
                _depth(line) == depth and line.lstrip()[0] not in ")]}{")):
            return number
    return len(lines)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _exact(searched: _Searched, old: list[str]) -> Iterator[_Place]:
    for at in find_blocks(searched.exact, old):
        yield _Place(at)


def _plain_punctuation(searched: _Searched, old: list[str]) -> Iterator[_Place]:
    for at in find_blocks(searched.plain, [plain(line) for line in old]):
        yield _Place(at, keeps_punctuation=True)


def _loose(searched: _Searched, old: list[str]) -> Iterator[_Place]:
    wanted = [loosen(line) for line in old]
    if not any(wanted):
        return
    for at in find_blocks(searched.loose, wanted):
        block = searched.lines[at:at + len(old)]
        shifts = {shift_between(mine, line)
                  for mine, line in zip(old, block, strict=True) if mine.strip()}
        if len(shifts) == 1 and (shift := shifts.pop()) is not None:
            yield _Place(at, shift)


def _changes(lines: Sequence[str], hunk: Hunk, place: _Place) -> list[LineChange]:
    """Only what the hunk changes; its unchanged lines stay the file's own."""
    changes: list[LineChange] = []
    at = start = place.at
    added: list[str] = []
    removed: list[str] = []

    def finish() -> None:
        if added or removed:
            changes.append(LineChange(start=start, end=start + len(removed),
                                      new=_adapted(lines, start, removed, added, place)))

    for line in hunk.lines:
        if line.kind == "+":
            added.append(line.text)
            continue
        if line.kind == " ":
            finish()
            added, removed, start = [], [], at + 1
        else:
            removed.append(line.text)
        at += 1
    finish()
    return changes


def _adapted(lines: Sequence[str], start: int, removed: list[str], added: list[str],
             place: _Place) -> tuple[str, ...]:
    """The added lines in the file's indentation, and where a line is replaced, punctuation."""
    if not place.keeps_punctuation or len(removed) != len(added):
        return tuple(place.shift.apply(line) for line in added)
    new = []
    for number, (old, line) in enumerate(zip(removed, added, strict=True), start):
        head = common_prefix(old, line)
        tail = common_prefix(old[head:][::-1], line[head:][::-1])
        kept = lines[number]
        new.append(kept[:head] + line[head:len(line) - tail] + kept[len(kept) - tail:])
    return tuple(new)
