"""The architecture as a picture of plain ASCII lines: entry points, parts, who imports whom."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

from cockpit_tui.domain.review import CommandKind, LayoutEntry, PackageFact, RepositoryFacts
from cockpit_tui.domain.sanitize import sanitize_line

WIDTH = 78
_INNER = WIDTH - 4
_MAX_ENTRY_POINTS = 5
_MAX_ROWS = 16
_MAX_BOXES = 5
_NAME_WIDTH = 24


def draw_architecture(facts: RepositoryFacts) -> str:
    """At most `WIDTH` columns; empty for an empty repository.

    Read downwards: a row imports rows below it; `^` marks an import that points upwards, which
    only happens where parts import each other in a circle.
    """
    lines: list[str] = []
    if facts.entry_points:
        lines += [_clip(f"  {sanitize_line(entry)}", WIDTH)
                  for entry in facts.entry_points[:_MAX_ENTRY_POINTS]]
        more = len(facts.entry_points) - _MAX_ENTRY_POINTS
        if more > 0:
            lines.append(f"  ... and {more} more ways in")
        if facts.packages:
            lines += ["      |", "      v"]
    groups = _groups(facts.packages)
    boxed = [group for group in groups if _is_worth_a_box(group[1]) or len(groups) == 1]
    for at, (directory, parts) in enumerate(boxed[:_MAX_BOXES]):
        lines += ([""] if at else []) + _box(directory, parts, _order(parts))
    if len(boxed) > _MAX_BOXES:
        rest = [part for _, parts in boxed[_MAX_BOXES:] for part in parts]
        lines += ["", _clip(f"  ... and {_files(sum(p.files for p in rest))} elsewhere", WIDTH)]
    around = _around(facts, {part.path for _, parts in boxed for part in parts})
    return "\n".join([*lines, *([""] if lines and around else []), *around])


def _groups(packages: Sequence[PackageFact]) -> list[tuple[str, list[PackageFact]]]:
    """Parts by the directory they stand in, importing directories before imported ones."""
    grouped: defaultdict[str, list[PackageFact]] = defaultdict(list)
    for part in packages:
        parent = posixpath.dirname(part.path.rstrip("/"))
        grouped[f"{parent}/" if parent else ""].append(part)
    home = {part.path: directory for directory, parts in grouped.items() for part in parts}
    whole = [PackageFact(
        path=directory, files=0, lines=sum(part.lines for part in parts),
        imports=tuple(sorted({home[target] for part in parts for target in part.imports
                              if target in home} - {directory})))
        for directory, parts in grouped.items()]
    return [(directory.path, grouped[directory.path]) for directory in _order(whole)]


def _is_worth_a_box(parts: Sequence[PackageFact]) -> bool:
    """A single part is only a line among those around."""
    return len(parts) > 1


def _order(parts: Iterable[PackageFact]) -> list[PackageFact]:
    """Importers before what they import, as far as circles allow."""
    left = {part.path: part for part in parts}
    ordered = []
    while left:
        importers = dict.fromkeys(left, 0)
        for part in left.values():
            for target in part.imports:
                if target in importers:
                    importers[target] += 1
        chosen = min(left.values(), key=lambda part: (
            importers[part.path], -sum(target in left for target in part.imports),
            -part.lines, part.path))
        ordered.append(left.pop(chosen.path))
    return ordered


def _box(directory: str, parts: Sequence[PackageFact],
         ordered: Sequence[PackageFact]) -> list[str]:
    title = sanitize_line(directory) or "(top level)"
    telling = _most_telling(parts)
    rows = _rows(directory, [part for part in ordered if part.path in telling])
    small = [part for part in parts if part.path not in telling]
    if small:
        noun = "part" if len(small) == 1 else "parts"
        rows.append(f"... and {len(small)} smaller {noun}, {_lines(sum(p.lines for p in small))}")
    files = sum(part.files for part in parts)
    size = f" {_files(files)}, {_lines(sum(part.lines for part in parts))} -+"
    head = f"+- {_clip(title, WIDTH - 6 - len(size))} "
    top = head + "-" * (WIDTH - _cells(head) - len(size)) + size
    body = [f"| {row}{' ' * (_INNER - _cells(row))} |" for row in (_clip(r, _INNER) for r in rows)]
    return [top, *body, "+" + "-" * (WIDTH - 2) + "+"]


def _most_telling(parts: Sequence[PackageFact]) -> set[str]:
    """The large parts, and the small ones that many others need."""
    importers = Counter(target for part in parts for target in part.imports)
    ranked = sorted(parts, key=lambda p: (-p.lines * (1 + importers[p.path]), p.path))
    return {part.path for part in ranked[:_MAX_ROWS]}


def _rows(directory: str, shown: Sequence[PackageFact]) -> list[str]:
    names = {part.path: _short(directory, part.path) for part in shown}
    twins = Counter(names.values())
    names = {path: name if twins[name] == 1 else sanitize_line(path.removeprefix(directory))
             for path, name in names.items()}
    width = min(_NAME_WIDTH, max(map(_cells, names.values()), default=0))
    above: set[str] = set()
    rows = []
    for part in shown:
        name = _clip(names[part.path], width)
        lead = f"{name}{' ' * (width - _cells(name))} {part.lines:>7,}"
        above.add(part.path)
        imported = [f"{'^' if target in above else ''}{_short(directory, target)}"
                    for target in part.imports]
        rows.append(lead + _fit(imported, _INNER - _cells(lead)))
    return rows


def _fit(names: Sequence[str], room: int) -> str:
    """` -> a, b, +3`: as many names as the room takes."""
    if not names:
        return ""
    text = " -> "
    for at, name in enumerate(names):
        piece = name if not at else f", {name}"
        rest = len(names) - at - 1
        needed = _cells(text + piece) + (len(f", +{rest}") if rest else 0)
        if needed > room:
            return f"{text}{', ' if at else ''}+{len(names) - at}"
        text += piece
    return text


def _short(directory: str, path: str) -> str:
    """A part's name inside its box; parts elsewhere keep as much of the path as tells them."""
    name = sanitize_line(path.removeprefix(directory))
    return re.sub(r"\.(py|[cm]?[jt]sx?|go|rs|rb|java|kt|cs|php|swift)$", "", name)


def _around(facts: RepositoryFacts, boxed: Collection[str]) -> list[str]:
    """What stands beside the source: tests with their command, docs, CI and so on."""
    drawn = {path.split("/")[0] + "/" for path in boxed}
    beside = [entry for entry in facts.layout if entry.path.endswith("/")
              and entry.path not in drawn and entry.role]
    listed = {entry.path for entry in beside}
    beside += [LayoutEntry(path=part.path, files=part.files, role="source")
               for part in facts.packages if part.path not in boxed and part.path not in listed]
    if not facts.packages:
        beside = [entry for entry in facts.layout if entry.role or entry.path.endswith("/")]
    beside.sort(key=lambda entry: (entry.role != "tests", entry.role == "config", entry.path))
    width = min(_NAME_WIDTH, max((_cells(sanitize_line(e.path)) for e in beside), default=0))
    return [_clip(_beside_line(entry, width, facts), WIDTH) for entry in beside[:12]]


def _beside_line(entry: LayoutEntry, width: int, facts: RepositoryFacts) -> str:
    name = _clip(sanitize_line(entry.path), width)
    note = entry.role
    test = facts.command(CommandKind.TEST)
    if entry.role == "tests" and test:
        note += f": {sanitize_line(test.command)}"
    return (f"  {name}{' ' * (width - _cells(name))}  {_files(entry.files):>11}  "
            f"{note}").rstrip()


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _lines(count: int) -> str:
    return f"{count:,} line{'' if count == 1 else 's'}"


def _cells(text: str) -> int:
    """Terminal columns of `text`: wide characters count two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(character)
               else 2 if unicodedata.east_asian_width(character) in "WF" else 1
               for character in text)


def _clip(text: str, width: int) -> str:
    if _cells(text) <= width:
        return text
    kept = text[:width]
    while _cells(kept) > width - 2:
        kept = kept[:-1]
    return kept + ".."
