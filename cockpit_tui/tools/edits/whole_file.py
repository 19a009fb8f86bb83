"""The whole-file format: `write_file`, the one edit that every model manages."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Literal

from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.tools.arguments import argument, read_arguments
from cockpit_tui.tools.base import line_for_people, object_schema
from cockpit_tui.tools.edits.target import (
    PATH,
    EditTarget,
    keep_final_newline,
    refuse_placeholder,
)
from cockpit_tui.tools.files import FileEdits
from cockpit_tui.tools.text import read_text, with_line_ends


class WriteFile:
    """A whole file. An existing one keeps its mode, mark, line ends and final newline."""

    effect: Literal[EffectClass.FILE_EDIT] = EffectClass.FILE_EDIT
    spec = ToolSpec(
        name="write_file",
        description="Create a file, or replace the whole text of one. Write everything: nothing "
                    "may be left out or abbreviated.",
        parameters=object_schema({
            "path": PATH,
            "content": {"type": "string", "description": "The file's whole text."},
        }, required=("path", "content")),
    )

    def __init__(self, target: EditTarget) -> None:
        self._target = target

    def summarize(self, arguments: JsonObject) -> str:
        return line_for_people("write", argument(arguments, "path"))

    async def prepare(self, arguments: JsonObject, *,
                      written: Collection[str] = ()) -> FileEdits:
        arguments = read_arguments(self.spec, arguments)
        return await asyncio.to_thread(write_whole, self._target, arguments["path"],
                                       arguments["content"])


def write_whole(target: EditTarget, path: str, content: str) -> FileEdits:
    """`path` with `content` and nothing else. Raises ToolError."""
    confined, before = target.open(path)
    if before is None:
        refuse_placeholder(content, "")
        return target.finish_one(confined, None, content.encode())
    file = read_text(before.data, str(confined))
    refuse_placeholder(content, file.text)
    text = with_line_ends(content, file.line_end)
    return target.finish_one(confined, before, file.encode(keep_final_newline(file, text)))
