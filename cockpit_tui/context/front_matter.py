"""The front matter of a Markdown file: a strict subset of YAML, read without a YAML library.

Taken: `key: value` with plain, 'single' or "double" quoted text, `|` and `>` blocks, and one level
of `key: value` below a key. Everything else is refused with its line, never guessed. Sources:
agentskills.io specification; YAML 1.2.2, chapters 7 and 8.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

Value = str | dict[str, str]

_KEY = re.compile(r"([A-Za-z][\w-]*):(?:[ \t]+(.*))?")
_BLOCK = re.compile(r"([|>])([+-]?)")
_SPECIAL = tuple("[]{}&*!|>%@`\"'#,?")


class FrontMatterError(ValueError):
    """The message names the line, counted from the file's first."""


def read_front_matter(text: str) -> tuple[dict[str, Value], str]:
    """(fields, body). Raises FrontMatterError."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != "---":
        raise FrontMatterError("line 1: must be '---', the start of the front matter")
    end = next((at for at in range(1, len(lines)) if lines[at].rstrip() == "---"), None)
    if end is None:
        raise FrontMatterError("the front matter is not closed by a line '---'")
    fields: dict[str, Value] = {}
    at = 1
    while at < end:
        line = lines[at].rstrip()
        if not line or line.startswith("#"):
            at += 1
            continue
        key, value = _key_and_value(line, at + 1)
        if key in fields:
            raise FrontMatterError(f"line {at + 1}: {key!r} stands twice")
        below = at + 1
        while below < end and (not lines[below].strip() or lines[below].startswith((" ", "\t"))):
            below += 1
        fields[key] = _value(value, lines[at + 1:below], at + 1)
        at = below
    return fields, "\n".join(lines[end + 1:]).strip()


def _key_and_value(line: str, number: int) -> tuple[str, str]:
    match = _KEY.fullmatch(line)
    if match is None:
        raise FrontMatterError(f"line {number}: must be 'key: value', not {line[:60]!r}")
    return match[1], (match[2] or "").strip()


def _value(value: str, below: Sequence[str], number: int) -> Value:
    block = _BLOCK.fullmatch(value)
    if block is not None:
        return _block(block[1], block[2], below)
    rest = [line.strip() for line in below if line.strip()]
    if value or not rest:
        if rest and value.startswith(("'", '"')):
            raise FrontMatterError(f"line {number}: quoted text must end on its line")
        return _scalar(" ".join((value, *rest)).strip(), number)
    nested: dict[str, str] = {}
    for offset, line in enumerate(below, 1):
        if line.strip() and not line.strip().startswith("#"):
            key, inner = _key_and_value(line.strip(), number + offset)
            nested[key] = _scalar(inner, number + offset)
    return nested


def _block(style: str, chomping: str, below: Sequence[str]) -> str:
    filled = [line for line in below if line.strip()]
    indent = min((len(line) - len(line.lstrip()) for line in filled), default=0)
    lines = [line[indent:].rstrip() for line in below]
    if style == "|":
        text = "\n".join(lines)
    else:
        text = "\n".join(" ".join(part.split("\n")) for part in "\n".join(lines).split("\n\n"))
    return text.strip("\n") + ("" if chomping == "-" or not filled else "\n")


def _scalar(value: str, number: int) -> str:
    if value.startswith('"'):
        try:
            text = json.loads(value)
        except ValueError:
            raise FrontMatterError(f"line {number}: the double quotes do not fit") from None
        return str(text)
    if value.startswith("'"):
        if not re.fullmatch(r"'(?:[^']|'')*'", value):
            raise FrontMatterError(f"line {number}: the single quotes do not fit")
        return value[1:-1].replace("''", "'")
    if value.startswith((*_SPECIAL, "- ")) or ": " in value or value.endswith(":"):
        raise FrontMatterError(f"line {number}: put this text in quotes: {value[:60]!r}")
    return re.split(r"\s#", value, maxsplit=1)[0].rstrip()
