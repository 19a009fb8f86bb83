"""Fenced blocks: how a prompt marks which part of it is which, also when the part is foreign text.

A block opens with a run of backticks and a tag and closes with the same run alone on its line.
`fence` makes the run longer than any run inside, so no content can close its own block, and
`read_fences` only reads outermost blocks, so no content can pretend to be another block.
Source: CommonMark 0.31, section 4.5 (without indentation and without tildes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPENING = re.compile(r"(`{3,})([^`\s]+)[ \t]*")
_RUN = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class Fence:
    tag: str
    text: str


def fence(tag: str, text: str) -> str:
    """`text` as a block that reads back exactly; `tag` is one word without backticks."""
    longest = max((len(run) for run in _RUN.findall(text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{tag}\n{text}\n{ticks}"


def read_fences(text: str) -> tuple[Fence, ...]:
    """The outermost tagged blocks of `text`, in order; a block that never closes ends the reading.

    A bare run of backticks opens a block without a tag, which is skipped over as a whole.
    """
    found = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        opening = _OPENING.fullmatch(lines[at]) or re.fullmatch(r"(`{3,})()[ \t]*", lines[at])
        at += 1
        if opening is None:
            continue
        end = _closing_line(lines, at, len(opening[1]))
        if end is None:
            break
        if opening[2]:
            found.append(Fence(opening[2], "\n".join(lines[at:end])))
        at = end + 1
    return tuple(found)


def without_fences(text: str, tag: str) -> str:
    """`text` for people: without the blocks of `tag` and the blank lines they leave."""
    kept = text
    for block in read_fences(text):
        if block.tag == tag:
            kept = kept.replace(fence(block.tag, block.text), "")
    return re.sub(r"\n{3,}", "\n\n", kept).strip()


def find_fence(text: str, tag: str) -> str | None:
    """The content of the first outermost block with this tag."""
    return next((block.text for block in read_fences(text) if block.tag == tag), None)


def _closing_line(lines: list[str], start: int, ticks: int) -> int | None:
    for at in range(start, len(lines)):
        bare = lines[at].rstrip(" \t")
        if len(bare) >= ticks and not bare.strip("`"):
            return at
    return None
