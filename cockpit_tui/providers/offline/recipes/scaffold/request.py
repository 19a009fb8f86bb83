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
from cockpit_tui.providers.offline.recipes.scaffold.registration import is_test_path

_ASKS = re.compile(r"\b(?:add|create|scaffold|generate|write|implement|make|build|introduce|"
                   r"need|missing|new)\b", re.IGNORECASE)
_ABSTRACT = re.compile(r"^(?:Base|Abstract|I(?=[A-Z][a-z]))|(?:Base|Abstract|ABC|Protocol|"
                       r"Interface)$")
_IDENTIFIER = r"[A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)*"
_CAMEL = re.compile(r"\b[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+\b|\b[A-Z]{2,}[a-z][A-Za-z0-9]+\b")
_LIKE = re.compile(r"\b(?:like|next to|beside|besides|similar to|modell?ed (?:on|after)|based on|"
                   r"following|analogous to|as in|same as|after|alongside|copying|from)\s+"
                   r"(?:the\s+|our\s+)?[`\"']?(" + _IDENTIFIER + ")", re.IGNORECASE)
_EXTENDING = re.compile(r"\b(?:extend\w*|inherit\w*(?:\s+from)?|subclass\w*(?:\s+of)?|"
                        r"deriv\w*(?:\s+from)?|implementing)\s+[`\"']?(" + _IDENTIFIER + ")",
                        re.IGNORECASE)
_CAPITALISED = re.compile(r"(?<=[a-z,:;)\"'`&] )[\"'`]?\b[A-Z][a-z]+[0-9]*\b(?!\.[a-z])")
"""A capitalised word inside a sentence."""
_KNOWN_NAMES = frozenset({
    "Python", "Java", "Node", "React", "Vue", "Angular", "Django", "Flask", "Docker", "Linux",
    "Windows", "Jest", "Vitest", "Pytest", "English", "German", "Markdown", "Git", "Make", "Rust",
    "Go", "Kubernetes", "Postgres", "Please", "Then", "Also", "And"})
_VAGUE = frozenset({
    "new", "missing", "another", "more", "some", "several", "other", "further", "few", "many", "one",
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "abstract", "base",
    "generic", "better", "simple", "small", "good"})
_STOP_WORDS = frozenset({
    "a", "an", "the", "and", "or", "with", "for", "to", "in", "of", "on", "that", "which", "then",
    "also", "like", "next", "as", "by", "from", "is", "are", "be", "it", "its", "this", "these",
    "those", "each", "every", "all", "please", "tests", "test", "ci", "workflow", "file", "files",
    "readme", "existing", "same", "style", "extending"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Names that do not exist yet, the family's base, and the member to follow."""

    names: tuple[str, ...]
    base: str
    sibling: ClassFact
    members: tuple[ClassFact, ...]
    suffix: tuple[str, ...]


def read_request(request: str, facts: RepositoryFacts) -> Asked | None:
    """What to scaffold; None where the request does not ask for classes of a known family."""
    if not _ASKS.search(request):
        return None
    families = _families(facts)
    for base, members in _candidates(request, families):
        suffix = _suffix(base, members)
        names = _names(request, base, members, suffix, facts)
        if names:
            sibling = _sibling(request, members, names)
            same = [m for m in members if language_of(m.path) is language_of(sibling.path)]
            return Asked(names, base, sibling, tuple(same), suffix)
    return None


Member = Callable[[str, tuple[ClassFact, ...]], bool]


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


def _candidates(request: str, families: dict[str, tuple[ClassFact, ...]]) -> Iterator[
        tuple[str, tuple[ClassFact, ...]]]:
    """The families that the request may mean, the surest first."""
    named = {word.lower() for word in re.findall(_IDENTIFIER, request)}
    told = [m.lower() for m in (*_LIKE.findall(request), *_EXTENDING.findall(request))]
    seen: set[str] = set()
    rules: tuple[Member, ...] = (
        lambda base, members: base.lower() in told or any(m.name.lower() in told for m in members),
        lambda base, members: any(m.name.lower() in named for m in members),
        lambda base, members: base.lower() in named,
        lambda base, members: bool(_nouns(base, members) & set(_word_forms(request))),
        lambda base, members: any(
            _ends_with(word, base, members) for word in _CAMEL.findall(request)),
    )
    for rule in rules:
        for base, members in sorted(families.items(), key=lambda f: (-len(f[1]), f[0])):
            if base not in seen and rule(base, members):
                seen.add(base)
                yield base, members


def _noun(base: str) -> tuple[str, ...]:
    """`BaseAgent`, `AgentBase`, `AbstractAgent`, `IAgent` → (`Agent`,)."""
    return split_words(_ABSTRACT.sub("", base)) or split_words(base)


def _nouns(base: str, members: Sequence[ClassFact]) -> set[str]:
    """What people call a member of the family: by its base, its shared ending, its folder."""
    nouns = {"".join(_noun(base)).lower(), _noun(base)[-1].lower()}
    nouns.update(word.lower() for word in common_suffix([m.name for m in members])[-1:])
    if len(members) > 1 or len({m.path for m in members}) == 1:
        nouns.update(_singular(PurePosixPath(m.path).parent.name.lower()) for m in members)
    return {noun for noun in nouns if len(noun) > 2} - {"src", "lib", "app", "object", "exception"}


def _word_forms(request: str) -> Iterator[str]:
    for word in re.findall(r"[A-Za-z]+", request):
        yield word.lower()
        yield _singular(word.lower())


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _ends_with(word: str, base: str, members: Sequence[ClassFact]) -> bool:
    noun = _noun(base)
    return split_words(word)[-len(noun):] == noun and all(
        split_words(m.name)[-len(noun):] == noun for m in members)


def _suffix(base: str, members: Sequence[ClassFact]) -> tuple[str, ...]:
    """The words that every member's name ends with, if the base's noun is among them."""
    names = [member.name for member in members]
    noun = _noun(base)
    if all(split_words(n)[-len(noun):] == noun and len(split_words(n)) > len(noun) for n in names):
        return noun
    return common_suffix(names) if len(names) > 2 else ()


def _names(request: str, base: str, members: Sequence[ClassFact], suffix: tuple[str, ...],
           facts: RepositoryFacts) -> tuple[str, ...]:
    known = {fact.name for fact in facts.classes} | {base}
    told = {*_LIKE.findall(request), *_EXTENDING.findall(request)}
    nouns = _nouns(base, members)
    found: list[str] = []
    for phrase in _phrases(request, nouns, suffix):
        if phrase in told or is_brand(phrase):
            continue
        name = camel_case(phrase)
        if suffix and split_words(name)[-len(suffix):] != suffix:
            name += "".join(suffix)
        if name not in known and name not in found and _is_new_name(name, nouns):
            found.append(name)
    return tuple(found)


def _is_new_name(name: str, nouns: set[str]) -> bool:
    return name.isidentifier() and name.lower() not in nouns and _singular(
        name.lower()) not in nouns


def _phrases(request: str, nouns: set[str], suffix: tuple[str, ...]) -> Iterator[str]:
    """Every piece of the request that may name a class, the surest kinds first."""
    listed = list(_listed(request, nouns))
    if listed:
        yield from listed
        return
    matches: list[tuple[int, str]] = [(m.start(), m[0]) for m in _CAMEL.finditer(request)]
    matches += [(m.start(), m[0]) for m in _CAPITALISED.finditer(request)
                if m[0] not in _KNOWN_NAMES]
    matches += [(m.start(1), m[1]) for m in re.finditer(
        rf"\bclass(?:es)?\s+(?:named\s+|called\s+)?[`\"']?({_IDENTIFIER})", request)]
    matches += [(m.start(1), m[1]) for m in re.finditer(
        rf"\b(?:named|called)\s+[`\"']?({_IDENTIFIER})", request, re.IGNORECASE)]
    matches += [(m.start(1), m[1]) for m in re.finditer(r"[`\"']([A-Za-z][\w -]{1,40})[`\"']",
                                                        request)]
    for noun in sorted(nouns) if not matches else ():
        matches += [(m.start(1), m[1]) for m in re.finditer(
            rf"\b(?:an?|the|new|add|and|,)\s+((?:{_IDENTIFIER}\s+){{1,3}}){noun}s?\b",
            request, re.IGNORECASE)]
    for _, phrase in sorted(matches):
        words = [w for w in phrase.split() if w.lower() not in _VAGUE]
        if words and not _STOP_WORDS & {w.lower() for w in words}:
            yield " ".join(words)


def _listed(request: str, nouns: set[str]) -> Iterator[str]:
    """The items of `agents: A, B and C`, and of bullet points below such a line."""
    for found in re.finditer(r":\s*(?P<items>[^:]+?)(?=[.;](?:\s|$)|\n\s*\n|$|\n(?!\s*[-*\d,]))",
                             request):
        lead = request[:found.start()].rsplit(".", 1)[-1].lower()
        words = set(re.findall(r"[a-z]+", lead))
        if not words & {"class", "classes"} and not any(
                word in nouns or _singular(word) in nouns for word in words):
            continue
        for item in re.split(r",|;|\band\b|&|\n\s*(?:[-*]|\d+[.)])\s*", found["items"]):
            phrase = item.strip().strip("`\"'*.() ")
            if _is_name(phrase):
                yield phrase


def _is_name(phrase: str) -> bool:
    words = phrase.split()
    return (0 < len(words) <= 4 and all(re.fullmatch(_IDENTIFIER, word) for word in words)
            and not _STOP_WORDS & {word.lower() for word in words})


def _sibling(request: str, members: Sequence[ClassFact], names: Iterable[str]) -> ClassFact:
    """The member to follow: one that the request names, else the one with most around it."""
    mentioned = {word.lower() for word in re.findall(_IDENTIFIER, request)}
    words = max(len(split_words(name)) for name in names)

    def merit(fact: ClassFact) -> tuple[bool, bool, bool, bool, str, str]:
        return (fact.name.lower() not in mentioned, not fact.tested_by, not fact.exported_in,
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
