"""Copies of the ledger, made while it is in use, and the room that deleted rows left."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from cockpit_tui.domain.errors import LedgerCorrupt, UsageError
from cockpit_tui.storage.connection import ledger_error, open_reader, open_writer
from cockpit_tui.storage.migrations import check_copy, refuse_newer, schema_version

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


def restore(copy: Path, ledger: Path, *, aside: Path) -> None:
    """Put a checked copy of `copy` at `ledger`; what was there lies at `aside` from then on.

    The caller holds the engine lock. Whenever this is killed, there is the one ledger or the other.
    Raises UsageError where there is no such copy, and StorageError; then nothing was changed.
    """
    if not copy.is_file():
        raise UsageError(f"There is no file {str(copy)!r}.",
                         hint="`cockpit ledger backup` says where it puts them.")
    if copy.exists() and ledger.exists() and copy.samefile(ledger):
        raise UsageError("That is the ledger itself.", hint="Name a copy of it.")
    partial = ledger.with_name(f".{ledger.name}.{os.getpid()}{_PARTIAL}")
    try:
        _remove_abandoned(ledger.parent)
        _take(copy, partial)
        if ledger.exists():
            _settle(ledger, aside)
            os.link(ledger, aside)
        partial.replace(ledger)
        _sync_folder(ledger.parent)
    except sqlite3.Error as error:
        raise ledger_error(error, copy) from error
    except OSError as error:
        raise ledger_error(error, ledger) from error
    finally:
        partial.unlink(missing_ok=True)


def _take(copy: Path, partial: Path) -> None:
    """A checked copy of `copy`. Raises LedgerCorrupt that names it, and not what to do where the
    ledger itself is damaged."""
    try:
        with closing(open_reader(copy)) as conn:
            refuse_newer(conn, copy)
        _copy(copy, partial)
    except (sqlite3.Error, LedgerCorrupt) as error:
        failure = error if isinstance(error, LedgerCorrupt) else ledger_error(error, copy)
        if not isinstance(failure, LedgerCorrupt):
            raise
        raise LedgerCorrupt(
            f"{str(copy)!r} is no sound copy of a ledger; nothing was changed.",
            hint="Name another one: `cockpit ledger backup` says where it puts them.") from error


def _settle(ledger: Path, aside: Path) -> None:
    """Bring its write-ahead log into it, so that no other file is ever read with that; where it is
    too damaged, the log goes aside with it. Raises StorageError where somebody has it open."""
    try:
        # First without the log, which SQLite would throw away where the file itself is damaged.
        unchanged = f"{ledger.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(unchanged, uri=True)) as conn:
            conn.execute("SELECT count(*) FROM sqlite_master")
        with closing(open_writer(ledger)) as conn:
            conn.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        failure = ledger_error(error, ledger)
        if not isinstance(failure, LedgerCorrupt):
            raise failure from error
    for end in ("-wal", "-shm"):
        log = ledger.with_name(ledger.name + end)
        if log.exists():
            log.replace(aside.with_name(aside.name + end))


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
    check_copy(partial, ledger)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
