"""The files of one skill, from a folder on disk or from a commit; nothing outside is reachable.

Only what `names` lists can be read, and listing follows no links.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from cockpit_tui.domain.tree import TreeSnapshot

MAX_FILES = 200
MAX_BYTES = 256 * 1024


class SkillFiles(Protocol):
    def names(self) -> tuple[str, ...]:
        """Paths relative to the skill's folder, sorted, at most `MAX_FILES`."""
        ...

    def read(self, name: str) -> bytes:
        """The file's bytes. Raises OSError for what is not there, too large, or a link."""
        ...


class FolderFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> tuple[str, ...]:
        found: list[str] = []
        for place, folders, files in os.walk(self._folder):
            folders.sort()
            inside = Path(place).relative_to(self._folder)
            found.extend((inside / name).as_posix() for name in sorted(files)
                         if not (Path(place) / name).is_symlink())
            if len(found) >= MAX_FILES:
                break
        return tuple(sorted(found)[:MAX_FILES])

    def read(self, name: str) -> bytes:
        descriptor = os.open(self._folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(MAX_BYTES + 1)
        return _within_cap(name, data)


class SnapshotFiles:
    def __init__(self, snapshot: TreeSnapshot, folder: str) -> None:
        self._snapshot = snapshot
        self._prefix = f"{folder}/"

    def names(self) -> tuple[str, ...]:
        found = [path.removeprefix(self._prefix) for path in self._snapshot.contents
                 if path.startswith(self._prefix)]
        return tuple(sorted(found)[:MAX_FILES])

    def read(self, name: str) -> bytes:
        data = self._snapshot.contents.get(self._prefix + name)
        if data is None:
            raise FileNotFoundError(f"There is no {name!r} in {self._prefix!r}")
        return _within_cap(name, data)


def _within_cap(name: str, data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise OSError(f"{name!r} is larger than {MAX_BYTES:,} bytes")
    return data
