"""`kill -9` in the middle of a migration: the old ledger or the new one, never something between;
and the copy from before is whole."""

from __future__ import annotations

import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit_tui.storage.backup import back_up
from cockpit_tui.storage.connection import make_durable, open_writer
from cockpit_tui.storage.migrations import migrate, shipped_migrations

AT = datetime(2026, 1, 2, tzinfo=UTC)
KNOWN = shipped_migrations()
EVENTS = 3_000

DIES = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from cockpit_tui.storage.connection import make_durable, open_writer
from cockpit_tui.storage.migrations import migrate

path, deadly, after = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
seen = 0
def die():
    os.kill(os.getpid(), signal.SIGKILL)
def look(statement):
    global seen
    if deadly in statement:
        seen += 1
        if deadly == "VACUUM INTO":
            conn.set_progress_handler(die, 2_000)  # somewhere in its middle
        elif seen > after:
            die()
conn = open_writer(path)
make_durable(conn)
conn.set_trace_callback(look)
migrate(conn, path, at=datetime(2026, 1, 3, tzinfo=UTC))
"""

DIES_COPYING = """
import os, signal, sys
from pathlib import Path
from cockpit_tui.storage import backup

def deadly(*arguments):
    conn = real(*arguments)
    conn.set_progress_handler(lambda: os.kill(os.getpid(), signal.SIGKILL), 2_000)
    return conn
real, backup.open_reader = backup.open_reader, deadly
backup.back_up(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def old_ledger(path: Path) -> None:
    """Of the first schema, with events."""
    with closing(open_writer(path)) as conn:
        make_durable(conn)
        migrate(conn, path, at=AT, migrations=KNOWN[:1])
        conn.execute("BEGIN")
        conn.executemany(
            "INSERT INTO events (seq, id, at, type, correlation_id, payload_json) "
            "VALUES (?, ?, 't', 'x', '', ?)",
            [(seq, str(seq), "y" * 300) for seq in range(1, EVENTS + 1)])
        conn.execute("COMMIT")


def state(path: Path) -> tuple[int, int]:
    """Its schema and how many events it has; it must be healthy."""
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("PRAGMA quick_check").fetchone() == ("ok",)
        version = conn.execute("SELECT max(version) FROM schema_migrations").fetchone()[0]
        return version, conn.execute("SELECT count(*) FROM events").fetchone()[0]


@pytest.mark.parametrize(("deadly", "after", "survives"), [
    ("VACUUM INTO", 0, 1),
    ("ALTER TABLE", 0, 1),
    ("UPDATE usage", 0, 1),
    ("COMMIT", 0, 1),  # all of 0002 was said, and not yet committed
    ("BEGIN IMMEDIATE", 1, 2),  # 0002 stands, 0003 is about to begin
    ("COMMIT", 2, 3)])
def test_a_migration_killed_anywhere(deadly: str, after: int, survives: int,
                                     tmp_path: Path) -> None:
    path = tmp_path / "cockpit.db"
    old_ledger(path)
    child = subprocess.run([sys.executable, "-c", DIES, str(path), deadly, str(after)],
                           check=False, capture_output=True, timeout=60)
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    copy = path.with_name("cockpit.db.v1.bak")
    assert copy.exists() is (deadly != "VACUUM INTO")
    assert state(path) == (survives, EVENTS)
    with closing(open_writer(path)) as conn:
        make_durable(conn)
        migrate(conn, path, at=AT)
    assert state(path) == (KNOWN[-1].version, EVENTS)
    assert state(copy if survives == 1 else path.with_name(f"cockpit.db.v{survives}.bak")) == (
        survives, EVENTS)
    copies = [file for file in tmp_path.iterdir() if ".bak" in file.name]
    assert {stat.S_IMODE(file.stat().st_mode) for file in copies} == {0o600}
    assert all(not file.name.endswith(".partial") for file in copies)


def test_a_backup_killed_in_its_middle_leaves_no_half_copy(tmp_path: Path) -> None:
    path, target = tmp_path / "cockpit.db", tmp_path / "copies" / "copy.db"
    target.parent.mkdir()
    old_ledger(path)
    child = subprocess.run([sys.executable, "-c", DIES_COPYING, str(path), str(target)],
                           check=False, capture_output=True, timeout=60)
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    left = [file.name for file in target.parent.iterdir()]
    assert left
    assert all(name.startswith(".copy.db.") for name in left)
    assert back_up(path, target) == target.stat().st_size
    assert [file.name for file in target.parent.iterdir()] == ["copy.db"]
    assert state(target) == state(path) == (1, EVENTS)
