"""A source file as top-level blocks: imports, classes, functions, tests, with their comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cockpit_tui.providers.offline.recipes.scaffold.structure import Source, Span

_IMPORT = re.compile(r"(?:from|import)\b(?!\s*\()|(?:const|let|var)\b[^=]*=\s*require\s*\(")
_CLASS = re.compile(
    r"(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?"
    r"(?:class|interface|enum)\s+([\w$]+)")
_FUNCTION = re.compile(r"(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:def|function\*?)\s+([\w$]+)")
_TEST_CALL = re.compile(r"(?:test|it|describe|suite)\b")


@dataclass(frozen=True, slots=True)
class Block:
    """A top-level statement with the comments and decorators directly above it."""

    span: Span
    code: str
    """The statement itself, strings and comments blanked."""
    name: str = ""
    is_import: bool = False
    is_class: bool = False
    is_test: bool = False


def blocks_of(source: Source) -> list[Block]:
    """All top-level blocks, in order."""
    return [_block(source, span) for span in (
        _python_spans(source) if source.is_python else source.statements(source.root))]


def _python_spans(source: Source) -> Iterator[Span]:
    lines = source.statements(source.root)
    at = 0
    while at < len(lines):
        end = at + 1
        while source.text[lines[end - 1].start] == "@" and end < len(lines):
            end += 1
        while end < len(lines) and source.indent_at(lines[end].start):
            end += 1
        yield Span(lines[at].start, lines[end - 1].end)
        at = end


def _block(source: Source, span: Span) -> Block:
    code = source.masked[span.start:span.end]
    bare = re.sub(r"^(?:@[^\n]*\n)+", "", code)
    start = _with_comments(source, span.start)
    named = _CLASS.match(bare) or _FUNCTION.match(bare)
    name = named[1] if named else ""
    is_class = _CLASS.match(bare) is not None
    is_test = (name.lower().startswith("test") or _TEST_CALL.match(bare) is not None)
    return Block(Span(start, span.end), code, name, _IMPORT.match(bare) is not None, is_class,
                 is_test)


def _with_comments(source: Source, start: int) -> int:
    """Further up over comment lines that stand directly above, without a blank line."""
    while start:
        above = source.text.rfind("\n", 0, start - 1) + 1
        line = source.text[above:start - 1]
        if not line.strip() or source.masked[above:start - 1].strip() or line.startswith("#!"):
            return start
        start = above
    return start


def block_named(blocks: list[Block], name: str) -> Block | None:
    return next((block for block in blocks if block.name == name), None)


def blank_lines_before(source: Source, block: Block) -> str:
    """The line ends between the block and what stands above it."""
    before = source.text[:block.span.start]
    gap = before[len(before.rstrip()):].count("\n") if before.strip() else 0
    return "\n" * (gap or (3 if source.is_python else 2))
