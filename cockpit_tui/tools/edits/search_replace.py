"""The search/replace format: `edit_file`, beside `write_file` for new files."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_left
from collections.abc import Collection
from typing import Literal

from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import ToolError
from cockpit_tui.tools.arguments import argument, read_arguments
from cockpit_tui.tools.base import line_for_people, object_schema
from cockpit_tui.tools.edits.target import (
    PATH,
    EditTarget,
    keep_final_newline,
    refuse_placeholder,
)
from cockpit_tui.tools.files import FileEdits
from cockpit_tui.tools.matching import Replacement, find_replacements
from cockpit_tui.tools.text import TextFile, read_text, with_line_ends


class EditFile:
    """Search and replace. The match must be unique, and is loose only in whitespace and quotes."""

    effect: Literal[EffectClass.FILE_EDIT] = EffectClass.FILE_EDIT
    spec = ToolSpec(
        name="edit_file",
        description="Replace text in an existing file. old_string must stand in the file exactly "
                    "once, with enough lines around it to be unique; set replace_all to replace "
                    "every occurrence.",
        parameters=object_schema({
            "path": PATH,
            "old_string": {"type": "string", "minLength": 1},
            "new_string": {"type": "string"},
            "replace_all": {"type": "boolean"},
        }, required=("path", "old_string", "new_string")),
    )

    def __init__(self, target: EditTarget) -> None:
        self._target = target

    def summarize(self, arguments: JsonObject) -> str:
        return line_for_people("edit", argument(arguments, "path"))

    async def prepare(self, arguments: JsonObject, *,
                      written: Collection[str] = ()) -> FileEdits:
        arguments = read_arguments(self.spec, arguments)
        return await asyncio.to_thread(
            replace_in_file, self._target, arguments["path"], arguments["old_string"],
            arguments["new_string"], replace_all=arguments.get("replace_all", False))


def replace_in_file(target: EditTarget, path: str, old: str, new: str, *,
                    replace_all: bool = False, old_name: str = "old_string",
                    new_name: str = "new_string") -> FileEdits:
    """`old` replaced by `new`; the names are the arguments', for messages. Raises ToolError."""
    old, new = with_line_ends(old, "\n"), with_line_ends(new, "\n")
    confined, before = target.open_existing(path, advice="Make it first.")
    if old == new:
        raise ToolError(f"{old_name} and {new_name} are the same: nothing would change.")
    file = read_text(before.data, str(confined))
    refuse_placeholder(new, file.text)
    plain = file.text.replace("\r\n", "\n")
    places = find_replacements(plain, old, new, path=str(confined), replace_all=replace_all,
                               called=old_name)
    text = _replaced(file, places)
    return target.finish_one(confined, before, file.encode(keep_final_newline(file, text)))


def _replaced(file: TextFile, places: list[Replacement]) -> str:
    """Matches were sought with `\\n` only; they are made in the text with its own line ends."""
    windows_ends = [match.start() - i for i, match in enumerate(re.finditer("\r\n", file.text))]
    pieces: list[str] = []
    done = 0
    for place in places:
        start = place.start + bisect_left(windows_ends, place.start)
        end = place.end + bisect_left(windows_ends, place.end)
        line_end = TextFile(text=file.text[start:end]).line_end or file.line_end
        pieces += [file.text[done:start], with_line_ends(place.new, line_end)]
        done = end
    return "".join([*pieces, file.text[done:]])
