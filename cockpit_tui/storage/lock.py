"""The engine lock: one engine per ledger, by `flock` on `<ledger>.lock`.

The kernel frees it when the process ends, however it ends. The file holds who took it last, as
`{"pid": 123, "started_at": "..."}`; it is never removed, because removing a lock file lets two
processes hold locks on two files of one name.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from cockpit_tui.domain.errors import LedgerBusy
from cockpit_tui.storage.columns import time_text
from cockpit_tui.storage.connection import ledger_error

_GLANCES = 3
_GLANCE_SECONDS = 0.005


def _utc_now() -> datetime:
    return datetime.now(UTC)


class EngineLock:
    def __init__(self, ledger: Path, *, clock: Callable[[], datetime] = _utc_now) -> None:
        self.path = ledger.with_name(ledger.name + ".lock")
        self._clock = clock
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """By this object, that is."""
        return self._descriptor is not None

    def acquire(self) -> None:
        """Take the lock, without waiting for another engine. Raises LedgerBusy that names the
        holder's process."""
        if self._descriptor is not None:
            return
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW,
                                 0o600)
        except OSError as error:
            raise ledger_error(error, self.path) from error
        try:
            _take(descriptor)
            holder = {"pid": os.getpid(), "started_at": time_text(self._clock())}
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        except BlockingIOError as error:
            holder_text = _describe(os.pread(descriptor, 4_096, 0))
            os.close(descriptor)
            raise LedgerBusy(
                f"Another cockpit ({holder_text}) works with this ledger.",
                hint="You can look at everything from here; to change something, go there or "
                     "stop it first.",
            ) from error
        except OSError as error:
            os.close(descriptor)
            raise ledger_error(error, self.path) from error
        self._descriptor = descriptor

    def is_free(self) -> bool:
        """Whether nobody holds it at this moment. It is not taken, and the file stays as it is."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True

    def release(self) -> None:
        """Give the lock back; harmless where it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.release()


def _take(descriptor: int) -> None:
    """Raises BlockingIOError. Whoever only looks (`is_free`) holds it for microseconds: an engine
    that starts just then tries again instead of taking the look for another engine."""
    for _ in range(_GLANCES):
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_GLANCE_SECONDS)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _describe(content: bytes) -> str:
    """`process 123, since 2026-11-21 10:00 UTC`; the file may be half written."""
    try:
        holder = json.loads(content)
        since = str(holder["started_at"])[:16].replace("T", " ")
        return f"process {int(holder['pid'])}, since {since} UTC"
    except (ValueError, TypeError, KeyError):
        return "its process is not known yet"
