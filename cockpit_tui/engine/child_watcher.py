"""How the event loop hears that a child process has ended."""

from __future__ import annotations

import asyncio
import os
import sys


def watch_without_threads() -> None:
    """By the child's own descriptor (Linux 5.3), as Python does by itself from 3.12 on; Python 3.11
    starts a thread for every child, and an engine starts dozens of children for every task."""
    if sys.version_info < (3, 12) and _has_pidfd():
        asyncio.get_event_loop_policy().set_child_watcher(asyncio.PidfdChildWatcher())


def _has_pidfd() -> bool:
    """Containers may forbid it, older kernels and other systems lack it."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True
