"""What one attempt writes: told to the radar, held against the plan, locked while it runs.

Nobody is stopped for a stray write, and nobody waits: no commit will hold it, and a task that
waited in the middle of its work could wait for one that waits for it. The agent is told.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cockpit_tui.domain import event
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.errors import GitError, StorageError
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.globs import is_owned
from cockpit_tui.domain.lock import Claim, Lock
from cockpit_tui.domain.plan import Task
from cockpit_tui.domain.record import Facts
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.engine.locks import Asker, LockDesk
from cockpit_tui.engine.radar import Radar
from cockpit_tui.gitops.watcher import WorktreeWatcher
from cockpit_tui.gitops.worktrees import Worktree

log = logging.getLogger(__name__)

MOST_NAMED = 10
"""Paths that one event or one word to an agent names."""
_MOST_COMPARED = 500
"""Paths of one look that are held against what others hold."""


@dataclass(slots=True, kw_only=True)
class Observer:
    """Of one attempt; `asker` is its task. What cannot be seen is logged and fails nothing."""

    ctx: JobContext
    task: Task
    asker: Asker
    radar: Radar
    locks: LockDesk
    watcher: WorktreeWatcher
    _base: str = ""
    _worktree: Worktree | None = None
    _seen: set[str] = field(default_factory=set)
    """What it wrote without owning it, and was spoken of."""
    _news: list[str] = field(default_factory=list)
    _root: Path | None = None

    async def begin(self, base: str, worktree: Worktree) -> None:
        """The attempt works in `worktree`, from `base` on."""
        self._base, self._worktree = base, worktree
        if self.task.owned_paths and await self.watcher.watch(worktree.path, self._written):
            self._root = worktree.path

    async def end(self) -> None:
        if self._root is not None:
            await self.watcher.forget(self._root)
            self._root = None

    async def kept(self, commit: str) -> None:
        """A checkpoint or a commit holds its files as they are now."""
        try:
            files = await self.radar.wrote(
                self.task.id, self.asker.number, base=self._base, commit=commit,
                owned_paths=self.task.owned_paths)
            await self._hold(files)
        except (GitError, StorageError) as error:
            log.warning("task %s: what it wrote was not seen: %s", self.asker.number, error)

    def news(self) -> str:
        """What the agent has to hear, once; empty: nothing."""
        words, self._news = "\n".join(self._news), []
        return words

    async def _written(self, paths: frozenset[str]) -> None:
        """By the watcher: something happened there. What git ignores does not count."""
        worktree = self._worktree
        if worktree is None or all(is_owned(path, self.task.owned_paths) or path in self._seen
                                   for path in paths):
            return
        try:
            await self._hold(await worktree.changed_files("HEAD"))
        except (GitError, StorageError, OSError) as error:
            log.warning("task %s: what it wrote was not seen: %s", self.asker.number, error)

    async def _hold(self, files: Iterable[str]) -> None:
        """Lock what is not the task's own, and flag what is new of it."""
        owned = self.task.owned_paths
        new = [file for file in files if file not in self._seen
               and not (owned and is_owned(file, owned))]
        if not new:
            return
        self._seen.update(new)
        others = await self.locks.observe(self.asker, new)
        if not owned:  # Its own work, unless somebody else is at it.
            new = [file for file in new[:_MOST_COMPARED] if any(
                Claim(paths=(file,)).shared_with(lock.claim) for lock in others)]
        if new:
            await self._flag(new, others)

    async def _flag(self, files: list[str], others: tuple[Lock, ...]) -> None:
        names = tuple(lock.task_name for lock in others)
        strayed = event.TaskStrayed(number=self.asker.number, files=tuple(files[:MOST_NAMED]),
                                    held_by=names)
        digest = hashlib.sha256("\0".join((*names, "", *files)).encode(
            "utf-8", "surrogateescape")).hexdigest()[:16]
        await self.ctx.record(f"task/{self.task.id}/strayed/{digest}", Facts(events=(
            Event(payload=strayed, job_id=self.asker.job_id, task_id=self.asker.task_id),)))
        shown = ", ".join(map(sanitize_line, files[:MOST_NAMED]))
        more = f" and {len(files) - MOST_NAMED} more" if len(files) > MOST_NAMED else ""
        held = f" {' and '.join(names)} works there at the moment." if names else ""
        if self.task.owned_paths:
            self._news.append(f"[cockpit] You wrote {shown}{more}: that is outside of the paths "
                              f"that you may write, and no commit will hold it.{held} Undo it, "
                              "unless it is a by-product that your task needs to run.")
        else:
            self._news.append(f"[cockpit] You wrote {shown}{more}.{held} Change no more there "
                              "than your task needs: whoever lands second has to bring both "
                              "together.")
