"""Indexes of git for one look, in the machine's temporary folder; and those that kills left there.

A folder belongs to the process that holds its lease. The kernel frees that when the process dies,
so that the next engine knows what nobody uses any more.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from cockpit_tui.gitops.locks import open_lock_file, try_lock

_FOLDER = "cockpit-index-"
_LEASE = "lease"
_UNLEASED_SECONDS = 3_600.0
"""A folder without a lease may be one that is being made; after this long it is not."""


@asynccontextmanager
async def temporary_index(index: Path | None, *, objects: Path | None = None
                          ) -> AsyncIterator[dict[str, str | None]]:
    """The environment in which git uses a copy of `index` (None: an empty one).

    With `objects`, the hub's object directory, new objects go to a temporary place as well and
    are dropped at the end: for looking at a worktree without leaving anything behind.
    """
    # Not in a thread: one that is cancelled would leave a folder that nobody knows.
    folder = Path(tempfile.mkdtemp(prefix=_FOLDER))
    held = None
    try:
        held = open_lock_file(folder / _LEASE)
        try_lock(held)
        environment: dict[str, str | None] = {"GIT_INDEX_FILE": str(folder / "index")}
        if index is not None and index.exists():
            await asyncio.to_thread(shutil.copyfile, index, folder / "index")
        if objects is not None:
            (folder / "objects").mkdir()
            environment |= {"GIT_OBJECT_DIRECTORY": str(folder / "objects"),
                            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(objects)}
        yield environment
    finally:
        await asyncio.shield(asyncio.to_thread(_let_go, folder, held))


def _let_go(folder: Path, held: int | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if held is not None:
        os.close(held)


def temporary_indexes() -> Iterator[Path]:
    """The folders of `temporary_index` on this machine, of whichever process."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        try:
            found = folder.lstat()
        except OSError:
            continue
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
            yield folder


def remove_left_indexes() -> int:
    """Remove those whose process was killed: nobody holds their lease; how many."""
    return sum(_is_removed(folder) for folder in temporary_indexes())


def _is_removed(folder: Path) -> bool:
    try:
        held = os.open(folder / _LEASE, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:  # Of an earlier version; or being made at this moment.
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _UNLEASED_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()
    except OSError:
        return False
    try:
        if not try_lock(held):
            return False
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(held)
    return not folder.exists()
