"""Opening SQLite files the one way the ledger needs, and its errors in our words.

One connection writes and checkpoints; readers are opened `mode=ro`, so that closing the last of
them cannot checkpoint (SQLite before 3.51.3 can corrupt a WAL when two connections checkpoint at
once; sqlite.org/wal.html, "The WAL-reset bug").
"""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import shutil
import sqlite3
from pathlib import Path
from urllib.parse import quote

from cockpit_tui.domain.errors import (
    DiskFull,
    LedgerBusy,
    LedgerCorrupt,
    LedgerReadOnly,
    StorageError,
)

BUSY_SECONDS = 5.0
"""How long a statement waits for another process before it gives up."""
HEALTH_CHECK_BYTES = 256 << 20
"""Files up to this size are checked whole when they are opened: 0.15 s at most, once cached."""
NEARLY_NO_ROOM_BYTES = 1 << 20
"""With less than this free, an I/O error is taken for a full disk."""


def open_writer(path: Path, *, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """The only connection that may write; for the calling thread alone. The file is made, 0600,
    if it is missing. Raises OSError or sqlite3.Error (see `ledger_error`)."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    conn = sqlite3.connect(_uri(path, "rw"), uri=True, isolation_level=None, timeout=busy_seconds)
    conn.row_factory = sqlite3.Row
    return conn


def make_durable(conn: sqlite3.Connection) -> None:
    """Set up the writing connection. Fails here and now, not at the first write, where the file
    may only be read."""
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("PRAGMA journal_size_limit = 67108864")
    mode = conn.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise sqlite3.OperationalError(f"this file system has no write-ahead log (mode {mode!r})")
    conn.execute("BEGIN IMMEDIATE")
    conn.execute("ROLLBACK")


def check_health(conn: sqlite3.Connection, path: Path) -> None:
    """Raise LedgerCorrupt for a damaged file. A huge one is not read through: that would keep a
    person waiting, and damage there is still noticed where it is met."""
    if path.stat().st_size > HEALTH_CHECK_BYTES:
        return
    finding = conn.execute("PRAGMA quick_check(1)").fetchone()[0]
    if finding != "ok":
        raise corrupt(path, finding)


def open_reader(path: Path, *, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A connection that can neither write nor checkpoint; one thread at a time may use it."""
    conn = sqlite3.connect(_uri(path, "ro"), uri=True, isolation_level=None,
                           timeout=busy_seconds, check_same_thread=False)
    try:
        conn.row_factory = sqlite3.Row
        conn.execute("PRAGMA query_only = ON")
        conn.execute("PRAGMA wal_autocheckpoint = 0")
    except BaseException:
        conn.close()
        raise
    return conn


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(os.fsencode(path.absolute()))}?mode={mode}"


def ledger_error(error: sqlite3.Error | OSError, path: Path) -> StorageError:
    """What a person reads instead of an SQLite or operating system error. Codes:
    sqlite.org/rescode.html; the low byte is the family."""
    if isinstance(error, OSError):
        return _os_error(error, path)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    match code:
        case sqlite3.SQLITE_CANTOPEN if not path.exists():
            return StorageError(f"There is no ledger at {str(path)!r}.",
                                hint="The first job or project makes it.")
        case sqlite3.SQLITE_FULL:
            return _disk_full(path)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            return _read_only(path, str(error))
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return corrupt(path, str(error))
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LedgerBusy(
                f"The ledger {str(path)!r} is held by another process ({error}).",
                hint="Close what else has the file open, then try again.",
            )
        case sqlite3.SQLITE_IOERR if _has_no_room(path):
            return _disk_full(path)
        case _:
            return StorageError(f"The ledger {str(path)!r} failed: {error}.",
                                hint="`cockpit doctor` checks the file and the disk.")


def corrupt(path: Path, finding: str) -> LedgerCorrupt:
    """The error for a damaged or foreign file; its hint names the copies that exist."""
    copies = copies_of(path)
    hint = (f"Go back to the newest copy: cockpit ledger restore {shlex.quote(str(copies[-1]))}"
            if copies else "Move it away together with its -wal and -shm files; the cockpit then "
                           "starts a new one.")
    return LedgerCorrupt(
        f"The ledger {str(path)!r} is not a healthy cockpit database: {finding}.", hint=hint)


def copies_of(path: Path) -> list[Path]:
    """The backups and the copies from before new schemas that lie beside a ledger, oldest first."""
    found = []
    for pattern in (f"{path.name}.v*.bak", f"{path.stem}-*.backup.db"):
        for copy in path.parent.glob(pattern):
            with contextlib.suppress(OSError):
                found.append((copy.stat().st_mtime, copy))
    return [copy for _, copy in sorted(found)]


def _os_error(error: OSError, path: Path) -> StorageError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return _disk_full(path)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return _read_only(path, error.strerror or str(error))
    return StorageError(f"The ledger {str(path)!r} cannot be opened: {error.strerror or error}.")


def _disk_full(path: Path) -> DiskFull:
    return DiskFull(f"No room is left on the disk for the ledger {str(path)!r}; "
                    "nothing was half written.",
                    hint="Make room, then resume the job: it goes on where it stopped.")


def _read_only(path: Path, why: str) -> LedgerReadOnly:
    return LedgerReadOnly(f"The ledger {str(path)!r} cannot be written: {why}.",
                          hint="The file and its folder must be writable for you.")


def _has_no_room(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < NEARLY_NO_ROOM_BYTES
    except OSError:
        return False
