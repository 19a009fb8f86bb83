"""Which modules a request for tests names, if it is one at all."""

from __future__ import annotations

import re

from cockpit_tui.domain.review import RepositoryFacts
from cockpit_tui.providers.offline.recipes.wording import (
    SMALL_WORDS,
    Clause,
    Verb,
    read_clauses,
    word_set,
)

_NOUNS = word_set("test tests testing unittest unittests coverage")
_VOCABULARY = _NOUNS | word_set(
    "unit suite case cases module modules file files function functions class classes method "
    "methods public untested uncovered python javascript js node pytest without no have has more "
    "python's yet don't code source existing every each not lack lacks lacking them everything")
_PRONOUNS = word_set("it its that this them those these him her same other others")
_TARGET = re.compile(r"[A-Za-z_][\w./-]*")


def asked_targets(request: str, facts: RepositoryFacts) -> tuple[str, ...] | None:
    """None: it does not ask for tests. Empty: for all modules. Else the names that it restricts to.

    A name must look like one (`utils`, `src/text.py`, `pkg.text`) and stand alone: "tests for login
    via Google" names a feature, and that is nothing for rules.
    """
    targets: list[str] = []
    is_asked = False
    clauses = read_clauses(request)
    for at, clause in enumerate(clauses):
        named = _targets_of(clause, facts, before=clauses[:at])
        if named is None:
            if targets and _goes_on(clause, clauses[at - 1], facts):
                targets.append(clause.words[-1])  # "tests for utils and the parser"
            continue
        is_asked = True
        targets += named
    return tuple(dict.fromkeys(targets)) if is_asked else None


def _goes_on(clause: Clause, before: Clause, facts: RepositoryFacts) -> bool:
    names = clause.unknown(_VOCABULARY)
    return (not clause.has_own_verb and clause.sentence == before.sentence and len(names) == 1
            and clause.words[-1] == names[0] and _looks_like_name(names[0], facts)
            and names[0].lower() not in SMALL_WORDS)


def _targets_of(clause: Clause, facts: RepositoryFacts,
                before: tuple[Clause, ...]) -> list[str] | None:
    lower = clause.lower
    if not set(lower) & _NOUNS or not (
            clause.asks(Verb.ADD, Verb.COMPLETE) or _starts_with_noun(clause, before)):
        return None
    unknown = clause.unknown(_VOCABULARY)
    if not clause.has_own_verb and not clause.is_listed and before:
        # "a Foo class and tests": the tests of that class. "CI that runs lint and tests": no tests.
        siblings = [each for each in before if each.sentence == clause.sentence]
        is_all_small = all(set(each.lower) & SMALL_WORDS for each in siblings)
        says_more = bool({"missing", "unit"} & set(lower)) or bool(unknown)
        if clause.is_subordinate or not (is_all_small or says_more):
            return None
    if not unknown:
        return []
    anchor = max(index for index, word in enumerate(lower) if word in _NOUNS)
    preposition = next((index for index, word in enumerate(lower)
                        if word in {"for", "of", "in", "to"} and index > anchor), None)
    names = [word for word in unknown if _looks_like_name(word, facts)]
    if len(names) != len(unknown) or len(names) > 1:
        return None
    if preposition is None:  # "add text.py tests", but not "add load tests"
        is_clear = "_" in names[0] or names[0].endswith((".py", ".js")) or not names[0].islower()
        return names if is_clear and lower.index(names[0].lower()) < anchor else None
    return names if lower.index(names[0].lower()) > preposition else None


def _starts_with_noun(clause: Clause, before: tuple[Clause, ...]) -> bool:
    """ "Unit tests for utils": the first clause of its sentence, without any verb."""
    is_first = not any(each.sentence == clause.sentence for each in before)
    return is_first and clause.verb is Verb.NONE and clause.lower[0] in {
        "tests", "unit", "missing"}


def _looks_like_name(word: str, facts: RepositoryFacts) -> bool:
    """A file, a dotted or snake_case name, a known class, or one plain lower-case word."""
    if any(fact.name == word for fact in facts.classes):
        return True
    if word.lower() in _PRONOUNS:
        return False
    return bool(_TARGET.fullmatch(word)) and (re.search(r"\w/\w\w", word) is not None
                                              or "." in word or "_" in word or word.islower())
