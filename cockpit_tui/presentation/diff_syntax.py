"""Syntax colours of diff lines, worked out for what is visible only.

A side of a hunk is lexed in chunks, so a 50,000-line hunk costs no more than what is looked at;
a string that began before its chunk may be coloured as code.
"""

from __future__ import annotations

from collections import OrderedDict
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from cockpit_tui.domain.diff import Hunk, LineKind
from cockpit_tui.domain.sanitize import sanitize_line

if TYPE_CHECKING:
    from pygments.lexer import Lexer  # type: ignore[import-untyped]
    from pygments.token import _TokenType  # type: ignore[import-untyped]

CHUNK_LINES = 100
MAX_LINE_CHARACTERS = 2_000
"""Longer lines are cut for the screen."""
_MAX_LEXED_CHARACTERS = 400
"""A line longer than this gets no colours: minified code would only cost time."""
_MAX_CHUNKS = 200
TAB_CELLS = 4


class Ink(StrEnum):
    """What a piece of code is; the widget gives each a colour."""

    COMMENT = "comment"
    KEYWORD = "keyword"
    STRING = "string"
    NUMBER = "number"
    NAME = "name"
    """A name being defined, a decorator, a tag."""


InkSpan = tuple[int, int, Ink]

_INKS = {
    "Token.Comment": Ink.COMMENT,
    "Token.Keyword": Ink.KEYWORD,
    "Token.Operator.Word": Ink.KEYWORD,
    "Token.Literal.String": Ink.STRING,
    "Token.Literal.Number": Ink.NUMBER,
    "Token.Name.Function": Ink.NAME,
    "Token.Name.Class": Ink.NAME,
    "Token.Name.Decorator": Ink.NAME,
    "Token.Name.Tag": Ink.NAME,
    "Token.Generic.Heading": Ink.NAME,
}
"""By the name of pygments' token type, which holds for those below it too."""


def display_text(text: str) -> str:
    """A code line as it is shown: tabs opened, acting characters made visible, cut if huge."""
    if len(text) > MAX_LINE_CHARACTERS:
        text = text[:MAX_LINE_CHARACTERS] + f"… {len(text) - MAX_LINE_CHARACTERS:,} more"
    return sanitize_line(text.expandtabs(TAB_CELLS))


class SyntaxColours:
    """Colours by line, remembered for the chunks looked at last."""

    def __init__(self) -> None:
        self._chunks: OrderedDict[tuple[str, str, bool, int], dict[int, tuple[InkSpan, ...]]]
        self._chunks = OrderedDict()
        self._sides: dict[tuple[str, bool], tuple[list[int], dict[int, int]]] = {}

    def spans(self, path: str, hunk: Hunk, line: int) -> tuple[InkSpan, ...]:
        """Coloured pieces of the line's `display_text`, in order, without overlap."""
        lexer = _lexer_for(path)
        kind = hunk.lines[line].kind
        if lexer is None or kind is LineKind.NOTE:
            return ()
        is_new = kind is not LineKind.REMOVED
        indices, place = self._side(hunk, is_new)
        number = place[line] // CHUNK_LINES
        key = (path, hunk.id, is_new, number)
        if key not in self._chunks:
            chunk = indices[number * CHUNK_LINES:(number + 1) * CHUNK_LINES]
            self._chunks[key] = _lex(lexer, hunk, chunk)
            if len(self._chunks) > _MAX_CHUNKS:
                self._chunks.popitem(last=False)
        return self._chunks[key].get(line, ())

    def _side(self, hunk: Hunk, is_new: bool) -> tuple[list[int], dict[int, int]]:
        key = (hunk.id, is_new)
        if key not in self._sides:
            other = LineKind.REMOVED if is_new else LineKind.ADDED
            indices = [i for i, line in enumerate(hunk.lines)
                       if line.kind is not other and line.kind is not LineKind.NOTE]
            self._sides[key] = indices, {index: at for at, index in enumerate(indices)}
        return self._sides[key]


@lru_cache(maxsize=256)
def _lexer_for(path: str) -> Lexer | None:
    # Loaded with the first diff: the screen paints sooner without it.
    from pygments.lexers import (  # type: ignore[import-untyped]
        find_lexer_class_for_filename,
    )

    name = path.rpartition("/")[2]
    found = find_lexer_class_for_filename("x.scss" if name.endswith(".tcss") else name)
    return found(stripnl=False, ensurenl=True) if found is not None else None


def _lex(lexer: Lexer, hunk: Hunk, indices: list[int]) -> dict[int, tuple[InkSpan, ...]]:
    texts = [display_text(hunk.lines[i].text) for i in indices]
    lexed = [text if len(text) <= _MAX_LEXED_CHARACTERS else "" for text in texts]
    spans: list[list[InkSpan]] = [[] for _ in indices]
    row = column = 0
    for token, value in lexer.get_tokens("\n".join(lexed)):
        ink = _ink_of(token)
        for part, text in enumerate(value.split("\n")):
            if part:
                row, column = row + 1, 0
            if text and ink is not None and row < len(spans):
                spans[row].append((column, column + len(text), ink))
            column += len(text)
    return {index: tuple(found) for index, found in zip(indices, spans, strict=True)}


@lru_cache(maxsize=512)
def _ink_of(token: _TokenType) -> Ink | None:
    at: _TokenType | None = token
    while at is not None and str(at) not in _INKS:
        at = at.parent
    return _INKS[str(at)] if at is not None else None
