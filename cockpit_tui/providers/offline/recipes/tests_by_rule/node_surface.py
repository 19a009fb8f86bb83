"""What an ES module exports by name, and the `node --test` file that follows from it.

JavaScript says nothing of types, so these tests rest on shape alone: that the names are exported
and functions take as many parameters as before. Read line by line, without a parser: only plain
`export` declarations at the start of a line count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_EXPORT = re.compile(
    r"^export (?P<kind>async function\*?|function\*?|class) (?P<name>[A-Za-z_$][\w$]*)"
    r"(?:\((?P<parameters>[^(){}=.\[\]\n]*)\) ?\{)?", re.MULTILINE)
_ACTS = re.compile(
    r"^(?!(import|export|const|let|var|function|async function|class|if|for|/|\*|\}|\)|\]|\s|"
    r"['\"`]use )\b)[\w$.]+\(", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeExport:
    name: str
    kind: Literal["function", "class"]
    parameters: int | None
    """None where defaults or destructuring make it unclear from a line."""


def read_exports(source: str) -> tuple[NodeExport, ...]:
    """The exported functions and classes; nothing for a module that acts when it is loaded."""
    if _ACTS.search(source):
        return ()
    found = []
    for match in _EXPORT.finditer(source):
        parameters = match["parameters"]
        count = None
        if parameters is not None:
            count = len([each for each in parameters.split(",") if each.strip()])
        found.append(NodeExport(
            name=match["name"], kind="class" if match["kind"] == "class" else "function",
            parameters=count if match["kind"] != "class" else None))
    return tuple(found)


def render_node_tests(module: str, exports: tuple[NodeExport, ...]) -> str:
    """`module` is the path as an import writes it, e.g. `../src/text.js`."""
    names = ", ".join(each.name for each in exports)
    lines = ["import assert from 'node:assert/strict';", "import { test } from 'node:test';", "",
             f"import {{ {names} }} from '{module}';"]
    for each in exports:
        lines += ["", f"test('{each.name} is an exported {each.kind}', () => {{"]
        if each.kind == "class":
            lines += [f"  assert.equal(typeof {each.name}, 'function');",
                      f"  assert.equal({each.name}.prototype.constructor, {each.name});"]
        else:
            lines.append(f"  assert.equal(typeof {each.name}, 'function');")
            if each.parameters is not None:
                lines.append(f"  assert.equal({each.name}.length, {each.parameters});")
        lines.append("});")
    return "\n".join(lines) + "\n"
