"""The review by rules: what a new user reads first."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.trees import PYTHON_AGENTS, TYPESCRIPT_AGENTS, tree

from cockpit_tui.context.facts import collect_facts
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.drafts import ReviewDraft
from cockpit_tui.domain.review import (
    ClassFact,
    CommandFact,
    CommandKind,
    CommitFact,
    Finding,
    LanguageShare,
    PackageFact,
    RepositoryFacts,
    Severity,
)
from cockpit_tui.providers.offline.picture import WIDTH, draw_architecture
from cockpit_tui.providers.offline.reviewing import review_draft

COMMITS = (CommitFact(sha="1" * 40, subject="Add Tester", author="Ada",
                      at="2026-01-02T03:04:05+00:00"),
           CommitFact(sha="2" * 40, subject="Start", author="Bob",
                      at="2026-01-01T03:04:05+00:00"))


def test_the_review_of_a_python_package() -> None:
    facts = collect_facts(tree(PYTHON_AGENTS), recent_commits=COMMITS, commits_last_90_days=2)

    assert review_draft(facts, "Add a reviewer agent like the code architect") == ReviewDraft(
        summary=(
            "Reviewed by rules, not AI: facts read from commit cccccccccc; nothing of it was run. "
            "A Python package with the command agents: 14 files, 59 lines of Python. "
            "It uses Pydantic. Tests: `python -m pytest -q` (pyproject.toml). "
            "Checks: `ruff check .`, `mypy .`. 2 commits in the last 90 days; the last 2 come "
            "from 2 people, the newest is 2026-01-02 'Add Tester'. "
            "The request names CodeArchitect (agents/code_architect.py:6)."),
        patterns=(
            "3 classes extend BaseAgent (abstract, agents/base.py:4): 2 named in tests, "
            "all exported.",
            "BackendDeveloper extends BaseAgent, tested by tests/test_backend_developer.py, "
            "exported in agents/__init__.py",
            "CodeArchitect extends BaseAgent, tested by tests/test_code_architect.py, "
            "exported in agents/__init__.py, agents/registry.py",
            "Tester extends BaseAgent, exported in agents/registry.py",
            "Python is indented with 4 spaces (3 of 3 files read).",
            "Lines have at most 100 columns (pyproject.toml, [tool.ruff]).",
            "Tests are named test_*.py, in tests/ (2 of 2).",
        ),
        findings=(Finding(
            severity=Severity.LOW, title="No test names Tester",
            detail="2 of 3 classes that extend BaseAgent are named in tests.",
            path="agents/tester.py", line=6),),
        architecture="""\
  agents = agents.cli:main (pyproject.toml)
      |
      v
+- agents/ ---------------------------------------------- 7 files, 49 lines -+
| __init__                4 -> backend_developer, base, code_architect       |
| backend_developer      10 -> base                                          |
| cli                     5 -> registry                                      |
| registry                4 -> code_architect, tester                        |
| code_architect         10 -> base                                          |
| tester                 10 -> base                                          |
| base                    6                                                  |
+----------------------------------------------------------------------------+

  tests/        2 files  tests: python -m pytest -q
  .github/       1 file  ci""")


def test_findings_come_gravest_first_with_what_commands_lack() -> None:
    facts = RepositoryFacts(
        commit="c" * 40, file_count=3, total_bytes=9,
        languages=(LanguageShare(name="Go", files=2, lines=90),),
        packages=(PackageFact(path="a/", files=1, lines=50, imports=("b/",)),
                  PackageFact(path="b/", files=1, lines=40, imports=("a/",))),
        commands=(CommandFact(kind=CommandKind.TEST, command="go test ./...", source="go.mod",
                              runnable=False, reason="'go' is not installed here."),),
        risks=(Finding(severity=Severity.LOW, title="There is no README"),
               Finding(severity=Severity.HIGH, title="Merge markers are committed")),
        truncated="2 files were left out.")

    draft = review_draft(facts, "x")

    assert [(f.severity, f.title, f.detail) for f in draft.findings] == [
        (Severity.HIGH, "Merge markers are committed", ""),
        (Severity.MEDIUM, "The tests cannot run on this machine",
         "go test ./...: 'go' is not installed here."),
        (Severity.LOW, "There is no README", ""),
        (Severity.INFO, "No linter is configured",
         "No configuration or script of one was found."),
        (Severity.INFO, "1 pair of parts import each other",
         "a/ and b/. Neither can be changed or tested alone."),
        (Severity.INFO, "The review is not complete", "2 files were left out.")]
    assert "They cannot run here: 'go' is not installed here." in draft.summary


@pytest.mark.parametrize(("files", "kind"), [
    ({}, "The repository is empty."),
    ({"notes.md": "a\nb\n"}, "A Markdown repository: 1 file, 2 lines of Markdown."),
    ({"photo.jpg": b"\0"}, "1 file, none of them source code that is known here."),
    (TYPESCRIPT_AGENTS, "A TypeScript library: 10 files, 25 lines of TypeScript."),
    ({"pyproject.toml": '[project]\ndependencies = ["Django>=5"]\n', "a.py": "x = 1\n"},
     "A Python web application on Django: 2 files, 1 line of Python."),
    ({"cmd/x/main.go": "package main\n"}, "A Go program: 1 file, 1 line of Go."),
], ids=["empty", "prose", "binary", "library", "web", "program"])
def test_the_summary_says_what_kind_of_repository_it_is(
        files: dict[str, str | bytes], kind: str) -> None:
    summary = review_draft(collect_facts(tree(files)), "x").summary

    assert summary.startswith("Reviewed by rules, not AI: ")
    assert kind in summary


def test_circles_and_long_lists_fit_into_the_picture() -> None:
    names = [f"src/part_{n:02}/" for n in range(20)]
    facts = RepositoryFacts(
        commit="", file_count=1, total_bytes=1,
        packages=tuple(PackageFact(path=name, files=2, lines=100,
                                   imports=tuple(other for other in names if other != name))
                       for name in names),
        entry_points=tuple(f"command-{n} = {'x' * 90}" for n in range(8)))

    lines = draw_architecture(facts).split("\n")

    assert max(map(len, lines)) == WIDTH
    assert {len(line) for line in lines if line.startswith(("+", "|"))} == {WIDTH}
    assert lines[5] == "  ... and 3 more ways in"
    assert lines[9] == ("| part_00/     100 -> part_01/, part_02/, part_03/, part_04/, "
                        "part_05/, +14  |")
    assert "^part_00/" in lines[10]
    assert lines[-2].startswith("| ... and 4 smaller parts, 400 lines ")


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(
    st.text(min_size=1, max_size=30).filter(lambda name: "\0" not in name),
    st.binary(max_size=200), max_size=8))
def test_any_tree_gives_a_review_that_fits_and_serialises(files: dict[str, bytes]) -> None:
    paths = {f"{name}.py" if at % 2 else f"d/{name}": data
             for at, (name, data) in enumerate(files.items())}

    draft = review_draft(collect_facts(tree(paths)), "request")

    assert adapter(ReviewDraft).validate_json(adapter(ReviewDraft).dump_json(draft)) == draft
    assert all(len(line) <= WIDTH for line in draft.architecture.split("\n"))
    assert not any(ord(each) < 32 for each in draft.architecture.replace("\n", ""))


def test_exceptions_and_the_like_come_after_a_design() -> None:
    def fact(name: str, *bases: str) -> ClassFact:
        return ClassFact(name=name, path="m.py", line=1, language="Python", bases=bases)

    facts = RepositoryFacts(
        commit="", file_count=1, total_bytes=1,
        classes=(fact("Failure", "Exception"), fact("Oops", "Failure"), fact("Ouch", "Failure"),
                 fact("Missing", "Failure"), fact("Shape"), fact("Circle", "Shape"),
                 fact("Square", "Shape")))

    assert review_draft(facts, "x").patterns == (
        "2 classes extend Shape (m.py:1): none named in tests, none exported.",
        "Circle extends Shape", "Square extends Shape",
        "3 classes extend Failure (m.py:1): none named in tests, none exported.",
        "Oops extends Failure", "Ouch extends Failure")
