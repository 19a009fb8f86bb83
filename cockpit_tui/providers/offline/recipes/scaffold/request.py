"""What a request asks to be scaffolded: new names, and the family that they join."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from cockpit_tui.domain.review import ClassFact, RepositoryFacts
from cockpit_tui.providers.offline.recipes.scaffold.masking import Language, language_of
from cockpit_tui.providers.offline.recipes.scaffold.naming import (
    camel_case,
    common_suffix,
    is_brand,
    split_words,
)
from cockpit_tui.providers.offline.recipes.scaffold.phrases import (
    ASKS,
    IDENTIFIER,
    phrases,
    singular,
)
from cockpit_tui.providers.offline.recipes.scaffold.registration import is_test_path

_ABSTRACT = re.compile(r"^(?:Base|Abstract|I(?=[A-Z][a-z]))|(?:Base|Abstract|ABC|Protocol|"
                       r"Interface)$")
_LIKE = re.compile(r"\b(?:like|next to|beside|besides|similar to|modell?ed (?:on|after)|based on|"
                   r"following|analogous to|as in|same as|after|alongside|copying|from)\s+"
                   r"(?:the\s+|our\s+)?[`\"']?(" + IDENTIFIER + ")", re.IGNORECASE)
_EXTENDING = re.compile(r"\b(?:extend\w*|inherit\w*(?:\s+from)?|subclass\w*(?:\s+of)?|"
                        r"deriv\w*(?:\s+from)?|implementing)\s+[`\"']?(" + IDENTIFIER + ")",
                        re.IGNORECASE)
_NO_NOUNS = frozenset({"src", "lib", "app", "object", "exception", "error", "core", "class"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Names that do not exist yet, the family's base, and the member to follow."""

    names: tuple[str, ...]
    base: str
    sibling: ClassFact
    members: tuple[ClassFact, ...]
    suffix: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A family that the request may mean. `is_told`: it points there ("like X", "extending Y")."""

    base: str
    members: tuple[ClassFact, ...]
    is_told: bool


def read_request(request: str, facts: RepositoryFacts) -> Asked | None:
    """What to scaffold; None where the request does not ask for classes of a known family."""
    if not ASKS.search(request):
        return None
    for family in _candidates(request, _families(facts)):
        suffix = _suffix(family.base, family.members)
        names = _names(request, family, suffix, facts)
        if names:
            sibling = _sibling(request, family.members, names)
            same = [m for m in family.members if language_of(m.path) is language_of(sibling.path)]
            return Asked(names, family.base, sibling, tuple(same), suffix)
    return None


def _families(facts: RepositoryFacts) -> dict[str, tuple[ClassFact, ...]]:
    """Base → its finished members, outside of tests."""
    found: dict[str, list[ClassFact]] = {}
    for fact in facts.classes:
        if fact.is_abstract or is_test_path(fact.path) or language_of(fact.path) is None:
            continue
        for base in fact.bases:
            found.setdefault(bare_name(base), []).append(fact)
    return {base: tuple(members) for base, members in found.items()}


def bare_name(base: str) -> str:
    """`base.BaseAgent[Task]`, `BaseAgent<Task>` → `BaseAgent`."""
    return re.split(r"[\[<(]", base)[0].rpartition(".")[2].strip()


def _plain(word: str) -> str:
    """For comparing names however they are written: `memory_cache` is `MemoryCache`."""
    return re.sub(r"[_-]", "", word).lower()


_Rule = Callable[[str, tuple[ClassFact, ...]], bool]


def _candidates(request: str, families: dict[str, tuple[ClassFact, ...]]) -> Iterator[_Candidate]:
    """The families that the request may mean, the surest first."""
    words = re.findall(IDENTIFIER, request)
    named = {_plain(word) for word in words}
    told = {_plain(word) for word in (*_LIKE.findall(request), *_EXTENDING.findall(request))}
    forms = {form for word in words for form in (word.lower(), singular(word.lower()))}

    def is_told(base: str, members: tuple[ClassFact, ...]) -> bool:
        return _plain(base) in told or any(_plain(m.name) in told for m in members)

    rules: tuple[_Rule, ...] = (
        is_told,
        lambda base, members: bool(_nouns(base, members) & forms),
        lambda base, members: any(_ends_with(camel_case(w), base, members) for w in words),
        lambda base, members: _plain(base) in named or any(
            _plain(m.name) in named for m in members),
    )
    seen: set[str] = set()
    for rule in rules:
        for base, members in sorted(families.items(), key=lambda f: (-len(f[1]), f[0])):
            if base not in seen and rule(base, members):
                seen.add(base)
                yield _Candidate(base, members, is_told(base, members))


def _noun(base: str) -> tuple[str, ...]:
    """`BaseAgent`, `AgentBase`, `AbstractAgent`, `IAgent` → (`Agent`,)."""
    return split_words(_ABSTRACT.sub("", base)) or split_words(base)


def _nouns(base: str, members: Sequence[ClassFact]) -> set[str]:
    """What people call a member of the family: by its base, its shared ending, its folder."""
    noun = _noun(base)
    nouns = {"".join(noun).lower(), noun[-1].lower()} if noun else set()
    nouns.update(word.lower() for word in common_suffix([m.name for m in members])[-1:])
    nouns.update(singular(PurePosixPath(m.path).parent.name.lower()) for m in members)
    return {noun for noun in nouns if len(noun) > 2} - _NO_NOUNS


def _ends_with(word: str, base: str, members: Sequence[ClassFact]) -> bool:
    noun = _noun(base)
    return bool(noun) and len(split_words(word)) > len(noun) and all(
        split_words(name)[-len(noun):] == noun for name in (word, *(m.name for m in members)))


def _suffix(base: str, members: Sequence[ClassFact]) -> tuple[str, ...]:
    """The words that every member's name ends with, if the base's noun is among them."""
    names = [member.name for member in members]
    noun = _noun(base)
    if noun and all(split_words(name)[-len(noun):] == noun
                    and len(split_words(name)) > len(noun) for name in names):
        return noun
    return common_suffix(names) if len(names) > 2 else ()


def _names(request: str, family: _Candidate, suffix: tuple[str, ...],
           facts: RepositoryFacts) -> tuple[str, ...]:
    known = {_plain(fact.name) for fact in facts.classes} | {_plain(family.base)}
    nouns = _nouns(family.base, family.members)
    found: list[str] = []
    for phrase in phrases(request, nouns, noun_for=bool(suffix)):
        name = camel_case(phrase.text)
        has_suffix = bool(suffix) and split_words(name)[-len(suffix):] == suffix
        is_meant = phrase.is_sure or family.is_told or has_suffix
        if suffix and not has_suffix:
            name += "".join(suffix)
        is_new = not {_plain(phrase.text), _plain(name)} & known and name not in found
        if is_meant and is_new and not is_brand(phrase.text) and _is_class_name(name, nouns):
            found.append(name)
    return tuple(found)


def _is_class_name(name: str, nouns: set[str]) -> bool:
    """A name of its own: not what members are called in general, and no asking verb ("Add")."""
    is_noun = bool({name.lower(), singular(name.lower())} & nouns)
    return name.isidentifier() and not is_noun and ASKS.fullmatch(name) is None


def _sibling(request: str, members: Sequence[ClassFact], names: Iterable[str]) -> ClassFact:
    """The member to follow: one that the request names, else the one with most around it."""
    mentioned = {_plain(word) for word in re.findall(IDENTIFIER, request)}
    words = max(len(split_words(name)) for name in names)

    def merit(fact: ClassFact) -> tuple[bool, bool, bool, bool, str, str]:
        return (_plain(fact.name) not in mentioned, not fact.tested_by, not fact.exported_in,
                words > 1 and len(split_words(fact.name)) < 2, fact.path, fact.name)

    return min(members, key=merit)


def has_plain_brands(facts: RepositoryFacts, language: Language | None) -> bool:
    """Does the repository write `DevOps` as two words in file names (`dev_ops_x.py`)?"""
    for fact in facts.classes:
        plain, branded = split_words(fact.name, brands=False), split_words(fact.name)
        stem = PurePosixPath(fact.path).stem.replace("-", "_").lower()
        if language_of(fact.path) is language and plain != branded and "_".join(
                plain).lower() in stem:
            return True
    return False
