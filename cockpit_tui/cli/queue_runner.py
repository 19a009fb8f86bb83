"""Which process runs the queue, and how another one stops it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.errors import LedgerBusy, UsageError
from cockpit_tui.headless.queue_runner import DRAIN_SECONDS
from cockpit_tui.storage.lock import EngineLock

_NOBODY = "No `cockpit queue start` runs with this ledger."


@contextmanager
def marked_as_runner(paths: Paths) -> Iterator[None]:
    """Meanwhile `cockpit queue stop` finds this process. It must hold the ledger's lock."""
    marker = paths.data / "queue.pid"
    marker.write_text(str(os.getpid()), "ascii")
    try:
        yield
    finally:
        marker.unlink(missing_ok=True)


def stop_runner(paths: Paths) -> str:
    """Send SIGTERM to the process that runs the queue; what to tell. Raises UsageError.

    Only to one that runs it for certain: the ledger's lock is held, and by the marked process.
    """
    pid = 0
    with suppress(OSError, ValueError):
        pid = int((paths.data / "queue.pid").read_text("ascii"))
    if not pid:
        raise UsageError(_NOBODY, hint="An open cockpit runs the queue, too: quit it there.")
    lock = EngineLock(paths.database)
    try:
        lock.acquire()
    except LedgerBusy as busy:
        if f"process {pid}," not in busy.message:
            raise UsageError(_NOBODY, hint=busy.message) from busy
        os.kill(pid, signal.SIGTERM)
        return (f"Asked process {pid} to stop: its steps under way come to their end first, for "
                f"{DRAIN_SECONDS:.0f} s at most. At once: cockpit queue stop, once more.\n"
                "Go on with: cockpit queue start")
    lock.release()
    raise UsageError(_NOBODY)
