"""File locks between processes: one holder at a time, freed by the system when a process dies."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cockpit_tui.domain.errors import GitError

_POLL_SECONDS = 0.02


def open_lock_file(path: Path) -> int:
    """A descriptor of the lock file, made if missing; a planted link is not followed."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock without waiting; False where another holder is in the way."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def share_lock(descriptor: int) -> None:
    """Take the lock together with others, waiting (in the calling thread) for who has it alone."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)


@asynccontextmanager
async def exclusive(path: Path, *, timeout: float = 120.0) -> AsyncIterator[int]:
    """Hold the lock at `path` alone; yields its descriptor. Raises GitError after `timeout` s."""
    descriptor = open_lock_file(path)
    try:
        deadline = asyncio.get_running_loop().time() + timeout
        while not try_lock(descriptor):
            if asyncio.get_running_loop().time() > deadline:
                raise GitError(f"Another cockpit has been working on {path.stem!r} for "
                               f"{timeout:g} seconds.",
                               hint="Wait for it to finish, or end it.")
            await asyncio.sleep(_POLL_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)
