"""Which skills a task begins with: by its role, its class and its words.

Equal input, equal choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from cockpit_tui.context.skills import Skill

_FOR_CLASS: Mapping[str, tuple[str, ...]] = {
    "auth-security": ("security-best-practices",),
    "complex-logic": ("test-driven-development",),
}
_OF_CLASS, _FIRST_OF_ROLE, _OF_ROLE = 6, 4, 2
_NAME_WORD, _DESCRIPTION_WORD, _MOST_BY_WORDS = 3, 2, 8
_ENOUGH = 4
"""A lower score costs more tokens than the skill is worth; it stays in the list of skills."""
_SHORTEST_PREFIX = 5
_WORD = re.compile(r"[a-z][a-z0-9]{2,39}")
_COMMON = frozenset(_WORD.findall(
    "add and any are based best build change changing changes checklist code create design file "
    "files for from has into its keep make new not one patterns practices right that the them "
    "this use used uses using when where which with without work write writing your"))


class _Said(NamedTuple):
    """The words of a task, looked up at once however many there are."""

    words: set[str]
    beginnings: set[str]


def choose_skills(skills: Iterable[Skill], role_skills: Sequence[str], task_class: str, text: str,
                  limit: int = 3) -> tuple[Skill, ...]:
    """At most `limit` skills (one for `simple-crud`), best first.

    `role_skills` are the names that the role is given in `roles.toml`, most important first;
    `text` is the task's title and instructions.
    """
    words = _words(text)
    said = _Said(words, {begun for word in words for begun in _beginnings(word)})
    scored = [(_score(skill, role_skills, task_class, said), skill) for skill in skills]
    most = min(limit, 1) if task_class == "simple-crud" else limit
    best = sorted((pair for pair in scored if pair[0] >= _ENOUGH),
                  key=lambda pair: (-pair[0], pair[1].name))
    return tuple(skill for _, skill in best[:most])


def _score(skill: Skill, role_skills: Sequence[str], task_class: str, said: _Said) -> int:
    score = _OF_CLASS if skill.name in _FOR_CLASS.get(task_class, ()) else 0
    if skill.name in role_skills:
        score += _FIRST_OF_ROLE if role_skills[0] == skill.name else _OF_ROLE
    in_name = _words(skill.name)
    by_words = _NAME_WORD * _hits(in_name, said)
    by_words += _DESCRIPTION_WORD * _hits(_words(skill.description) - in_name, said)
    return score + min(by_words, _MOST_BY_WORDS)


def _hits(wanted: set[str], said: _Said) -> int:
    return sum(1 for word in wanted if word in said.words or word in said.beginnings
               or not said.words.isdisjoint(_beginnings(word)))


def _beginnings(word: str) -> set[str]:
    """Of which one counts as the same word: `migrat` and `migration`."""
    return {word[:length] for length in range(_SHORTEST_PREFIX, len(word))}


def _words(text: str) -> set[str]:
    return {_stem(word) for word in _WORD.findall(text.lower())} - _COMMON


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "es", "ed", "s", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word
