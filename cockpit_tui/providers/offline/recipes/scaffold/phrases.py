"""Find the pieces of a request that name new classes: lists, and what follows "add", "create" ...

Words are read one by one behind an asking verb, as long as they can belong to a list of names.
A capitalised word, an identifier or a quotation may be a name; a lower-case word only where the
family's noun says so ("a backend developer agent").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

IDENTIFIER = r"[A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)*"
ASKS = re.compile(r"\b(?:add|create|scaffold|generate|write|implement|make|build|introduce|"
                  r"need|missing|new)\b", re.IGNORECASE)
_TOKEN = re.compile(rf"[`\"'](?P<quoted>[A-Za-z][\w -]{{0,40}})[`\"']|(?P<word>{IDENTIFIER})"
                    r"|(?P<number>\d+)|(?P<sign>[^\sA-Za-z0-9])")
_CAMEL = re.compile(r"[A-Z]+[a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+|[A-Z]{2,}[a-z][A-Za-z0-9]+")
_ARTICLES = frozenset({"a", "an", "the", "our", "my"})
_JOINS = frozenset({"and", "or", ",", "&", "+"})
_SKIPPED = frozenset({
    "new", "missing", "another", "more", "some", "several", "other", "further", "few", "many",
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "abstract",
    "base", "generic", "better", "simple", "small", "good", "following", "(", ")", "-", "–", "`"})
_ENDS = frozenset({
    "for", "with", "to", "in", "of", "on", "that", "which", "then", "also", "like", "next", "as",
    "by", "from", "is", "are", "be", "it", "its", "this", "these", "those", "each", "every",
    "all", "please", "using", "so", "about", "into", "extending",
})
_NAMING = frozenset({"named", "called"})
_CLASS_WORDS = frozenset({"class", "classes"})
_KNOWN_NAMES = frozenset({
    "Python", "Java", "Node", "React", "Vue", "Angular", "Django", "Flask", "Docker", "Linux",
    "Windows", "Jest", "Vitest", "Pytest", "English", "German", "Markdown", "Git", "Make", "Rust",
    "Go", "Kubernetes", "Postgres", "Redis", "Please", "Then", "Also", "And", "Dockerfile",
    "Makefile", "README", "AGENTS", "CI", "CD",
})
"""Capitalised words that are hardly ever classes to be written."""
_LONGEST = 4


@dataclass(frozen=True, slots=True)
class Phrase:
    """A possible name. `is_sure`: the family's noun, or "class", stands with it."""

    text: str
    is_sure: bool


@dataclass(slots=True)
class _Run:
    """What was read behind one asking verb."""

    names: list[str] = field(default_factory=list)
    lower: list[str] = field(default_factory=list)
    """Lower-case items that wait for the noun behind the last one."""
    pending: list[str] = field(default_factory=list)
    has_article: bool = False
    noun_seen: bool = False
    is_naming: bool = False

    def join(self) -> None:
        if self.pending:
            kept = self.names if self.is_naming else self.lower
            kept.append(" ".join(self.pending))
        self.pending = []
        self.has_article = False

    def noun(self) -> None:
        if self.pending:
            # "foo and bar agents" names two; "docs and a bar agent" names one.
            earlier = [] if self.has_article else self.lower
            self.names += [*earlier, " ".join(self.pending)]
        self.pending, self.lower = [], []
        self.noun_seen = True


def phrases(request: str, nouns: Collection[str], *, noun_for: bool) -> Iterator[Phrase]:
    """The possible names in order. `nouns`: what a member of the family is called, singular.

    `noun_for`: "handlers for foo and bar" names members too.
    """
    listed = list(_listed(request, nouns))
    if listed:
        yield from listed
        return
    end = 0
    for verb in ASKS.finditer(request):
        if verb.start() < end:
            continue
        run, end = _read(request, verb.end(), nouns, noun_for=noun_for)
        for name in run.names:
            yield Phrase(name, run.noun_seen)


def _read(request: str, start: int, nouns: Collection[str], *, noun_for: bool) -> tuple[_Run, int]:
    run = _Run()
    at = start
    previous_was_noun = False
    for token in _TOKEN.finditer(request, start):
        word = token["quoted"] or token["word"] or token["number"] or token["sign"]
        lower = word.lower()
        is_noun = lower in nouns or singular(lower) in nouns or lower in _CLASS_WORDS
        if token["quoted"] or is_name_like(word):
            run.pending = []
            run.names.append(word)
        elif is_noun:
            run.noun()
        elif lower in _JOINS:
            run.join()
        elif lower in _ARTICLES:
            run.has_article = True
        elif lower in _NAMING or (noun_for and lower == "for" and previous_was_noun):
            run.is_naming = True
        elif not _reads_on(run, token, lower):
            break
        previous_was_noun = is_noun
        at = token.end()
    if run.is_naming:
        run.join()
    return run, at


def _reads_on(run: _Run, token: re.Match[str], lower: str) -> bool:
    """Take a plain lower-case word, a number or a sign; False where the list must be over."""
    if token["number"] or lower in _SKIPPED:
        return True
    if token["sign"] or lower in _ENDS or len(run.pending) >= _LONGEST:
        return False
    if run.noun_seen and not run.is_naming:
        return False
    run.pending.append(token["word"])
    return True


def is_name_like(word: str) -> bool:
    """Written like a name: `BackendDeveloper`, `Tester`, `health_check`, `X`."""
    if word in _KNOWN_NAMES:
        return False
    return bool(_CAMEL.fullmatch(word) or re.fullmatch(r"[A-Z][a-z]+[0-9]*|[A-Z]", word)
                or re.fullmatch(r"[a-z0-9]+(?:[_-][a-z0-9]+)+", word))


def _listed(request: str, nouns: Collection[str]) -> Iterator[Phrase]:
    """The items of `agents: A, B and C`, and of bullet points below such a line."""
    for found in re.finditer(
            r":\s*(?P<items>[^:]+?)(?=[.;](?:\s|$)|\n\s*\n|$|\n(?!\s*[-*\d,•]))", request):
        lead = re.split(r"[.;\n]", request[:found.start()])[-1].lower()
        words = set(re.findall(r"[a-z]+", lead))
        if not words & _CLASS_WORDS and not any(
                word in nouns or singular(word) in nouns for word in words):
            continue
        for item in re.split(r",|;|\band\b|&|\n\s*(?=[-*•]|\d+[.)])", found["items"]):
            bare = re.split(r"\s+[-–(]\s*|\s+like\s", re.sub(r"^\s*(?:[-*•]|\d+[.)])\s*", "", item))
            phrase = re.sub(r"^(?:an?|the)\s+", "", bare[0].strip().strip("`\"'*.() "))
            if _is_item(phrase):
                yield Phrase(phrase, is_sure=True)


def _is_item(phrase: str) -> bool:
    words = phrase.split()
    return (0 < len(words) <= _LONGEST and all(re.fullmatch(IDENTIFIER, word) for word in words)
            and not any(word.lower() in _ENDS or word in _KNOWN_NAMES for word in words)
            and words[-1].lower() not in {"test", "tests", "file", "files", "workflow"})


def singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
