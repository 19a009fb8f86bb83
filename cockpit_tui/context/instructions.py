"""`AGENTS.md`: which instruction files speak for given paths. Source: agents.md (nearest wins)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cockpit_tui.domain.sanitize import clip
from cockpit_tui.domain.tree import TreeSnapshot

MAX_CHARACTERS = 16_000
_INSTRUCTION_NAMES = frozenset({"AGENTS.md", "CLAUDE.md", "GEMINI.md", ".cursorrules",
                                ".windsurfrules", ".clinerules", "copilot-instructions.md"})
_MAX_LISTED = 20
_GLOB = re.compile(r"[*?]")


def instruction_files(snapshot: TreeSnapshot) -> tuple[str, ...]:
    """Paths of `AGENTS.md` and its like, nearest to the root first."""
    found = [entry.path for entry in snapshot.entries if entry.is_regular
             and entry.path.rpartition("/")[2] in _INSTRUCTION_NAMES]
    return tuple(sorted(found, key=lambda path: (path.count("/"), path))[:_MAX_LISTED])


def find_instructions(snapshot: TreeSnapshot, paths: Iterable[str] = (), *,
                      max_characters: int = MAX_CHARACTERS) -> tuple[tuple[str, str], ...]:
    """(path, text) of every `AGENTS.md` on the way to `paths` (files, directories or globs).

    The root's comes first and the nearest last: what stands later wins where two disagree.
    `max_characters` is for all of them together; the nearest get theirs first, and a cut is said
    in the text.
    """
    directories = {""}
    for path in paths:
        fixed = _GLOB.split(path, maxsplit=1)[0]
        parts = fixed.split("/")
        # A glob's last piece may be half a name; a plain path may itself be a directory.
        whole = parts[:-1] if fixed != path else parts
        directories.update("/".join(whole[: at + 1]) for at in range(len(whole)))
    files = [f"{directory}/AGENTS.md" if directory else "AGENTS.md" for directory in directories]
    present = sorted((path for path in files if path in snapshot.contents),
                     key=lambda path: (path.count("/"), path))
    left = max_characters
    chosen = []
    for path in reversed(present):
        text = snapshot.contents[path].decode("utf-8", "replace").strip()
        if text and left > 0:
            chosen.append((path, clip(text, left)))
            left -= len(text)
    return tuple(reversed(chosen))
