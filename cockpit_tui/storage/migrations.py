"""The schema's versions: forward only, each in one transaction, a copy of the file kept before."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

from cockpit_tui.domain.errors import LedgerReadOnly, LedgerTooNew
from cockpit_tui.storage.columns import time_text
from cockpit_tui.storage.connection import corrupt

KEPT_COPIES = 3
"""Of the file as it was before a new schema."""
_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    version: int
    name: str
    sql: str


def shipped_migrations() -> tuple[Migration, ...]:
    """The migrations that this cockpit knows, oldest first; the last one is its schema version."""
    found = []
    for file in resources.files("cockpit_tui.storage").joinpath("migrations").iterdir():
        parts = _FILE_NAME.fullmatch(file.name)
        if parts is not None:
            found.append(Migration(version=int(parts[1]), name=parts[2],
                                   sql=file.read_text(encoding="utf-8")))
    return tuple(sorted(found, key=lambda migration: migration.version))


def migrate(conn: sqlite3.Connection, path: Path, *, at: datetime,
            migrations: Sequence[Migration] | None = None) -> None:
    """Bring the file to the newest known schema. Before an older one is changed, the file as it
    was is kept beside it as `<name>.v<version>.bak`, and read through; the last few copies stay.
    Raises LedgerTooNew, LedgerCorrupt."""
    known = shipped_migrations() if migrations is None else migrations
    version = schema_version(conn, path)
    due = _due(known, version, path)
    if due and version > 0:
        keep_copy(conn, path, version)
    for migration in due:
        _apply(conn, migration, at)
    if due:
        _drop_old_copies(path)


def check_schema(conn: sqlite3.Connection, path: Path) -> None:
    """Raise unless a reader of this cockpit's age can read the file as it is."""
    known = shipped_migrations()
    version = schema_version(conn, path)
    if _due(known, version, path):
        raise LedgerReadOnly(
            f"The ledger {str(path)!r} has schema {version}, this cockpit needs "
            f"{known[-1].version}, and a reader cannot bring it there.",
            hint="Stop the other cockpit that uses it, then start this one.",
        )


def schema_version(conn: sqlite3.Connection, path: Path) -> int:
    """0 for an empty file. Raises LedgerCorrupt for a database that somebody else made."""
    tables = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return 0
    if "schema_migrations" not in tables:
        raise corrupt(path, "its tables are not the cockpit's")
    newest = conn.execute("SELECT max(version) FROM schema_migrations").fetchone()[0]
    return int(newest or 0)


def keep_copy(conn: sqlite3.Connection, path: Path, version: int) -> Path:
    """A whole, consistent copy of the file beside it; the name says which schema it has."""
    copy = path.with_name(f"{path.name}.v{version}.bak")
    partial = copy.with_name(copy.name + ".partial")
    partial.unlink(missing_ok=True)
    # VACUUM INTO takes an existing empty file: made first, so that nobody else may read it.
    descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        conn.execute("VACUUM INTO ?", (os.fspath(partial),))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        check_copy(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    partial.replace(copy)
    return copy


def check_copy(copy: Path, original: Path) -> None:
    """Read a copy through. Raises LedgerCorrupt about the `original`."""
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as conn:
        try:
            finding = conn.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            finding = str(error)
    if finding != "ok":
        raise corrupt(original, f"a copy of it is not sound: {finding}")


def refuse_newer(conn: sqlite3.Connection, path: Path) -> None:
    """Raise LedgerTooNew for a file of a newer cockpit, LedgerCorrupt for one of somebody else."""
    version = schema_version(conn, path)
    if version == 0:
        raise corrupt(path, "it is empty")
    _due(shipped_migrations(), version, path)


def _drop_old_copies(path: Path) -> None:
    """Only once the new schema is there."""
    copies = [(int(found[1]), copy) for copy in path.parent.glob(f"{path.name}.v*.bak")
              if (found := re.fullmatch(r".*\.v(\d+)\.bak", copy.name))]
    for _, copy in sorted(copies)[:-KEPT_COPIES]:
        copy.unlink(missing_ok=True)


def _due(known: Sequence[Migration], version: int, path: Path) -> list[Migration]:
    if version > known[-1].version:
        raise LedgerTooNew(
            f"The ledger {str(path)!r} has schema {version}; this cockpit knows schemas up to "
            f"{known[-1].version}.",
            hint="Update the cockpit: a newer one wrote this file.",
        )
    return [migration for migration in known if migration.version > version]


def _apply(conn: sqlite3.Connection, migration: Migration, at: datetime) -> None:
    conn.execute("BEGIN IMMEDIATE")
    try:
        conn.execute("CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, "
                     "name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT")
        for statement in _statements(migration.sql):
            conn.execute(statement)
        conn.execute("INSERT INTO schema_migrations VALUES (?, ?, ?)",
                     (migration.version, migration.name, time_text(at)))
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


def _statements(sql: str) -> Iterator[str]:
    """One statement at a time: `executescript` would commit between them."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
