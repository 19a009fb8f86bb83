"""Backups made while somebody writes, findings of a check-up, and two that open at once."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from cockpit_tui.domain.errors import (
    LedgerBusy,
    LedgerCorrupt,
    LedgerTooNew,
    StorageError,
    UsageError,
)
from cockpit_tui.domain.event import AgentMessage, Event
from cockpit_tui.storage import health
from cockpit_tui.storage.backup import back_up, restore, shrink
from cockpit_tui.storage.database import Database
from cockpit_tui.storage.lock import EngineLock

Clock = Callable[[], datetime]
FACT = Event(payload=AgentMessage(agent="a1", text="x" * 2_000))

RACER = """
import os, sys, time
from pathlib import Path
from cockpit_tui.domain.errors import LedgerBusy
from cockpit_tui.storage.lock import EngineLock
ledger, diary = Path(sys.argv[1]), sys.argv[2]
def note(word):
    with open(diary, "ab", buffering=0) as file:
        file.write(f"{os.getpid()} {word}\\n".encode())
print("ready", flush=True)
sys.stdin.readline()
lock = EngineLock(ledger)
try:
    lock.acquire()
except LedgerBusy:
    note("busy")
else:
    note("in")
    sys.stdin.readline()
    note("out")
"""


def count_events(file: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(file)) as conn:
        assert conn.execute("PRAGMA quick_check").fetchone() == ("ok",)
        count, newest = conn.execute("SELECT count(*), max(seq) FROM events").fetchone()
        return count, newest


async def test_a_backup_while_somebody_writes_is_one_moment_of_it(
        ledger: Database, ledger_path: Path, tmp_path: Path) -> None:
    for _ in range(50):
        await ledger.write(lambda tx: tx.emit(FACT))
    target = tmp_path / "copy.db"
    copying = asyncio.create_task(asyncio.to_thread(back_up, ledger_path, target))
    written = 50
    while not copying.done():
        await ledger.write(lambda tx: tx.emit(FACT))
        written += 1
    assert await copying == target.stat().st_size
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    count, newest = count_events(target)
    assert count == newest
    assert 50 <= count <= written
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "data"]


async def test_a_backup_takes_the_place_of_nothing(ledger: Database, ledger_path: Path,
                                                   tmp_path: Path) -> None:
    await ledger.write(lambda tx: tx.emit(FACT))
    target = tmp_path / "mine"
    target.write_text("precious")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for taken in (target, tmp_path / "link"):
        with pytest.raises(UsageError, match="there already"):
            back_up(ledger_path, taken)
    with pytest.raises(StorageError):
        back_up(ledger_path, tmp_path / "no folder" / "copy.db")
    assert target.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "link", "mine"]


async def test_a_damaged_ledger_gives_no_backup(ledger_path: Path, clock: Clock,
                                                tmp_path: Path) -> None:
    async with await Database.open(ledger_path, clock=clock) as ledger:
        for _ in range(100):
            await ledger.write(lambda tx: tx.emit(FACT))
    with ledger_path.open("r+b") as file:
        file.seek(ledger_path.stat().st_size - 8192)
        file.write(b"\xa5" * 8192)
    before = ledger_path.read_bytes()
    with pytest.raises(LedgerCorrupt):
        back_up(ledger_path, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    assert ledger_path.read_bytes() == before


async def test_going_back_to_a_copy_keeps_what_was_there(
        ledger_path: Path, clock: Clock, tmp_path: Path) -> None:
    copy, aside = tmp_path / "copy.db", ledger_path.with_name("replaced.db")
    async with await Database.open(ledger_path, clock=clock) as ledger:
        await ledger.write(lambda tx: tx.emit(FACT))
        back_up(ledger_path, copy)
        await ledger.write(lambda tx: tx.emit(FACT))
        with pytest.raises(LedgerBusy):  # it is in use
            restore(copy, ledger_path, aside=aside)
    restore(copy, ledger_path, aside=aside)
    assert (count_events(ledger_path), count_events(aside)) == ((1, 1), (2, 2))
    ledger_path.write_bytes(b"SQLite format 3\0" + b"\xff" * 8_000)
    ledger_path.with_name("cockpit.db-wal").write_bytes(b"old")
    again = ledger_path.with_name("damaged.db")
    restore(copy, ledger_path, aside=again)
    assert sorted(file.name for file in ledger_path.parent.iterdir()) == [
        "cockpit.db", "damaged.db", "damaged.db-wal", "replaced.db"]
    async with await Database.open(ledger_path, clock=clock) as ledger:
        assert await ledger.read(lambda c: c.execute("SELECT count(*) FROM events").fetchone()[0]
                                 ) == 1


async def test_what_is_no_copy_for_this_cockpit_is_refused(
        ledger_path: Path, clock: Clock, tmp_path: Path) -> None:
    async with await Database.open(ledger_path, clock=clock) as ledger:
        await ledger.write(lambda tx: tx.emit(FACT))
    before = ledger_path.read_bytes()
    newer, empty, other = tmp_path / "newer.db", tmp_path / "empty.db", tmp_path / "other.db"
    back_up(ledger_path, newer)
    with closing(sqlite3.connect(newer)) as conn, conn:
        conn.execute("INSERT INTO schema_migrations VALUES (9999, 'x', 'y')")
    empty.touch()
    other.write_bytes(b"no database" * 100)
    for file, error in ((newer, LedgerTooNew), (empty, LedgerCorrupt), (other, LedgerCorrupt),
                        (tmp_path / "none.db", UsageError), (ledger_path, UsageError)):
        with pytest.raises(error):
            restore(file, ledger_path, aside=tmp_path / "aside.db")
    assert ledger_path.read_bytes() == before
    assert not (tmp_path / "aside.db").exists()


async def test_room_is_given_back(ledger_path: Path, clock: Clock) -> None:
    async with await Database.open(ledger_path, clock=clock) as ledger:
        await ledger.write(lambda tx: tx.conn.execute("CREATE TABLE bulk (x TEXT) STRICT"))
        await ledger.write(lambda tx: tx.conn.executemany(
            "INSERT INTO bulk VALUES (?)", [("x" * 1_000,)] * 1_000))
        await ledger.write(lambda tx: tx.conn.execute("DROP TABLE bulk"))
    assert shrink(ledger_path) > 900_000
    async with await Database.open(ledger_path, clock=clock) as ledger:
        assert await ledger.read(lambda conn: health.findings(conn, is_held=False)) == ()


async def test_broken_promises_are_found(ledger: Database, ledger_path: Path) -> None:
    for _ in range(3):
        await ledger.write(lambda tx: tx.emit(FACT))
    assert await ledger.read(lambda conn: health.findings(conn, is_held=False)) == ()
    with closing(sqlite3.connect(ledger_path)) as conn:
        conn.executescript("""
            DROP TRIGGER events_are_never_deleted;
            DELETE FROM events WHERE seq = 2;
            INSERT INTO projects VALUES ('P', 'p', '/p', 'i', 't', NULL, NULL);
            INSERT INTO plans VALUES ('nobody', 1, 'L', 'lead', '{}', 't');
        """)
        for number, status, waiting_on, reason in (
                (1, "building", "nothing", ""), (2, "building", "approval", "Phase 1"),
                (3, "building", "person", ""), (4, "building", "budget", "used up"),
                (5, "completed", "nothing", "")):
            conn.execute(
                "INSERT INTO jobs (id, number, project_id, request_json, status, waiting_on, "
                "branch, base_branch, base_commit, head_commit, reason, created_at) "
                "VALUES (?, ?, 'P', '{}', ?, ?, '', '', '', '', ?, 't')",
                (f"J{number}", number, status, waiting_on, reason))
        conn.commit()
    found = await ledger.read(lambda conn: health.findings(conn, is_held=False))
    assert [(finding.about, finding.text) for finding in found] == [
        ("events", "after event 1 comes event 3"),
        ("rows", "row 1 of plans belongs to nothing in jobs"),
        ("jobs", "job #5 has ended at no time"),
        ("jobs", "job #1 is building, and nobody is at it"),
        ("jobs", "job #2 waits for an answer that was given"),
        ("jobs", "job #3 waits (person) without a reason")]
    held = await ledger.read(lambda conn: health.findings(conn, is_held=True))
    assert [finding.text for finding in held[3:]] == ["job #3 waits (person) without a reason"]


def test_of_two_that_start_at_once_never_do_both_write(tmp_path: Path) -> None:
    ledger, diary = tmp_path / "cockpit.db", tmp_path / "diary"
    for _ in range(20):
        diary.write_bytes(b"")
        racers = [subprocess.Popen([sys.executable, "-c", RACER, str(ledger), str(diary)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                  for _ in range(2)]
        for racer in racers:
            assert racer.stdout is not None
            racer.stdout.readline()
        for racer in racers:  # both are at the line; now they go
            assert racer.stdin is not None
            racer.stdin.write(b"go\n")
            racer.stdin.flush()
        while len(words := [line.split()[1] for line in diary.read_text().splitlines()]) < 2:
            assert all(racer.poll() in {None, 0} for racer in racers)
        assert sorted(words) == ["busy", "in"]
        assert not EngineLock(ledger).is_free()
        for racer in racers:
            racer.communicate(b"end\n")
            assert racer.returncode == 0
        assert EngineLock(ledger).is_free()


def test_a_look_at_the_lock_just_then_is_not_taken_for_another_engine(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, looking = EngineLock(tmp_path / "cockpit.db"), EngineLock(tmp_path / "cockpit.db")
    looking.acquire()

    monkeypatch.setattr("time.sleep", lambda _: looking.release())
    lock.acquire()

    assert lock.is_held
