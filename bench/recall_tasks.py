"""Tasks with known answers for `bench.recall`: commits of a repository, docstrings of a package."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cockpit_tui.domain.tree import TreeEntry, TreeSnapshot

MOST_ANSWERS = 10
MAX_FILE_BYTES = 512 * 1024
_FORMAT_ONLY = re.compile(
    r"^(fold|format|reformat|lint|ruff|black|typo|bump|release|version|merge|revert)\b",
    re.IGNORECASE)
_LEAST_DOCSTRING = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    request: str
    answers: frozenset[str]
    snapshot: TreeSnapshot
    history: Sequence[frozenset[str]] = ()
    """Paths of the commits before, newest first."""


def snapshot_of(commit: str, contents: dict[str, bytes]) -> TreeSnapshot:
    """As `gitops.history.snapshot` makes it: large and binary files without their content."""
    return TreeSnapshot(
        commit=commit,
        entries=tuple(TreeEntry(path=path, mode="100644", size=len(data))
                      for path, data in sorted(contents.items())),
        contents={path: data for path, data in contents.items()
                  if len(data) <= MAX_FILE_BYTES and b"\0" not in data[:8_000]})


def commit_tasks(repository: Path) -> Iterator[Task]:
    """Oldest first: each commit's message, and those files of its parent that it changed.

    Merges, commits of formatting and those that change none or more than ten files are left out.
    """
    log = _git(repository, "log", "--reverse", "--no-renames", "--name-only", "-z",
               "--format=%x01%P%x02%B%x02").decode("utf-8", "replace")
    past: list[frozenset[str]] = []
    for record in log.split("\x01")[1:]:
        parents, message, names = record.split("\x02")
        touched = frozenset(name for name in names.strip("\0\n").split("\0") if name.strip())
        history = tuple(reversed(past))
        past.append(frozenset(name.strip("\n") for name in touched))
        if len(parents.split()) != 1 or _FORMAT_ONLY.match(message):
            continue
        contents = _tree(repository, parents)
        answers = past[-1] & contents.keys()
        if 1 <= len(answers) <= MOST_ANSWERS:
            yield Task(request=message.strip(), answers=answers, history=history,
                       snapshot=snapshot_of(parents, contents))


def docstring_tasks(package: Path, beside: Sequence[Path], count: int) -> Iterator[Task]:
    """Synthetic: a function's first sentence of documentation, to be found with it blanked.

    One task per file at most, from files spread evenly over `package`. The snapshot holds the
    packages `beside` it as well; the sentence is blanked in the one file.
    """
    own = _sources(package)
    others: dict[str, bytes] = {}
    for other in beside:
        others |= _sources(other)
    documented = [(path, found) for path, data in own.items() if (found := _sentence(data))]
    for path, sentence in documented[:: max(1, len(documented) // count)][:count]:
        blanked = own[path].replace(sentence.encode(), b" " * len(sentence.encode()))
        yield Task(request=sentence, answers=frozenset({path}),
                   snapshot=snapshot_of("docstring", {**others, **own, path: blanked}))


def _sources(package: Path) -> dict[str, bytes]:
    return {path.relative_to(package.parent).as_posix(): path.read_bytes()
            for path in sorted(package.rglob("*.py"))}


def _sentence(data: bytes) -> str:
    """The first documented function's first line, where it is long enough to be a request."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = (ast.get_docstring(node) or "").split("\n")[0].strip()
            if len(first) >= _LEAST_DOCSTRING and first.isascii() and first.encode() in data:
                return first
    return ""


def _tree(repository: Path, commit: str) -> dict[str, bytes]:
    found = {}
    with tarfile.open(fileobj=io.BytesIO(_git(repository, "archive", commit))) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file:
                found[member.name] = file.read()
    return found


def _git(repository: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=repository, check=True,
                          capture_output=True).stdout
