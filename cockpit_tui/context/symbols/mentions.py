"""What a request mentions: terms with their weight, names as they are written, paths."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cockpit_tui.context.symbols.words import NAME, terms_of

_LONGEST_REQUEST = 20_000
_PATH = re.compile(
    r"(?<![\w.@+-])(?:[\w.@+-]*(?:/[\w.@+-]+)+/?|[\w.-]{0,100}\w\.[A-Za-z]\w{0,7}\b)")
_QUOTED = re.compile(r"`([^`\n]{1,200})`|\"([^\"\n]{1,200})\"|(?<!\w)'([^'\n]{1,200})'(?!\w)")
_WRITTEN_AS_CODE = re.compile(r"_|[a-z\d][A-Z]|[A-Z]{2}[a-z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """What stands in a request."""

    terms: Mapping[str, float]
    """Stem → how much it weighs: a word said twice counts more, one in code style as well."""
    names: frozenset[str]
    """Words that look like code, or stand in quotes: `snake_case`, `CamelCase`, `quoted`."""
    paths: frozenset[str]
    """What looks like a path or a file name, without a leading `./`."""


def read_request(request: str) -> Mentions:
    request = request[:_LONGEST_REQUEST]
    quoted = [part for match in _QUOTED.findall(request) for part in match if part]
    in_quotes = {name for part in quoted for name in NAME.findall(part)}
    counted: Counter[str] = Counter(NAME.findall(request))
    names = {name for name in counted
             if len(name) > 2 and (name in in_quotes or _WRITTEN_AS_CODE.search(name))}
    terms: dict[str, float] = {}
    for name, count in counted.items():
        weight = count ** 0.5 * (1.5 if name in names else 1.0)
        for term in terms_of(name):
            terms[term] = terms.get(term, 0.0) + weight
    return Mentions(terms=terms, names=frozenset(names),
                    paths=frozenset(found.removeprefix("./").rstrip("/").rstrip(".")
                                    for found in _PATH.findall(request)))


def mentioned_files(paths: Sequence[str], mentioned: frozenset[str]) -> dict[str, float]:
    """Path → 1.0 where it is named whole, less for its name, its end or its directory."""
    if not mentioned:
        return {}
    found: dict[str, float] = {}
    by_name: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for path in paths:
        by_name.setdefault(path.rpartition("/")[2], []).append(path)
        directory = path.rpartition("/")[0]
        while directory:
            below.setdefault(directory, []).append(path)
            directory = directory.rpartition("/")[0]
    for said in mentioned:
        ends = [path for path in by_name.get(said.rpartition("/")[2], ())
                if f"/{path}".endswith(f"/{said}")]
        if said in ends:
            ends, share = [said], 1.0
        else:
            share = 0.8 / max(1, len(ends)) ** 0.5
        for path in ends:
            found[path] = max(found.get(path, 0.0), share)
        inside = below.get(said, ())
        for path in inside:
            found[path] = max(found.get(path, 0.0), 0.3 / len(inside) ** 0.5)
    return found
