"""The facts as a whole: whole trees in, whole objects out, whatever the tree holds."""

from __future__ import annotations

import asyncio
import time

import pytest
from support.trees import PYTHON_AGENTS, TYPESCRIPT_AGENTS, tree

from cockpit_tui.context.corpus import read_corpus
from cockpit_tui.context.facts import collect_facts
from cockpit_tui.context.facts_text import facts_as_json, facts_from_json
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.review import (
    CommandFact,
    CommandKind,
    CommitFact,
    Finding,
    LanguageShare,
    LayoutEntry,
    PackageFact,
    RepositoryFacts,
    Severity,
)

COMMITS = tuple(
    CommitFact(sha=f"{n:040x}", subject=f"feat(agents): add part {n}", author="Ada",
               at="2026-01-02T03:04:05+00:00") for n in range(25))


def test_the_facts_of_a_python_package() -> None:
    facts = collect_facts(tree(PYTHON_AGENTS), recent_commits=COMMITS, commits_last_90_days=25)

    assert facts == RepositoryFacts(
        commit="c" * 40, file_count=14, total_bytes=sum(map(len, PYTHON_AGENTS.values())),
        languages=(LanguageShare(name="Python", files=9, lines=59),),
        layout=(LayoutEntry(path=".github/", files=1, role="ci"),
                LayoutEntry(path="agents/", files=7, role="source"),
                LayoutEntry(path="tests/", files=2, role="tests"),
                LayoutEntry(path=".gitignore", files=1, role="config"),
                LayoutEntry(path="LICENSE", files=1, role="licence"),
                LayoutEntry(path="README.md", files=1, role="docs"),
                LayoutEntry(path="pyproject.toml", files=1, role="build")),
        packages=(
            PackageFact(path="agents/backend_developer.py", files=1, lines=10,
                        imports=("agents/base.py",)),
            PackageFact(path="agents/code_architect.py", files=1, lines=10,
                        imports=("agents/base.py",)),
            PackageFact(path="agents/tester.py", files=1, lines=10,
                        imports=("agents/base.py",)),
            PackageFact(path="agents/base.py", files=1, lines=6),
            PackageFact(path="agents/cli.py", files=1, lines=5,
                        imports=("agents/registry.py",)),
            PackageFact(path="agents/__init__.py", files=1, lines=4,
                        imports=("agents/backend_developer.py", "agents/base.py",
                                 "agents/code_architect.py")),
            PackageFact(path="agents/registry.py", files=1, lines=4,
                        imports=("agents/code_architect.py", "agents/tester.py")),
        ),
        entry_points=("agents = agents.cli:main (pyproject.toml)",),
        commands=(
            CommandFact(kind=CommandKind.TEST, command="python -m pytest -q",
                        source="pyproject.toml"),
            CommandFact(kind=CommandKind.LINT, command="ruff check .", source="pyproject.toml"),
            CommandFact(kind=CommandKind.TYPES, command="mypy .", source="pyproject.toml"),
        ),
        classes=facts.classes,  # test_context_classes compares them.
        conventions=(
            "Python is indented with 4 spaces (3 of 3 files read).",
            "Lines have at most 100 columns (pyproject.toml, [tool.ruff]).",
            "Tests are named test_*.py, in tests/ (2 of 2).",
            "Commit subjects follow Conventional Commits, e.g. 'feat(agents): add part 0' "
            "(25 of 25).",
        ),
        frameworks=("Pydantic",),
        recent_commits=COMMITS[:20], commits_last_90_days=25,
        risks=(),
    )


def test_the_facts_of_a_typescript_package() -> None:
    facts = collect_facts(tree(TYPESCRIPT_AGENTS))

    assert facts.languages == (LanguageShare(name="TypeScript", files=6, lines=25),)
    assert facts.commands == (
        CommandFact(kind=CommandKind.TEST, command="pnpm test", source="package.json"),
        CommandFact(kind=CommandKind.TYPES, command="pnpm run typecheck", source="package.json"))
    assert facts.entry_points == ("import agents = dist/index.js (package.json)",)
    assert facts.frameworks == ("TypeScript", "Vitest")
    assert {part.path: part.imports for part in facts.packages} == {
        "src/agents/BaseAgent.ts": (),
        "src/agents/CodeArchitect.ts": ("src/agents/BaseAgent.ts",),  # A type is no import.
        "src/agents/Tester.ts": ("src/agents/BaseAgent.ts",),
        "src/agents/index.ts": ("src/agents/BaseAgent.ts", "src/agents/CodeArchitect.ts",
                                "src/agents/Tester.ts"),
        "src/types.ts": ()}
    assert [risk.title for risk in facts.risks] == [
        "There is no continuous integration", "There is no licence file",
        "There is no .gitignore"]


@pytest.mark.parametrize(("files", "expected"), [
    ({"go.mod": "module example.org/tool\n\ngo 1.24\n\nrequire github.com/spf13/cobra v1.9.1\n",
      "go.sum": "", "main.go": 'package main\n\nimport "example.org/tool/internal/store"\n',
      "internal/store/store.go": "package store\n",
      "internal/store/store_test.go": "package store\n"},
     ("Go", "go test ./...", ("go run ./ (main.go)",), ("Cobra",),
      {"main.go": ("internal/",), "internal/": ()})),
    ({"Cargo.toml": '[package]\nname = "tool"\n[dependencies]\nclap = "4"\n', "Cargo.lock": "",
      "src/main.rs": "mod store;\nuse crate::store::Store;\nfn main() {}\n",
      "src/store.rs": "pub struct Store;\n#[cfg(test)]\nmod tests { #[test] fn it() {} }\n"},
     ("Rust", "cargo test", ("cargo run (src/main.rs)",), ("clap",),
      {"src/main.rs": ("src/store.rs",), "src/store.rs": ()})),
    ({"package.json": '{"name": "tool", "bin": "./cli.js", "scripts": {"test": "node --test"}}',
      "cli.js": "#!/usr/bin/env node\nrequire('./lib/store')\n", "lib/store.js": "exports.x = 1\n",
      "test/store.test.js": "const test = require('node:test')\n"},
     ("JavaScript", "npm test", ("tool = ./cli.js (package.json, bin)",), (),
      {"cli.js": ("lib/",), "lib/": ()})),
], ids=["go", "rust", "javascript"])
def test_other_ecosystems_are_told_apart(
        files: dict[str, str],
        expected: tuple[str, str, tuple[str, ...], tuple[str, ...], dict[str, tuple[str, ...]]],
) -> None:
    facts = collect_facts(tree(files))
    test = facts.command(CommandKind.TEST)

    assert test is not None
    assert (facts.languages[0].name, test.command, facts.entry_points, facts.frameworks,
            {part.path: part.imports for part in facts.packages}) == expected


def test_a_package_does_not_depend_on_itself_nor_on_what_others_pull_in() -> None:
    facts = collect_facts(tree({
        "setup.cfg": "[metadata]\nname = flask\n[mypy]\nfiles = src\n",
        "src/flask/app.py": "x = 1\n",
        "requirements/docs.txt": "flask==3.0\n    # via -r docs.in\n"
                                 "requests==2.31.0\n    # via sphinx\n"
                                 "sphinx==7.2.6\n    # via\n    #   -r docs.in\n    #   tabs\n",
        "requirements/dev.txt": "requests==2.31.0\n    # via\n    #   -r docs.txt\n"
                                "    #   sphinx\nrich==13.0\n"}))

    assert facts.frameworks == ("Rich", "Sphinx")
    assert facts.commands == (
        CommandFact(kind=CommandKind.TYPES, command="mypy", source="setup.cfg"),)


@pytest.mark.parametrize(("more", "entry_points"), [
    ("", ("import tool = index.js (package.json)",)),
    (', "private": true', ("index.js",)),
    (', "scripts": {"start": "node index.js"}', ("npm start = node index.js (package.json)",))])
def test_npm_takes_index_js_where_a_published_package_names_no_main(
        more: str, entry_points: tuple[str, ...]) -> None:
    facts = collect_facts(tree({"package.json": f'{{"name": "tool"{more}}}',
                                "index.js": "module.exports = 1\n"}))
    assert facts.entry_points == entry_points


def test_an_empty_repository_has_empty_facts_and_says_so() -> None:
    assert collect_facts(tree({})) == RepositoryFacts(
        commit="c" * 40, file_count=0, total_bytes=0,
        risks=(Finding(severity=Severity.INFO, title="The repository is empty",
                       detail="The commit holds no files."),))


def test_what_others_or_machines_wrote_counts_for_nothing() -> None:
    facts = collect_facts(tree({
        "app.py": "class Own: pass\n",
        "node_modules/x/index.js": "class Foreign {}\n",
        "vendor/lib/a.go": "package a\n",
        "dist/bundle.js": "class Built {}\n",
        "web/jquery.min.js": "class Small {}\n",
        "web/packed.js": "x" * 6_000,
        "api_pb2.py": "class Generated: pass\n",
        "client.py": '"""This file was automatically generated."""\nclass Client: pass\n',
    }))

    assert facts.languages == (LanguageShare(name="Python", files=1, lines=1),)
    assert [fact.name for fact in facts.classes] == ["Own"]
    assert [(risk.severity, risk.title) for risk in facts.risks if "code" in risk.title
            or "packages" in risk.title] == [
        (Severity.MEDIUM, "Installed packages are committed: node_modules/"),
        (Severity.INFO, "Somebody else's code in vendor/")]


def test_weird_names_and_contents_survive_json() -> None:
    files: dict[str, str | bytes] = {
        "caf\udce9.py": "class Weird: pass\n",
        "new\nline.py": b"class \xff\xfe: pass\n",
        "\x1b[2Jclear.md": "x\n",
        "-rf.sh": "#!/bin/sh\n",
        "\u202eevil.py": "class A(B): pass\n",
        "run": "#!/usr/bin/env python3\nprint(1)\n",
        "package.json": b'{"name": "\\ud800", "bin": {"\\u001b]0;x\\u0007": "./a"}, "scripts": 7}',
        "pyproject.toml": b"[project]\nscripts = 3\ndependencies = [1, {}]\n[tool]\nruff = 1\n",
        "empty.py": "",
    }
    commit = CommitFact(sha="a" * 40, subject="\udcff\x1b[31m", author="\ud800", at="2026")

    facts = collect_facts(tree(files), recent_commits=(commit,))

    text = facts_as_json(facts)
    assert facts_from_json(text) == facts
    assert "\n" not in text
    assert "\x1b" not in "".join(facts.entry_points) + facts.recent_commits[0].subject
    assert [share.name for share in facts.languages] == ["Python", "Shell"]


def test_text_that_holds_no_facts_is_refused() -> None:
    with pytest.raises(CockpitError, match=r"These are not repository facts: 3 fields"):
        facts_from_json("{}")


def test_a_probe_decides_what_can_run_and_runnable_commands_come_first() -> None:
    files = {"tests/test_a.py": "import unittest\nclass A(unittest.TestCase): pass\n",
             "conftest.py": ""}

    def probe(command: str) -> tuple[bool, str]:
        is_there = "pytest" not in command
        return is_there, "pytest is not installed"

    facts = collect_facts(tree(files), probe=probe)

    assert facts.commands == (
        CommandFact(kind=CommandKind.TEST, command="python -m unittest discover -s tests",
                    source="tests/test_a.py"),
        CommandFact(kind=CommandKind.TEST, command="python -m pytest -q", source="conftest.py",
                    runnable=False, reason="pytest is not installed"))


def test_scripts_of_a_nested_package_are_offered_only_under_plain_directory_names() -> None:
    scripts = '{"scripts": {"test": "jest"}}'

    facts = collect_facts(tree({"web/package.json": scripts, "a;rm -rf x/package.json": scripts,
                                "-x/package.json": scripts}))

    assert [fact.command for fact in facts.commands] == ["npm --prefix web test"]


def test_the_default_npm_script_is_no_test_command() -> None:
    text = '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'

    assert collect_facts(tree({"package.json": text, "a.js": "x\n"})).commands == ()


def test_large_repositories_are_read_fast_and_in_a_thread() -> None:
    body = "".join(f"    def method_{n}(self):\n        return {n}\n" for n in range(30))
    files = {f"pkg{n % 50}/module_{n}.py": f"class Part{n}(Base):\n{body}" for n in range(5_000)}

    async def timed() -> tuple[RepositoryFacts, float]:
        started = time.process_time()
        facts = await asyncio.to_thread(collect_facts, tree(files))
        return facts, time.process_time() - started

    facts, seconds = asyncio.run(timed())

    assert facts.languages == (LanguageShare(name="Python", files=5_000, lines=305_000),)
    assert len(facts_as_json(facts)) < 100_000
    assert seconds < 15  # About 2 on an idle machine.


def test_beyond_the_byte_budget_sources_are_counted_but_not_read() -> None:
    corpus = read_corpus(tree({"a.py": "x = 1\n" * 10, "b.py": "y = 1\n" * 10,
                               "test_a.py": "z = 1\n"}), deep_bytes=70)

    assert [(s.path, s.lines, bool(s.text)) for s in corpus.sources] == [
        ("a.py", 10, True), ("b.py", 10, False), ("test_a.py", 1, False)]
    assert corpus.unread == 2


def test_the_same_snapshot_gives_the_same_facts_whatever_the_order_of_its_contents() -> None:
    backwards = dict(reversed(list(PYTHON_AGENTS.items())))

    assert facts_as_json(collect_facts(tree(PYTHON_AGENTS))) == facts_as_json(
        collect_facts(tree(backwards)))


@pytest.mark.parametrize(("path", "text"), [
    ("a.js", "import {\n" * 40_000), ("a.js", "class a " * 45_000), ("a.js", "/*" * 190_000),
    ("a.js", "=/[" * 120_000), ("a.ts", "export {" * 45_000), ("a.py", '"""' + "\\" * 390_000),
    ("a.py", "# TODO" * 60_000), ("a.sh", "<<<<<<< a\n" * 30_000 + ">>>>>>> b\n"),
    ("package.json", '{"a":' * 90_000), ("setup.py", "install_requires=[" * 20_000),
    ("go.mod", "require " * 40_000), ("Makefile", "a-" * 190_000),
])
def test_text_made_to_be_slow_is_read_in_linear_time(path: str, text: str) -> None:
    started = time.process_time()
    collect_facts(tree({path: text}))

    assert time.process_time() - started < 5  # Half a second at most; quadratic takes 15.
