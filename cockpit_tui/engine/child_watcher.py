"""How the event loop hears that a child process has ended."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from types import TracebackType


def watch_without_threads() -> None:
    """By the child's own descriptor (Linux 5.3), as Python does by itself from 3.12 on; Python 3.11
    starts a thread for every child, and an engine starts dozens of children for every task."""
    if sys.version_info < (3, 12) and _has_pidfd():
        asyncio.get_event_loop_policy().set_child_watcher(_DescriptorWatcher())


def _has_pidfd() -> bool:
    """Containers may forbid it, older kernels and other systems lack it."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


if sys.version_info < (3, 12):
    class _DescriptorWatcher(asyncio.AbstractChildWatcher):
        """Python 3.12's: it belongs to no loop, unlike 3.11's own of that kind."""

        def add_child_handler(self, pid: int, callback: Callable[..., object],
                              *args: object) -> None:
            descriptor = os.pidfd_open(pid)
            asyncio.get_running_loop().add_reader(
                descriptor, self._ended, pid, descriptor, callback, args)

        def _ended(self, pid: int, descriptor: int, callback: Callable[..., object],
                   args: tuple[object, ...]) -> None:
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)
            try:
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            except ChildProcessError:  # Somebody else waited for it: what it was is lost.
                code = 255
            callback(pid, code, *args)

        def remove_child_handler(self, pid: int) -> bool:
            """Nothing to remove: asyncio has not called it since 3.8."""
            return False

        def attach_loop(self, loop: asyncio.AbstractEventLoop | None) -> None:
            """Each child belongs to the loop that started it."""

        def is_active(self) -> bool:
            return True

        def close(self) -> None:
            """It holds nothing of its own."""

        def __enter__(self) -> _DescriptorWatcher:
            return self

        def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                     trace: TracebackType | None) -> None:
            """As `close`."""
