"""Sentences that only a person can get right: what the rules carried over from the sibling."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cockpit_tui.providers.offline.recipes.scaffold.blocks import blocks_of
from cockpit_tui.providers.offline.recipes.scaffold.family import Family
from cockpit_tui.providers.offline.recipes.scaffold.structure import parse

_SENTENCES = 4
_WORDS = 4
_LONGEST = 90
_LITERAL = re.compile(
    r"\"\"\"(.*?)\"\"\"|'''(.*?)'''|\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`", re.DOTALL)
_COMMENT = re.compile(r"(?:#|//|/\*\*?|^\s*\*)\s?(.+?)(?:\*/)?$", re.MULTILINE)


def carried_over(family: Family, new: str, text: str) -> list[str]:
    """The first few sentences in strings and comments about `new`, quoted, as they now read."""
    renaming = family.renaming(new)
    source = parse(family.source, text)
    about = [source[block.span] for block in blocks_of(source)
             if family.has_own_file or renaming.positions(block.name)]
    found = dict.fromkeys(
        renaming.apply(sentence) for part in about for sentence in _sentences(part))
    shown = [f'"{_clipped(sentence)}"' for sentence in found]
    more = len(shown) - _SENTENCES
    return shown[:_SENTENCES] + ([f"and {more} more"] if more > 0 else [])


def _sentences(text: str) -> Iterator[str]:
    matches = [*_LITERAL.finditer(text), *_COMMENT.finditer(text)]
    for match in sorted(matches, key=lambda m: m.start()):
        content = next((group for group in match.groups() if group is not None), "")
        words = " ".join(content.split()).strip("*/ ")
        if len(re.findall(r"[A-Za-z]{2,}", words)) >= _WORDS and " " in words:
            yield from re.split(r"(?<=[.!?])\s+(?=[A-Z])", words)


def _clipped(sentence: str) -> str:
    return sentence if len(sentence) <= _LONGEST else sentence[:_LONGEST - 1] + "…"
