"""What stands in the title of a diff: where the reader is, and what is kept."""

from __future__ import annotations

from collections.abc import Collection

from cockpit_tui.domain.diff import Diff
from cockpit_tui.presentation.diff_rows import DiffRow, every_hunk
from cockpit_tui.presentation.glyphs import GlyphSet


def hunk_index(diff: Diff, row: DiffRow) -> int:
    """0-based, over all files; -1 where the row belongs to no hunk."""
    if row.hunk < 0:
        return -1
    return sum(len(file.hunks) for file in diff.files[:row.file]) + row.hunk


def place_text(diff: Diff, row: DiffRow, glyphs: GlyphSet) -> str:
    """`file 1/5 · hunk 2/7`; empty for a diff without files."""
    if not diff.files:
        return ""
    file = f"file {row.file + 1}/{len(diff.files)}"
    total = sum(len(file.hunks) for file in diff.files)
    index = hunk_index(diff, row)
    if index < 0:
        return f"{file} {glyphs.separator} {total} hunk{'' if total == 1 else 's'}"
    return f"{file} {glyphs.separator} hunk {index + 1}/{total}"


def kept_text(diff: Diff, dropped: Collection[str]) -> str:
    """`6 kept, 1 dropped`, or `7 kept`."""
    hunks = [hunk.id for _, _, hunk in every_hunk(diff)]
    out = sum(id in dropped for id in hunks)
    kept = f"{len(hunks) - out} kept"
    return f"{kept}, {out} dropped" if out else kept


def marks_text(diff: Diff, dropped: Collection[str], glyphs: GlyphSet) -> str:
    """`✓ ✓ ✗`: one mark a hunk, in order."""
    return " ".join(glyphs.failed if hunk.id in dropped else glyphs.done
                    for _, _, hunk in every_hunk(diff))
