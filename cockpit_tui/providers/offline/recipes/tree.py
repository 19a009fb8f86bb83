"""The repository's files, through the tools: `tree = yield from list_tree()`."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from cockpit_tui.providers.offline.recipe import CannotWork, ToolReply, ToolUse

_MAX_FOLDERS = 16
"""How many folders are asked for one by one where the whole list was too long."""

_FOREIGN = frozenset({".git", "node_modules", ".venv", "venv", "vendor", "__pycache__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    files: frozenset[str]
    """Regular files; links are left out."""
    is_complete: bool

    def __contains__(self, path: str) -> bool:
        return path in self.files

    def first_of(self, *paths: str) -> str:
        """The first of `paths` that is a file here, or an empty string."""
        return next((path for path in paths if path in self.files), "")

    def under(self, folder: str) -> tuple[str, ...]:
        """The files below `folder`, sorted; all files for an empty string."""
        prefix = f"{folder.rstrip('/')}/" if folder else ""
        return tuple(sorted(path for path in self.files if path.startswith(prefix)))

    def has_folder(self, folder: str) -> bool:
        return any(path.startswith(f"{folder}/") for path in self.files)


def list_tree() -> Generator[ToolUse, ToolReply, Tree]:
    """All files, but for other people's code. Raises CannotWork if they cannot be listed."""
    reply = yield ToolUse(name="list_files", arguments={"path": "."})
    if reply.is_error:
        raise CannotWork(f"The files could not be listed: {reply.text}")
    files, folders, is_complete = _read_listing(reply.text)
    if not is_complete:
        # The list names nearer levels first, so the top folders are all there.
        top = [folder for folder in folders if "/" not in folder and folder not in _FOREIGN]
        is_complete = len(top) <= _MAX_FOLDERS
        for folder in top[:_MAX_FOLDERS]:
            reply = yield ToolUse(name="list_files", arguments={"path": folder})
            below, _, is_whole = _read_listing("" if reply.is_error else reply.text)
            files |= below
            is_complete = is_complete and is_whole and not reply.is_error
    own = frozenset(path for path in files if not _FOREIGN.intersection(path.split("/")[:-1]))
    return Tree(files=own, is_complete=is_complete)


def _read_listing(text: str) -> tuple[set[str], list[str], bool]:
    """(files, folders, whether that is all) of `list_files`' text: one path a line."""
    lines = text.splitlines()
    is_complete = not (lines and lines[-1].startswith("[..."))
    if not is_complete:
        lines.pop()
    folders = [line[:-1] for line in lines if line.endswith("/")]
    files = {line for line in lines if not line.endswith(("/", "@")) and line != "(empty folder)"}
    return files, folders, is_complete
