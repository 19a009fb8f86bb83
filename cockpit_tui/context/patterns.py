"""Classes and the pattern around them: which tests know them, where they are handed on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cockpit_tui.context.corpus import Corpus, SourceFile
from cockpit_tui.context.exports import find_exporters
from cockpit_tui.context.imports import Resolver
from cockpit_tui.context.modules import ClassDefinition, SourceModule
from cockpit_tui.context.path_kinds import is_aside, is_stub
from cockpit_tui.context.tested_by import Mentions
from cockpit_tui.domain.review import ClassFact

MAX_CLASSES = 300
_MAX_EXPORTS = 3


@dataclass(frozen=True, slots=True)
class _Defined:
    source: SourceFile
    definition: ClassDefinition


def describe_classes(corpus: Corpus,
                     modules: Mapping[str, SourceModule]) -> tuple[tuple[ClassFact, ...], int]:
    """(the most telling classes, how many there are in all).

    First come families (classes whose base stands in the repository, and those bases), then
    tested and exported ones; within that by path and line.
    """
    defined = [_Defined(source, each) for source in corpus.product()
               if source.path in modules and not is_aside(source.path)
               and not is_stub(source.path) for each in modules[source.path].classes]
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for each in defined:
        homes[each.definition.name].append(each.source.path)
    mentions = Mentions(corpus, modules, homes)
    exporters = find_exporters(corpus, modules, homes)
    resolver = Resolver(corpus.paths)
    facts = [
        ClassFact(name=each.definition.name, path=each.source.path, line=each.definition.line,
                  language=each.source.language,
                  bases=_bases(each, modules[each.source.path], homes, resolver),
                  is_abstract=each.definition.is_abstract,
                  tested_by=mentions.of(each.definition.name, each.source),
                  exported_in=tuple(exporters.get((each.definition.name, each.source.path), ()))
                  [:_MAX_EXPORTS])
        for each in defined]
    return _most_telling(facts), len(facts)


def _bases(each: _Defined, module: SourceModule, homes: Mapping[str, Sequence[str]],
           resolver: Resolver) -> tuple[str, ...]:
    """The bases, one that only shares its name with a class of the repository in full."""
    return tuple(_foreign(base, each, module, resolver)
                 if base in homes and each.source.path not in homes[base] else base
                 for base in each.definition.bases)


def _foreign(base: str, each: _Defined, module: SourceModule, resolver: Resolver) -> str:
    """`textual.message.Message` for a `Message` that is imported from elsewhere."""
    if each.source.language == "Python":
        for name in module.imports:
            if name.rpartition(".")[2] == base and not resolver.resolve(each.source, name):
                return name
    return base


def _most_telling(facts: Sequence[ClassFact]) -> tuple[ClassFact, ...]:
    names = {fact.name for fact in facts}
    bases = {base for fact in facts for base in fact.bases}

    def rank(fact: ClassFact) -> tuple[bool, bool, bool, str, int]:
        has_family = fact.name in bases or any(base in names for base in fact.bases)
        return (not has_family, not fact.tested_by, not fact.exported_in, fact.path, fact.line)

    kept = sorted(facts, key=rank)[:MAX_CLASSES]
    return tuple(sorted(kept, key=lambda fact: (fact.path, fact.line)))
