"""Change an existing file by the smallest unique replacements, the way a careful model would."""

from __future__ import annotations

import difflib
from collections.abc import Generator

from cockpit_tui.providers.offline.recipe import CannotWork, ToolReply, ToolUse

_MOST_EDITS = 8


def change_file(path: str, old: str, new: str) -> Generator[ToolUse, ToolReply, None]:
    """Turn `old`, the file's whole text, into `new`. Raises CannotWork when it is refused.

    Line ends are plain in both; the tools keep those that the file has.
    """
    replacements = _replacements(old, new)
    if replacements is None:
        yield from write_file(path, new)
        return
    for old_string, new_string in replacements:
        reply = yield ToolUse(name="edit_file", arguments={
            "path": path, "old_string": old_string, "new_string": new_string})
        if reply.is_error:
            raise CannotWork(f"{path} could not be changed: {reply.text}")


def write_file(path: str, text: str) -> Generator[ToolUse, ToolReply, None]:
    """Raises CannotWork when it is refused."""
    reply = yield ToolUse(name="write_file", arguments={"path": path, "content": text})
    if reply.is_error:
        raise CannotWork(f"{path} could not be written: {reply.text}")


def _replacements(old: str, new: str) -> list[tuple[str, str]] | None:
    """(old string, new string) pairs to make in order; None where the whole file is simpler."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    changes = [code for code in difflib.SequenceMatcher(
        None, before, after, autojunk=False).get_opcodes() if code[0] != "equal"]
    if not changes or len(changes) > _MOST_EDITS:
        return None
    found = []
    text = old
    for _, a, b, c, d in reversed(changes):
        context = _context(before, a, b, text)
        if context is None:
            return None
        first, last = context
        replacement = "".join(before[first:a]) + "".join(after[c:d]) + "".join(before[b:last])
        old_string = "".join(before[first:last])
        found.append((old_string, replacement))
        text = text.replace(old_string, replacement, 1)
    return found if text == new else None


def _context(lines: list[str], a: int, b: int, text: str) -> tuple[int, int] | None:
    """The lines around `a:b` that make them unique in `text`."""
    first, last = (max(a - 1, 0), b) if a else (a, min(b + 1, len(lines)))
    while True:
        chosen = "".join(lines[first:last])
        if chosen.strip() and text.count(chosen) == 1:
            return first, last
        if first == 0 and last == len(lines):
            return None
        if first:
            first -= 1
        elif last < len(lines):
            last += 1
