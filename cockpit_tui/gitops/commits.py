"""Commit objects: who signs them, how message and trailers are joined and read back.

Trailers: git-scm.com/docs/git-interpret-trailers; that program is not used, because it runs the
commands that a configuration names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cockpit_tui.domain.errors import GitError
from cockpit_tui.domain.sanitize import sanitize
from cockpit_tui.gitops.runner import GitResult

_REVISION = re.compile(r"[A-Za-z0-9_@^~{}./+=,%-]+")
_TRAILER_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


class GitAccess(Protocol):
    """Something that git can be run on: a hub, a worktree, a person's repository."""

    async def git(self, *args: str, stdin: bytes | None = None, check: bool = True,
                  env_extra: Mapping[str, str | None] | None = None) -> GitResult: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    name: str
    email: str

    def environment(self, *, at: str = "") -> dict[str, str | None]:
        """Author and committer for git; `at` is git's own date form, empty for now."""
        signed: dict[str, str | None] = {}
        for role in ("AUTHOR", "COMMITTER"):
            signed |= {f"GIT_{role}_NAME": self.name, f"GIT_{role}_EMAIL": self.email}
            if at:
                signed[f"GIT_{role}_DATE"] = at
        return signed


COCKPIT = Identity(name="AI Development Cockpit", email="cockpit@localhost")


def safe_revision(revision: str) -> str:
    """`revision` unchanged. Raises GitError if git could read it as an option or a range."""
    if (revision.startswith(("-", "^")) or ".." in revision
            or _REVISION.fullmatch(revision) is None):
        raise GitError(f"Not a revision: {revision!r}")
    return revision


def compose_message(message: str, trailers: Mapping[str, str]) -> str:
    """The message with its trailers as the last paragraph. Raises GitError for a bad key."""
    lines = []
    for key, value in trailers.items():
        if _TRAILER_KEY.fullmatch(key) is None:
            raise GitError(f"Not a trailer key: {key!r}")
        lines.append(f"{key}: {' '.join(value.split())}")
    # A model may have worded it, and `git log` shows it on the person's terminal.
    body = sanitize(message.replace("\0", "")).strip() or "Change files"
    return body + "\n" + ("\n" + "\n".join(lines) + "\n" if lines else "")


def parse_trailers(text: str) -> dict[str, str]:
    """`Key: value` lines as git lists them; of a repeated key the last one counts."""
    pairs = (line.partition(": ") for line in text.splitlines())
    return {key: value.strip() for key, separator, value in pairs if separator}


async def commit_tree(where: GitAccess, tree: str, *, parents: Sequence[str], message: str,
                      env_extra: Mapping[str, str | None] | None = None) -> str:
    """Write a commit object and return its id; moves nothing."""
    args = [part for parent in parents for part in ("-p", safe_revision(parent))]
    result = await where.git("commit-tree", safe_revision(tree), *args, "-F", "-",
                             stdin=message.encode("utf-8", "replace"), env_extra=env_extra)
    return result.line
