"""What is written in worktrees, seen as it happens (watchfiles): paths, never contents.

One look a second at all that are watched, from one thread; between two looks the system collects.
Where a worktree cannot be watched, because the machine has no more watches or the file system
tells nothing, nobody is told anything: what counts is found at the next checkpoint all the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0

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
    notify: RustNotify
    written: Written


@dataclass(slots=True)
class WorktreeWatcher:
    """Of one job run. Not for several event loops."""

    _watches: dict[Path, _Watch] = field(default_factory=dict)
    _looking: asyncio.Task[None] | None = None

    async def watch(self, root: Path, written: Written) -> bool:
        """Tell `written` from now on; False where this worktree cannot be watched."""
        try:
            notify = await asyncio.to_thread(_notify, root)
        except (OSError, ImportError, RuntimeError) as error:
            log.info("%s is not watched, only looked at after each step: %s", root, error)
            return False
        self._watches[root] = _Watch(notify, written)
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
            found = await asyncio.to_thread(_changed, {
                root: watch.notify for root, watch in watches.items()})
            for root, paths in found.items():
                if root in self._watches:
                    await watches[root].written(paths)


def _notify(root: Path) -> RustNotify:
    from watchfiles._rust_notify import RustNotify

    return RustNotify([str(root)], False, False, 300, True, True)


def _changed(watches: dict[Path, RustNotify]) -> dict[Path, frozenset[str]]:
    """What was collected since the last look, without what tools write for themselves."""
    found = {}
    for root, notify in watches.items():
        try:
            changes = notify.watch(1, 1, 1, None)
        except (OSError, RuntimeError):  # closed meanwhile
            continue
        if not isinstance(changes, str) and (paths := worth_a_look(root, (
                path for _, path in changes))):
            found[root] = paths
    return found


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
