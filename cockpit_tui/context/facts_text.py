"""Facts as compact JSON for the lead's prompt, and back."""

from __future__ import annotations

from dataclasses import replace

from pydantic import ValidationError

from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.review import RepositoryFacts


def facts_as_json(facts: RepositoryFacts) -> str:
    """One line, keys in the order of the fields, defaults left out: equal facts, equal text."""
    return adapter(RepositoryFacts).dump_json(facts, exclude_defaults=True).decode()


def facts_in_brief(facts: RepositoryFacts, *, max_characters: int = 12_000) -> str:
    """As `facts_as_json`, with as many of the classes as fit: a model gets the map of symbols
    besides, rules need them all. What is left out is said in `truncated`."""
    fewest, most = 0, len(facts.classes)
    while fewest < most:
        middle = (fewest + most + 1) // 2
        if len(facts_as_json(_with_classes(facts, middle))) <= max_characters:
            fewest = middle
        else:
            most = middle - 1
    return facts_as_json(_with_classes(facts, fewest))


def _with_classes(facts: RepositoryFacts, count: int) -> RepositoryFacts:
    if count == len(facts.classes):
        return facts
    said = f"{count} of {len(facts.classes):,} classes are listed here."
    return replace(facts, classes=facts.classes[:count],
                   truncated=f"{facts.truncated} {said}".strip())


def facts_from_json(text: str) -> RepositoryFacts:
    """The reverse. Raises CockpitError on text that holds no facts."""
    try:
        return adapter(RepositoryFacts).validate_json(text)
    except ValidationError as problem:
        raise CockpitError(
            f"These are not repository facts: {problem.error_count()} fields are wrong, the first "
            f"is {problem.errors()[0]['loc']!r}: {problem.errors()[0]['msg']}."
        ) from problem
