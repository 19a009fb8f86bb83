"""Words and names: how identifiers fall into words, and words of one stem into one term."""

from __future__ import annotations

import re
from functools import lru_cache

NAME = re.compile(r"[^\W\d]\w*")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^\W\d_A-Za-z]+")
_LONGEST_NAME = 80
_STOP_WORDS = """
a about after all also an and any are as at be because been before being but by can cannot could
did do does done each else ever every for from get gets give given gives go goes had has have he
her here his how i if in instead into is it its itself just let like made make makes many may me
more most much must my need never new no nor not now of off on once one only onto or other our out
over own please put same say says see she should so some still such take than that the their them
then there these they thing this those through to too two under until up us use used uses very want
was way we well were what when where which while who whose why will with within without would yes
yet you your def class self return import true false none null function const var let
"""
_STOP = frozenset(_STOP_WORDS.split())


@lru_cache(maxsize=200_000)
def terms_of(name: str) -> tuple[str, ...]:
    """`HTTPResponse_codes` → `http`, `respons`, `cod` and the whole: stems, without stop words."""
    parts = [part.lower() for part in _PART.findall(name[:_LONGEST_NAME])]
    found = [stem(part) for part in parts if len(part) > 1 and part not in _STOP]
    if 1 < len(parts) < 5:
        found.append("".join(parts))
    return tuple(found)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """`merging`, `merged`, `merges`, `merge` → `merg`. Rough, but always the same."""
    if len(word) < 4 or not word.isascii():
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix, shortest in (("ing", 6), ("ation", 8), ("ed", 5), ("er", 6), ("or", 6), ("ion", 7),
                             ("ly", 6), ("ment", 8)):
        if word.endswith(suffix) and len(word) >= shortest:
            word = word[: -len(suffix)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sle":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word
