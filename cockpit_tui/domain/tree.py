"""The tree of one commit, as plain data: what the facts are read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEntry:
    """One path of a commit. `path` is text; bytes that are not UTF-8 are surrogate-escaped."""

    path: str
    mode: str
    """Git's mode: `100644`, `100755`, `120000` (symlink), `160000` (submodule)."""
    size: int
    """Bytes of the blob; 0 for submodules."""

    @property
    def is_regular(self) -> bool:
        return self.mode in {"100644", "100755"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeSnapshot:
    """All entries of a commit, and the content of those small enough to read."""

    commit: str
    entries: tuple[TreeEntry, ...]
    """Sorted by path."""
    contents: Mapping[str, bytes]
    """Path → bytes, for regular files within the size caps; larger or binary ones are missing."""
    truncated: str = ""
    """What was left out and why; empty if nothing was."""
