"""Path globs of a plan's owned paths and of searches: `*`, `?` within a name, `**` across folders.

Square brackets are plain characters: route folders such as `app/[id]/` are common, sets are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


def is_owned(path: str, owned_paths: Iterable[str]) -> bool:
    """Does one of the globs name `path`, or a folder that it is in?"""
    return any(_owned_pattern(glob).fullmatch(path) is not None for glob in owned_paths)


def matches_glob(path: str, glob: str) -> bool:
    """Does `glob` fit the whole path, or, if it has no `/`, the last name?"""
    subject = path if "/" in glob else path.rsplit("/", 1)[-1]
    return re.fullmatch(_translate(glob.removeprefix("./")), subject, re.DOTALL) is not None


@lru_cache(maxsize=1_024)
def _owned_pattern(glob: str) -> re.Pattern[str]:
    plain = glob.strip().removeprefix("./").strip("/")
    if plain in {"", "."}:
        return re.compile(".*", re.DOTALL)
    return re.compile(f"{_translate(plain)}(?:/.*)?", re.DOTALL)


def _translate(glob: str) -> str:
    pattern = ""
    for token in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", glob, re.DOTALL):
        match token:
            case "**/":
                pattern += "(?:[^/]+/)*"
            case "**":
                pattern += ".*"
            case "*":
                pattern += "[^/]*"
            case "?":
                pattern += "[^/]"
            case _:
                pattern += re.escape(token)
    return pattern
