"""A class name in all the ways code spells it.

`DevOpsEngineer` is also `devops_engineer`, `devops-engineer`, `DEVOPS_ENGINEER`, `devOpsEngineer`,
`DevOps Engineer`, `devops engineer`, `devopsengineer`.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_SINGLE_WORDS = ("DevSecOps", "DevOps", "MLOps", "GitHub", "GitLab", "GraphQL", "OAuth", "OpenAI",
                 "JavaScript", "TypeScript", "PostgreSQL", "MySQL", "NoSQL", "SQLite", "MongoDB",
                 "DynamoDB", "RabbitMQ", "YouTube", "LinkedIn", "PayPal", "FastAPI", "LaTeX")
"""Written as one word in snake and kebab case by most people; a repository may differ."""

_HUMP = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_BRANDED = re.compile("|".join((*_SINGLE_WORDS, _HUMP.pattern)))


def is_brand(name: str) -> bool:
    """Is it a product or a trade that happens to be written like a class (`GitHub`)?"""
    return name in _SINGLE_WORDS


def split_words(name: str, *, brands: bool = True) -> tuple[str, ...]:
    """`DevOpsEngineer` → (`DevOps`, `Engineer`); without `brands` (`Dev`, `Ops`, `Engineer`)."""
    pattern = _BRANDED if brands else _HUMP
    parts = re.split(r"[^A-Za-z0-9]+", name)
    return tuple(word for part in parts for word in pattern.findall(part))


def camel_case(phrase: str) -> str:
    """`backend developer`, `backend-developer`, `BackendDeveloper` → `BackendDeveloper`."""
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", phrase) if part]
    known = {word.lower(): word for word in _SINGLE_WORDS}
    return "".join(known.get(part.lower(), part[0].upper() + part[1:]) for part in parts)


def spellings(words: tuple[str, ...]) -> dict[str, str]:
    """Style → spelling, for a name given as words."""
    lower = [word.lower() for word in words]
    first = words[0]
    small_first = first.lower() if first.isupper() else first[0].lower() + first[1:]
    capital_first = first[0].upper() + first[1:]
    return {
        "camel": "".join(words),
        "lower_camel": "".join([small_first, *words[1:]]),
        "snake": "_".join(lower),
        "kebab": "-".join(lower),
        "screaming": "_".join(lower).upper(),
        "screaming_kebab": "-".join(lower).upper(),
        "title": " ".join(word[0].upper() + word[1:] for word in words),
        "sentence": " ".join([capital_first, *lower[1:]]),
        "spaced": " ".join(lower),
        "lower": "".join(lower),
        "upper": "".join(lower).upper(),
        "dotted": ".".join(lower),
        "pascal_snake": "_".join(words),
    }


def snake_case(words: tuple[str, ...]) -> str:
    return "_".join(word.lower() for word in words)


def common_suffix(names: Collection[str]) -> tuple[str, ...]:
    """The words that all of several names end with: `PingHandler`, `EchoHandler` → (`Handler`,)."""
    split = [split_words(name) for name in names]
    if len(split) < 2:
        return ()
    suffix: list[str] = []
    for at in range(1, min(len(words) for words in split)):
        last = {words[-at] for words in split}
        if len(last) != 1:
            break
        suffix.insert(0, last.pop())
    return tuple(suffix)
