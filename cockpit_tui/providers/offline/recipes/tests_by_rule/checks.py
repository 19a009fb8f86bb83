"""A test before it is text: a name and its checks, written as pytest or as unittest."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Style = Literal["pytest", "unittest"]

_WIDTH = 88


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`do`: only run `left`. `equal`, `is`: compare with `right`. `includes`: the set `left` has
    all of the set `right`. `instance`: `left` is one of the types in `right`. `raises`: running
    `left` raises `right`. All are Python source.
    """

    kind: Literal["do", "equal", "is", "includes", "instance", "raises"]
    left: str
    right: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedTest:
    name: str
    """`test_slugify_examples`."""
    checks: tuple[Check, ...]
    uses: tuple[str, ...]
    """Names that it imports from the tested module."""
    basis: Literal["example", "type", "shape"]
    """What it rests on: a documented example, an annotation, or only name and parameters."""

    @property
    def source(self) -> str:
        return "\n".join(f"{check.left} {check.right}" for check in self.checks)


def what_they_rest_on(tests: Sequence[DraftedTest]) -> str:
    """`documented examples, annotated types`: only what is really there."""
    found = {test.basis for test in tests}
    return ", ".join(words for basis, words in (
        ("example", "documented examples"), ("type", "annotated types"),
        ("shape", "names and signatures")) if basis in found)


def render_tests(module: str, tests: Sequence[DraftedTest], style: Style) -> str:
    """The test file's text."""
    names = sorted({name for test in tests for name in test.uses})
    body = "".join(test.source + "\n" for test in tests)
    lines = [f'"""Tests of {module}: its {what_they_rest_on(tests)}."""', "",
             "from __future__ import annotations", ""]
    standard = ["import unittest"] if style == "unittest" else []
    if "signature(" in body:
        standard.append("from inspect import signature")
    lines += [*standard, ""] if standard else []
    if style == "pytest" and any(check.kind == "raises" for test in tests for check in test.checks):
        lines += ["import pytest", ""]
    lines += [_import_line(module, names), "", "", ""]
    functions = [_render_function(test, style) for test in tests]
    if style == "pytest":
        return "\n".join(lines) + "\n\n\n".join(functions) + "\n"
    title = "".join(part.capitalize() for part in module.split(".")[-1].split("_")) or "Module"
    inside = "\n\n".join(textwrap.indent(function, "    ") for function in functions)
    return "\n".join(lines) + f"class {title}Test(unittest.TestCase):\n{inside}\n\n\n" \
        'if __name__ == "__main__":\n    unittest.main()\n'


def _import_line(module: str, names: Iterable[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= _WIDTH:
        return line
    inside = "".join(f"    {name},\n" for name in names)
    return f"from {module} import (\n{inside})"


def _render_function(test: DraftedTest, style: Style) -> str:
    parameter = "self" if style == "unittest" else ""
    body = "\n".join(textwrap.indent(_render_check(check, style), "    ") for check in test.checks)
    return f"def {test.name}({parameter}) -> None:\n{body}"


def _render_check(check: Check, style: Style) -> str:
    left, right = check.left, check.right
    match check.kind, style:
        case "do", _:
            return left
        case "equal", "pytest":
            return _fold(f"assert {left} == ", right)
        case "equal", "unittest":
            return _fold(f"self.assertEqual({left}, ", right, ")")
        case "includes", "pytest":
            return _fold(f"assert set(dir({left})) >= ", right)
        case "includes", "unittest":
            return _fold(f"self.assertGreaterEqual(set(dir({left})), ", right, ")")
        case "is", "pytest":
            return f"assert {left} is {right}"
        case "is", "unittest":
            return f"self.assertIs({left}, {right})"
        case "instance", "pytest":
            return f"assert isinstance({left}, {right})"
        case "instance", "unittest":
            return f"self.assertIsInstance({left}, {right})"
        case _, "pytest":
            return f"with pytest.raises({right}):\n{textwrap.indent(left, '    ')}"
        case _, _:
            return f"with self.assertRaises({right}):\n{textwrap.indent(left, '    ')}"


def _fold(opening: str, right: str, closing: str = "") -> str:
    """One line, or, where that is too long, a list or set of plain names over several."""
    line = f"{opening}{right}{closing}"
    if len(line) <= _WIDTH - 4 or not re.fullmatch(r'[\[{]("\w+"(, )?)+[\]}]', right):
        return line
    inside = textwrap.fill(right[1:-1] + ",", _WIDTH - 8)
    return f"{opening}{right[0]}\n{textwrap.indent(inside, '    ')}\n{right[-1]}{closing}"
