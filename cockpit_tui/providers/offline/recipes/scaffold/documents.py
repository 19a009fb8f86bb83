"""Bullet points, table rows and configuration lines that stand for one class."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from cockpit_tui.providers.offline.recipes.scaffold.placement import place
from cockpit_tui.providers.offline.recipes.scaffold.renaming import Renaming

_PROSE = frozenset({".md", ".markdown", ".rst", ".txt", ".adoc"})
_DATA = frozenset({".yml", ".yaml", ".toml", ".cfg", ".ini"})
_HISTORY = re.compile(r"change|history|news|release|licen[cs]e|author", re.IGNORECASE)
_BULLET = re.compile(r"^(?P<lead>\s*[-*+]\s+)(?!\[[ xX]\]\s)(?P<head>\S.*)$")
"""An item of a list, but not of a list of things to do."""
_ROW = re.compile(r"^(?P<lead>\s*\|)(?P<head>.*\|\s*)$")
_SETTING = re.compile(r"^(?P<lead>\s*(?:-\s+)?)(?P<head>[\w\"'.-]+\s*(?:[:=].*)?)$")
_FENCE = re.compile(r"^\s*(?:```|~~~)")


def is_document(path: str) -> bool:
    """Text whose lines may list classes; a changelog lists what was, and is not one."""
    pure = PurePosixPath(path)
    return pure.suffix in _PROSE | _DATA and not _HISTORY.search(pure.stem)


def add_to_document(path: str, text: str, renaming: Renaming,
                    is_kin: Callable[[str], bool]) -> str:
    """`text` with the items about the sibling written again; unchanged where there are none."""
    is_data = PurePosixPath(path).suffix in _DATA
    lines = text.split("\n")
    at = len(lines) - 1
    in_code = _lines_in_code(lines) if not is_data else set()
    while at >= 0:
        shape = None if at in in_code else _shape_of(lines[at], renaming, is_data=is_data)
        if shape is not None:
            _write_again(lines, at, shape, renaming, is_kin)
        at -= 1
    return "\n".join(lines)


def _lines_in_code(lines: list[str]) -> set[int]:
    inside, found = False, set()
    for at, line in enumerate(lines):
        if _FENCE.match(line):
            inside = not inside
            found.add(at)
        elif inside:
            found.add(at)
    return found


def _shape_of(line: str, renaming: Renaming, *, is_data: bool) -> re.Pattern[str] | None:
    """The form of a line that lists the sibling; None for any other line."""
    for shape in (_SETTING,) if is_data else (_BULLET, _ROW):
        found = shape.match(line)
        if found is None:
            continue
        head = found["head"]
        if shape is _SETTING:
            head = re.split(r"[:=]", head)[0]
        elif shape is _ROW:
            head = head.split("|")[0]
        # Only markup and a path may stand before the name in a line that is about it.
        if any(" " not in head[:p].strip() for p in renaming.positions(head)):
            return shape
    return None


def _write_again(lines: list[str], at: int, shape: re.Pattern[str], renaming: Renaming,
                 is_kin: Callable[[str], bool]) -> None:
    blocks = _blocks_around(lines, at, shape)
    own = next(block for block in blocks if block[0] == at)
    is_aligned = len({len(line) for line in lines[blocks[0][0] - 1:blocks[-1][1]]}) == 1
    new = [_renamed(line, shape, renaming, is_aligned=is_aligned)
           for line in lines[own[0]:own[1]]]
    heads = [_head(lines[start], shape) for start, _ in blocks]
    if "\n".join(new) in {"\n".join(lines[start:end]) for start, end in blocks}:
        return
    if any(head == _head(new[0], shape) for head in heads):
        return
    index = place(_head(new[0], shape), heads, is_kin, is_sortable=True)
    where = blocks[index - 1][1] if index else blocks[0][0]
    lines[where:where] = new


def _head(line: str, shape: re.Pattern[str]) -> str:
    found = shape.match(line)
    return re.sub(r"[`*_\[\]]", "", found["head"]) if found else line


def _blocks_around(lines: list[str], at: int, shape: re.Pattern[str]) -> list[tuple[int, int]]:
    """The neighbouring items of the same form and indentation, as (start, end) line numbers."""
    width = _width(lines[at])

    def end_of(start: int) -> int:
        end = start + 1
        while end < len(lines) and lines[end].strip() and _width(lines[end]) > width:
            end += 1
        return end

    def is_item(index: int) -> bool:
        return (0 <= index < len(lines) and _width(lines[index]) == width
                and shape.match(lines[index]) is not None and not _is_ruler(lines[index]))

    starts = [at]
    above = at - 1
    while above >= 0 and lines[above].strip() and _width(lines[above]) >= width:
        if _width(lines[above]) == width:
            if not is_item(above):
                break
            starts.insert(0, above)
        above -= 1
    below = end_of(at)
    while is_item(below):
        starts.append(below)
        below = end_of(below)
    return [(start, end_of(start)) for start in starts]


def _is_ruler(line: str) -> bool:
    return re.fullmatch(r"[\s|:-]+", line) is not None


def _width(line: str) -> int:
    return len(line) - len(line.lstrip())


def _renamed(line: str, shape: re.Pattern[str], renaming: Renaming, *, is_aligned: bool) -> str:
    """The line about the new class; cells of an aligned table keep their width where they can."""
    if shape is not _ROW or not is_aligned:
        return renaming.apply(line)
    cells = line.split("|")
    return "|".join(
        cell if not renaming.mentions(cell)
        else f" {renaming.apply(cell).strip()} ".ljust(len(cell)) for cell in cells)
