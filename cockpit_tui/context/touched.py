"""Which file a tool call touched and how: across the tools of every edit format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from cockpit_tui.domain.conversation import ToolCall

_PATCHED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: (.+)$", re.MULTILINE)
_PATH_KEYS = ("path", "file_path", "filepath", "filename")
"""What models call it, whatever the tool's specification says."""
_WITHOUT_A_FILE = frozenset({"list_files", "search", "load_skill", "run_command", "bash"})
_WHOLE_WRITERS = frozenset({"write_file"})
_EDITOR_COMMANDS_THAT_EDIT = frozenset({"str_replace", "insert"})


class Touch(StrEnum):
    WHOLE = "whole"
    """The call or its result holds the file's whole text."""
    PART = "part"
    """The result holds a range of it."""
    EDIT = "edit"
    """The call changes part of it."""


@dataclass(frozen=True, slots=True)
class FileTouch:
    path: str
    how: Touch


def touched_files(call: ToolCall) -> tuple[FileTouch, ...]:
    """The files that `call` read or wrote; none for searches, listings and commands."""
    arguments = call.arguments
    if call.name == "apply_patch":
        text = "\n".join(value for value in arguments.values() if isinstance(value, str))
        paths = dict.fromkeys(path.strip() for path in _PATCHED.findall(text))
        return tuple(FileTouch(_plain(found), Touch.EDIT) for found in paths)
    path = path_of(call)
    if not path or call.name in _WITHOUT_A_FILE:
        return ()
    return (FileTouch(_plain(path), _how(call)),)


def path_of(call: ToolCall) -> str:
    """The path that the call names; empty for none."""
    found = (call.arguments.get(key) for key in _PATH_KEYS)
    return next((path for path in found if isinstance(path, str)), "")


def _how(call: ToolCall) -> Touch:
    arguments = call.arguments
    command = arguments.get("command")
    if call.name in _WHOLE_WRITERS or command == "create":
        return Touch.WHOLE
    if command in _EDITOR_COMMANDS_THAT_EDIT or {"old_string", "old_str"} & arguments.keys():
        return Touch.EDIT
    has_range = any(arguments.get(key) is not None
                    for key in ("start_line", "end_line", "view_range"))
    return Touch.PART if has_range else Touch.WHOLE


def _plain(path: str) -> str:
    return path.removeprefix("./")
