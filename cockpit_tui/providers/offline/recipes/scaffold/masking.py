"""Source text with strings and comments blanked out, so that its brackets can be counted.

The masked text has the same length: a position in it is a position in the source. Comments become
spaces, keeping their line ends; the inside of strings, line ends too, becomes `_`. Covers Python
(ast is not enough: it drops comments and positions of separators), JavaScript and TypeScript with
template literals and, by what stands before the slash, regular expressions.
"""

from __future__ import annotations

import re
from enum import Enum
from pathlib import PurePosixPath


class Language(Enum):
    PYTHON = "python"
    SCRIPT = "script"
    """JavaScript and TypeScript, and JSON, which is a part of it."""


_SUFFIXES = {
    ".py": Language.PYTHON, ".pyi": Language.PYTHON,
    ".js": Language.SCRIPT, ".mjs": Language.SCRIPT, ".cjs": Language.SCRIPT,
    ".jsx": Language.SCRIPT, ".ts": Language.SCRIPT, ".mts": Language.SCRIPT,
    ".cts": Language.SCRIPT, ".tsx": Language.SCRIPT, ".json": Language.SCRIPT,
}

_PYTHON = re.compile(
    r"(?P<comment>#[^\n]*)"
    r"|(?P<string>(?P<triple>\"\"\"|''')(?:\\.|(?!(?P=triple)).)*(?P=triple)"
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')",
    re.DOTALL,
)
_SCRIPT = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)"
    r"|(?P<string>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
    r"|(?P<template>`)"
    r"|(?P<regex>/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*)",
    re.DOTALL,
)
_BEFORE_REGEX = re.compile(r"(?:^|[(,=:\[!&|?{};+]|\b(?:return|typeof|case|in|of))\s*$")


def language_of(path: str) -> Language | None:
    return _SUFFIXES.get(PurePosixPath(path).suffix)


def mask(text: str, language: Language) -> str:
    """`text` with strings and comments blanked; same length."""
    pattern = _PYTHON if language is Language.PYTHON else _SCRIPT
    parts: list[str] = []
    at = 0
    while found := pattern.search(text, at):
        start, end = found.span()
        parts.append(text[at:start])
        kind = found.lastgroup
        if kind == "template":
            end = _end_of_template(text, start)
        if kind == "comment":
            parts.append(re.sub(r"[^\n]", " ", text[start:end]))
        elif kind == "regex" and not _BEFORE_REGEX.search("".join(parts)[-80:]):
            end = start + 1
            parts.append("/")
        else:
            parts.append(_blank_string(text[start:end], found["triple"] if
                                       language is Language.PYTHON else None))
        at = end
    parts.append(text[at:])
    return "".join(parts)


def _blank_string(literal: str, triple: str | None) -> str:
    quote = len(triple) if triple else 1
    inside = "_" * (len(literal) - 2 * quote)
    return literal[:quote] + inside + literal[len(literal) - quote:]


def _end_of_template(text: str, start: int) -> int:
    """Behind the backtick that closes the template literal at `start`; nested ones included."""
    at = start + 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == "`":
            return at + 1
        elif text.startswith("${", at):
            at = _end_of_placeholder(text, at + 2)
        else:
            at += 1
    return at


def _end_of_placeholder(text: str, at: int) -> int:
    depth = 1
    while at < len(text) and depth:
        if text[at] == "`":
            at = _end_of_template(text, at)
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at
