"""The tools that change files: `write_file` and `edit_file`, both only prepared here."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_left
from typing import Literal

from cockpit_tui.config.redaction import REDACTED
from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import PathRefused, ToolError
from cockpit_tui.domain.globs import is_owned
from cockpit_tui.tools.base import check_arguments, line_for_people, object_schema
from cockpit_tui.tools.files import MAX_FILE_BYTES, FileEdit, make_edit
from cockpit_tui.tools.matching import find_replacements
from cockpit_tui.tools.paths import ConfinedPath, Confinement, FileContent, PathMissing
from cockpit_tui.tools.placeholders import find_placeholder
from cockpit_tui.tools.seen import SeenFiles
from cockpit_tui.tools.text import TextFile, read_text, with_line_ends

_PATH: JsonObject = {"type": "string", "description": "File, relative to the repository's root."}


class EditTarget:
    """What every edit is checked against: the walls, the owned paths, what the session has seen."""

    def __init__(self, confinement: Confinement, seen: SeenFiles,
                 owned_paths: tuple[str, ...]) -> None:
        self._confinement = confinement
        self._seen = seen
        self._owned_paths = owned_paths

    def open(self, path: str) -> tuple[ConfinedPath, FileContent | None]:
        """The path, if it may be written, and what is there now. Raises ToolError."""
        confined = self._confinement.resolve(path)
        self._confinement.check_writable(confined)
        if self._owned_paths and not is_owned(str(confined), self._owned_paths):
            raise PathRefused(f"{str(confined)!r} is outside of this task's paths. It may write "
                              f"only: {', '.join(self._owned_paths)}.")
        try:
            content = self._confinement.read(confined, limit=MAX_FILE_BYTES)
        except PathMissing:
            content = None
        self._seen.refuse_stale(str(confined), content.sha256 if content else None)
        return confined, content

    def finish(self, path: ConfinedPath, before: FileContent | None, after: bytes) -> FileEdit:
        if len(after) > MAX_FILE_BYTES:
            raise ToolError(f"{str(path)!r} would have {len(after):,} bytes; at most "
                            f"{MAX_FILE_BYTES:,} are written.")
        edit = make_edit(str(path), before, after)
        self._seen.note(edit.path, edit.before_sha256, edit.after_sha256)
        return edit


class WriteFile:
    """A whole file. An existing one keeps its mode, mark, line ends and final newline."""

    effect: Literal[EffectClass.FILE_EDIT] = EffectClass.FILE_EDIT
    spec = ToolSpec(
        name="write_file",
        description="Create a file, or replace the whole text of one. Write everything: nothing "
                    "may be left out or abbreviated.",
        parameters=object_schema({
            "path": _PATH,
            "content": {"type": "string", "description": "The file's whole text."},
        }, required=("path", "content")),
    )

    def __init__(self, target: EditTarget) -> None:
        self._target = target

    def summarize(self, arguments: JsonObject) -> str:
        return line_for_people("write", arguments.get("path"))

    async def prepare(self, arguments: JsonObject) -> FileEdit:
        check_arguments(self.spec, arguments)
        return await asyncio.to_thread(self._prepare, arguments["path"], arguments["content"])

    def _prepare(self, path: str, content: str) -> FileEdit:
        confined, before = self._target.open(path)
        if before is None:
            _refuse_placeholder(content, "")
            return self._target.finish(confined, None, content.encode())
        file = read_text(before.data, str(confined))
        _refuse_placeholder(content, file.text)
        text = with_line_ends(content, file.line_end)
        return self._target.finish(confined, before, file.encode(_keep_final_newline(file, text)))


class EditFile:
    """Search and replace. The match must be unique, and is loose only in whitespace and quotes."""

    effect: Literal[EffectClass.FILE_EDIT] = EffectClass.FILE_EDIT
    spec = ToolSpec(
        name="edit_file",
        description="Replace text in an existing file. old_string must stand in the file exactly "
                    "once, with enough lines around it to be unique; set replace_all to replace "
                    "every occurrence.",
        parameters=object_schema({
            "path": _PATH,
            "old_string": {"type": "string", "minLength": 1},
            "new_string": {"type": "string"},
            "replace_all": {"type": "boolean"},
        }, required=("path", "old_string", "new_string")),
    )

    def __init__(self, target: EditTarget) -> None:
        self._target = target

    def summarize(self, arguments: JsonObject) -> str:
        return line_for_people("edit", arguments.get("path"))

    async def prepare(self, arguments: JsonObject) -> FileEdit:
        check_arguments(self.spec, arguments)
        return await asyncio.to_thread(
            self._prepare, arguments["path"], with_line_ends(arguments["old_string"], "\n"),
            with_line_ends(arguments["new_string"], "\n"), arguments.get("replace_all", False))

    def _prepare(self, path: str, old: str, new: str, replace_all: bool) -> FileEdit:
        confined, before = self._target.open(path)
        if before is None:
            raise PathMissing(f"There is no {str(confined)!r} to edit. Make it with write_file.")
        if old == new:
            raise ToolError("old_string and new_string are the same: nothing would change.")
        file = read_text(before.data, str(confined))
        _refuse_placeholder(new, file.text)
        text = _replace(file, old, new, path=str(confined), replace_all=replace_all)
        return self._target.finish(confined, before, file.encode(_keep_final_newline(file, text)))


def _replace(file: TextFile, old: str, new: str, *, path: str, replace_all: bool) -> str:
    """Matches are sought with `\\n` only, then made in the text with its own line ends."""
    plain = file.text.replace("\r\n", "\n")
    windows_ends = [match.start() - i for i, match in enumerate(re.finditer("\r\n", file.text))]
    pieces: list[str] = []
    done = 0
    for place in find_replacements(plain, old, new, path=path, replace_all=replace_all):
        start = place.start + bisect_left(windows_ends, place.start)
        end = place.end + bisect_left(windows_ends, place.end)
        line_end = TextFile(text=file.text[start:end]).line_end or file.line_end
        pieces += [file.text[done:start], with_line_ends(place.new, line_end)]
        done = end
    return "".join([*pieces, file.text[done:]])


def _keep_final_newline(file: TextFile, text: str) -> str:
    if text and file.text.endswith("\n") and not text.endswith("\n"):
        return text + (file.line_end or "\n")
    return text


def _refuse_placeholder(text: str, known: str) -> None:
    if (line := find_placeholder(text, known)) is not None:
        raise ToolError(f"{line!r} stands for code that was left out. Write the whole text, or "
                        "edit only the lines that change.")
    if REDACTED in text and REDACTED not in known:
        raise ToolError(f"{REDACTED} stands for a secret that was kept from you; written back it "
                        "would destroy it. Edit only lines without it.")
