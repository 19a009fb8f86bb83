"""An edit between its two durable steps: what was prepared, made, and found after a crash."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.errors import ToolError
from cockpit_tui.tools.arguments import MalformedCall
from cockpit_tui.tools.base import EditTool
from cockpit_tui.tools.files import EditState, FileEdit, apply_edits, edit_state


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedFile:
    """One file of an edit: enough to tell on which side of it the file is."""

    path: str
    before_sha256: str | None
    after_sha256: str | None
    added: int
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedEdit:
    """An edit that was checked but not made; `error` is set where it was refused."""

    files: tuple[PreparedFile, ...] = ()
    error: str = ""
    malformed: bool = False
    """The refused call was wrong in itself."""

    @property
    def added(self) -> int:
        return sum(file.added for file in self.files)

    @property
    def removed(self) -> int:
        return sum(file.removed for file in self.files)

    def intent(self) -> JsonObject:
        """Every path with its hashes before and after; null where there is no file."""
        return {"files": [{"path": file.path, "before": file.before_sha256,
                           "after": file.after_sha256} for file in self.files]}


async def prepare_edit(tool: EditTool, arguments: JsonObject) -> PreparedEdit:
    """Nothing is written; a refusal is part of the result, for the ledger to remember."""
    try:
        edits = await tool.prepare(arguments)
    except ToolError as error:
        return PreparedEdit(error=str(error), malformed=isinstance(error, MalformedCall))
    return PreparedEdit(files=tuple(_recorded(edit) for edit in edits.edits))


async def apply_prepared(root: Path, tool: EditTool, arguments: JsonObject,
                         prepared: PreparedEdit) -> None:
    """Make what was prepared, all or nothing; of an interrupted run, what is missing of it.

    Raises ToolError where a file is on neither side of its edit.
    """
    states = await _states(root, prepared)
    written = {path for path, state in states.items() if state == "after"}
    if len(written) == len(states):
        return
    edits = await tool.prepare(arguments, written=written)
    if [_recorded(edit) for edit in edits.edits] != [
            file for file in prepared.files if file.path not in written]:
        raise ToolError("The files changed since this edit was prepared; nothing was written. "
                        "Read them again, then repeat the edit.")
    await asyncio.to_thread(apply_edits, root, edits)


async def is_applied(root: Path, prepared: PreparedEdit) -> bool:
    """Did an interrupted run make all of the edit? False: go on with `apply_prepared`.

    Raises ToolError, for the person, where a file is on neither side.
    """
    states = await _states(root, prepared)
    if others := [path for path, state in states.items() if state == "other"]:
        raise ToolError(f"{', '.join(others[:5])} was changed by somebody else while the cockpit "
                        "was away.", hint="Retry the task.")
    return all(state == "after" for state in states.values())


async def _states(root: Path, prepared: PreparedEdit) -> dict[str, EditState]:
    def look() -> dict[str, EditState]:
        return {file.path: edit_state(root, file.path, file.before_sha256, file.after_sha256)
                for file in prepared.files}

    return await asyncio.to_thread(look)


def _recorded(edit: FileEdit) -> PreparedFile:
    return PreparedFile(path=edit.path, before_sha256=edit.before_sha256,
                        after_sha256=edit.after_sha256, added=edit.added, removed=edit.removed)
