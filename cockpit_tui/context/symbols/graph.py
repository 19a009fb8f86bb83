"""Which file leans on which: references to names that another file defines, and PageRank on it.

PageRank: Page, Brin, Motwani, Winograd, 1999; personalised, by power iteration. The idea to rank
a repository's files by it for a model's prompt is aider's repository map.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from cockpit_tui.context.path_kinds import is_test_path
from cockpit_tui.context.symbols.reading import ReadFile

Edges = list[dict[int, float]]
"""For each file: the files it leans on, and how strongly."""

Shares = tuple[tuple[int, ...], tuple[float, ...]]
"""Of one file: those it leans on, and which part of it goes to each; they sum to 1."""
_NONE: Shares = ((), ())
DAMPING = 0.7
"""How likely a reader goes on instead of starting over."""
MAX_DEFINERS = 6
"""A name that more files define says nothing about any of them."""
_WANTED = 10
"""How much more a reference to a name counts that the request mentions."""
_BACK = 0.3
"""A file also leads to those that use it, this much."""
_TEST_LINK = 3.0
_COMPOUND = re.compile(r"[^_]_[^_]|[a-z\d][A-Z]|[A-Z][a-z]+[A-Z]")
_TEST_AFFIX = re.compile(r"^(?:test|tests|spec)[_-]|[_.-]?(?:tests?|spec|e2e)$", re.IGNORECASE)
_WEAK_KINDS = {"method": 0.5, "constant": 0.5, "declaration": 0.5, "module": 0.3}


class Graph:
    """The references among files, worked out once for however many requests."""

    def __init__(self, files: Sequence[ReadFile]) -> None:
        self._files = files
        self._homes = _homes(files)
        users: dict[str, int] = dict.fromkeys(self._homes, 0)
        for file in files:
            for name in file.tags.names:
                if name in users:
                    users[name] += 1
        self._weights = {name: _weight(name, users[name], len(files)) for name in self._homes}
        self.edges = _edges(files, self._homes, self._weights)
        self._shares = [_shares(targets) for targets in self.edges]
        self._anywhere = _walk(self._shares, _even(len(files)))

    def walks(self, start: Sequence[float], wanted: frozenset[str] = frozenset()
              ) -> tuple[list[float], list[float]]:
        """`page_rank` from everywhere alike and from `start`; references to `wanted` names weigh
        ten times as much. Where `start` is nowhere, both are the first."""
        shares, anywhere = self._shares, self._anywhere
        if changed := self._weighed_up(wanted):
            shares = list(shares)
            for at, targets in changed.items():
                shares[at] = _shares(targets)
            anywhere = _walk(shares, _even(len(shares)))
        total = sum(start)
        return anywhere, _walk(shares, [each / total for each in start]) if total else anywhere

    def _weighed_up(self, wanted: frozenset[str]) -> dict[int, dict[int, float]]:
        """The rows that differ because of `wanted`."""
        names = sorted(name for name in wanted if name in self._homes)
        changed: dict[int, dict[int, float]] = {}
        if not names:
            return changed
        for at, file in enumerate(self._files):
            for name in names:
                count = file.tags.names.get(name)
                homes = self._homes[name]
                if not count or at in homes:
                    continue
                for row in (at, *homes):
                    if row not in changed:
                        changed[row] = dict(self.edges[row])
                _link(changed, at, homes,
                      (_WANTED - 1) * self._weights[name] * math.sqrt(count))
        return changed


def _edges(files: Sequence[ReadFile], homes: Mapping[str, Mapping[int, float]],
           weight_of: Mapping[str, float]) -> Edges:
    edges: Edges = [{} for _ in files]
    for at, file in enumerate(files):
        for name, count in file.tags.names.items():
            weight = weight_of.get(name, 0.0)
            if weight:
                _link(edges, at, homes[name], weight * math.sqrt(count))
        for name in file.tags.imports:
            if name in homes:
                _link(edges, at, homes[name], 1.0)
    for test, source in _tests(files):
        edges[test][source] = edges[test].get(source, 0.0) + _TEST_LINK
        edges[source][test] = edges[source].get(test, 0.0) + _TEST_LINK
    return edges


def page_rank(edges: Edges, start: Sequence[float], *, damping: float = DAMPING,
              rounds: int = 15) -> list[float]:
    """How likely a reader who starts by `start` and follows edges is at each file; sums to 1."""
    total = sum(start)
    home = [each / total for each in start] if total > 0 else _even(len(edges))
    return _walk([_shares(targets) for targets in edges], home, damping=damping, rounds=rounds)


def _even(count: int) -> list[float]:
    return [1 / max(1, count)] * count


def _shares(targets: Mapping[int, float]) -> Shares:
    out = sum(targets.values())
    return (tuple(targets), tuple(weight / out for weight in targets.values())) if out else _NONE


def _walk(shares: Sequence[Shares], home: Sequence[float], *, damping: float = DAMPING,
          rounds: int = 15) -> list[float]:
    count = len(shares)
    rank = list(home)
    for _ in range(rounds):
        fresh = [0.0] * count
        lost = 0.0
        for at, value in enumerate(rank):
            targets, parts = shares[at]
            if not targets:
                lost += value
            elif value > 1e-12:
                for target, part in zip(targets, parts, strict=True):
                    fresh[target] += value * part
        rank = [damping * (value + lost * place) + (1 - damping) * place
                for value, place in zip(fresh, home, strict=True)]
    return rank


def _link(edges: Edges | dict[int, dict[int, float]], at: int, homes: Mapping[int, float],
          weight: float) -> None:
    if at in homes:
        return  # It has one of its own by that name.
    for home, kind in homes.items():
        pull = weight * kind / len(homes)
        edges[at][home] = edges[at].get(home, 0.0) + pull
        edges[home][at] = edges[home].get(at, 0.0) + pull * _BACK


def _homes(files: Sequence[ReadFile]) -> dict[str, dict[int, float]]:
    """Name → the files that define it, weaker where it is but a method or the file's own name."""
    homes: dict[str, dict[int, float]] = {}
    for at, file in enumerate(files):
        for definition in file.tags.definitions:
            strength = _WEAK_KINDS.get(definition.kind, 1.0)
            known = homes.setdefault(definition.name, {})
            known[at] = max(known.get(at, 0.0), strength)
        if file.tags.definitions:
            homes.setdefault(stem_of(file.path), {}).setdefault(at, _WEAK_KINDS["module"])
    return {name: found for name, found in homes.items()
            if len(found) <= MAX_DEFINERS and len(name) > 2
            and not (name.startswith("__") and name.endswith("__"))}


def _weight(name: str, users: int, files: int) -> float:
    """Rare and compound names say most; private, short and common ones little."""
    weight = math.log(1 + files / (1 + users))
    if name.startswith("_"):
        weight *= 0.1
    if len(name) >= 8 and _COMPOUND.search(name):
        weight *= 2.0
    elif len(name) < 5 or name.islower():
        weight *= 0.5
    return weight


def _tests(files: Sequence[ReadFile]) -> Iterator[tuple[int, int]]:
    """Test → what it is called after: `test_pool.py` → `pool.py`, `Pool.test.ts` → `Pool.ts`."""
    sources: dict[str, list[int]] = {}
    for at, file in enumerate(files):
        if not is_test_path(file.path) and file.tags.definitions:
            sources.setdefault(stem_of(file.path).lower(), []).append(at)
    for at, file in enumerate(files):
        if is_test_path(file.path):
            plain = _TEST_AFFIX.sub("", file.path.rpartition("/")[2].rpartition(".")[0]).lower()
            found = sources.get(plain) or sources.get(plain.partition("_")[2], [])
            if len(found) <= 3:
                yield from ((at, source) for source in found)


def stem_of(path: str) -> str:
    """`src/pool.test.ts` → `pool`; a package's face is called as its directory."""
    directory, _, name = path.rpartition("/")
    stem = name.split(".")[0] or name
    return directory.rpartition("/")[2] if stem in {"__init__", "index", "mod"} else stem
