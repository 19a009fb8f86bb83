"""The places of a source text that stand for one class: list entries, imports, cases, branches.

An `Entry` says what to write again for another class, and among which comparable neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from cockpit_tui.providers.offline.recipes.scaffold.renaming import Renaming
from cockpit_tui.providers.offline.recipes.scaffold.structure import (
    COLLECTIONS,
    Group,
    Kind,
    Source,
    Span,
)


class Layout(Enum):
    INLINE = "inline"
    """Beside its neighbours on one line."""
    LINES = "lines"
    """On lines of its own."""
    CHAIN = "chain"
    """An `else if` behind its neighbour's closing brace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One place to be written again.

    `neighbours` are the comparable places in order, `span` among them. An entry that is not
    `is_strong` (an import, a variable) is only needed when another new entry uses what it `binds`.
    """

    span: Span
    neighbours: tuple[Span, ...]
    layout: Layout
    separator: str = ""
    group: Group | None = None
    is_strong: bool = True
    is_sortable: bool = True
    binds: tuple[str, ...] = ()
    names: tuple[Span, ...] = ()
    """The single names of an import statement, where only some of them are about the class."""


def find_elements(source: Source, renaming: Renaming, position: int) -> Entry | None:
    """The innermost list, dict, enum, import-list ... element that stands for the class."""
    groups = source.around(position)
    for depth, group in enumerate(groups):
        if group.kind in {Kind.BLOCK, Kind.ROOT}:
            return None
        if group.kind not in COLLECTIONS:
            continue
        elements = source.elements(group)
        element = next((e for e in elements if e.contains(position)), None)
        if element is not None and _stands_for_class(source, renaming, group, element,
                                                     groups[depth + 1]):
            return _element_entry(source, group, element, elements)
    return None


def _element_entry(source: Source, group: Group, element: Span, elements: list[Span]) -> Entry:
    is_import = group.kind is Kind.NAMES and not _exports(source, group)
    name = source[element].split(" as ")[-1].split(":")[-1].strip()
    return Entry(
        span=element, neighbours=tuple(elements), separator=",", group=group,
        layout=Layout.LINES if source.starts_line(element.start) else Layout.INLINE,
        is_strong=not is_import, binds=(name,) if is_import else (),
    )


def _exports(source: Source, group: Group) -> bool:
    before = source.masked[source.line_start(group.open):group.open]
    return before.lstrip().startswith("export")


def _stands_for_class(source: Source, renaming: Renaming, group: Group, element: Span,
                      outer: Group) -> bool:
    match group.kind:
        case Kind.NAMES:
            found = source.statement_at(group.open)
            if found is None:
                return False
            head = Span(found[0].start, group.open)
            tail = Span(group.close, found[0].end)
            return not (renaming.positions(source[head]) or renaming.positions(source[tail]))
        case Kind.ENUM:
            return True
        case Kind.OBJECT:
            key = _key(source, group, element)
            if key is not None and not renaming.mentions(source[key]):
                return False
            return not (_is_record(source, renaming, group) and _is_item(source, group, outer))
        case _:
            return not (len(source.elements(group)) > 1 and _is_item(source, group, outer))


def _key(source: Source, group: Group, element: Span) -> Span | None:
    """The part before the colon of `key: value`; None for a shorthand, a set item, a spread."""
    parts = source.split(element, group.children, ":")
    return parts[0] if len(parts) > 1 else None


def _is_record(source: Source, renaming: Renaming, group: Group) -> bool:
    """`{name: "code-architect", make: CodeArchitect, ...}`: one thing, told by several keys."""
    elements = source.elements(group)
    about = [e for e in elements if renaming.mentions(source[e])]
    keyed = [e for e in about if (key := _key(source, group, e)) is not None
             and renaming.mentions(source[key])]
    return len(elements) > 1 and not keyed


def _is_item(source: Source, group: Group, outer: Group) -> bool:
    """Is the group itself a whole element of a collection, or of the arguments of a call?"""
    if outer.kind not in COLLECTIONS:
        return False
    return any(e == Span(group.open, group.close + 1) for e in source.elements(outer))
