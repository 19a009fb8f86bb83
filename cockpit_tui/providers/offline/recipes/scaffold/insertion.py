"""Write an entry again for the new class: the exact edits of the text, nothing else touched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cockpit_tui.providers.offline.recipe import CannotWork
from cockpit_tui.providers.offline.recipes.scaffold.entries import Entry, Layout
from cockpit_tui.providers.offline.recipes.scaffold.placement import place, with_next_number
from cockpit_tui.providers.offline.recipes.scaffold.renaming import Renaming
from cockpit_tui.providers.offline.recipes.scaffold.statements import branch_keyword
from cockpit_tui.providers.offline.recipes.scaffold.structure import Kind, Source

_DIRECTIVE = re.compile(r"\s*(?:#|//)\s*(?:noqa|type:|pyright|pylint|eslint|ts-|@ts-|prettier)")


@dataclass(frozen=True, slots=True)
class Edit:
    start: int
    end: int
    text: str


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """`text` with all edits made; those at one place keep their order."""
    for _, edit in sorted(enumerate(edits), key=lambda e: (e[1].start, e[0]), reverse=True):
        text = text[:edit.start] + edit.text + text[edit.end:]
    return text


def new_text(source: Source, entry: Entry, renaming: Renaming) -> str:
    """The entry as it reads for the new class. Raises CannotWork where it would not differ."""
    text = source[entry.span]
    if entry.names:
        text = _only_own_names(source, entry, renaming)
    if entry.layout is Layout.LINES and entry.separator == "":
        tail = source.text[entry.span.end:source.line_end(entry.span.end)]
        text += tail if _DIRECTIVE.match(tail) else ""
    renamed = with_next_number(renaming.apply(text), [source[n] for n in entry.neighbours])
    if renamed == text:
        line = source.text.count("\n", 0, entry.span.start) + 1
        raise CannotWork(f"line {line} would read the same for {renaming.new}")
    return renamed


def _only_own_names(source: Source, entry: Entry, renaming: Renaming) -> str:
    """An import statement with only the names that are about the class."""
    own = [source[name] for name in entry.names if renaming.positions(source[name])]
    first, last = entry.names[0], entry.names[-1]
    head = source.text[entry.span.start:first.start].rstrip()
    tail = source.text[last.end:entry.span.end].lstrip(", \t\n")
    space = "" if head.endswith("(") else " "
    return f"{head}{space}{', '.join(own)}{space if tail[:1] in {'}', ')'} else ''}{tail}"


def never(_: str) -> bool:
    return False


def insert(source: Source, entry: Entry, renaming: Renaming, is_kin: Callable[[str], bool],
           not_before: Callable[[str], bool] = never) -> list[Edit]:
    """The edits that add the new class beside the entry.

    `not_before` tells neighbours that must stay ahead of the new one (the base's own import).
    """
    text = new_text(source, entry, renaming)
    neighbours = [source[n] for n in entry.neighbours]
    if _is_there(text, neighbours) or (entry.layout is Layout.CHAIN and text in source.text):
        return []
    floor = max((i + 1 for i, n in enumerate(neighbours) if not_before(n)), default=0)
    at = place(text, neighbours, is_kin, is_sortable=entry.is_sortable, not_before=floor)
    if entry.layout is Layout.CHAIN:
        return [Edit(entry.span.end, entry.span.end, f" else {text}")]
    if entry.separator == "":
        return [_insert_lines(source, entry, text, at)]
    if entry.layout is Layout.LINES:
        return _insert_element_line(source, entry, text, at)
    return _insert_inline(source, entry, text, at)


def _is_there(text: str, neighbours: list[str]) -> bool:
    """Does a neighbour already read like the new entry?"""
    def bare(some: str) -> str:
        code = re.sub(_DIRECTIVE.pattern + r"[^\n]*$", "", some)
        return re.sub(r"\s+", " ", code).strip(" ,;")

    return bare(text) in {bare(neighbour) for neighbour in neighbours}


def _insert_lines(source: Source, entry: Entry, text: str, at: int) -> Edit:
    keyword = branch_keyword(source, entry) if source.is_python else ""
    if keyword:
        text = re.sub(r"^(?:el)?if", keyword, text)
    indent = source.indent_at(entry.span.start)
    if at == 0:
        start = source.line_start(entry.neighbours[0].start)
        return Edit(start, start, f"{indent}{text}\n{_gap(source, entry)}")
    end = source.line_end(entry.neighbours[at - 1].end)
    return Edit(end, end, f"\n{_gap(source, entry)}{indent}{text}")


def _gap(source: Source, entry: Entry) -> str:
    """The blank lines between two neighbours; around a lone definition those before it."""
    spans = entry.neighbours
    if len(spans) > 1:
        between = source.text[spans[0].end:spans[1].start]
    elif "\n" in source[entry.span] and re.match(
            r"(?:@|(?:export\s+)?(?:async\s+)?(?:def|function|class)\b)", source[entry.span]):
        before = source.text[:entry.span.start]
        between = before[len(before.rstrip()):] or "\n\n\n"
    else:
        return ""
    return "\n" * max(between.count("\n") - 1, 0)


def _insert_element_line(source: Source, entry: Entry, text: str, at: int) -> list[Edit]:
    """An element on its own line, with the comma where its neighbours have it."""
    spans, sign = entry.neighbours, entry.separator
    lead = "| " if sign == "|" else ""
    tail = "" if sign == "|" else ","
    indent = source.indent_at(spans[min(at, len(spans) - 1)].start)
    if at == 0:
        start = source.line_start(spans[0].start)
        return [Edit(start, start, f"{indent}{lead}{text}{tail}\n")]
    before = spans[at - 1]
    if sign == "|":
        return [Edit(before.end, before.end, f"\n{indent}{lead}{text}")]
    rest = source.masked[before.end:source.line_end(before.end)]
    comma = re.match(r"\s*,", rest)
    after_comma = before.end + (comma.end() if comma else 0)
    is_alone = not source.masked[after_comma:source.line_end(after_comma)].strip()
    end = source.line_end(before.end) if is_alone else after_comma
    if comma:
        return [Edit(end, end, f"\n{indent}{text},")]
    return [Edit(before.end, before.end, ","), Edit(end, end, f"\n{indent}{text}")]


def _insert_inline(source: Source, entry: Entry, text: str, at: int) -> list[Edit]:
    spans, sign = entry.neighbours, entry.separator
    between = f" {sign} " if sign == "|" else f"{sign} "
    exploded = _explode(source, entry, text, at)
    if exploded is not None:
        return [exploded]
    # `(A,)` needs its comma, `(A, B)` does not.
    edits = []
    group = entry.group
    if len(spans) == 1 and group is not None and group.kind is Kind.TUPLE and (
            comma := re.match(r"\s*,\s*(?=\))", source.masked[spans[0].end:])):
        edits.append(Edit(spans[0].end, spans[0].end + comma.end(), ""))
    if at == 0:
        return [Edit(spans[0].start, spans[0].start, text + between), *edits]
    end = spans[at - 1].end
    return [Edit(end, end, between + text), *edits]


def _explode(source: Source, entry: Entry, text: str, at: int) -> Edit | None:
    """One element a line, where the line would get longer than people write lines."""
    group = entry.group
    start = source.line_start(entry.span.start)
    line = source.text[start:source.line_end(entry.span.end)]
    longest = max(len(each) for each in source.text.split("\n"))
    limit = max(88 if source.is_python else 80, min(longest, 120))
    is_json = source.text.lstrip()[:1] in {"{", "["}
    fits = len(line) + len(text) + 2 <= limit
    if group is None and source.is_python and not fits and entry.binds:
        names = _parts(source, entry, text, at)
        body = "".join(f"\n    {name}," for name in names)
        return Edit(entry.neighbours[0].start, entry.neighbours[-1].end, f"({body}\n)")
    if group is None or is_json or fits or "\n" in source[group.inside]:
        return None
    outer = source.indent_at(group.open)
    inner = outer + _unit(source)
    body = "".join(f"\n{inner}{part}," for part in _parts(source, entry, text, at))
    return Edit(group.open + 1, group.close, f"{body}\n{outer}")


def _parts(source: Source, entry: Entry, text: str, at: int) -> list[str]:
    parts = [source[span] for span in entry.neighbours]
    parts.insert(at, text)
    return parts


def _unit(source: Source) -> str:
    """One step of indentation as the file has it."""
    found = re.search(r"^(\t| {2,8})(?=\S)", source.text, re.MULTILINE)
    return found[1] if found else ("    " if source.is_python else "  ")
