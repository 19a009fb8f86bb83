"""What one file tells about itself: its definitions, the names it uses, the words it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One named thing that a file defines."""

    name: str
    kind: str
    """class, interface, struct, enum, type, module, function, method, macro, constant or
    declaration (a C prototype)."""
    line: int
    """From 1."""
    depth: int
    """How many other definitions it lies in."""
    signature: str
    """Its first line without the body, spaces collapsed, at most `MAX_SIGNATURE` characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTags:
    """A file's definitions by line, and how often each name and each word stands in it."""

    definitions: tuple[Definition, ...] = ()
    names: Mapping[str, int]
    """Identifiers in the code, definitions' own names included."""
    words: Mapping[str, int]
    """Words in comments and strings, lower case; for a file without a grammar: all its words."""
    imports: tuple[str, ...] = ()
    """Stems of the files it imports by a path in quotes (JavaScript, C, Ruby, Go)."""


NO_TAGS = FileTags(names={}, words={})
MAX_SIGNATURE = 160
