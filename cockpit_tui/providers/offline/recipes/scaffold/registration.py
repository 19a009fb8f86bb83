"""All edits that make a new class known wherever its finished sibling is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from cockpit_tui.providers.offline.recipe import CannotWork
from cockpit_tui.providers.offline.recipes.scaffold.assertions import (
    expected_counts,
    expected_lists,
    list_every_sibling,
)
from cockpit_tui.providers.offline.recipes.scaffold.blocks import blocks_of
from cockpit_tui.providers.offline.recipes.scaffold.checking import check
from cockpit_tui.providers.offline.recipes.scaffold.documents import add_to_document, is_document
from cockpit_tui.providers.offline.recipes.scaffold.entries import Entry
from cockpit_tui.providers.offline.recipes.scaffold.family import Family
from cockpit_tui.providers.offline.recipes.scaffold.insertion import (
    Edit,
    apply_edits,
    insert,
    never,
    new_text,
)
from cockpit_tui.providers.offline.recipes.scaffold.masking import language_of
from cockpit_tui.providers.offline.recipes.scaffold.mentions import find_entries, needed
from cockpit_tui.providers.offline.recipes.scaffold.renaming import Renaming
from cockpit_tui.providers.offline.recipes.scaffold.structure import (
    COLLECTIONS,
    Kind,
    Source,
    Span,
    parse,
)

_TEST_PATH = re.compile(r"(?:^|/)(?:tests?|specs?|__tests__)/|(?:^|/)(?:test_|conftest)[^/]*$"
                        r"|(?:_test|\.test|\.spec|-test)\.\w+$")


def is_test_path(path: str) -> bool:
    return _TEST_PATH.search(path) is not None


@dataclass(slots=True)
class Registry:
    """What registering found: new texts by path, and the names that the registry defines."""

    texts: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    """Names that registering files define → how many entries they hold; -1 where unknown."""


def register(family: Family, new: str, texts: Mapping[str, str]) -> Registry:
    """The files of `texts` (path → content) that change, and how. Raises CannotWork.

    Files that only use the sibling come out unchanged and are not in the result.
    """
    renaming = family.renaming(new)
    found = Registry()
    for path, text in texts.items():
        if language_of(path) is not None and not is_test_path(path):
            written = _in_code(path, text, family, renaming, found)
        elif is_document(path):
            written = add_to_document(path, text, renaming, family.is_kin)
        else:
            continue
        if written != text:
            found.texts[path] = written
    for path, text in texts.items():
        if is_test_path(path) and language_of(path) is not None:
            written = _in_test(path, text, family, renaming, found.sizes)
            if written != text:
                found.texts[path] = written
    for path, text in found.texts.items():
        check(path, text)
    return found


def registry_names(family: Family, texts: Mapping[str, str]) -> dict[str, int]:
    """What the registering files among `texts` define; see `Registry.sizes`."""
    example = "Zyxw" + "".join(family.suffix)
    found = Registry()
    for path, text in texts.items():
        if language_of(path) is not None and not is_test_path(path):
            _in_code(path, text, family, family.renaming(example), found)
    return found.sizes


def _in_code(path: str, text: str, family: Family, renaming: Renaming, found: Registry) -> str:
    source = parse(path, text)
    if family.peers and not any(
            family_member.positions(text) for family_member in _peers(family, renaming)):
        return text
    is_package = PurePosixPath(path).name == "__init__.py"
    classes = [b.span for b in blocks_of(source) if b.is_class and family.is_kin(b.name)]
    entries = find_entries(source, renaming, is_index=is_package, except_in=classes)
    strong = [entry for entry in entries if entry.is_strong]
    if not strong:
        return text
    found.sizes.update(_defined(source, strong))
    written = "\n".join(new_text(source, entry, renaming) for entry in strong)
    chosen = [*strong, *needed(source, entries, written, renaming)]
    return apply_edits(text, _edits(path, source, family, chosen, renaming))


def _peers(family: Family, renaming: Renaming) -> Iterator[Renaming]:
    for name in family.peers:
        yield Renaming(sibling=name, new=renaming.new, suffix=renaming.suffix,
                       brands=renaming.brands)


def _edits(path: str, source: Source, family: Family, entries: list[Entry],
           renaming: Renaming) -> list[Edit]:
    def stays_ahead(text: str) -> bool:
        return bool(re.match(r"\s*(?:from|import|export)\b", text)) and bool(
            re.search(rf"\b{re.escape(family.base)}\b", text)) and not family.is_kin(text)

    edits = []
    for entry in sorted(entries, key=lambda e: e.span):
        guard = stays_ahead if family.base_first else never
        try:
            edits += insert(source, entry, renaming, family.is_kin, guard)
        except CannotWork as error:
            raise CannotWork(f"{path}: {error}") from error
    return edits


def _defined(source: Source, strong: list[Entry]) -> dict[str, int]:
    """Top-level names of a registering file, with the size of the collection each stands for."""
    sizes: dict[str, int] = {}
    blocks = [block for block in blocks_of(source) if not block.is_import]
    for block in blocks:
        name = block.name or _assigned_name(block.code)
        if name and not block.is_class:
            sizes[name] = _size_in(source, block.span, strong)
    known = {name: size for name, size in sizes.items() if size > 0}
    for block in blocks:
        mentioned = [n for n in known if re.search(rf"\b{re.escape(n)}\b", block.code)]
        name = block.name or _assigned_name(block.code)
        if name in sizes and sizes[name] < 0 and len(mentioned) == 1:
            sizes[name] = known[mentioned[0]]
    return {name: size for name, size in sizes.items() if not name.startswith("__")}


def _assigned_name(code: str) -> str:
    found = re.search(
        r"(?:^|\n)(?:export\s+)?(?:(?:const|let|var)\s+)?([A-Za-z_$][\w$]*)(?:\s*:[^=]+)?\s*=(?!=)",
        code)
    return found[1] if found else ""


def _size_in(source: Source, block: Span, strong: list[Entry]) -> int:
    sizes = {entry.group.open: len(entry.neighbours) for entry in strong
             if entry.group is not None and entry.group.kind in COLLECTIONS - {Kind.NAMES}
             and block.contains(entry.span.start)}
    return sizes.popitem()[1] if len(sizes) == 1 else -1


def _in_test(path: str, text: str, family: Family, renaming: Renaming,
             sizes: Mapping[str, int]) -> str:
    source = parse(path, text)
    lists = expected_lists(source, renaming, sizes)
    lists += [e for e in list_every_sibling(source, renaming, family.is_kin, len(family.peers))
              if e not in lists]
    once = list({entry.span: entry for entry in lists}.values())
    written = "\n".join(new_text(source, entry, renaming) for entry in once)
    companions = needed(source, find_entries(source, renaming, is_index=False), written, renaming)
    edits = _edits(path, source, family, [*once, *companions], renaming)
    return apply_edits(text, [*edits, *expected_counts(source, sizes)])
