"""What is written in worktrees, seen as it happens (watchfiles): paths, never contents.

One look a second at all that are watched, from one thread; between two looks the system collects.
Every folder is watched by itself: asked for a whole tree, watchfiles would go through its links
too, and an agent or a repository could lead it to `/`.
Where a worktree cannot be watched, because the machine has no more watches or the file system
tells nothing, nobody is told anything: what counts is found at the next checkpoint all the same.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0

MOST_FOLDERS = 4_000
"""A worktree with more of them is not watched: others need watches too."""

_PASSING = frozenset({
    ".git", "__pycache__", "node_modules", ".venv", "venv", ".tox", ".nox", ".mypy_cache",
    ".pytest_cache", ".ruff_cache", ".hypothesis", ".gradle", "target", ".idea", ".vscode"})
"""Folders that tools fill: nobody looks because of them; a checkpoint has what git does not ignore.
"""

_PASSING_STARTS = (".cockpit-edit-",)
"""What an edit tool writes first, and then renames."""
_PASSING_ENDS = (".pyc", ".pyo", ".swp", ".swx", "~")

Written = Callable[[frozenset[str]], Awaitable[None]]
"""Told of paths below a worktree in which something was written, made or removed."""


@dataclass(slots=True)
class _Watch:
    root: Path
    written: Written
    notify: RustNotify = field(init=False)
    folders: frozenset[str] = frozenset()
    has_new: bool = False
    """A folder came that is not watched yet."""

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> frozenset[str]:
        """Watch all folders that there are now; what lies in those that were not watched before.
        Raises OSError where it cannot be done, or one vanished meanwhile."""
        folders = _folders(self.root)
        self.notify = _notify(sorted(folders))
        new, self.folders, self.has_new = folders - self.folders, folders, False
        return frozenset(entry for folder in new for entry in _entries(folder))

    def changed(self) -> frozenset[str]:
        """What was collected since the last look. Raises RuntimeError once it is closed."""
        changes = self.notify.watch(1, 1, 1, None)
        if isinstance(changes, str):
            return frozenset()
        paths = frozenset(path for _, path in changes)
        self.has_new = self.has_new or any(map(self._is_new_folder, paths))
        if not self.has_new:
            return paths
        before = self.notify
        try:
            found = self.begin()
        except OSError as error:
            self.has_new = isinstance(error, FileNotFoundError)  # At the next look, then.
            return paths
        before.close()
        return paths | found

    def _is_new_folder(self, path: str) -> bool:
        """Also one that took the place of another of its name."""
        place = Path(path)
        return place.name not in _PASSING and place.is_dir() and not place.is_symlink()


@dataclass(slots=True)
class WorktreeWatcher:
    """Of one job run. Not for several event loops."""

    _watches: dict[Path, _Watch] = field(default_factory=dict)
    _looking: asyncio.Task[None] | None = None

    async def watch(self, root: Path, written: Written) -> bool:
        """Tell `written` from now on; False where this worktree cannot be watched."""
        try:
            watch = await asyncio.to_thread(_Watch, root, written)
        except (OSError, ImportError, RuntimeError) as error:
            log.info("%s is not watched, only looked at after each step: %s", root, error)
            return False
        self._watches[root] = watch
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="watch worktrees")
        return True

    async def forget(self, root: Path) -> None:
        """Watch it no more; nothing where it is not watched."""
        if (watch := self._watches.pop(root, None)) is not None:
            watch.notify.close()
        if not self._watches and self._looking is not None:
            looking, self._looking = self._looking, None
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            watches = dict(self._watches)
            found = await asyncio.to_thread(_changed, watches)
            for root, paths in found.items():
                if root in self._watches:
                    await watches[root].written(paths)


def _notify(folders: list[str]) -> RustNotify:
    from watchfiles._rust_notify import RustNotify

    return RustNotify(folders, False, False, 300, False, True)


def _changed(watches: dict[Path, _Watch]) -> dict[Path, frozenset[str]]:
    """What was collected since the last look, without what tools write for themselves."""
    found = {}
    for root, watch in watches.items():
        try:
            paths = worth_a_look(root, watch.changed())
        except (OSError, RuntimeError):  # closed meanwhile
            continue
        if paths:
            found[root] = paths
    return found


def _folders(root: Path) -> frozenset[str]:
    """`root` and every folder below it that is worth a look; through no link. Raises OSError."""
    found = set[str]()
    for folder, names, _ in os.walk(root):
        names[:] = [name for name in names if name not in _PASSING]
        found.add(folder)
        if len(found) > MOST_FOLDERS:
            raise OSError(errno.ENOSPC, f"more than {MOST_FOLDERS:,} folders")
    return frozenset(found)


def _entries(folder: str) -> list[str]:
    try:
        return [entry.path for entry in os.scandir(folder)]
    except OSError:
        return []


def worth_a_look(root: Path, paths: Iterable[str]) -> frozenset[str]:
    """Paths relative to `root`, with `/`; without caches, scratch files and git's own."""
    found = set()
    for path in paths:
        try:
            below = Path(path).relative_to(root)
        except ValueError:
            continue
        if below.parts and _PASSING.isdisjoint(below.parts) \
                and not path.endswith(_PASSING_ENDS) \
                and not below.name.startswith(_PASSING_STARTS):
            found.add(below.as_posix())
    return frozenset(found)
