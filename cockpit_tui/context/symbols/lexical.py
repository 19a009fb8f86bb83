"""How well a file's words fit a request's: BM25 over fields (Robertson, Zaragoza: BM25F, 2004)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cockpit_tui.context.symbols.reading import ReadFile
from cockpit_tui.context.symbols.words import terms_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldWeights:
    """What one occurrence of a term counts, by where it stands."""

    stem: float = 8.0
    """The file's name without its suffix."""
    directory: float = 6.0
    definition: float = 3.0
    name: float = 1.0
    word: float = 1.0
    saturation: float = 3.0
    """BM25's k1: the higher, the more a repeated term adds."""
    length: float = 0.75
    """BM25's b: how much long files are held back."""


class WordBook:
    """Which words of files hold a term, so that a request need not look at all others.

    It only grows: what files once said and no longer do is found in none, and changes no score.
    """

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._by_term: dict[str, list[str]] = {}

    def learn(self, files: Iterable[ReadFile]) -> None:
        for file in files:
            for counts in (file.tags.names, file.tags.words):
                for word in counts.keys() - self._words:
                    self._words.add(word)
                    for term in terms_of(word):
                        self._by_term.setdefault(term, []).append(word)

    def holding(self, terms: Iterable[str]) -> frozenset[str]:
        """The words that hold one of `terms`."""
        return frozenset(word for term in terms for word in self._by_term.get(term, ()))


def lexical_scores(files: Sequence[ReadFile], terms: Mapping[str, float], weights: FieldWeights,
                   book: WordBook | None = None) -> list[float]:
    """One score of 0 or more for each file, in their order; sooner with a `book` that has learned
    the files."""
    vocabulary = _Vocabulary(terms)
    words = book.holding(terms) if book is not None else None
    found = [_frequencies(file, vocabulary, weights, words) for file in files]
    documents = Counter(term for frequencies in found for term in frequencies)
    lengths = [50 + sum(file.tags.names.values()) + sum(file.tags.words.values())
               for file in files]
    mean = sum(lengths) / max(1, len(lengths))
    total = len(files)
    rarity = {term: math.log(1 + (total - count + 0.5) / (count + 0.5)) * terms[term]
              for term, count in documents.items()}
    scores = []
    for frequencies, length in zip(found, lengths, strict=True):
        held = weights.saturation * (1 - weights.length + weights.length * length / mean)
        scores.append(sum(rarity[term] * frequency / (frequency + held)
                          for term, frequency in sorted(frequencies.items())))
    return scores


class _Vocabulary(dict[str, tuple[str, ...]]):
    """Word → the request's terms that it holds, worked out once for every word."""

    def __init__(self, terms: Mapping[str, float]) -> None:
        super().__init__()
        self._terms = terms

    def __missing__(self, word: str) -> tuple[str, ...]:
        hits = self[word] = tuple(term for term in terms_of(word) if term in self._terms)
        return hits


def _frequencies(file: ReadFile, vocabulary: _Vocabulary, weights: FieldWeights,
                 words: frozenset[str] | None) -> dict[str, float]:
    found: dict[str, float] = {}
    directory, _, name = file.path.rpartition("/")
    _add(found, vocabulary[name.rpartition(".")[0] or name], weights.stem)
    for part in directory.split("/"):
        if hits := vocabulary[part]:
            _add(found, hits, weights.directory)
    for definition in file.tags.definitions:
        if hits := vocabulary[definition.name]:
            _add(found, hits, weights.definition)
    for counts, weight in ((file.tags.names, weights.name), (file.tags.words, weights.word)):
        for word in counts if words is None else sorted(words.intersection(counts)):
            if hits := vocabulary[word]:
                _add(found, hits, weight * counts[word])
    return found


def _add(found: dict[str, float], terms: tuple[str, ...], weight: float) -> None:
    for term in terms:
        found[term] = found.get(term, 0.0) + weight
