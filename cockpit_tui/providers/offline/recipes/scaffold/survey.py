"""Read, through the tools, everything that speaks of the finished sibling."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import PurePosixPath

from cockpit_tui.domain.review import ClassFact, RepositoryFacts
from cockpit_tui.providers.offline.reading import read_if_present, read_whole
from cockpit_tui.providers.offline.recipe import CannotWork, ToolReply, ToolUse
from cockpit_tui.providers.offline.recipes.scaffold.blocks import blocks_of
from cockpit_tui.providers.offline.recipes.scaffold.documents import is_document
from cockpit_tui.providers.offline.recipes.scaffold.family import Family
from cockpit_tui.providers.offline.recipes.scaffold.masking import language_of
from cockpit_tui.providers.offline.recipes.scaffold.naming import spellings, split_words
from cockpit_tui.providers.offline.recipes.scaffold.registration import (
    is_test_path,
    registry_names,
)
from cockpit_tui.providers.offline.recipes.scaffold.renaming import kept_names
from cockpit_tui.providers.offline.recipes.scaffold.request import (
    Asked,
    bare_name,
    has_plain_brands,
)
from cockpit_tui.providers.offline.recipes.scaffold.structure import parse

_MOST_FILES = 40
_MOST_NAMES = 8
_HIT = re.compile(r"(?P<path>[^:\n]+):\d+: ")
_GENERATED = re.compile(r"(?:^|/)(?:node_modules|dist|build|vendor|coverage|\.git)/|\.min\.js$"
                        r"|(?:^|/)(?:package-lock\.json|[^/]*\.lock)$")


@dataclass(frozen=True, slots=True)
class Survey:
    """The sibling's file and test, and the texts of all files that may register it."""

    family: Family
    source_text: str
    test: str
    """The sibling's test file; empty where it has none."""
    test_text: str
    mentions: dict[str, str]
    """Path → text of other files that name the sibling; the source too, if it holds all."""
    notes: tuple[str, ...] = ()


def survey(asked: Asked, facts: RepositoryFacts) -> Generator[ToolUse, ToolReply, Survey]:
    """Raises CannotWork where the sibling cannot be read."""
    text = yield from read_code(asked.sibling.path)
    family = _family(asked, facts, text)
    found, notes = yield from _search(family)
    found += [p for p in (*asked.sibling.tested_by, *asked.sibling.exported_in) if p not in found]
    test = _test_of(family, asked.sibling, found)
    texts: dict[str, str] = {}
    for path in found:
        is_own = path == family.source and family.has_own_file
        is_kin_file = path in family.paths and path != family.source
        if not is_own and not is_kin_file and _is_readable(path):
            content = yield from read_if_present(path)
            if content is not None:
                texts[path] = _plain_line_ends(path, content)
    if test not in texts:
        test = ""
    for path in (yield from _tests_of_registry(family, texts)):
        content = yield from read_if_present(path)
        if content is not None and path not in texts:
            texts[path] = _plain_line_ends(path, content)
    return Survey(family, text, test, texts.get(test, ""), texts, notes)


def read_code(path: str) -> Generator[ToolUse, ToolReply, str]:
    """The whole file with plain line ends. Raises CannotWork."""
    text = yield from read_whole(path)
    return _plain_line_ends(path, text)


def _plain_line_ends(path: str, text: str) -> str:
    if re.search(r"\n\[\.\.\. [\d,]+ characters cut \.\.\.\]\n", text):
        raise CannotWork(f"{path} is too long to be read as a whole.")
    return text.replace("\r\n", "\n")


def _family(asked: Asked, facts: RepositoryFacts, text: str) -> Family:
    sibling = asked.sibling
    base = next((fact for fact in facts.classes if fact.name == asked.base), None)
    members = tuple(dict.fromkeys(fact.name for fact in asked.members))
    brands = not has_plain_brands(facts, language_of(sibling.path))
    last_words = [split_words(name, brands=brands)[-1] for name in (*members, *asked.names)]
    return Family(
        base=asked.base, base_path=base.path if base else "", sibling=sibling.name,
        source=sibling.path, members=members, paths=tuple(fact.path for fact in asked.members),
        suffix=asked.suffix, brands=brands,
        kept=kept_names(sibling.name, [fact.name for fact in facts.classes], brands=brands),
        wanted=asked.names, is_last_word_unique=len(set(last_words)) == len(last_words),
        base_first=_imports_base_through_package(asked.base, base, sibling, text),
    )


def _imports_base_through_package(name: str, base: ClassFact | None, sibling: ClassFact,
                                  text: str) -> bool:
    """Does the sibling import its base from somewhere else than the base's own module?"""
    source = parse(sibling.path, text)
    for block in blocks_of(source):
        statement = source[block.span]
        if block.is_import and re.search(rf"\b{re.escape(bare_name(name))}\b", statement):
            module = re.search(r"from\s+[\"']?([\w./@-]+)|require\([\"']([^\"']+)", statement)
            if module is None or base is None:
                return False
            last = re.split(r"[./]", re.sub(r"\.[cm]?[jt]sx?$", "", module[1] or module[2]))[-1]
            return last != PurePosixPath(base.path).stem
    return False


def _search(family: Family) -> Generator[ToolUse, ToolReply, tuple[list[str], tuple[str, ...]]]:
    words = split_words(family.sibling, brands=family.brands)
    by_style = spellings(words)
    wanted = dict.fromkeys(by_style[style] for style in (
        "camel", "lower_camel", "snake", "kebab", "screaming"))
    pattern = "|".join(wanted)
    reply = yield ToolUse(name="search", arguments={"pattern": pattern})
    if reply.is_error:
        raise CannotWork(f"The repository could not be searched for {family.sibling}: {reply.text}")
    paths = [match["path"] for match in map(_HIT.match, reply.text.splitlines()) if match]
    notes: tuple[str, ...] = ()
    last = reply.text.rstrip().rsplit("\n", 1)[-1]
    if last.startswith(("[more than", "[stopped", "[the search ended")):
        notes = (f"{family.sibling} stands in very many places; some may have been missed: {last}",)
    return list(dict.fromkeys(path for path in paths if not _GENERATED.search(path)))[
        :_MOST_FILES], notes


def _tests_of_registry(family: Family, texts: dict[str, str]) -> Generator[
        ToolUse, ToolReply, list[str]]:
    """Further tests that speak of what the registering files define, e.g. of its size."""
    names = [name for name in registry_names(family, texts) if len(name) > 3][:_MOST_NAMES]
    if not names:
        return []
    reply = yield ToolUse(name="search", arguments={
        "pattern": rf"\b(?:{'|'.join(names)})\b"})
    hits = [match["path"] for match in map(_HIT.match, reply.text.splitlines()) if match]
    return [path for path in dict.fromkeys(hits)
            if is_test_path(path) and language_of(path) is not None and path not in texts]


def _is_readable(path: str) -> bool:
    return language_of(path) is not None or is_document(path)


def _test_of(family: Family, sibling: ClassFact, found: list[str]) -> str:
    """The test named after the sibling, else the first test file that names it."""
    renaming = family.renaming(family.wanted[0])
    tests = [path for path in dict.fromkeys((*sibling.tested_by, *found))
             if is_test_path(path) and language_of(path) is language_of(family.source)]
    named = [path for path in tests
             if renaming.path(PurePosixPath(path).name) != PurePosixPath(path).name]
    return (named or [path for path in tests if path in sibling.tested_by] or [""])[0]
