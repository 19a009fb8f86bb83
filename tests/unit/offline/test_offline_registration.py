"""One registering text after another: what it becomes, and what is left alone."""

from __future__ import annotations

import pytest

from cockpit_tui.providers.offline.recipe import CannotWork
from cockpit_tui.providers.offline.recipes.scaffold.checking import check
from cockpit_tui.providers.offline.recipes.scaffold.editing import change_file
from cockpit_tui.providers.offline.recipes.scaffold.family import Family
from cockpit_tui.providers.offline.recipes.scaffold.registration import register
from cockpit_tui.providers.offline.recipes.scaffold.structure import parse


def _family(source: str, *peers: str) -> Family:
    return Family(base="BaseAgent", base_path="agents/base.py", sibling="CodeArchitect",
                  source=source, members=("CodeArchitect", *peers), paths=(source,),
                  wanted=("Tester",), is_last_word_unique=False)


PYTHON, SCRIPT = "agents/code_architect.py", "src/agents/CodeArchitect.ts"

CASES = {
    "tuple of one": ("r.py", "ALL = (CodeArchitect,)\n", "ALL = (CodeArchitect, Tester)\n"),
    "dict()": ("r.py", "ALL = dict(code_architect=CodeArchitect)\n",
               "ALL = dict(code_architect=CodeArchitect, tester=Tester)\n"),
    "modules and stars": (
        "agents/__init__.py",
        "from . import base, code_architect\nfrom .code_architect import *\n",
        "from . import base, code_architect, tester\nfrom .code_architect import *\n"
        "from .tester import *\n"),
    "lazy exports": (
        "agents/__init__.py",
        '_LAZY = {\n    "BaseAgent": ".base",\n    "CodeArchitect": ".code_architect"\n}\n',
        '_LAZY = {\n    "BaseAgent": ".base",\n    "CodeArchitect": ".code_architect",\n'
        '    "Tester": ".tester"\n}\n'),
    "only the sibling's own names are imported again": (
        "agents/__init__.py",
        "from .code_architect import Blueprint, CodeArchitect  # noqa: F401\n",
        "from .code_architect import Blueprint, CodeArchitect  # noqa: F401\n"
        "from .tester import Tester  # noqa: F401\n"),
    "calls and subscripts": (
        "r.py", 'registry.register("code-architect", CodeArchitect)\nBY["x"] = 1\n'
                'BY["code_architect"] = CodeArchitect\n',
        'registry.register("code-architect", CodeArchitect)\nregistry.register("tester", Tester)\n'
        'BY["x"] = 1\nBY["code_architect"] = CodeArchitect\nBY["tester"] = Tester\n'),
    "a factory that the registry uses": (
        "r.py", "def make_code_architect():\n    return CodeArchitect()\n\n\n"
                'MAKE = {"code_architect": make_code_architect}\n',
        "def make_code_architect():\n    return CodeArchitect()\n\n\n"
        "def make_tester():\n    return Tester()\n\n\n"
        'MAKE = {"code_architect": make_code_architect, "tester": make_tester}\n'),
    "hanging brackets": (
        "r.py", '__all__ = ["BaseAgent", "CodeArchitect",\n           "Writer"]\n',
        '__all__ = ["BaseAgent", "CodeArchitect", "Tester",\n           "Writer"]\n'),
    "entry points": (
        "pyproject.toml", '[project.entry-points."agents"]\ncode-architect = "a:CodeArchitect"\n',
        '[project.entry-points."agents"]\ncode-architect = "a:CodeArchitect"\n'
        'tester = "a:Tester"\n'),
    "yaml": ("config.yml", "agents:\n  code-architect:\n    model: x\n  writer:\n    model: y\n",
             "agents:\n  code-architect:\n    model: x\n  tester:\n    model: x\n"
             "  writer:\n    model: y\n"),
    "frozen object": ("r.ts", "export const all = Object.freeze({\n  CodeArchitect,\n});\n",
                      "export const all = Object.freeze({\n  CodeArchitect,\n  Tester,\n});\n"),
    "stars and types": (
        "i.ts", "export * from './CodeArchitect';\n"
                "export type { CodeArchitectOptions } from './CodeArchitect';\n",
        "export * from './CodeArchitect';\nexport * from './Tester';\n"
        "export type { CodeArchitectOptions } from './CodeArchitect';\n"
        "export type { TesterOptions } from './Tester';\n"),
    "registering arrow functions": (
        "r.ts", "import { CodeArchitect } from './CodeArchitect';\n\n"
                "registry.register('code-architect', () => new CodeArchitect());\n",
        "import { CodeArchitect } from './CodeArchitect';\nimport { Tester } from './Tester';\n\n"
        "registry.register('code-architect', () => new CodeArchitect());\n"
        "registry.register('tester', () => new Tester());\n"),
    "const lists and unions": (
        "n.ts", "export const NAMES = ['code-architect'] as const;\n"
                "type Name = 'code-architect' | 'writer';\n",
        "export const NAMES = ['code-architect', 'tester'] as const;\n"
        "type Name = 'code-architect' | 'tester' | 'writer';\n"),
    "bullets": ("README.md", "* `CodeArchitect` - plans\n  and draws\n* `Writer` - writes\n",
                "* `CodeArchitect` - plans\n  and draws\n* `Tester` - plans\n  and draws\n"
                "* `Writer` - writes\n"),
    "an aligned table": (
        "README.md",
        "| Who           | What  |\n|---------------|-------|\n| CodeArchitect | plans |\n",
        "| Who           | What  |\n|---------------|-------|\n| CodeArchitect | plans |\n"
        "| Tester        | plans |\n"),
}


@pytest.mark.parametrize(("path", "text", "expected"), CASES.values(), ids=list(CASES))
def test_registrations_are_written_again(path: str, text: str, expected: str) -> None:
    family = _family(SCRIPT if path.endswith(".ts") else PYTHON)

    once = register(family, "Tester", {path: text}).texts

    assert once == {path: expected}
    assert register(family, "Tester", once).texts == {}, "a second time changes nothing"


@pytest.mark.parametrize(("path", "text"), [
    ("main.py", "from agents import CodeArchitect\n\narchitect = CodeArchitect()\n"
                "print(architect.run('x'))\n"),
    ("main.ts", "import { CodeArchitect } from './agents';\nconst team = { lead: new "
                "CodeArchitect() };\nexport function main() { new CodeArchitect().run(); }\n"),
    ("r.py", "# CodeArchitect is a class\nAGENTS = {1: CodeArchitect}\n"),
    ("README.md", "Prose on CodeArchitect.\n\n- See the CodeArchitect for more\n"
                  "- [x] CodeArchitect\n\n```\n- CodeArchitect\n```\n"),
    ("CHANGELOG.md", "- CodeArchitect: new\n"),
])
def test_mere_uses_are_left_alone(path: str, text: str) -> None:
    family = _family(SCRIPT if path.endswith(".ts") else PYTHON)

    assert register(family, "Tester", {path: text}).texts == {}


def test_a_list_without_the_other_members_is_no_registry() -> None:
    text = "from agents import CodeArchitect\n\nTEAM = [CodeArchitect()]\n"

    assert register(_family(PYTHON, "Writer"), "Tester", {"team.py": text}).texts == {}


def test_only_expectations_about_the_registry_are_extended() -> None:
    registry = ("AGENTS = {'code_architect': CodeArchitect}\n\n\n"
                "def names():\n    return set(AGENTS)\n")
    test = ("def test():\n    assert len(AGENTS) == 1\n    assert len(AGENTS) == 7\n"
            "    assert names() == {'code_architect'}\n    assert len(others) == 1\n"
            "    assert plan(['code_architect']) == ['code_architect planned']\n")

    texts = register(_family(PYTHON), "Tester", {"agents/r.py": registry,
                                                 "tests/test_r.py": test}).texts

    assert texts["tests/test_r.py"] == test.replace("== 1\n    assert len(AGENTS)", "== 2\n"
        "    assert len(AGENTS)").replace("{'code_architect'}", "{'code_architect', 'tester'}")


def test_brackets_in_strings_comments_templates_and_patterns_do_not_count() -> None:
    text = ("const a = '(['; // {\nconst b = `${f({ c: `}` })} (`;\n/* [ */ const d = /[)/]\\(/g;\n"
            "const e = 6 / (2 / 1);\n")

    source = parse("a.ts", text)

    assert [source[span] for span in source.statements(source.root)] == [
        "const a = '([';", "const b = `${f({ c: `}` })} (`;", "const d = /[)/]\\(/g;",
        "const e = 6 / (2 / 1);"]
    with pytest.raises(CannotWork, match="brackets do not pair up at line 2"):
        parse("a.ts", "f(\n]")


@pytest.mark.parametrize(("path", "text"), [
    ("a.py", "def f(:\n"), ("a.ts", "f({)}"), ("a.json", "{,}"), ("a.toml", "a = \n")])
def test_nothing_unreadable_is_written(path: str, text: str) -> None:
    with pytest.raises(CannotWork, match=f"{path} would not be readable any more"):
        check(path, text)


def test_an_edit_is_unique_even_among_equal_lines() -> None:
    old = "".join(f"{line}\n" for line in ["a", "", "b", "", "a", "", "b", "", "c"])
    new = old.replace("a\n\nb\n\nc", "a\n\nb\nnew\n\nc")
    text = old

    for use in change_file("x", old, new):
        assert text.count(use.arguments["old_string"]) == 1
        text = text.replace(use.arguments["old_string"], use.arguments["new_string"])
        break

    assert text == new
