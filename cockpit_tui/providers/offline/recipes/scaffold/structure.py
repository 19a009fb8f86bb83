"""A source text as brackets, comma-separated elements and statements, without a full grammar.

Enough to find the list entry, the import line or the switch case that stands for a class, in
Python, JavaScript, TypeScript and JSON. Positions are offsets into the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from cockpit_tui.providers.offline.recipe import CannotWork
from cockpit_tui.providers.offline.recipes.scaffold.masking import Language, language_of, mask


class Span(NamedTuple):
    start: int
    end: int

    def contains(self, position: int) -> bool:
        return self.start <= position < self.end


class Kind(Enum):
    """What a pair of brackets is."""

    LIST = "list"
    OBJECT = "object"
    TUPLE = "tuple"
    NAMES = "names"
    """The names of an import, an export or a destructuring."""
    ENUM = "enum"
    CALL = "call"
    """Arguments, parameters, conditions, plain parentheses."""
    INDEX = "index"
    BLOCK = "block"
    ROOT = "root"


COLLECTIONS = frozenset({Kind.LIST, Kind.OBJECT, Kind.TUPLE, Kind.NAMES, Kind.ENUM})
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_PYTHON_WORDS = re.compile(r"\b(?:return|in|and|or|not|yield|else|if|is|await|case|lambda|assert)$")
_SCRIPT_WORDS = re.compile(r"\b(?:return|of|in|typeof|case|default|await|yield)$")
_TYPE_LISTS = re.compile(r"\b(?:Literal|Union)$")
_NAMES_BEFORE = re.compile(r"\b(?:import|export|const|let|var)(?:\s+type)?(?:\s+[\w$]+\s*,)?$")
_ENUM_BEFORE = re.compile(r"\benum\s+[\w$]+$")
_CONTINUES_AFTER = tuple(",=+-*/|&?:.(")
_CONTINUES_BEFORE = re.compile(
    r"\s*(?:[.|&?:=+,)\]]|(?:else|catch|finally|extends|implements|from)\b)")


@dataclass(slots=True)
class Group:
    """A pair of brackets with what is inside; the whole text is the root group."""

    kind: Kind
    open: int
    close: int
    """Position of the closing bracket."""
    children: list[Group] = field(default_factory=list)

    @property
    def inside(self) -> Span:
        return Span(self.open + 1, self.close)


class Source:
    """A parsed text. Raises CannotWork when its brackets do not pair up."""

    def __init__(self, text: str, language: Language) -> None:
        self.text = text
        self.language = language
        self.masked = mask(text, language)
        self.root = self._parse()

    def __getitem__(self, span: Span) -> str:
        return self.text[span.start:span.end]

    @property
    def is_python(self) -> bool:
        return self.language is Language.PYTHON

    def prose(self) -> list[Span]:
        """The insides of strings and comments: where the masked text differs."""
        differs = [one != other for one, other in zip(self.text, self.masked, strict=True)]
        found = []
        start = None
        for at, is_prose in enumerate([*differs, False]):
            if is_prose and start is None:
                start = at
            elif not is_prose and start is not None and not (
                    at < len(differs) and self.text[at].isspace() and self.masked[at] in " _"):
                found.append(Span(start, at))
                start = None
        return found

    def around(self, position: int) -> list[Group]:
        """The groups that `position` is in, innermost first, ending with the root."""
        found = [self.root]
        while True:
            inner = next((child for child in found[0].children
                          if child.inside.contains(position)), None)
            if inner is None:
                return found
            found.insert(0, inner)

    def groups(self) -> Iterator[Group]:
        waiting = [self.root]
        while waiting:
            group = waiting.pop()
            yield group
            waiting.extend(group.children)

    def elements(self, group: Group) -> list[Span]:
        """The comma-separated parts, without the white space and comments around them."""
        return self.split(group.inside, group.children, ",")

    def split(self, inside: Span, children: list[Group], separator: str) -> list[Span]:
        """The parts of `inside` between separators that stand outside of all `children`."""
        parts = []
        start = inside.start
        for at in self._outside(inside, children):
            if self.masked[at] == separator:
                parts.append(self.trimmed(start, at))
                start = at + 1
        parts.append(self.trimmed(start, inside.end))
        return [part for part in parts if part.start < part.end]

    def trimmed(self, start: int, end: int) -> Span:
        while start < end and self.masked[start].isspace():
            start += 1
        while end > start and self.masked[end - 1].isspace():
            end -= 1
        return Span(start, end)

    def statements(self, group: Group) -> list[Span]:
        """The statements directly inside a block or the root; in Python the whole file's lines."""
        return self._lines_of_python if self.is_python else list(self._script_statements(group))

    def statement_at(self, position: int) -> tuple[Span, list[Span]] | None:
        """The innermost statement around `position`, and all statements of its block."""
        block = next(g for g in self.around(position) if g.kind in {Kind.BLOCK, Kind.ROOT})
        statements = self.statements(self.root if self.is_python else block)
        found = next((s for s in statements if s.contains(position)), None)
        return None if found is None else (found, statements)

    def line_start(self, position: int) -> int:
        return self.text.rfind("\n", 0, position) + 1

    def line_end(self, position: int) -> int:
        end = self.text.find("\n", position)
        return len(self.text) if end < 0 else end

    def indent_at(self, position: int) -> str:
        line = self.text[self.line_start(position):self.line_end(position)]
        return line[:len(line) - len(line.lstrip())]

    def starts_line(self, position: int) -> bool:
        return not self.text[self.line_start(position):position].strip()

    def _outside(self, inside: Span, children: list[Group]) -> Iterator[int]:
        """Positions of `inside` that are in none of `children`; their brackets count as inside."""
        at = inside.start
        for child in children:
            if not inside.contains(child.open):
                continue
            yield from range(at, child.open)
            at = child.close + 1
        yield from range(at, inside.end)

    def _parse(self) -> Group:
        root = Group(Kind.ROOT, -1, len(self.text))
        stack = [root]
        for at, sign in enumerate(self.masked):
            if sign in _CLOSING:
                group = Group(self._kind(at, sign), at, -1)
                stack[-1].children.append(group)
                stack.append(group)
            elif sign in ")]}":
                if len(stack) == 1 or _CLOSING[self.masked[stack[-1].open]] != sign:
                    line = self.text.count("\n", 0, at) + 1
                    raise CannotWork(f"the brackets do not pair up at line {line}")
                stack.pop().close = at
        if len(stack) > 1:
            line = self.text.count("\n", 0, stack[-1].open) + 1
            raise CannotWork(f"the bracket of line {line} is never closed")
        return root

    def _kind(self, at: int, sign: str) -> Kind:
        before = self.masked[max(0, at - 200):at].rstrip()
        return self._python_kind(sign, before) if self.is_python else _script_kind(sign, before)

    @staticmethod
    def _python_kind(sign: str, before: str) -> Kind:
        if sign == "{":
            return Kind.OBJECT
        follows_value = bool(re.search(r"[\w)\]]$", before)) and not _PYTHON_WORDS.search(before)
        if sign == "[":
            is_list = not follows_value or _TYPE_LISTS.search(before)
            return Kind.LIST if is_list else Kind.INDEX
        if re.search(r"\bimport$", before):
            return Kind.NAMES
        if re.search(r"\b(?:dict|OrderedDict)$", before):
            return Kind.OBJECT
        return Kind.CALL if follows_value else Kind.TUPLE

    @cached_property
    def _lines_of_python(self) -> list[Span]:
        """Logical lines: no line end inside brackets, strings or behind a backslash ends one."""
        lines = []
        start = 0
        for at in [*self._outside(Span(0, len(self.text)), self.root.children), len(self.text)]:
            is_end = at == len(self.text) or self.masked[at] == "\n"
            if is_end and not (at and self.masked[at - 1] == "\\"):
                line = self.trimmed(start, at)
                if line.start < line.end:
                    lines.append(line)
                start = at + 1
        return lines

    def _script_statements(self, group: Group) -> Iterator[Span]:
        start = group.inside.start
        outside = list(self._outside(group.inside, group.children))
        for at in outside:
            sign = self.masked[at]
            if sign == ";":
                yield from self._nonempty(start, at + 1)
                start = at + 1
            elif sign == "\n" and self._ends_at(start, at):
                yield from self._nonempty(start, at)
                start = at + 1
        yield from self._nonempty(start, group.inside.end)

    def _nonempty(self, start: int, end: int) -> Iterator[Span]:
        span = self.trimmed(start, end)
        if span.start < span.end:
            yield span

    def _ends_at(self, start: int, newline: int) -> bool:
        """Would a semicolon be inserted at this line end? (ECMA-262, 12.10, in outline)"""
        so_far = self.masked[start:newline].strip()
        if not so_far:
            return False
        goes_on = so_far.endswith(_CONTINUES_AFTER) or _CONTINUES_BEFORE.match(
            self.masked, newline + 1)
        return not goes_on


def _script_kind(sign: str, before: str) -> Kind:
    if sign == "[":
        follows = re.search(r"[\w$)\]]$", before) and not _SCRIPT_WORDS.search(before)
        return Kind.INDEX if follows else Kind.LIST
    if sign == "(":
        return Kind.CALL
    if _NAMES_BEFORE.search(before):
        return Kind.NAMES
    if _ENUM_BEFORE.search(before):
        return Kind.ENUM
    last_line = before[before.rfind("\n") + 1:].strip()
    if before.endswith(":") and re.match(r"(?:case\b|default\b)", last_line):
        return Kind.BLOCK
    if before == "" or re.search(r"(?:[=(,\[:?&|<]|\b(?:return|default|satisfies|as))$", before):
        return Kind.OBJECT
    return Kind.BLOCK


def parse(path: str, text: str) -> Source:
    """Raises CannotWork for languages the rules do not know, and for unbalanced brackets."""
    language = language_of(path)
    if language is None:
        raise CannotWork(f"{path} is neither Python nor JavaScript nor TypeScript.")
    try:
        return Source(text, language)
    except CannotWork as error:
        raise CannotWork(f"{path} cannot be understood: {error}") from error
