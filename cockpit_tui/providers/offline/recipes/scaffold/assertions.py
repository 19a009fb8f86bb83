"""Tests that pin down which classes are registered: their expected lists and counts.

A list or a count is only touched where it is provably about the registry: the statement compares,
and names something that a registering file defines; a count must equal the number of entries there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping

from cockpit_tui.providers.offline.recipes.scaffold.entries import Entry, find_elements
from cockpit_tui.providers.offline.recipes.scaffold.insertion import Edit
from cockpit_tui.providers.offline.recipes.scaffold.renaming import Renaming
from cockpit_tui.providers.offline.recipes.scaffold.structure import Kind, Source, Span

_COMPARES = re.compile(r"==|[Ee]quals?\b|\b(?:eql|toHaveLength|lengthOf)\b")
_MEASURES = re.compile(r"\blen\(|\.length\b|\.size\b|toHaveLength|lengthOf|assertLen")
_DEFINES = re.compile(r"(?:test|it|describe|suite|def|class|async|function|export)\b")
_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")


def registry_statements(source: Source, registry_names: Collection[str]) -> Iterator[Span]:
    """The statements that compare something of the registry with what is expected."""
    if not registry_names:
        return
    about = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(registry_names))) + r")\b")
    blocks = [source.root] if source.is_python else [
        g for g in source.groups() if g.kind in {Kind.BLOCK, Kind.ROOT}]
    for block in blocks:
        for span in source.statements(block):
            code = source.masked[span.start:span.end]
            if _COMPARES.search(code) and about.search(code) and not _is_definition(code):
                yield span


def _is_definition(code: str) -> bool:
    """A whole `test(...)` call or function holds statements of its own; only those are meant."""
    return _DEFINES.match(code) is not None


def expected_lists(source: Source, renaming: Renaming,
                   registry_names: Collection[str]) -> list[Entry]:
    """The sibling's places in lists that a test compares the registry with."""
    found = []
    for span in registry_statements(source, registry_names):
        for position in renaming.positions(source[span]):
            entry = find_elements(source, renaming, span.start + position)
            if entry is not None and entry.group is not None and entry.group.kind in {
                    Kind.LIST, Kind.TUPLE, Kind.OBJECT}:
                found.append(entry)
    return found


def expected_counts(source: Source, sizes: Mapping[str, int]) -> list[Edit]:
    """Counts of registered entries, one higher. `sizes`: registry name → its entries now."""
    edits = []
    for span in registry_statements(source, sizes):
        code = source.masked[span.start:span.end]
        if not _MEASURES.search(code):
            continue
        names = [name for name in sizes if re.search(rf"\b{re.escape(name)}\b", code)]
        numbers = list(_NUMBER.finditer(code))
        if len(names) == 1 and len(numbers) == 1 and int(numbers[0][0]) == sizes[names[0]]:
            start, end = span.start + numbers[0].start(), span.start + numbers[0].end()
            edits.append(Edit(start, end, str(sizes[names[0]] + 1)))
    return edits


def list_every_sibling(source: Source, renaming: Renaming, is_kin: Callable[[str], bool],
                       peers: int) -> list[Entry]:
    """Lists in a test that hold the sibling and all of its `peers`, e.g. for parametrisation."""
    found = []
    for position in renaming.positions(source.text):
        if not peers or source.masked[position].isspace():
            continue
        entry = find_elements(source, renaming, position)
        if entry is None or entry.group is None or entry.group.kind not in {Kind.LIST, Kind.TUPLE}:
            continue
        kin = sum(is_kin(source[n]) for n in entry.neighbours)
        if kin == len(entry.neighbours) > peers:
            found.append(entry)
    return found
