"""Risks: each is found where it is, and nowhere else."""

from __future__ import annotations

import pytest
from support.trees import PYTHON_AGENTS, tree

from cockpit_tui.context.facts import collect_facts
from cockpit_tui.domain.review import Finding, Severity
from cockpit_tui.domain.tree import TreeSnapshot


def findings(snapshot: TreeSnapshot) -> list[Finding]:
    return list(collect_facts(snapshot).risks)


def test_secret_looking_files_are_named_but_their_content_never_is() -> None:
    snapshot = tree({**PYTHON_AGENTS, ".env": "PASSWORD=hunter2\n", "deploy/id_rsa": "hunter2",
                     "tests/server.key": "hunter2", ".env.example": "PASSWORD=\n",
                     "keys/ca-cert.pem": "x"})

    found = findings(snapshot)

    assert found == [
        Finding(severity=Severity.HIGH, title="2 files that look like secrets are committed",
                detail=".env, deploy/id_rsa. Told by the name alone; the content was not read. If "
                       "it is real: replace the secret, then remove it from history.",
                path=".env"),
        Finding(severity=Severity.INFO, title="A file that looks like a secret is committed",
                detail="tests/server.key. Among the tests, so probably made up. The content was "
                       "not read.", path="tests/server.key")]


@pytest.mark.parametrize(("text", "line"), [
    ("def f(:\n", 1), ("x = 1\nclass A\n", 2), ("print 'old'\n", 1),
], ids=["def", "class", "python2"])
def test_broken_python_is_a_finding_with_its_place(text: str, line: int) -> None:
    found = findings(tree({**PYTHON_AGENTS, "agents/broken.py": text}))

    assert [(f.severity, f.title, f.path, f.line) for f in found] == [
        (Severity.MEDIUM, "agents/broken.py does not parse", "agents/broken.py", line)]


@pytest.mark.parametrize("text", ["(\n" * 5_000 + ")\n" * 5_000,
                                  "x = " + "-\\\n" * 9_000 + "1\n"])
def test_python_nested_beyond_measure_is_a_finding_like_any_other(text: str) -> None:
    found = findings(tree({**PYTHON_AGENTS, "agents/deep.py": text}))

    assert found[0].title == "agents/deep.py does not parse"


def test_an_invalid_escape_in_a_source_is_neither_a_finding_nor_a_warning() -> None:
    assert findings(tree({**PYTHON_AGENTS, "agents/old.py": 'x = "\\d"\n'})) == []


def test_committed_merge_markers_are_grave() -> None:
    text = "a = 1\n<<<<<<< HEAD\nb = 1\n=======\nb = 2\n>>>>>>> topic\n"
    readme = "Heading\n=======\n\n<<<<<<< is how git begins a conflict\n"

    found = findings(tree({**PYTHON_AGENTS, "agents/merged.sh": text, "docs/x.rst": readme}))

    assert found == [Finding(severity=Severity.HIGH, title="Merge markers are committed",
                             detail="agents/merged.sh holds both sides of a conflict.",
                             path="agents/merged.sh", line=2)]


def test_manifests_that_cannot_be_read_are_findings() -> None:
    found = findings(tree({**PYTHON_AGENTS, "pyproject.toml": "[project\n", "setup.cfg": "x\n",
                           "package.json": "[" * 100_000, "web/package.json": "[1]"}))

    assert [(f.title, f.path) for f in found if "cannot be read" in f.title] == [
        ("package.json cannot be read", "package.json"),
        ("pyproject.toml cannot be read", "pyproject.toml"),
        ("web/package.json cannot be read", "web/package.json"),
        ("setup.cfg cannot be read", "setup.cfg")]


def test_odd_entries_are_named() -> None:
    snapshot = tree(
        {**PYTHON_AGENTS, "agents/latin.py": "# caf\xe9\n".encode("latin-1"),
         "Agents/base.py": "x = 1\n", "link": "../../etc/passwd", "inside": "agents/base.py",
         "x\x1b[2J.md": ""},
        modes={"link": "120000", "inside": "120000", "deps/other": "160000"},
        unread={"tool.exe": 9, "data/all.csv": 60_000_000})

    assert [(f.severity, f.title, f.path) for f in findings(snapshot)] == [
        (Severity.MEDIUM, "1 very large file", "data/all.csv"),
        (Severity.MEDIUM, "1 symbolic link that leads out of the repository", "link"),
        (Severity.MEDIUM, "1 file name that differs only in case from another",
         "agents/base.py"),
        (Severity.LOW, "1 packed or compiled file", "tool.exe"),
        (Severity.LOW, "1 source file that is not UTF-8", "agents/latin.py"),
        (Severity.LOW, "1 file name with control or undecodable characters", "x\x1b[2J.md"),
        (Severity.INFO, "1 submodule", "deps/other")]


def test_what_is_missing_is_said() -> None:
    manifest = '{"dependencies": {"express": "^5"}, "license": "MIT"}'
    found = findings(tree({"app.js": "let x = 1;\n" * 300, "package.json": manifest}))

    assert [(f.severity, f.title) for f in found] == [
        (Severity.HIGH, "There are no tests"),
        (Severity.LOW, "There is no continuous integration"),
        (Severity.LOW, "There is no licence file"),
        (Severity.LOW, "There is no README"),
        (Severity.LOW, "package.json has no lockfile"),
        (Severity.INFO, "There is no .gitignore")]


def test_unfinished_work_is_counted_in_comments_only() -> None:
    noisy = "# TODO: a\n# FIXME b\nx = 1  # XXX\n# HACK\n# TODO again\ntext = 'TODO'\n"

    found = findings(tree({**PYTHON_AGENTS, "agents/noisy.py": noisy}))

    assert [(f.severity, f.title, f.path) for f in found] == [
        (Severity.INFO, "5 notes of unfinished work (TODO, FIXME, XXX, HACK)", "agents/noisy.py")]
