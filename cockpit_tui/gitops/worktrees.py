"""The pool of a hub's worktrees: made one at a time, used again by reset and clean, kept by name.

A worktree is a slot: a directory `root/slot-N` with its git directory in the hub. Who uses it
stands in that git directory (`cockpit-name`), where no agent writes, so that the next process finds
the worktree of a killed run by its name.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from cockpit_tui.config.crash_points import crash_point
from cockpit_tui.domain.errors import DiskFull, GitError
from cockpit_tui.gitops import checkpoints
from cockpit_tui.gitops.commits import safe_revision
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.removal import remove_tree
from cockpit_tui.gitops.trash import KEPT_REFS, Trash
from cockpit_tui.gitops.worktree import Worktree

__all__ = ["KEPT_REFS", "Worktree", "WorktreePool", "held_names"]

_NAME_FILE = "cockpit-name"
_KEEPER_FILE = "cockpit-keeper"
_LASTING_REFS = ("refs/heads", "refs/cockpit/source", KEPT_REFS, "refs/cockpit/jobs/*/phase-*")
"""What they hold is landed, or kept. Checkpoints hold work too, but are thinned out."""
_ADD_ATTEMPTS = 3
_ADD_TIMEOUT_SECONDS = 600.0


class WorktreePool:
    def __init__(self, hub: Hub, root: Path) -> None:
        self.hub = hub
        self.trash = Trash(hub)
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root = root.resolve()

    async def acquire(self, commit: str, *, name: str, keeper: str = "") -> Worktree:
        """A clean worktree at `commit`, held by `name` until it is released; of those that nobody
        holds the one that `keeper` had last, whose files differ the least.

        A name that holds one already gets the same one; work in it that did not land goes to the
        trash first.
        """
        if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name) is None:
            raise GitError(f"Not a worktree name: {name!r}")
        wanted = await self.hub.resolve(commit)
        async with self.hub.alone():
            slots = self._slots()
            held = next((slot for slot in slots if slot.name == name), None)
            slot = held or _warmest([slot for slot in slots if not slot.name], keeper)
            is_new = slot is None
            if slot is None:
                slot = await self._add(self._free_directory(slots), wanted)
            (slot.admin / _NAME_FILE).write_text(name, encoding="utf-8")
            (slot.admin / _KEEPER_FILE).write_text(keeper, encoding="utf-8")
            crash_point("worktree/named")
        worktree = Worktree(self.hub, slot.path, slot.admin, name)
        if held is not None:
            await self._keep_work(worktree, "the attempt was started again")
        return worktree if is_new else await self._made_clean(worktree, wanted)

    async def release(self, worktree: Worktree, *, landed: str = "",
                      why: str = "given back before its work landed") -> None:
        """Give it back for the next task; work that no ref holds goes to the trash first. What is
        in the commit `landed` has landed, perhaps as another commit on top of other work."""
        if worktree.is_present:
            await self._keep_work(worktree, why, landed)
        else:  # Somebody removed its files; what was committed is in the hub.
            await self._keep_head(worktree, why, landed)
        (worktree.admin / _NAME_FILE).unlink(missing_ok=True)

    async def release_named(self, name: str, *, why: str) -> None:
        """As `release`, for whatever holds the name, also where its files are gone."""
        for slot in self._slots():
            if slot.name == name:
                await self.release(slot, why=why)

    async def remove_idle(self) -> int:
        """Give the room of worktrees that nobody holds back to the disk; how many. What was in
        them was kept when they were released."""
        async with self.hub.alone():
            idle = [slot for slot in self._slots() if not slot.name]
            for slot in idle:
                await asyncio.to_thread(remove_tree, slot.path)
                await asyncio.to_thread(remove_tree, slot.admin)
        return len(idle)

    async def find(self, name: str) -> Worktree | None:
        """The worktree that `name` holds, with its files as they are; None where there is none."""
        found = next((slot for slot in self._slots() if slot.name == name), None)
        return found if found is not None and found.is_present else None

    def held_names(self) -> tuple[str, ...]:
        return tuple(sorted(slot.name for slot in self._slots() if slot.name))

    def _slots(self) -> list[Worktree]:
        """All worktrees of the hub that lie below this pool's root; the name is empty if free."""
        slots = []
        for admin in sorted((self.hub.path / "worktrees").glob("*")):
            link = _read_line(admin / "gitdir")
            path = Path(link).parent
            if link and path.parent == self.root:
                slots.append(Worktree(self.hub, path, admin, _read_line(admin / _NAME_FILE)))
        return slots

    def _free_directory(self, slots: list[Worktree]) -> Path:
        """The first `slot-N` that no worktree has; a half-made one is removed by `_add`."""
        taken = {slot.path for slot in slots}
        number = 1
        while (path := self.root / f"slot-{number}") in taken:
            number += 1
        return path

    async def _add(self, path: Path, commit: str) -> Worktree:
        """`git worktree add`, tried again: it can lose a race for one of git's own locks."""
        for attempt in range(1, _ADD_ATTEMPTS + 1):
            await asyncio.to_thread(remove_tree, path)
            result = await self.hub.git("worktree", "add", "--detach", "--quiet", "--force",
                                        str(path), safe_revision(commit), check=False,
                                        timeout=_ADD_TIMEOUT_SECONDS)
            made = next((slot for slot in self._slots() if slot.path == path), None)
            if result.returncode == 0 and made is not None:
                crash_point("worktree/added")
                return made
            if made is not None:
                await asyncio.to_thread(remove_tree, made.admin)
            if attempt == _ADD_ATTEMPTS:
                raise GitError(f"A worktree could not be made: {result.reason}",
                               hint=f"Check the free space and permissions of {self.root}.")
        raise AssertionError("unreachable")

    async def _made_clean(self, worktree: Worktree, commit: str) -> Worktree:
        """Reset it; where that fails, or somebody removed it, make it anew in its place."""
        if worktree.is_present:
            try:
                await worktree.reset(commit)
            except DiskFull:
                raise
            except (GitError, OSError):
                pass
            else:
                return worktree
        async with self.hub.alone():
            await self._keep_head(worktree, "its files were removed or damaged")
            await asyncio.to_thread(remove_tree, worktree.admin)
            made = await self._add(worktree.path, commit)
            (made.admin / _NAME_FILE).write_text(worktree.name, encoding="utf-8")
        return Worktree(self.hub, made.path, made.admin, worktree.name)

    async def _keep_work(self, worktree: Worktree, why: str, landed: str = "") -> None:
        """Nothing is thrown away unseen: files and commits that no ref holds go to the trash."""
        if not worktree.is_present:
            return
        try:
            is_dirty, nested = await worktree.look()
            for path in nested:
                await self.keep_nested(worktree, path, why)
            head = await worktree.head()
            tip = await checkpoints.take(worktree) if is_dirty else head
        except GitError as error:
            # Damaged, or too large to keep: the commits go under a ref, the files go aside.
            await self._keep_head(worktree, why)
            await self.trash.keep_files(worktree.name, worktree.path,
                                        base=_read_line(worktree.admin / "HEAD"),
                                        why=f"{why}; git could not store it: {error.message}")
            return
        if tip != landed:
            await self._keep_commit(worktree.name, tip, why)

    async def keep_nested(self, worktree: Worktree, path: str, why: str) -> None:
        """Move a repository that was made within the worktree to the trash as it is."""
        head = await worktree.head()
        await self.trash.keep_files(
            worktree.name, worktree.path / path, base=head,
            why=f"{why}; a git repository of its own, which no commit of another one holds")

    async def _keep_head(self, worktree: Worktree, why: str, landed: str = "") -> None:
        head = _read_line(worktree.admin / "HEAD")
        if head and head != landed and await self.hub.read_ref(head):
            await self._keep_commit(worktree.name, head, why)

    async def _keep_commit(self, name: str, commit: str, why: str) -> None:
        holding = await self.hub.git("for-each-ref", "--count=1", f"--contains={commit}",
                                     "--format=%(refname)", *_LASTING_REFS)
        if not holding.line:
            base = await self.hub.read_ref(f"{commit}^") or ""
            await self.trash.keep_commit(name, commit, base=base, why=why)


def _warmest(free: list[Worktree], keeper: str) -> Worktree | None:
    """The one that `keeper` had last, else one that is nobody's, else any; None for none."""
    def rank(slot: Worktree) -> int:
        kept = _read_line(slot.admin / _KEEPER_FILE)
        return 0 if kept == keeper else 1 if not kept else 2

    return min(free, key=rank, default=None)


def held_names(hub: Path) -> tuple[str, ...]:
    """Who holds worktrees of the hub at `hub`, read without git; empty where nobody does."""
    names = (_read_line(file) for file in (hub / "worktrees").glob(f"*/{_NAME_FILE}"))
    return tuple(sorted(name for name in names if name))


def _read_line(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape").strip()
    except OSError:
        return ""
