"""How well a file's words fit a request's: BM25 over fields (Robertson, Zaragoza: BM25F, 2004)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
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


def lexical_scores(files: Sequence[ReadFile], terms: Mapping[str, float],
                   weights: FieldWeights) -> list[float]:
    """One score of 0 or more for each file, in their order."""
    vocabulary = _Vocabulary(terms)
    found = [_frequencies(file, vocabulary, weights) for file in files]
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


def _frequencies(file: ReadFile, vocabulary: _Vocabulary,
                 weights: FieldWeights) -> dict[str, float]:
    found: dict[str, float] = {}

    def add(word: str, weight: float) -> None:
        for term in vocabulary[word]:
            found[term] = found.get(term, 0.0) + weight

    directory, _, name = file.path.rpartition("/")
    add(name.rpartition(".")[0] or name, weights.stem)
    for part in directory.split("/"):
        add(part, weights.directory)
    for definition in file.tags.definitions:
        add(definition.name, weights.definition)
    for counts, weight in ((file.tags.names, weights.name), (file.tags.words, weights.word)):
        for word, count in counts.items():
            if vocabulary[word]:
                add(word, weight * count)
    return found
