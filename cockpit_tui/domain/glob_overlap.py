"""Whether two path globs can name one file: decided exactly, by walking both as automata at once.

The globs are those of `domain.globs`. Letter case and Unicode form do not tell paths apart here,
because on some disks they do not; globs too long or too wild to walk count as overlapping.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MAX_LENGTH = 200
"""Characters of a glob; beyond, it is not walked."""

MAX_PAIRS = 10_000
"""Steps of the walk; globs that are not through by then count as overlapping."""

_ANY, _NAME = "any", "name"
"""Classes of characters besides single ones: every one, and every one but the slash."""

_Moves = list[list[tuple[str, int]]]
"""Of each state, what it reads and where that leads; an empty class is read from nothing."""


@lru_cache(maxsize=65_536)
def may_overlap(one: str, other: str) -> bool:
    """Can one path be named by both, as `globs.is_owned` understands them?"""
    if max(len(one), len(other)) > MAX_LENGTH:
        return True
    first, second = _plain(one), _plain(other)
    if _differ_at_the_start(first, second):
        return False
    return _meet(_automaton(first), _automaton(second))


def _plain(glob: str) -> str:
    plain = glob.strip().removeprefix("./").strip("/")
    return "**" if plain in {"", "."} else unicodedata.normalize("NFC", plain).casefold()


def _differ_at_the_start(one: str, other: str) -> bool:
    """True where the names before the first wildcard cannot begin one path."""
    first, second = re.split(r"[*?]", one)[0], re.split(r"[*?]", other)[0]
    shorter = min(len(first), len(second))
    return first[:shorter] != second[:shorter]


@lru_cache(maxsize=4_096)
def _automaton(glob: str) -> _Moves:
    """States 0 to the last, which accepts: the glob, or anything in the folder that it names."""
    moves: _Moves = [[]]

    def state() -> int:
        moves.append([])
        return len(moves) - 1

    at = 0
    for token in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]", glob, re.DOTALL):
        after = state()
        match token:
            case "**/":
                inside = state()
                moves[at] += [("", after), (_NAME, inside)]
                moves[inside] += [(_NAME, inside), ("/", at)]
            case "**":
                moves[at] += [("", after), (_ANY, at)]
            case "*":
                moves[at] += [("", after), (_NAME, at)]
            case "?":
                moves[at].append((_NAME, after))
            case _:
                moves[at].append((token, after))
        at = after
    below, end = state(), state()
    moves[at] += [("", end), ("/", below)]
    moves[below] += [(_ANY, below), ("", end)]
    return moves


def _meet(one: _Moves, other: _Moves) -> bool:
    """Is there a text that leads both from their first to their last state?"""
    goal = (len(one) - 1, len(other) - 1)
    seen = {(0, 0)}
    left = [(0, 0)]
    while left:
        pair = left.pop()
        if pair == goal or len(seen) > MAX_PAIRS:
            return True
        a, b = pair
        found = [(to, b) for read, to in one[a] if not read]
        found += [(a, to) for read, to in other[b] if not read]
        found += [(to_a, to_b) for read_a, to_a in one[a] if read_a
                  for read_b, to_b in other[b] if read_b and _share(read_a, read_b)]
        left += [new for new in dict.fromkeys(found) if new not in seen]
        seen.update(found)
    return False


def _share(one: str, other: str) -> bool:
    """Is there a character in both classes?"""
    if _ANY in (one, other) or one == other:
        return True
    if _NAME in (one, other):
        return (other if one == _NAME else one) != "/"
    return False
