"""Facts for a prompt: whole for rules, in brief for a model, and what is left out is said."""

from __future__ import annotations

from dataclasses import replace

from cockpit_tui.context.facts_text import facts_as_json, facts_from_json, facts_in_brief
from cockpit_tui.domain.review import ClassFact, RepositoryFacts


def facts(count: int) -> RepositoryFacts:
    classes = tuple(ClassFact(name=f"Class{i}", path=f"src/class_{i}.py", line=1,
                              language="Python")
                    for i in range(count))
    return RepositoryFacts(commit="c" * 40, file_count=count, total_bytes=1, classes=classes)


def test_what_fits_is_told_whole() -> None:
    few = facts(3)
    assert facts_in_brief(few) == facts_as_json(few)


def test_what_does_not_fit_loses_its_last_classes_and_says_so() -> None:
    many = replace(facts(2_000), truncated="Shallow.")
    brief = facts_in_brief(many, max_characters=5_000)
    read = facts_from_json(brief)
    assert 4_000 < len(brief) <= 5_000
    assert read.classes == many.classes[:len(read.classes)]
    assert read.truncated == f"Shallow. {len(read.classes)} of 2,000 classes are listed here."
