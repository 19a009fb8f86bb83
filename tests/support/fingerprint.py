"""Everything of a checkout that a person would notice if it changed, as one comparable value."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from support.repositories import git

_OF_GIT = ("HEAD", "index", "config", "description", "info", "hooks", "packed-refs", "shallow",
           "logs/HEAD", "modules", "FETCH_HEAD", "ORIG_HEAD", "worktrees")
"""What the cockpit has no business with; a landed branch adds objects and its own ref only."""


def fingerprint(repository: Path) -> dict[str, str]:
    """Path → kind, mode, size, time and content of each file; and each ref but the cockpit's."""
    git_dir = Path(git("rev-parse", "--absolute-git-dir", cwd=repository))
    found = {}
    if git_dir != repository:
        found = {name: state for name, state in _walk(repository) if not _is_git(name)}
    for part in _OF_GIT:
        found |= {f".git/{part}{name and '/'}{name}": state
                  for name, state in _walk(git_dir / part)}
    for line in git("for-each-ref", "--format=%(refname) %(objectname)", cwd=repository) \
            .splitlines():
        ref, _, sha = line.partition(" ")
        if not ref.startswith("refs/heads/cockpit/"):
            found[ref] = sha
    return found


def _is_git(name: str) -> bool:
    return name == ".git" or name.startswith(".git/")


def _walk(root: Path) -> list[tuple[str, str]]:
    if not os.path.lexists(root):
        return []
    states = [("", _state(root))]
    if root.is_dir() and not root.is_symlink():
        for folder, folders, files in os.walk(root):
            for each in (*folders, *files):
                path = Path(folder) / each
                states.append((str(path.relative_to(root)), _state(path)))
    return states


def _state(path: Path) -> str:
    found = path.lstat()
    if path.is_symlink():
        content = str(path.readlink())
    elif path.is_dir():
        return f"directory {found.st_mode:o}"
    else:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{found.st_mode:o} {found.st_size} {found.st_mtime_ns} {content}"
