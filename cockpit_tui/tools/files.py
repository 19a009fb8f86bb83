"""File edits as data: what they turn into what, applied all or none, recognised after a crash."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from cockpit_tui.config.crash_points import crash_point
from cockpit_tui.domain.errors import DiskFull, ToolError
from cockpit_tui.tools.matching import is_quick_to_compare
from cockpit_tui.tools.paths import ConfinedPath, Confinement, FileContent, PathMissing

MAX_FILE_BYTES = 16 * 1024 * 1024
"""The largest file that is read or edited."""

NEW_FILE_MODE = 0o644
EditState = Literal["before", "after", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdit:
    """One file's change. Everything but `after` belongs into the intent in the ledger."""

    path: str
    """Relative to the worktree, with `/`."""
    before_sha256: str | None
    """None: the file is new."""
    after_sha256: str | None
    """None: the file is deleted."""
    after: bytes | None = field(repr=False)
    mode: int
    added: int
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdits:
    """What one call changes: each path once, files that are written before those deleted.

    A move is a deletion and a new file; in this order a crash in between loses nothing.
    """

    edits: tuple[FileEdit, ...]


def make_edit(path: str, before: FileContent | None, after: bytes | None, *,
              mode: int | None = None) -> FileEdit:
    """The edit that turns `before` (None: no file) into `after` (None: no file any more).

    `mode` is the file's own, or for a new one `NEW_FILE_MODE`, unless given.
    """
    added, removed = _count_lines(before.data if before else b"", after or b"")
    if mode is None:
        mode = before.mode if before else NEW_FILE_MODE
    return FileEdit(
        path=path,
        before_sha256=before.sha256 if before else None,
        after_sha256=hashlib.sha256(after).hexdigest() if after is not None else None,
        after=after,
        mode=mode,
        added=added,
        removed=removed,
    )


def apply_edits(root: Path, edits: FileEdits) -> None:
    """Make all edits or none; doing it twice is the same as once. Blocking: call it in a thread.

    Every file is checked before the first is written. What cannot be written after all (a full
    disk, a folder that was swapped) takes back what was. Raises ToolError if a file is not what
    the edit was prepared for, PathRefused, DiskFull.
    """
    confinement = Confinement(root)
    waiting = []
    for edit in edits.edits:
        match edit_state(root, edit.path, edit.before_sha256, edit.after_sha256):
            case "other":
                raise ToolError(f"{edit.path!r} changed since this edit was prepared; nothing was "
                                "written. Read the file again, then repeat the edit.")
            case "before":
                path = confinement.resolve(edit.path)
                waiting.append((path, edit, _content(confinement, path)))
            case "after":
                pass
    made: list[tuple[ConfinedPath, FileContent | None]] = []
    try:
        for path, edit, before in waiting:
            _put(confinement, path, edit.after, edit.mode)
            crash_point("edit/written")
            made.append((path, before))
    except (ToolError, DiskFull):
        for path, before in reversed(made):
            with suppress(ToolError, DiskFull):
                _put(confinement, path, before.data if before else None,
                     before.mode if before else 0)
        raise


def _put(confinement: Confinement, path: ConfinedPath, data: bytes | None, mode: int) -> None:
    if data is None:
        confinement.remove(path)
    else:
        confinement.write(path, data, mode=mode)


def _content(confinement: Confinement, path: ConfinedPath) -> FileContent | None:
    try:
        return confinement.read(path, limit=MAX_FILE_BYTES)
    except PathMissing:
        return None


def edit_state(root: Path, path: str, before_sha256: str | None,
               after_sha256: str | None) -> EditState:
    """Which side of an edit the file is on; how a restart finds out whether it happened.

    Raises PathRefused for a path that could never have been written.
    """
    confinement = Confinement(root)
    confined = confinement.resolve(path)
    confinement.check_writable(confined)
    content = _content(confinement, confined)
    current = content.sha256 if content else None
    if current == after_sha256:
        return "after"
    return "before" if current == before_sha256 else "other"


def _count_lines(before: bytes, after: bytes) -> tuple[int, int]:
    """Lines added and removed. Beyond a size where a real diff is slow, all lines in between."""
    old, new = before.splitlines(), after.splitlines()
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    old, new = old[start:len(old) - end], new[start:len(new) - end]
    if not is_quick_to_compare(old, new):
        return len(new), len(old)
    same = sum(block.size for block in
               SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks())
    return len(new) - same, len(old) - same
