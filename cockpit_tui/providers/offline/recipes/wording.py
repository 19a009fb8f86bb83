"""How requests are read: clauses with a verb, matched only where every word is known.

A rule that understands half a sentence would do the wrong half. So a recipe claims a clause only
if *all* of its words belong to the recipe's vocabulary: "add a CI workflow" is one, "fix the CI bug
in the parser" is none.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


def word_set(text: str) -> frozenset[str]:
    """The words of `text`, which are written one after another with spaces."""
    return frozenset(text.split())


class Verb(StrEnum):
    ADD = "add"
    COMPLETE = "complete"
    DOCUMENT = "document"
    FORMAT = "format"
    FIX = "fix"
    NONE = ""


_VERBS = {
    word: verb
    for verb, words in {
        Verb.ADD: "add create generate write setup introduce configure provide bootstrap make init "
                  "initialise initialize enable draft produce prepare include",
        Verb.COMPLETE: "complete update improve extend expand fill enhance finish increase raise",
        Verb.DOCUMENT: "document describe explain",
        Verb.FORMAT: "format reformat autoformat beautify prettify tidy lint",
        Verb.FIX: "fix repair correct apply run",
    }.items()
    for word in words.split()
}

_POLITE = word_set(
    "please kindly can could would you we i us let let's lets just now also then next first "
    "second finally third should must to like i'd me help need needs want hi hello hey")
_NEEDS = frozenset({"need", "needs", "want"})

FILLERS = word_set(
    "a an the this that these those our my your its all any some every of for in on at to with and "
    "or also as well too please which there is are be so it's new missing basic simple minimal "
    "small proper good sensible standard default suitable useful appropriate decent whole entire "
    "repo repository project codebase here where still")
"""Words that say nothing about what is wanted."""

SMALL_WORDS = word_set(
    "ci cd workflow pipeline .gitignore gitignore .editorconfig editorconfig file files readme "
    "readme.md section sections tests test unit agents.md agents")
"""The nouns of all small recipes: a list of these needs no verb."""

_RELATIVE = word_set(
    "that which to with for running runs run using including via by covering on")

_PHRASES = (
    (re.compile(r"continuous[ -]integration", re.I), "ci"),
    (re.compile(r"\bgit ?hub[ -]actions?\b", re.I), "ci"),
    (re.compile(r"\bci ?/ ?cd\b", re.I), "ci"),
    (re.compile(r"\bset(ting)?[ -]+up\b", re.I), "setup"),
    (re.compile(r"\b(clean|tidy)[ -]+up\b", re.I), "tidy"),
    (re.compile(r"\bfill[ -]+(in|out)\b", re.I), "fill"),
    (re.compile(r"\bgit[ -]ignores?\b", re.I), ".gitignore"),
    (re.compile(r"\beditor[ -]config\b", re.I), ".editorconfig"),
    (re.compile(r"\bread[ -]me\b", re.I), "readme"),
    (re.compile(r"\bhow to\b", re.I), "howto"),
)
_SENTENCE_END = re.compile(r"[.!?;]+(?:\s+|$)|\n+")
_CLAUSE_END = re.compile(r",|:\s|\s&\s|\s\+\s|\b(?:and|plus|then)\b|\bas well as\b", re.I)
_WORD = re.compile(r"[\w.@*/'+#-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One thing that is asked for. `words` leaves out politeness and the verb itself."""

    words: tuple[str, ...]
    """As written; compare with `lower`."""
    verb: Verb
    """Its own, or that of the clause before in the same sentence."""
    verb_word: str
    """Its own verb as written, lower-case; empty where it has none."""
    has_own_verb: bool
    is_listed: bool
    """No verb in the sentence so far, and nothing but nouns of small recipes."""
    is_subordinate: bool
    """A clause before it in the sentence went on with "that runs ..." and may go on still."""
    sentence: int

    @property
    def lower(self) -> tuple[str, ...]:
        return tuple(word.lower() for word in self.words)

    def asks(self, *verbs: Verb) -> bool:
        return self.verb in verbs or (self.verb is Verb.NONE and self.is_listed)

    def unknown(self, vocabulary: Collection[str]) -> tuple[str, ...]:
        """The words that are neither fillers nor in `vocabulary` (lower-case), as written."""
        return tuple(word for word in self.words
                     if word.lower() not in FILLERS and word.lower() not in vocabulary)


def read_clauses(request: str) -> tuple[Clause, ...]:
    """The request's clauses in order."""
    text = re.sub(r":?\s*\n\s*(?:[-*•]|\d+[.)])\s+", ", ", "\n" + request.strip())
    text = text.strip().removeprefix(",")
    for pattern, word in _PHRASES:
        text = pattern.sub(word, text)
    clauses: list[Clause] = []
    for number, sentence in enumerate(part for part in _SENTENCE_END.split(text) if part.strip()):
        clauses.extend(_clauses_of(sentence, number))
    return tuple(clauses)


def _clauses_of(sentence: str, number: int) -> list[Clause]:
    clauses: list[Clause] = []
    verb, is_listed, is_subordinate = Verb.NONE, True, False
    for part in _CLAUSE_END.split(sentence):
        words = [_bare(word) for word in _WORD.findall(part)]
        words = [word for word in words if word]
        if not words:
            continue
        own, verb_word, words = _take_verb(words)
        verb = own or verb
        is_listed = is_listed and not own and all(
            word.lower() in SMALL_WORDS or word.lower() in FILLERS for word in words)
        clauses.append(Clause(words=tuple(words), verb=verb, verb_word=verb_word,
                              has_own_verb=bool(own), is_listed=is_listed, sentence=number,
                              is_subordinate=is_subordinate and not own))
        is_subordinate = (is_subordinate and not own) or any(
            word.lower() in _RELATIVE for word in words)
    return clauses


def _bare(word: str) -> str:
    return word.strip("'").rstrip(".'")


def _take_verb(words: list[str]) -> tuple[Verb, str, list[str]]:
    """(verb, the word for it, the words after it), politeness left out."""
    at, needed = 0, False
    while at < len(words) and words[at].lower() in _POLITE:
        needed = needed or words[at].lower() in _NEEDS
        at += 1
    if at < len(words):
        first = words[at].lower().split("/")[0]
        if first in _VERBS:
            return _VERBS[first], first, words[at + 1:]
    return (Verb.ADD if needed else Verb.NONE), "", words[at:]
