"""A hub's trash: work that did not land, each piece with a small file that says what it is.

Work lies there in one of two forms. Usually as a commit under `refs/cockpit/kept/`, which costs
next to nothing. Where git could not store it (a damaged worktree, a file too large), as the files
themselves, moved aside. `<hub>.trash/<entry>.json` tells of it, written before anything is moved,
so that a crash leaves a note without work rather than work without a note. A kept ref without a
note (of an earlier version) is listed all the same.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cockpit_tui.domain.errors import GitError, RefMoved, UsageError
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.publish import publish
from cockpit_tui.gitops.removal import remove_tree

KEPT_REFS = "refs/cockpit/kept"
_NAME = re.compile(r"job(\d+)-(?:task)?(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashEntry:
    id: str
    """Unique within the hub; a file name."""
    worktree: str
    """The name it was held by, as `job41-task2.1-1`."""
    job: int | None
    task: str
    """What of the job: a task's number with its attempt, `lead`, `phase1`; may be empty."""
    base: str
    """The commit that the work began from, as far as it is known."""
    commit: str
    """What holds the work; empty where the files themselves lie here."""
    why: str
    at: datetime

    @property
    def ref(self) -> str:
        """The hub's ref that keeps the commit; empty where the files themselves lie here."""
        return f"{KEPT_REFS}/{self.worktree}/{self.commit[:16]}" if self.commit else ""


class Trash:
    def __init__(self, hub: Hub, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC),
                 ) -> None:
        self._hub = hub
        self._clock = clock
        self.folder = hub.path.with_suffix(".trash")

    async def keep_commit(self, name: str, commit: str, *, base: str, why: str) -> TrashEntry:
        """Put `commit` under a ref of its own, with its note."""
        entry = _entry(name, commit, base=base, why=why, at=self._clock())
        await asyncio.to_thread(self._write, entry)
        await self._hub.git("update-ref", entry.ref, commit)
        return entry

    async def keep_files(self, name: str, files: Path, *, base: str, why: str) -> TrashEntry:
        """Move the folder `files` here as it is."""
        at = self._clock()
        entry = _entry(name, "", base=base, why=why, at=at)
        await asyncio.to_thread(self._write, entry)
        await asyncio.to_thread(shutil.move, files, self.files_of(entry))
        return entry

    async def entries(self) -> tuple[TrashEntry, ...]:
        """All work that is kept here, oldest first."""
        refs = await self._kept_refs()
        noted = {entry.id: entry for entry in await asyncio.to_thread(self._read_all)
                 if (entry.ref in refs if entry.commit else self.files_of(entry).is_dir())}
        known = {entry.ref for entry in noted.values()}
        silent = [_entry(ref.split("/")[-2], commit, base="", why="kept by an earlier version",
                         at=at) for ref, (commit, at) in refs.items() if ref not in known]
        return tuple(sorted((*noted.values(), *silent), key=lambda entry: (entry.at, entry.id)))

    async def restore_branch(self, entry: TrashEntry, repository: str | Path,
                             branch: str) -> None:
        """Make `branch` in the person's repository from a kept commit; the entry stays.

        Raises RefMoved where there is such a branch already, RepositoryError.
        """
        try:
            await publish(self._hub, repository, branch=branch, new=entry.commit, old=None)
        except RefMoved as moved:
            raise RefMoved(f"Your repository has a branch {branch} already; nothing was changed.",
                           hint="Name one that does not exist yet: cockpit trash restore "
                                f"{entry.id} --branch NAME") from moved

    async def restore_files(self, entry: TrashEntry, target: Path) -> None:
        """Move kept files to the new folder `target`. Raises UsageError where it exists."""
        if target.exists() or target.is_symlink():
            raise UsageError(f"{str(target)!r} is there already; nothing was moved.",
                             hint="Name a folder that does not exist yet.")
        await asyncio.to_thread(self._move_out, entry, target)

    async def discard(self, entry: TrashEntry) -> None:
        """Throw the work away for good: the ref or files first, then the note."""
        if entry.commit:
            await self._hub.delete_ref(entry.ref, entry.commit)
        else:
            await asyncio.to_thread(remove_tree, self.files_of(entry))
        self._note(entry).unlink(missing_ok=True)

    def files_of(self, entry: TrashEntry) -> Path:
        return self.folder / f"{entry.id}.files"

    def _note(self, entry: TrashEntry) -> Path:
        return self.folder / f"{entry.id}.json"

    def _write(self, entry: TrashEntry) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        partial = self._note(entry).with_suffix(".partial")
        partial.write_text(json.dumps({**asdict(entry), "at": entry.at.isoformat()}, indent=1),
                           encoding="utf-8")
        partial.replace(self._note(entry))

    def _read_all(self) -> list[TrashEntry]:
        found = []
        for note in self.folder.glob("*.json"):
            try:
                table = json.loads(note.read_text("utf-8"))
                found.append(TrashEntry(**{**table, "at": datetime.fromisoformat(table["at"])}))
            except (OSError, ValueError, TypeError, KeyError):
                continue  # its ref, if it has one, is listed without it
        return found

    async def _kept_refs(self) -> dict[str, tuple[str, datetime]]:
        listed = await self._hub.git(
            "for-each-ref", "--format=%(refname) %(objectname) %(committerdate:unix)", KEPT_REFS)
        rows = (line.split(" ") for line in listed.text.splitlines())
        return {ref: (commit, datetime.fromtimestamp(int(at), UTC)) for ref, commit, at in rows}

    def _move_out(self, entry: TrashEntry, target: Path) -> None:
        try:
            shutil.move(self.files_of(entry), target)
        except OSError as error:
            raise GitError(f"The files could not be moved to {str(target)!r}: "
                           f"{error.strerror or error}.") from error
        link = target / ".git"
        if link.is_file() or link.is_symlink():
            link.unlink()  # it led into the hub
        self._note(entry).unlink(missing_ok=True)


def bytes_below(folder: Path) -> int:
    """What is stored below a folder. Links are not followed, what vanishes is not counted."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(root, name).lstat().st_size
            except OSError:
                continue
    return total


def _entry(name: str, commit: str, *, base: str, why: str, at: datetime) -> TrashEntry:
    found = _NAME.fullmatch(name)
    return TrashEntry(
        id=f"{name}.{commit[:12] or at.strftime('%Y%m%dT%H%M%S%f')}", worktree=name,
        job=int(found[1]) if found else None, task=found[2] if found else "", base=base,
        commit=commit, why=why, at=at)
