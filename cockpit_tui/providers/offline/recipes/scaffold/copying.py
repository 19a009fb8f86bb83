"""The new class's file and test file, written after the sibling's."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePosixPath

from cockpit_tui.providers.offline.recipe import CannotWork
from cockpit_tui.providers.offline.recipes.scaffold.assertions import registry_statements
from cockpit_tui.providers.offline.recipes.scaffold.blocks import (
    Block,
    blank_lines_before,
    block_named,
    blocks_of,
)
from cockpit_tui.providers.offline.recipes.scaffold.checking import check
from cockpit_tui.providers.offline.recipes.scaffold.family import Family
from cockpit_tui.providers.offline.recipes.scaffold.insertion import Edit, apply_edits, insert
from cockpit_tui.providers.offline.recipes.scaffold.mentions import find_entries, needed
from cockpit_tui.providers.offline.recipes.scaffold.naming import spellings, split_words
from cockpit_tui.providers.offline.recipes.scaffold.renaming import Renaming
from cockpit_tui.providers.offline.recipes.scaffold.structure import Source, parse


def renamed_source(source: Source, renaming: Renaming) -> str:
    """The whole text renamed, in the prose of its strings and comments as well."""
    imports = [block.span for block in blocks_of(source) if block.is_import]
    prose = [span for span in source.prose() if not any(i.contains(span.start) for i in imports)]
    return renaming.apply(source.text, prose)


def class_file(family: Family, new: str, text: str) -> str:
    """The sibling's file `text` as the file that also, or only, holds the class `new`."""
    source, renaming = parse(family.source, text), family.renaming(new)
    if family.has_own_file:
        written = _without_foreign_classes(source, family, renaming)
    else:
        written = _beside_sibling(source, family, renaming)
    if not re.search(rf"\bclass\s+{re.escape(new)}\b", written):
        raise CannotWork(f"No class {new} came out of {family.source}.")
    check(family.path_for(new), written)
    return written


def _beside_sibling(source: Source, family: Family, renaming: Renaming) -> str:
    """One module holds the whole family: the class goes behind the last member."""
    blocks = blocks_of(source)
    own = [b for b in blocks if b.name and not b.is_test and renaming.positions(b.name)]
    if not any(block.is_class for block in own):
        raise CannotWork(f"{family.source} holds no class {family.sibling} at its top level.")
    if block_named(blocks, renaming.new) is not None:
        raise CannotWork(f"{family.source} already holds a class {renaming.new}.")
    kin = [block for block in blocks if block.is_class and family.is_kin(block.name)]
    end = source.line_end((kin[-1] if kin else own[-1]).span.end)
    gap = blank_lines_before(source, own[-1])
    added = "".join(gap + renamed_source(Source(source[block.span], source.language), renaming)
                    for block in own)
    return source.text[:end] + added + source.text[end:]


def _without_foreign_classes(source: Source, family: Family, renaming: Renaming) -> str:
    """The file renamed; classes not named after the sibling stay with it and are imported."""
    blocks = blocks_of(source)
    foreign = [b for b in blocks if b.is_class and b.name and not renaming.positions(b.name)]
    if not foreign or not all(_is_reachable(source, block) for block in foreign):
        return renamed_source(source, renaming)
    names = {block.name for block in foreign}
    kept = "".join(source[b.span] for b in blocks if b not in foreign and not b.is_import)
    used = sorted(name for name in names if re.search(rf"\b{re.escape(name)}\b", kept))
    text = source.text
    for block in reversed(foreign):
        end = block.span.end
        while text[end:end + 1] == "\n":
            end += 1
        text = text[:block.span.start] + text[end:]
    written = renamed_source(parse(family.source, text), renaming)
    return _with_import(written, family, used) if used else written


def _is_reachable(source: Source, block: Block) -> bool:
    return source.is_python or source[block.span].lstrip().startswith(
        "export") or "\nexport " in source[block.span]


def _with_import(text: str, family: Family, names: list[str]) -> str:
    """`text` with an import of `names` from the sibling's module, behind the last import."""
    source = parse(family.source, text)
    imports = [block for block in blocks_of(source) if block.is_import]
    stem = PurePosixPath(family.source).stem
    if family.is_python:
        base = next((source[b.span] for b in imports if re.search(
            rf"\b{re.escape(family.base)}\b", source[b.span])), "")
        found = re.match(r"from\s+([\w.]*?)(\w*)\s+import", base)
        package = found[1] if found else "."
        line = f"from {package}{stem} import {', '.join(names)}"
    else:
        quote = '"' if imports and '"' in source[imports[0].span] else "'"
        bare = re.search(r"[\"']\./[^\"']+[\"']", text)
        suffix = PurePosixPath(bare[0].strip("\"'")).suffix if bare else ""
        line = f"import {{ {', '.join(names)} }} from {quote}./{stem}{suffix}{quote};"
    at = source.line_end(imports[-1].span.end) if imports else 0
    return text[:at] + ("\n" + line if at else line + "\n\n") + text[at:]


def test_file(family: Family, new: str, path: str, text: str,
              registry_names: Collection[str]) -> str:
    """The sibling's test file as the new class's; in a shared test file, with tests added.

    Tests that pin down the whole registry stay where they are: registering extends them.
    """
    source, renaming = parse(path, text), family.renaming(new)
    target = renaming.path(path)
    blocks = blocks_of(source)
    pinned = [block for block in blocks if _pins_registry(source, block, renaming, registry_names)]
    if target != path:
        written = _renamed_without(source, renaming, pinned)
    else:
        written = _with_more_tests(source, family, renaming, [
            b for b in blocks if b.is_test and b not in pinned and renaming.positions(
                source[b.span])])
    if not any(spelling in written for spelling in spellings(split_words(new)).values()):
        raise CannotWork(f"No test of {new} came out of {path}.")
    check(target, written)
    return written


def _pins_registry(source: Source, block: Block, renaming: Renaming,
                   registry_names: Collection[str]) -> bool:
    if not block.is_test:
        return False
    return any(block.span.contains(statement.start) and _is_pinning(source[statement], renaming)
               for statement in registry_statements(source, registry_names))


def _is_pinning(statement: str, renaming: Renaming) -> bool:
    """A comparison with a list that names the sibling, or with a count."""
    is_list = re.search(r"[\[{(]\s*[\"'`\w]", statement) and renaming.positions(statement)
    has_list = is_list and re.search(r"(?:==\s*|,\s*|\(\s*|[Ss]et\()[\[{]", statement)
    counts = re.search(r"\blen\(|\.length\b|\.size\b|toHaveLength|lengthOf", statement)
    return bool(has_list) or bool(counts)


def _renamed_without(source: Source, renaming: Renaming, dropped: list[Block]) -> str:
    text = source.text
    for block in reversed(dropped):
        end = block.span.end
        while text[end:end + 1] == "\n":
            end += 1
        text = text[:block.span.start] + text[end:]
    renamed = renamed_source(Source(text, source.language), renaming)
    return renamed.rstrip("\n") + "\n"


def _with_more_tests(source: Source, family: Family, renaming: Renaming,
                     own: list[Block]) -> str:
    if not own:
        raise CannotWork(f"No test at the top level names {renaming.sibling}.")
    taken = {block.name for block in blocks_of(source)}
    ending = "_" + spellings(split_words(renaming.new))["snake"]
    added = []
    for block in own:
        text = renamed_source(Source(source[block.span], source.language), renaming)
        name = renaming.apply(block.name)
        if name and name in taken:
            text = re.sub(rf"\b{re.escape(name)}\b", name + ending, text, count=1)
        added.append(text)
    end = source.line_end(own[-1].span.end)
    gap = blank_lines_before(source, own[-1])
    edits = [Edit(end, end, "".join(gap + text for text in added))]
    imports = [entry for entry in find_entries(source, renaming, is_index=False)
               if not any(block.span.contains(entry.span.start) for block in own)]
    for entry in needed(source, imports, "\n".join(added), renaming):
        edits += insert(source, entry, renaming, family.is_kin)
    return apply_edits(source.text, edits)
