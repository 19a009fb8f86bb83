"""All entries of one source file that stand for the finished sibling."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from cockpit_tui.providers.offline.recipes.scaffold.entries import Entry, find_elements
from cockpit_tui.providers.offline.recipes.scaffold.insertion import new_text
from cockpit_tui.providers.offline.recipes.scaffold.renaming import Renaming
from cockpit_tui.providers.offline.recipes.scaffold.statements import find_statement
from cockpit_tui.providers.offline.recipes.scaffold.structure import Source, Span


def find_entries(source: Source, renaming: Renaming, *, is_index: bool,
                 except_in: Collection[Span] = ()) -> list[Entry]:
    """Every entry for the sibling, in order, none inside another; comments do not count.

    `is_index`: the file exists to export (`__init__.py`), so its imports count. `except_in`: the
    family's own classes, where they stand in the same file.
    """
    found: dict[Span, Entry] = {}
    for position in renaming.positions(source.text):
        if source.masked[position].isspace() or any(s.contains(position) for s in except_in):
            continue
        entry = find_elements(source, renaming, position) or find_statement(
            source, renaming, position, is_index=is_index)
        if entry is not None:
            found.setdefault(entry.span, entry)
    return list(_outermost(found))


def _outermost(found: dict[Span, Entry]) -> Iterator[Entry]:
    for span, entry in sorted(found.items()):
        if not any(other != span and other.start <= span.start and span.end <= other.end
                   for other in found):
            yield entry


def needed(source: Source, entries: Sequence[Entry], written: str,
           renaming: Renaming) -> list[Entry]:
    """Imports and variables among `entries` that the new text uses, and what those use in turn."""
    waiting = [entry for entry in entries if not entry.is_strong]
    found: list[Entry] = []
    while True:
        used = [e for e in waiting if any(
            re.search(rf"\b{re.escape(renaming.apply(name))}\b", written) for name in e.binds)]
        if not used:
            return found
        found += used
        waiting = [entry for entry in waiting if entry not in used]
        written += "\n".join(new_text(source, entry, renaming) for entry in used)
