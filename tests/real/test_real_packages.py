"""Review, and "Add a CI workflow and a .gitignore", on the sources of well-known packages."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from real_packages import ATTRS, CLICK, EXPRESS, FLASK, REQUESTS, SPHINX, Package
from real_saying import Checkout, Say
from support.fingerprint import fingerprint
from support.repositories import git

REQUEST = "Add a CI workflow and a .gitignore"
PIP = "python -m pip install --upgrade pip"
EDITABLE = "python -m pip install -e ."

REVIEWS: list[tuple[Package, dict[str, Any]]] = [
    (REQUESTS, {
        "files": 84, "language": ("Python", 34, 10_737), "frameworks": ["pytest"],
        "entry_points": [], "test": "python -m pytest -q", "types": None,
        "kind": "A Python library: 84 files, 10,844 lines of Python."}),
    (FLASK, {
        "files": 231, "language": ("Python", 82, 17_565),
        "frameworks": ["Click", "pytest", "Sphinx", "Jinja", "Werkzeug"],
        "entry_points": ["flask = flask.cli:main (pyproject.toml)",
                         "python -m flask (src/flask/__main__.py)"],
        "test": "python -m pytest -q", "types": "mypy",
        "kind": "A Python package with the command flask: 231 files, 18,110 lines of code "
                "(Python 97%, HTML 2%)."}),
    (CLICK, {
        "files": 133, "language": ("Python", 71, 17_551), "frameworks": ["pytest", "Sphinx"],
        "entry_points": [], "test": "python -m pytest -q", "types": "mypy",
        "kind": "A Python library: 133 files, 17,571 lines of Python."}),
    (ATTRS, {
        "files": 120, "language": ("Python", 62, 19_048),
        "frameworks": ["pytest", "Hypothesis", "Sphinx"], "entry_points": [],
        "test": "python -m pytest -q", "types": "mypy .",
        "kind": "A Python library: 120 files, 19,235 lines of Python."}),
    (SPHINX, {
        "files": 1_867, "language": ("Python", 696, 132_464),
        "frameworks": ["Requests", "pytest", "Jinja"],
        "entry_points": ["sphinx-build = sphinx.cmd.build:main (pyproject.toml)",
                         "sphinx-quickstart = sphinx.cmd.quickstart:main (pyproject.toml)",
                         "sphinx-apidoc = sphinx.ext.apidoc:main (pyproject.toml)",
                         "sphinx-autogen = sphinx.ext.autosummary.generate:main (pyproject.toml)",
                         "python -m sphinx (sphinx/__main__.py)",
                         "python -m sphinx.ext.intersphinx (sphinx/ext/intersphinx/__main__.py)"],
        "test": "python -m pytest -q", "types": "mypy",
        "kind": "A Python package with the commands sphinx-build, sphinx-quickstart and 2 more: "
                "1,867 files, 153,961 lines of code (Python 86%, JavaScript 13%)."}),
    (EXPRESS, {
        "files": 16, "language": ("JavaScript", 12, 4_151), "frameworks": ["Mocha", "ESLint"],
        "entry_points": ["import express = index.js (package.json)"], "test": "npm test",
        "types": None, "kind": "A JavaScript library: 16 files, 4,151 lines of JavaScript."}),
]


@pytest.mark.parametrize(("package", "expected"), REVIEWS, ids=[p.name for p, _ in REVIEWS])
def test_a_review_says_what_it_is(package: Package, expected: dict[str, Any], cockpit: Say,
                                  checkout: Checkout) -> None:
    path = checkout(package)
    before = fingerprint(path)

    said = cockpit("review", "--repo", path, "--json")

    assert (said.code, said.err) == (0, "")
    review = said.result["review"]
    facts = review["facts"]
    first = facts["languages"][0]
    commands = {fact["kind"]: fact["command"] for fact in reversed(facts["commands"])}
    assert {
        "files": facts["file_count"],
        "language": (first["name"], first["files"], first["lines"]),
        "frameworks": facts["frameworks"], "entry_points": facts["entry_points"],
        "test": commands["test"], "types": commands.get("types"),
        "kind": review["summary"].split("was run. ")[1][:len(expected["kind"])],
    } == expected
    assert max(map(len, review["architecture"].splitlines())) <= 78
    assert fingerprint(path) == before


@pytest.mark.parametrize(("package", "job", "versions", "runs"), [
    (REQUESTS, "python", ["3.9", "3.10", "3.11", "3.12"], [
        PIP, EDITABLE, "python -m pip install -r requirements-dev.txt",
        "python -m pip install flake8", "python -m flake8", "python -m pytest -q"]),
    (FLASK, "python", ["3.9", "3.14"], [
        PIP, EDITABLE, "python -m pip install -r requirements/dev.txt",
        "python -m pip install -r requirements/tests.txt", "python -m pip install ruff",
        "ruff check .", "mypy", "python -m pytest -q"]),
    (CLICK, "python", ["3.9", "3.14"], [
        PIP, EDITABLE, "python -m pip install -r requirements/dev.txt",
        "python -m pip install -r requirements/tests.txt", "python -m pip install mypy flake8",
        "python -m flake8", "mypy", "python -m pytest -q"]),
    (SPHINX, "python", ["3.10", "3.11", "3.12", "3.13"], [
        PIP, 'python -m pip install -e ".[test,lint]"', "mypy", "python -m pytest -q"]),
    (EXPRESS, "node", ["18", "lts/*"], ["npm install", "npm run lint", "npm test"]),
], ids=lambda value: value.name if isinstance(value, Package) else "")
def test_a_workflow_and_ignore_rules_land_on_a_branch(
        package: Package, job: str, versions: list[str], runs: list[str], cockpit: Say,
        checkout: Checkout) -> None:
    path = checkout(package)
    before = fingerprint(path)

    said = cockpit("run", REQUEST, "--repo", path, "--approve", "all", "--json")

    assert (said.code, said.err) == (0, "")
    result = said.result
    assert [(task["title"], task["status"], task["files"],
             {proof["exit_code"] for proof in task["proofs"]}) for task in result["tasks"]] == [
        ("Add .github/workflows/ci.yml", "done", [".github/workflows/ci.yml"], {0}),
        ("Add .gitignore", "done", [".gitignore"], {0})]
    assert fingerprint(path) == before  # byte for byte, until the person merges
    git("merge", "--quiet", result["branch"], cwd=path)
    workflow = yaml.safe_load((path / ".github/workflows/ci.yml").read_text())
    assert list(workflow["jobs"]) == [job]
    steps = workflow["jobs"][job]["steps"]
    assert [line for step in steps for line in step.get("run", "").splitlines()] == runs
    assert list(workflow["jobs"][job]["strategy"]["matrix"].values()) == [versions]
    assert_ignores(path, ["__pycache__/x.pyc", ".venv/x", "build/x"] if job == "python"
                   else ["node_modules/x/index.js"])


def assert_ignores(path: Path, wanted: list[str]) -> None:
    """Git ignores what is wanted, and nothing that is committed."""
    ignored = git("check-ignore", "--no-index", *wanted, cwd=path)
    assert ignored.splitlines() == wanted
    assert git("ls-files", "--cached", "--ignored", "--exclude-standard", cwd=path) == ""


def test_what_is_there_already_is_completed_and_said(cockpit: Say, checkout: Checkout) -> None:
    """attrs runs its tests in CI: only the ignore file wants something, and that is told."""
    path = checkout(ATTRS)
    ignored = (path / ".gitignore").read_text()
    said = cockpit("run", REQUEST, "--repo", path, "--approve", "all", "--quiet")
    assert (said.code, said.err) == (0, "")
    assert "1.1   done               Complete .gitignore  1/1 checks passed" in said.out
    assert ("Not planned: ci-workflow: .github/workflows/ci.yml already runs the tests (tox run)"
            in " ".join(said.out.split()))
    branch = git("branch", "--list", "cockpit/*", "--format=%(refname:short)", cwd=path)
    assert git("diff", "--name-status", f"main..{branch}", cwd=path) == "M\t.gitignore"
    after = git("show", f"{branch}:.gitignore", cwd=path)
    assert after == (f"{ignored}\n# Python\n__pycache__/\nvenv/\n.ruff_cache/\n\n# Secrets\n.env\n"
                     ".env.local\n\n# Editors and systems\n.idea/\n*.swp")


def test_instructions_for_agents_come_from_facts(cockpit: Say, checkout: Checkout) -> None:
    path = checkout(FLASK)
    said = cockpit("run", "Add an AGENTS.md", "--repo", path, "--approve", "all", "--json")
    assert (said.code, said.err) == (0, "")
    written = git("show", f"{said.result['branch']}:AGENTS.md", cwd=path)
    assert written.startswith(
        "# Flask\n\nA simple framework for building complex web applications.")
    assert "- Test: `python -m pytest -q`" in written
    assert "- Lint: `ruff check .`" in written
    assert ("- `JSONTag` (`src/flask/json/tag.py`) is extended by `TagDict`, `PassDict`, "
            "`TagTuple`, `PassList` and 4 more, all in `src/flask/json/`.") in written


def test_a_readme_gets_the_section_that_it_lacks(cockpit: Say, checkout: Checkout) -> None:
    path = checkout(ATTRS)
    readme = (path / "README.md").read_text()
    said = cockpit("run", "Add a README section on installation", "--repo", path,
                   "--approve", "all", "--json")
    assert (said.code, said.err) == (0, "")
    assert git("show", f"{said.result['branch']}:README.md", cwd=path) == (
        f"{readme}\n## Installation\n\nIt needs Python >=3.7. In a checkout of this repository:\n\n"
        "```sh\npython -m pip install .\n```").strip()


def test_missing_tests_are_written_and_pass(cockpit: Say, checkout: Checkout) -> None:
    path = checkout(CLICK)
    shutil.rmtree(path / "tests")
    git("commit", "--quiet", "--all", "--message", "Lose the tests", cwd=path)
    before = fingerprint(path)

    said = cockpit("run", "Add missing tests", "--repo", path, "--approve", "all", "--json")

    assert (said.code, said.err) == (0, "")
    result = said.result
    assert {(task["status"], *(proof["exit_code"] for proof in task["proofs"]))
            for task in result["tasks"]} == {("done", 0)}
    assert sorted(file for task in result["tasks"] for file in task["files"]) == [
        f"tests/test_{name}.py" for name in (
            "core", "decorators", "exceptions", "formatting", "globals", "parser",
            "shell_completion", "termui")]
    assert any("3 more may lack tests: ask again" in note for note in result["notes"])
    assert fingerprint(path) == before


@pytest.mark.parametrize(("package", "request_text", "reason"), [
    (FLASK, "Rewrite the parser in Rust", "None of its rules fits this one."),
    (CLICK, "Add missing tests", "src/click/core.py: tests/test_arguments.py tests it already"),
    (CLICK, "Add a README section on installation",
     "The README here is README.rst; only README.md can be completed by rules."),
    (REQUESTS, "Add a README section on installation", "README.md has it already: installation."),
], ids=["no rule", "nothing missing", "another format", "there already"])
def test_what_rules_cannot_do_is_said_and_nothing_changes(
        package: Package, request_text: str, reason: str, cockpit: Say,
        checkout: Checkout) -> None:
    path = checkout(package)
    before = fingerprint(path)
    said = cockpit("run", request_text, "--repo", path, "--approve", "all", "--json")
    assert (said.code, said.err) == (5, "")
    result = said.result
    assert (result["status"], result["branch"], result["tasks"]) == ("failed", None, [])
    assert result["error"]["message"].startswith(
        "The offline planner is a set of rules, not an AI")
    assert reason in result["error"]["message"]
    assert fingerprint(path) == before
    assert git("branch", "--list", "cockpit/*", cwd=path) == ""
