"""Tags out of one file's bytes: by its grammar, or by its words alone. Bounded, never raises."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from cockpit_tui.context.symbols.grammars import load_grammar
from cockpit_tui.context.symbols.tags import MAX_SIGNATURE, Definition, FileTags
from cockpit_tui.context.symbols.words import NAME

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

MAX_PARSED_BYTES = 512 * 1024
MAX_DEFINITIONS = 1_000
MAX_DISTINCT = 2_000
"""Names and words kept of one file."""
_READ_BYTES = 64 * 1024
_STEPS_PER_KIB = 60
"""Parser steps allowed (it reports every 100 or so): ten times what written code takes."""
_LEAST_STEPS = 2_000
_MOST_CHILDREN_OF_AN_ERROR = 5_000
_LONGEST_WORD = 60
_WORD = re.compile(r"[^\W\d_]{2,}(?:_[^\W_]+)*")
_END = re.compile(r"[\s{:;]*(?:=>|=)?[\s{:;]*$")
_INNER_SPACE = re.compile(r"([(\[]) |,? ([)\]])")
_LONG_STRING = re.compile(r"(['\"`])(?:(?!\1).){9,}(?:\1|$)")
_QUOTES = "'\"`<> \t"


def extract(data: bytes, grammar: str) -> FileTags:
    """What `data` tells. `grammar` is one of `grammars.GRAMMARS`, or empty for plain text.

    A file too large, too tangled or not parsable keeps its words and names and no definitions.
    """
    if b"\0" in data[:8_000]:
        return FileTags(names={}, words={})
    data = data[:MAX_PARSED_BYTES * 2]
    if grammar and len(data) <= MAX_PARSED_BYTES:
        parsed = _parse(data, grammar)
        if parsed is not None:
            return parsed
    text = data.decode("utf-8", "replace")
    if grammar:
        return FileTags(names=_count(NAME.findall(text)), words={})
    return FileTags(names={}, words=_count(word.lower() for word in _WORD.findall(text)))


def _parse(data: bytes, grammar: str) -> FileTags | None:
    """None where the parser gave up."""
    from tree_sitter import QueryCursor

    tree = _tree(data, grammar)
    if tree is None or _is_tangled(tree.root_node):
        return None
    # Without its progress callback, which crashes the interpreter in tree-sitter 0.26.1.
    matches = QueryCursor(load_grammar(grammar).query, match_limit=4_096).matches(tree.root_node)
    found: dict[int, tuple[Node, Node, str]] = {}
    prose: list[tuple[int, int]] = []
    imports: list[str] = []
    for _, captures in matches:
        if "prose" in captures:
            prose += (node.byte_range for node in captures["prose"])
        elif "import" in captures:
            imports += (_import_stem(data, node) for node in captures["import"])
        else:
            name = captures["name"][0]
            kind = next(key for key in captures if key.startswith("definition."))
            known = found.get(name.start_byte)
            if known is None or known[2] == "constant":
                found[name.start_byte] = captures[kind][0], name, kind[11:]
    code, said = _split(data, prose)
    return FileTags(
        definitions=tuple(_definitions(data, found)),
        names=_count(NAME.findall(code)),
        words=_count(word.lower() for word in _WORD.findall(said)),
        imports=tuple(sorted({each for each in imports if each})[:200]))


def _tree(data: bytes, grammar: str) -> Tree | None:
    from tree_sitter import Parser

    left = max(_LEAST_STEPS, len(data) * _STEPS_PER_KIB // 1024)

    def is_too_much(_offset: int, _has_error: bool) -> bool:
        nonlocal left
        left -= 1
        return left < 0

    try:
        return Parser(load_grammar(grammar).language).parse(
            lambda offset, _point: data[offset: offset + _READ_BYTES],
            progress_callback=is_too_much)
    except ValueError:  # "Parsing failed": it was stopped.
        return None


def _is_tangled(root: Node) -> bool:
    """True where an error has so many children that a query over them would take seconds."""
    waiting = [root] if root.has_error else []
    while waiting:
        node = waiting.pop()
        if node.child_count > _MOST_CHILDREN_OF_AN_ERROR and node.is_error:
            return True
        waiting += (child for child in node.children if child.has_error)
    return False


def _definitions(data: bytes, found: dict[int, tuple[Node, Node, str]]) -> Iterable[Definition]:
    """By place; a definition within another is one deeper, a function within a class a method."""
    around: list[tuple[int, str]] = []
    for at in islice(sorted(found), MAX_DEFINITIONS):
        node, name, kind = found[at]
        while around and around[-1][0] <= node.start_byte:
            around.pop()
        inside_function = any(each in {"function", "method"} for _, each in around)
        if kind == "function" and around and around[-1][1] == "class":
            kind = "method"
        depth = len(around)
        around.append((node.end_byte, kind))
        if inside_function:
            continue  # A helper inside a function is its own affair.
        yield Definition(
            name=_text(data, name.start_byte, name.end_byte)[:MAX_SIGNATURE], kind=kind,
            line=name.start_point[0] + 1, depth=depth, signature=_signature(data, node, kind))


def _signature(data: bytes, node: Node, kind: str) -> str:
    held = node.child_by_field_name("value")  # `go = (a) => { ... }`
    body = node.child_by_field_name("body") or (held and held.child_by_field_name("body"))
    end = body.start_byte if body else node.end_byte
    text = _text(data, node.start_byte, min(end, node.start_byte + 4 * MAX_SIGNATURE))
    if kind == "constant" or not body:
        text = text.split("\n", 1)[0]
    # A long string says little about a symbol, and may be a key.
    text = _LONG_STRING.sub(r"\1...\1", " ".join(text.split()))
    text = _END.sub("", text)
    text = _INNER_SPACE.sub(lambda match: match[1] or match[2], text)
    return text if len(text) <= MAX_SIGNATURE else text[: MAX_SIGNATURE - 3] + "..."


def _import_stem(data: bytes, node: Node) -> str:
    """`"../lib/net.h"` → `net`."""
    path = _text(data, node.start_byte, min(node.end_byte, node.start_byte + 300)).strip(_QUOTES)
    return path.rstrip("/").rpartition("/")[2].split(".")[0]


def _split(data: bytes, prose: list[tuple[int, int]]) -> tuple[str, str]:
    """The code without prose, and the prose."""
    code, said = [], []
    at = 0
    for start, end in sorted(prose):
        if start >= at:
            code.append(data[at:start])
            said.append(data[start:end])
            at = end
    code.append(data[at:])
    return _decode(b" ".join(code)), _decode(b" ".join(said))


def _text(data: bytes, start: int, end: int) -> str:
    return _decode(data[start:end])


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _count(found: Iterable[str]) -> dict[str, int]:
    """The most frequent, by name, so that equal files give equal tags."""
    counted = Counter(each for each in found if len(each) <= _LONGEST_WORD)
    if len(counted) > MAX_DISTINCT:
        kept = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:MAX_DISTINCT]
        return dict(sorted(kept))
    return dict(sorted(counted.items()))
