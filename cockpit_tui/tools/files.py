"""A file edit as data: what it turns into what, applied atomically, recognised after a crash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from cockpit_tui.domain.errors import ToolError
from cockpit_tui.tools.paths import Confinement, FileContent, PathMissing

MAX_FILE_BYTES = 16 * 1024 * 1024
"""The largest file that is read or edited."""

NEW_FILE_MODE = 0o644
_DIFF_CELLS = 4_000_000

EditState = Literal["before", "after", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdit:
    """One file's change. Everything but `after` belongs into the intent in the ledger."""

    path: str
    """Relative to the worktree, with `/`."""
    before_sha256: str | None
    """None: the file is new."""
    after_sha256: str
    after: bytes = field(repr=False)
    mode: int
    added: int
    removed: int


def make_edit(path: str, before: FileContent | None, after: bytes) -> FileEdit:
    """The edit that turns `before` (None: no file yet) into `after`, keeping its mode."""
    added, removed = _count_lines(before.data if before else b"", after)
    return FileEdit(
        path=path,
        before_sha256=before.sha256 if before else None,
        after_sha256=hashlib.sha256(after).hexdigest(),
        after=after,
        mode=before.mode if before else NEW_FILE_MODE,
        added=added,
        removed=removed,
    )


def apply_edit(root: Path, edit: FileEdit) -> None:
    """Write the edit; doing it twice is the same as once. Blocking: call it in a thread.

    Raises ToolError if the file is not what the edit was prepared for, PathRefused, DiskFull.
    """
    match edit_state(root, edit.path, edit.before_sha256, edit.after_sha256):
        case "after":
            return
        case "other":
            raise ToolError(f"{edit.path!r} changed since this edit was prepared; it was not "
                            "written. Read the file again, then repeat the edit.")
        case "before":
            confinement = Confinement(root)
            confinement.write(confinement.resolve(edit.path), edit.after, mode=edit.mode)


def edit_state(root: Path, path: str, before_sha256: str | None, after_sha256: str) -> EditState:
    """Which side of an edit the file is on; how a restart finds out whether it happened.

    Raises PathRefused for a path that could never have been written.
    """
    confinement = Confinement(root)
    confined = confinement.resolve(path)
    confinement.check_writable(confined)
    try:
        current = confinement.read(confined, limit=MAX_FILE_BYTES).sha256
    except PathMissing:
        current = None
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
    if len(old) * len(new) > _DIFF_CELLS:
        return len(new), len(old)
    same = sum(block.size for block in
               SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks())
    return len(new) - same, len(old) - same
