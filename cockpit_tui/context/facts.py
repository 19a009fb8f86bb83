"""All facts of a repository, gathered from one snapshot: pure, deterministic, bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from cockpit_tui.context.classes_javascript import JAVASCRIPT, read_javascript
from cockpit_tui.context.classes_python import read_python
from cockpit_tui.context.commands import Probe, find_commands
from cockpit_tui.context.conventions import find_conventions
from cockpit_tui.context.corpus import Corpus, read_corpus
from cockpit_tui.context.entry_points import find_entry_points
from cockpit_tui.context.frameworks import find_frameworks
from cockpit_tui.context.imports import resolve_all
from cockpit_tui.context.instructions import instruction_files
from cockpit_tui.context.languages import count_languages, count_prose
from cockpit_tui.context.layout import describe_layout
from cockpit_tui.context.manifests import read_manifests
from cockpit_tui.context.modules import SourceModule
from cockpit_tui.context.packages import find_packages
from cockpit_tui.context.path_kinds import is_test_file
from cockpit_tui.context.patterns import MAX_CLASSES, describe_classes
from cockpit_tui.context.risks import find_risks
from cockpit_tui.domain.review import CommitFact, LanguageShare, RepositoryFacts
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.domain.tree import TreeSnapshot

MAX_COMMITS = 20
_LONGEST_TEXT = 400
_PATH_FIELDS = frozenset({"path", "tested_by", "exported_in", "instructions", "imports"})

Fact = TypeVar("Fact")


def collect_facts(snapshot: TreeSnapshot, *, recent_commits: tuple[CommitFact, ...] = (),
                  commits_last_90_days: int = 0, probe: Probe | None = None) -> RepositoryFacts:
    """What can be known of `snapshot` without judgement; nothing of it is run.

    `probe` says for a command line whether this machine can run it, and if not, why; without one
    every command counts as runnable. Content that cannot be read becomes a finding, never an
    error. Texts are made safe for JSON; the same snapshot always gives the same facts.
    """
    corpus = read_corpus(snapshot)
    manifests = read_manifests(corpus)
    modules: Mapping[str, SourceModule] = {
        **read_python(source for source in corpus.sources if source.language == "Python"
                      and (not source.is_test or is_test_file(source.path))),
        **read_javascript(source for source in corpus.product(*JAVASCRIPT)),
    }
    classes, class_count = describe_classes(corpus, modules)
    facts = RepositoryFacts(
        commit=snapshot.commit,
        file_count=sum(entry.mode != "160000" for entry in snapshot.entries),
        total_bytes=sum(entry.size for entry in snapshot.entries),
        languages=count_languages(corpus.sources) or _prose(corpus),
        layout=describe_layout(corpus),
        packages=find_packages(corpus, resolve_all(corpus, modules)),
        entry_points=find_entry_points(corpus, manifests),
        commands=find_commands(corpus, manifests, probe=probe),
        classes=classes,
        conventions=find_conventions(corpus, manifests, modules, recent_commits),
        frameworks=find_frameworks(corpus, manifests),
        instructions=instruction_files(snapshot),
        recent_commits=recent_commits[:MAX_COMMITS],
        commits_last_90_days=commits_last_90_days,
        risks=find_risks(corpus, manifests, modules),
        truncated=_left_out(corpus, class_count),
    )
    return _printable(facts)


def _prose(corpus: Corpus) -> tuple[LanguageShare, ...]:
    contents = corpus.snapshot.contents
    return count_prose((path, contents.get(path, b"").count(b"\n"))
                       for path in sorted(corpus.paths))


def _left_out(corpus: Corpus, class_count: int) -> str:
    said = [corpus.snapshot.truncated] if corpus.snapshot.truncated else []
    if corpus.unread:
        said.append(f"{corpus.unread:,} source files were counted but not read for classes, "
                    "imports and habits, because there is too much text.")
    if class_count > MAX_CLASSES:
        said.append(f"{MAX_CLASSES} of {class_count:,} classes are listed, those with relatives "
                    "and tests first.")
    return " ".join(said)


def _printable(value: Fact) -> Fact:
    """`value` with every text safe for JSON: paths only where they are not Unicode at all."""
    cleaned: Any = _clean(value, is_path=False)
    return cleaned  # type: ignore[no-any-return]


def _clean(value: Any, *, is_path: bool) -> Any:
    if isinstance(value, str) and type(value) is str:
        return _clean_path(value) if is_path else _clean_text(value)
    if isinstance(value, tuple):
        return tuple(_clean(each, is_path=is_path) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{
            field.name: _clean(getattr(value, field.name), is_path=field.name in _PATH_FIELDS)
            for field in fields(value)})
    return value


def _clean_text(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        text = text[: _LONGEST_TEXT - 1] + "…"
    return text if text.isascii() and text.isprintable() else sanitize_line(text)


def _clean_path(path: str) -> str:
    if path.isascii() or not any("\ud800" <= character <= "\udfff" for character in path):
        return path
    return sanitize_line(path)
