"""The commands a repository offers, each with the file that told; the first of a kind is best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cockpit_tui.context.commands_node import node_commands
from cockpit_tui.context.commands_other import make_commands, other_commands
from cockpit_tui.context.commands_python import python_commands
from cockpit_tui.context.corpus import Corpus
from cockpit_tui.context.manifests import Manifests
from cockpit_tui.domain.review import CommandFact, CommandKind

Probe = Callable[[str], tuple[bool, str]]
"""Command line → (can it run on this machine, why not and what would make it so)."""

_MAX_PER_KIND = 4
_KINDS = tuple(CommandKind)


@dataclass(frozen=True, slots=True)
class _Ranked:
    ecosystem: int
    at: int
    fact: CommandFact


def find_commands(corpus: Corpus, manifests: Manifests, *,
                  probe: Probe | None = None) -> tuple[CommandFact, ...]:
    """By kind (tests first); within a kind the main language first, then what can run here."""
    lines: dict[str, int] = {}
    for source in corpus.sources:
        lines[source.language] = lines.get(source.language, 0) + source.lines
    ecosystems: list[tuple[int, Sequence[CommandFact]]] = [
        (lines.get("Python", 0), python_commands(corpus, manifests)),
        (sum(lines.get(name, 0) for name in ("JavaScript", "TypeScript", "Vue", "Svelte")),
         node_commands(corpus, manifests)),
        *((lines.get(language, 0), facts) for language, facts in other_commands(corpus)),
    ]
    ecosystems.sort(key=lambda each: -each[0])
    facts = [facts for _, facts in ecosystems] + [make_commands(corpus)]
    ranked = []
    seen: set[tuple[CommandKind, str]] = set()
    for rank, group in enumerate(facts):
        for at, fact in enumerate(group):
            if (fact.kind, fact.command) not in seen:
                seen.add((fact.kind, fact.command))
                ranked.append(_Ranked(rank, at, _probed(fact, probe)))
    ranked.sort(key=lambda each: (each.ecosystem, not each.fact.runnable, each.at))
    return tuple(each.fact for kind in _KINDS
                 for each in [r for r in ranked if r.fact.kind is kind][:_MAX_PER_KIND])


def _probed(fact: CommandFact, probe: Probe | None) -> CommandFact:
    if probe is None:
        return fact
    runnable, reason = probe(fact.command)
    return CommandFact(kind=fact.kind, command=fact.command, source=fact.source,
                       runnable=runnable, reason="" if runnable else reason)
