"""Which files a request is about: words, references, mentions and history weighed together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cockpit_tui.context.symbols.graph import DAMPING, Graph
from cockpit_tui.context.symbols.lexical import FieldWeights, WordBook, lexical_scores
from cockpit_tui.context.symbols.mentions import Mentions, mentioned_files, read_request
from cockpit_tui.context.symbols.reading import ReadFile, read_files
from cockpit_tui.domain.tree import TreeSnapshot

MAX_COMMITS = 500
_SWEEPING = 50
"""A commit of more files tells nothing about any two of them."""


class RankedFile(NamedTuple):
    path: str
    score: float
    """Comparable within one ranking only; 0 where nothing speaks for the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each voice counts. The defaults are what `bench/recall.py` found."""

    fields: FieldWeights = field(default_factory=FieldWeights)
    graph: float = 0.1
    sharpness: float = 2.0
    """Power on the lexical scores before the walk starts from them: higher trusts the best."""
    definition: float = 0.2
    """A name that the request writes as code, and the file defines."""
    mention: float = 3.0
    """A path that the request or the caller names."""
    together: float = 0.4
    """Changed in the same commits as what fits best."""
    foreign: float = 0.1
    """What is left of a vendored, built or generated file's score."""


DEFAULT_WEIGHTS = Weights()


def rank_files(snapshot: TreeSnapshot, request: str, *, mentioned_paths: Iterable[str] = (),
               history: Sequence[AbstractSet[str]] = (), cache_dir: Path | None = None,
               weights: Weights = DEFAULT_WEIGHTS) -> tuple[RankedFile, ...]:
    """Every regular file of `snapshot`, the likeliest first, ties by path; no content raises.

    `mentioned_paths`: paths that surely matter. `history`: the paths of past commits, newest
    first. `cache_dir`: where tags are kept between calls. Blocking: call it in a thread.
    """
    return rank_read(read_files(snapshot, cache_dir=cache_dir), request,
                     mentioned_paths=mentioned_paths, history=history, weights=weights)


class Prepared:
    """What ranking works out once for the files of a commit. Safe in any thread once it is made."""

    def __init__(self, files: Sequence[ReadFile], book: WordBook | None = None) -> None:
        """`book` has learned the files."""
        self.files = files
        self.book = book
        self.graph = Graph(files)


def rank_read(files: Sequence[ReadFile], request: str, *, mentioned_paths: Iterable[str] = (),
              history: Sequence[AbstractSet[str]] = (),
              weights: Weights = DEFAULT_WEIGHTS) -> tuple[RankedFile, ...]:
    """`rank_files` on files that are read already."""
    return rank_prepared(Prepared(files), request, mentioned_paths=mentioned_paths,
                         history=history, weights=weights)


def rank_prepared(prepared: Prepared, request: str, *, mentioned_paths: Iterable[str] = (),
                  history: Sequence[AbstractSet[str]] = (),
                  weights: Weights = DEFAULT_WEIGHTS) -> tuple[RankedFile, ...]:
    """`rank_files` on files that were read and prepared; the same answer."""
    files = prepared.files
    mentions = read_request(request)
    lexical = _to_one(lexical_scores(files, mentions.terms, weights.fields, prepared.book))
    named = _named(files, mentions, mentioned_paths, weights)
    start = [(words + extra) ** weights.sharpness
             for words, extra in zip(lexical, named, strict=True)]
    walked = _walked(prepared.graph, start, mentions.names)
    together = _together(files, start, history)
    scored = []
    for at, file in enumerate(files):
        score = (lexical[at] + named[at] + weights.graph * walked[at]
                 + weights.together * together[at])
        scored.append(RankedFile(file.path,
                                 score * (weights.foreign if file.is_foreign else 1.0)))
    scored.sort(key=lambda each: (-each.score, each.path))
    return tuple(scored)


def _named(files: Sequence[ReadFile], mentions: Mentions, mentioned_paths: Iterable[str],
           weights: Weights) -> list[float]:
    """What the request calls by its name."""
    paths = mentioned_files([file.path for file in files],
                            mentions.paths | frozenset(mentioned_paths))
    homes: dict[str, list[int]] = {}
    for at, file in enumerate(files):
        for name in {each.name for each in file.tags.definitions} & mentions.names:
            homes.setdefault(name, []).append(at)
    scores = [weights.mention * paths.get(file.path, 0.0) for file in files]
    for _, found in sorted(homes.items()):
        for at in found:
            scores[at] += weights.definition / len(found)
    return scores


def _walked(graph: Graph, start: Sequence[float], wanted: frozenset[str]) -> list[float]:
    """How much likelier a walk from `start` passes each file than a walk from anywhere does.

    Without the comparison the files that everything leans on would come first for any request.
    Where nothing fits the request, they are the best there is to tell.
    """
    anywhere, passed = graph.walks(start, wanted)
    total = sum(start)
    if not total:
        return _to_one(anywhere)
    return _to_one([max(0.0, rank - (1 - DAMPING) * home / total) / usual
                    for rank, home, usual in zip(passed, start, anywhere, strict=True)])


def _together(files: Sequence[ReadFile], start: Sequence[float],
              history: Sequence[AbstractSet[str]]) -> list[float]:
    """How often each file changed in one commit with what fits; lately counts more."""
    place = {file.path: at for at, file in enumerate(files)}
    together = [0.0] * len(files)
    for age, paths in enumerate(history[:MAX_COMMITS]):
        known = sorted(place[path] for path in paths if path in place)
        if len(known) > _SWEEPING:
            continue
        weight = 1 / (1 + age / 30) / max(1, len(known)) ** 0.5
        fit = sum(start[at] for at in known)
        for at in known:
            together[at] += weight * (fit - start[at])
    return _to_one(together)


def _to_one(values: Sequence[float]) -> list[float]:
    """Scaled so that the largest is 1."""
    most = max(values, default=0.0)
    return [value / most for value in values] if most > 0 else [0.0] * len(values)
