"""Which paths are files already, asked without provoking an error for those that are not."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import PurePosixPath

from cockpit_tui.providers.offline.reading import read_if_present
from cockpit_tui.providers.offline.recipe import ToolReply, ToolUse


def present(paths: Iterable[str]) -> Generator[ToolUse, ToolReply, set[str]]:
    """Those of `paths` that exist. Folders are listed; only an endless one is asked path by path.
    """
    wanted = list(dict.fromkeys(paths))
    found: set[str] = set()
    for folder in dict.fromkeys(str(PurePosixPath(path).parent) for path in wanted):
        own = [path for path in wanted if str(PurePosixPath(path).parent) == folder]
        reply = yield ToolUse(name="list_files", arguments={"path": folder})
        if reply.is_error:
            continue
        lines = reply.text.splitlines()
        found.update(path for path in own if path in lines or f"{path}@" in lines)
        if lines and lines[-1].startswith("[..."):
            for path in own:
                if path not in found and (yield from read_if_present(path)) is not None:
                    found.add(path)
    return found
