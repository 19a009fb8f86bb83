"""Read a file through the tools, from inside a recipe: `text = yield from read_whole(path)`."""

from __future__ import annotations

from collections.abc import Generator

from cockpit_tui.providers.offline.recipe import CannotWork, ToolReply, ToolUse


def read_whole(path: str) -> Generator[ToolUse, ToolReply, str]:
    """The file's whole text. Raises CannotWork if it cannot be read.

    `read_file` numbers lines only when asked for a range, so a whole file comes back verbatim.
    """
    reply = yield ToolUse(name="read_file", arguments={"path": path})
    if reply.is_error:
        raise CannotWork(f"{path} could not be read: {reply.text}")
    return reply.text


def read_if_present(path: str) -> Generator[ToolUse, ToolReply, str | None]:
    """The file's whole text, or None where there is no such file."""
    reply = yield ToolUse(name="read_file", arguments={"path": path})
    return None if reply.is_error else reply.text
