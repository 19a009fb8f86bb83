"""Copies of the ledger, made while it is in use, and the room that deleted rows left."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from cockpit_tui.domain.errors import StorageError, UsageError
from cockpit_tui.storage.connection import ledger_error, open_reader, open_writer
from cockpit_tui.storage.migrations import schema_version

_PARTIAL = ".cockpit-partial"


def back_up(ledger: Path, target: Path) -> int:
    """A whole, checked copy of the ledger as it is now in the new file `target`, 0600; its bytes.

    A running cockpit is not held up. Raises UsageError where `target` is there already, and
    StorageError; then no file of that name was made.
    """
    if target.exists() or target.is_symlink():
        raise UsageError(f"{str(target)!r} is there already; a backup takes the place of nothing.",
                         hint="Name another file, or move that one away.")
    partial = target.with_name(f".{target.name}.{os.getpid()}{_PARTIAL}")
    try:
        _remove_abandoned(target.parent)
        _copy(ledger, partial)
        os.link(partial, target)  # unlike a rename, it never takes the place of a file
        _sync_folder(target.parent)
        return target.stat().st_size
    except FileExistsError as error:
        raise UsageError(f"{str(target)!r} was made by somebody else meanwhile.",
                         hint="Name another file.") from error
    except OSError as error:
        raise ledger_error(error, target) from error
    finally:
        partial.unlink(missing_ok=True)


def shrink(ledger: Path) -> int:
    """Give the room of deleted rows back to the disk; how many bytes. Nobody else may write."""
    before = ledger.stat().st_size
    try:
        with closing(open_writer(ledger)) as conn:
            conn.execute("VACUUM")
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise ledger_error(error, ledger) from error
    return before - ledger.stat().st_size


def _remove_abandoned(folder: Path) -> None:
    """What backups to this folder left that were killed: their processes are gone."""
    for partial in folder.glob(f".*{_PARTIAL}*"):  # SQLite's journal of it too
        pid = partial.name.partition(_PARTIAL)[0].rpartition(".")[2]
        try:
            os.kill(int(pid), 0)
        except ValueError:
            continue
        except ProcessLookupError:
            partial.unlink(missing_ok=True)
        except OSError:
            continue  # somebody else's, and alive


def _copy(ledger: Path, partial: Path) -> None:
    try:
        with closing(open_reader(ledger)) as conn:
            schema_version(conn, ledger)
            conn.execute("PRAGMA query_only = OFF")  # the file itself stays `mode=ro`
            # VACUUM INTO takes an existing empty file: made first, so that nobody may read it.
            descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
            try:
                conn.execute("VACUUM INTO ?", (os.fspath(partial),))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    except sqlite3.Error as error:
        raise ledger_error(error, ledger) from error
    with closing(sqlite3.connect(f"{partial.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        finding = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if finding != "ok":
        raise StorageError(f"The copy of {str(ledger)!r} is not healthy: {finding}.",
                           hint="`cockpit ledger check` tells whether the ledger itself is.")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
