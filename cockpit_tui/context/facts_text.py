"""Facts as compact JSON for the lead's prompt, and back."""

from __future__ import annotations

from pydantic import ValidationError

from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.review import RepositoryFacts


def facts_as_json(facts: RepositoryFacts) -> str:
    """One line, keys in the order of the fields, defaults left out: equal facts, equal text."""
    return adapter(RepositoryFacts).dump_json(facts, exclude_defaults=True).decode()


def facts_from_json(text: str) -> RepositoryFacts:
    """The reverse. Raises CockpitError on text that holds no facts."""
    try:
        return adapter(RepositoryFacts).validate_json(text)
    except ValidationError as problem:
        raise CockpitError(
            f"These are not repository facts: {problem.error_count()} fields are wrong, the first "
            f"is {problem.errors()[0]['loc']!r}: {problem.errors()[0]['msg']}."
        ) from problem
