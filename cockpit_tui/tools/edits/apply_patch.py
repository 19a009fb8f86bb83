"""The patch format of the OpenAI families: `apply_patch`, several files in one call.

Every hunk of every file is verified before anything is written.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import ToolError
from cockpit_tui.tools.arguments import argument, read_arguments
from cockpit_tui.tools.base import line_for_people, object_schema
from cockpit_tui.tools.edits.hunks import place_hunks
from cockpit_tui.tools.edits.lines import FileLines
from cockpit_tui.tools.edits.patch_format import Section, parse_patch
from cockpit_tui.tools.edits.target import EditTarget, keep_final_newline, refuse_placeholder
from cockpit_tui.tools.files import FileEdits
from cockpit_tui.tools.paths import ConfinedPath, FileContent, PathMissing
from cockpit_tui.tools.text import read_text, with_line_ends

_NAMED = re.compile(r"^[ \t]*+\*\*\* (?:Add|Delete|Update) File: (.+)$", re.MULTILINE)
_MAX_NAMED = 3


class ApplyPatch:
    """Adds, changes, moves and deletes files; all of it or nothing."""

    effect: Literal[EffectClass.FILE_EDIT] = EffectClass.FILE_EDIT
    spec = ToolSpec(
        name="apply_patch",
        description=(
            "Change files with a patch:\n"
            "*** Begin Patch\n*** Update File: src/a.py\n@@ class A\n@@     def f(self):\n"
            "         x = 1\n-        return 1\n+        return x\n*** Add File: src/b.py\n"
            "+first line\n*** Delete File: src/c.py\n*** End Patch\n"
            "After '*** Update File' may come '*** Move to: new/path'. Give about 3 unchanged "
            "lines (' ') around a change; '@@ line' names the class or function where they are "
            "not unique; '*** End of File' marks a hunk at the end. All hunks must fit, or "
            "nothing is written."),
        parameters=object_schema({"patch": {"type": "string", "minLength": 1}},
                                 required=("patch",)),
    )

    def __init__(self, target: EditTarget) -> None:
        self._target = target

    def summarize(self, arguments: JsonObject) -> str:
        patch = argument(arguments, "patch")
        if not isinstance(patch, str):
            return line_for_people("patch", patch)
        paths = list(dict.fromkeys(path.strip() for path in _NAMED.findall(patch)))
        more = f" and {len(paths) - _MAX_NAMED} more" if len(paths) > _MAX_NAMED else ""
        return line_for_people("patch", (", ".join(paths[:_MAX_NAMED]) or "?") + more)

    async def prepare(self, arguments: JsonObject, *,
                      written: Collection[str] = ()) -> FileEdits:
        patch = read_arguments(self.spec, arguments)["patch"]
        return await asyncio.to_thread(self._prepare, patch, frozenset(written))

    def _prepare(self, patch: str, written: frozenset[str]) -> FileEdits:
        stage = _Stage(self._target, written)
        for section in parse_patch(patch):
            stage.take(section)
        return stage.finish()


@dataclass(slots=True)
class _StagedFile:
    path: ConfinedPath
    before: FileContent | None
    now: bytes | None
    mode: int | None = None
    """Set where the file takes over another's."""


class _Stage:
    """The files that a patch names, as they will be."""

    def __init__(self, target: EditTarget, written: frozenset[str]) -> None:
        self._target = target
        self._written = written
        self._files: dict[str, _StagedFile] = {}

    def take(self, section: Section) -> None:
        path = self._target.name(section.path)
        if path in self._written:
            return
        file = self._open(path)
        match section.action:
            case "add":
                self._add(file, section)
            case "delete":
                _present(file, "delete")
                file.now = None
            case "update":
                self._update(file, section)

    def finish(self) -> FileEdits:
        changed = [file for file in self._files.values()
                   if file.now != (file.before.data if file.before else None)]
        if not changed:
            raise ToolError("The patch changes nothing: the files are so already.")
        # A crash in between loses nothing: what moved is at its new place before its old changes.
        changed.sort(key=lambda file: (file.now is None, file.before is not None))
        return FileEdits(edits=tuple(
            self._target.finish(file.path, file.before, file.now, mode=file.mode)
            for file in changed))

    def _open(self, path: str) -> _StagedFile:
        if path not in self._files:
            confined, before = self._target.open(path)
            self._files[path] = _StagedFile(confined, before, before.data if before else None)
        return self._files[path]

    def _add(self, file: _StagedFile, section: Section) -> None:
        if file.now is not None:
            raise ToolError(f"{str(file.path)!r} exists already. Change it with '*** Update "
                            "File', or delete it first in the same patch.")
        text = "".join(f"{line}\n" for line in section.added)
        if file.before is None:
            refuse_placeholder(text, "")
            file.now = text.encode()
            return
        known = read_text(file.before.data, str(file.path))
        refuse_placeholder(text, known.text)
        file.now = known.encode(keep_final_newline(known, with_line_ends(text, known.line_end)))

    def _update(self, file: _StagedFile, section: Section) -> None:
        new_path = self._target.name(section.new_path) if section.new_path else ""
        if new_path in self._written:
            file.now = None
            return
        now = _present(file, "change")
        if section.hunks:
            now = _patched(str(file.path), now, section)
        if not new_path or new_path == str(file.path):
            file.now = now
            return
        moved = self._open(new_path)
        if moved.now is not None:
            raise ToolError(f"{section.path!r} cannot move to {new_path!r}: that exists already.")
        moved.now = now
        moved.mode = file.mode or (file.before.mode if file.before else None)
        file.now = None


def _present(file: _StagedFile, verb: str) -> bytes:
    if file.now is None:
        raise PathMissing(f"There is no {str(file.path)!r} to {verb}. Make it with '*** Add "
                          "File'.")
    return file.now


def _patched(path: str, data: bytes, section: Section) -> bytes:
    file = read_text(data, path)
    added = "\n".join(line.text for hunk in section.hunks for line in hunk.lines
                      if line.kind == "+")
    refuse_placeholder(added, file.text)
    known = FileLines(file)
    return file.encode(known.changed(place_hunks(known.lines, section.hunks, path=path)))
