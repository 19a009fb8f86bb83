"""Anthropic's text editor, `str_replace_based_edit_tool`: view, create, str_replace, insert.

One tool for the model, two here, since looking and changing are different effects. Names and
arguments are those of `text_editor_20250728`; `new_str` is taken for `insert_text` as older
versions have it. Source: platform.claude.com/docs/en/agents-and-tools/tool-use/text-editor-tool.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any, Literal

from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import ToolError
from cockpit_tui.tools.arguments import MalformedCall, argument, read_arguments
from cockpit_tui.tools.base import ToolOutcome, line_for_people, object_schema
from cockpit_tui.tools.edits.lines import FileLines, LineChange
from cockpit_tui.tools.edits.search_replace import replace_in_file
from cockpit_tui.tools.edits.target import PATH, EditTarget, refuse_placeholder
from cockpit_tui.tools.edits.whole_file import write_whole
from cockpit_tui.tools.files import FileEdits
from cockpit_tui.tools.reading import ListFiles, ReadFile
from cockpit_tui.tools.text import read_text, with_line_ends

VIEWED_LEVELS = 2
"""How deep a viewed folder is listed."""

_VIEW, _CREATE, _REPLACE, _INSERT = "view", "create", "str_replace", "insert"

SPEC = ToolSpec(
    name="str_replace_based_edit_tool",
    description="View (file with line numbers, or folder), create or edit files. str_replace: "
                "old_str must stand in the file exactly once. insert: insert_text goes after line "
                "insert_line (0: at the top). create: file_text is the whole text, nothing left "
                "out.",
    parameters=object_schema({
        "command": {"type": "string", "enum": [_VIEW, _CREATE, _REPLACE, _INSERT]},
        "path": PATH,
        "view_range": {"type": "array", "items": {"type": "integer"},
                       "description": "[first, last] line; last -1: to the end."},
        "file_text": {"type": "string"},
        "old_str": {"type": "string"},
        "new_str": {"type": "string"},
        "insert_line": {"type": "integer", "minimum": 0},
        "insert_text": {"type": "string"},
    }, required=("command", "path")),
)

_WORDS = {_VIEW: "view", _CREATE: "write", _REPLACE: "edit", _INSERT: "edit"}


def is_view(arguments: JsonObject) -> bool:
    """Does this call of the text editor only look?"""
    return bool(argument(arguments, "command") == _VIEW)


def _line(arguments: JsonObject) -> str:
    command = argument(arguments, "command")
    verb = _WORDS.get(command, "edit") if isinstance(command, str) else "edit"
    return line_for_people(verb, argument(arguments, "path"))


class ViewText:
    """The looking half: `view`."""

    effect: Literal[EffectClass.READ] = EffectClass.READ
    spec = SPEC

    def __init__(self, files: ReadFile, folders: ListFiles) -> None:
        self._files = files
        self._folders = folders

    def summarize(self, arguments: JsonObject) -> str:
        return _line(arguments)

    async def call(self, arguments: JsonObject) -> ToolOutcome:
        read = read_arguments(self.spec, arguments)
        return await asyncio.to_thread(self._view, read["path"], read.get("view_range"))

    def _view(self, path: str, lines: list[int] | None) -> ToolOutcome:
        if self._folders.is_folder(path):
            return self._folders.listing(path, levels=VIEWED_LEVELS)
        if lines is None:
            return self._files.text_of(path, is_numbered=True)
        if len(lines) != 2 or lines[0] < 0:
            raise MalformedCall(f"{SPEC.name}: view_range must be [first line, last line], "
                                f"not {str(lines)[:60]}.")
        first, last = max(lines[0], 1), lines[1]
        return self._files.text_of(path, start=first, end=None if last == -1 else last)


class ChangeText:
    """The changing half: `create`, `str_replace`, `insert`."""

    effect: Literal[EffectClass.FILE_EDIT] = EffectClass.FILE_EDIT
    spec = SPEC

    def __init__(self, target: EditTarget) -> None:
        self._target = target

    def summarize(self, arguments: JsonObject) -> str:
        return _line(arguments)

    async def prepare(self, arguments: JsonObject, *,
                      written: Collection[str] = ()) -> FileEdits:
        return await asyncio.to_thread(self._prepare, read_arguments(self.spec, arguments))

    def _prepare(self, given: JsonObject) -> FileEdits:
        target, path = self._target, given["path"]
        match given["command"]:
            case "create":
                return write_whole(target, path, _needed(given, "file_text"))
            case "str_replace":
                old = _needed(given, "old_str")
                if not old:
                    raise MalformedCall(f"{SPEC.name}: argument 'old_str' must not be empty.")
                return replace_in_file(target, path, old, given.get("new_str", ""),
                                       old_name="old_str", new_name="new_str")
            case "insert":
                text = given.get("insert_text", given.get("new_str"))
                if text is None:
                    text = _needed(given, "insert_text")
                return insert_lines(target, path, _needed(given, "insert_line"), text)
            case command:
                raise MalformedCall(f"{SPEC.name}: {command!r} changes nothing.")


def insert_lines(target: EditTarget, path: str, after: int, text: str) -> FileEdits:
    """`text` as whole lines after line `after` (0: before the first). Raises ToolError."""
    confined, before = target.open_existing(path, advice="Make it with create.")
    file = read_text(before.data, str(confined))
    refuse_placeholder(text, file.text)
    known = FileLines(file)
    if after > len(known.lines):
        raise ToolError(f"{str(confined)!r} has {len(known.lines)} lines; insert_line {after} is "
                        "beyond its end.")
    if not text:
        raise ToolError("insert_text is empty: nothing would change.")
    new = with_line_ends(text, "\n").removesuffix("\n").split("\n")
    changed = known.changed([LineChange(start=after, end=after, new=tuple(new))])
    return target.finish_one(confined, before, file.encode(changed))


def _needed(given: JsonObject, name: str) -> Any:
    if name not in given:
        raise MalformedCall(f"{SPEC.name}: {given['command']} needs argument {name!r}.")
    return given[name]
