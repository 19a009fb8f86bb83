"""The tools that look at files: `list_files` and `read_file`."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Literal

from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import ToolError
from cockpit_tui.domain.sanitize import clip, sanitize_line
from cockpit_tui.tools.arguments import argument, read_arguments
from cockpit_tui.tools.base import ToolOutcome, line_for_people, object_schema
from cockpit_tui.tools.files import MAX_FILE_BYTES
from cockpit_tui.tools.paths import ConfinedPath, Confinement, PathMissing
from cockpit_tui.tools.seen import SeenFiles
from cockpit_tui.tools.text import read_text

MAX_READ_CHARACTERS = 256 * 1024
MAX_LISTED = 2_000
MAX_ENTRIES_OF_A_FOLDER = 10_000


class ListFiles:
    """One path a line, relative to the root, sorted; nearer levels first when there are too many.

    Folders end with `/`, links and special files with `@`.
    """

    effect: Literal[EffectClass.READ] = EffectClass.READ
    spec = ToolSpec(
        name="list_files",
        description="List the files below a folder, one path a line, relative to the repository's "
                    "root. Folders end with '/', links (never followed) with '@'.",
        parameters=object_schema({
            "path": {"type": "string", "description": "Folder to list; '.' is the root."},
        }, required=()),
    )

    def __init__(self, confinement: Confinement, *, limit: int = MAX_LISTED) -> None:
        self._confinement = confinement
        self._limit = limit

    def summarize(self, arguments: JsonObject) -> str:
        return line_for_people("list", argument(arguments, "path", "."))

    async def call(self, arguments: JsonObject) -> ToolOutcome:
        arguments = read_arguments(self.spec, arguments)
        return await asyncio.to_thread(self.listing, arguments.get("path", "."))

    def is_folder(self, path: str) -> bool:
        """Raises PathMissing, PathRefused."""
        return not self._confinement.is_file(self._confinement.resolve(path))

    def listing(self, path: str, *, levels: int | None = None) -> ToolOutcome:
        """What is below `path`, at most `levels` deep. Blocking. Raises ToolError."""
        start = self._confinement.resolve(path)
        found: list[tuple[tuple[str, ...], str]] = []
        waiting = deque([start])
        is_complete = True
        while waiting and len(found) < self._limit:
            folder = waiting.popleft()
            listing = self._confinement.entries(folder, limit=MAX_ENTRIES_OF_A_FOLDER)
            is_complete &= listing.is_complete
            for name, kind in listing.entries:
                below = ConfinedPath((*folder.parts, name))
                found.append((below.parts, {"directory": "/", "file": "", "other": "@"}[kind]))
                depth = len(below.parts) - len(start.parts)
                if kind == "directory" and (levels is None or depth < levels):
                    waiting.append(below)
        is_complete &= not waiting and len(found) <= self._limit
        lines = [sanitize_line("/".join(parts)) + mark for parts, mark in
                 sorted(found[:self._limit])]
        if not is_complete:
            lines.append(f"[... {len(lines):,} entries shown, there are more: list one folder]")
        text = "\n".join(lines) if lines else "(empty folder)"
        return ToolOutcome(text=text, summary=f"{len(lines)} entries in {sanitize_line(path)}")


class ReadFile:
    """A file's text: verbatim when whole, with line numbers when a range is asked for."""

    effect: Literal[EffectClass.READ] = EffectClass.READ
    spec = ToolSpec(
        name="read_file",
        description="Read a text file. Without a range its text comes back verbatim; with "
                    "start_line or end_line (both inclusive, from 1) the lines are numbered.",
        parameters=object_schema({
            "path": {"type": "string", "description": "File, relative to the repository's root."},
            "start_line": {"type": "integer", "minimum": 1},
            "end_line": {"type": "integer", "minimum": 1},
        }, required=("path",)),
    )

    def __init__(self, confinement: Confinement, seen: SeenFiles) -> None:
        self._confinement = confinement
        self._seen = seen

    def summarize(self, arguments: JsonObject) -> str:
        return line_for_people("read", argument(arguments, "path"))

    async def call(self, arguments: JsonObject) -> ToolOutcome:
        arguments = read_arguments(self.spec, arguments)
        return await asyncio.to_thread(
            self.text_of, arguments["path"], start=arguments.get("start_line"),
            end=arguments.get("end_line"))

    def text_of(self, path: str, *, start: int | None = None, end: int | None = None,
                is_numbered: bool = False) -> ToolOutcome:
        """The file or a range of its lines, always numbered if asked. Blocking.

        Raises ToolError.
        """
        confined = self._confinement.resolve(path)
        name = str(confined)
        try:
            content = self._confinement.read(confined, limit=MAX_FILE_BYTES)
        except PathMissing:
            self._seen.note(name, None)
            raise
        text = read_text(content.data, name).text
        self._seen.note(name, content.sha256)
        count = text.count("\n") + (not text.endswith("\n") and text != "")
        if start is None and end is None and not (is_numbered and count):
            return ToolOutcome(text=clip(text, MAX_READ_CHARACTERS),
                               summary=f"{count} lines of {sanitize_line(name)}")
        start, end = start or 1, min(end or count, count)
        if start > count:
            raise ToolError(f"{name!r} has {count} lines; there is no line {start}.")
        if end < start:
            raise ToolError(f"end_line {end} comes before start_line {start}.")
        chosen = text.split("\n")[start - 1:end]
        numbered = "\n".join(f"{number:>6}\t{line.removesuffix(chr(13))}"
                             for number, line in enumerate(chosen, start))
        return ToolOutcome(text=clip(numbered, MAX_READ_CHARACTERS),
                           summary=f"lines {start}-{end} of {sanitize_line(name)}")
