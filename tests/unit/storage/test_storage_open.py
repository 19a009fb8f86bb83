"""What a person meets when the file is damaged, read-only, busy, older, newer or not ours."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit_tui.domain.errors import (
    LedgerBusy,
    LedgerCorrupt,
    LedgerReadOnly,
    LedgerTooNew,
    StorageError,
)
from cockpit_tui.domain.event import AgentMessage, Event, RecordedEvent
from cockpit_tui.storage import events, migrations
from cockpit_tui.storage.database import Database
from cockpit_tui.storage.migrations import Migration, migrate, shipped_migrations

AT = datetime(2026, 1, 2, tzinfo=UTC)
NOBODY = 65_534

Clock = Callable[[], datetime]


async def written(path: Path, clock: Clock, count: int = 1) -> tuple[RecordedEvent, ...]:
    """A closed ledger with `count` events."""
    async with await Database.open(path, clock=clock) as ledger:
        return await ledger.write(lambda tx: tuple(
            tx.emit(Event(payload=AgentMessage(agent="a1", text=f"{i} " + "x" * 500)))
            for i in range(count)))


async def refused(path: Path, clock: Clock, *, read_only: bool = False) -> StorageError:
    with pytest.raises(StorageError) as caught:
        await Database.open(path, clock=clock, read_only=read_only, busy_seconds=0.05)
    return caught.value


@contextmanager
def powerless() -> Iterator[None]:
    """Root may write what nobody may write; be somebody else meanwhile."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


async def test_a_new_ledger_is_for_its_owner_alone(ledger: Database, ledger_path: Path) -> None:
    await ledger.write(lambda tx: tx.emit(Event(payload=AgentMessage(agent="a", text="b"))))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode)
             for path in (ledger_path.parent, *ledger_path.parent.iterdir())}
    assert modes == {"data": 0o700, "cockpit.db": 0o600, "cockpit.db-wal": 0o600,
                     "cockpit.db-shm": 0o600}


async def test_a_file_of_something_else(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "cockpit.db"
    path.write_text("this is not a database, and long enough to be taken for one\n" * 20)
    before = path.read_bytes()
    for error in (await refused(path, clock), await refused(path, clock, read_only=True)):
        assert type(error) is LedgerCorrupt
        assert error.message == (f"The ledger {str(path)!r} is not a healthy cockpit database: "
                                 "file is not a database.")
        assert error.hint.startswith("Move it away together with its -wal and -shm files;")
    assert path.read_bytes() == before


async def test_a_database_of_somebody_else_is_not_touched(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "cockpit.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    error = await refused(path, clock)
    assert type(error) is LedgerCorrupt
    assert "its tables are not the cockpit's" in error.message
    assert path.read_bytes() == before


async def test_a_garbage_page_is_found_and_the_copy_is_named(ledger_path: Path,
                                                             clock: Clock) -> None:
    await written(ledger_path, clock, count=200)
    size = ledger_path.stat().st_size
    with ledger_path.open("r+b") as file:
        file.seek(size - 4096)
        file.write(b"\xa5" * 4096)
    copy = ledger_path.with_name(f"cockpit.db.v{len(SHIPPED)}.bak")
    copy.touch()
    error = await refused(ledger_path, clock)
    assert type(error) is LedgerCorrupt
    assert error.hint == f"Go back to the newest copy: cockpit ledger restore {copy}"


async def test_a_truncated_write_ahead_log_loses_nothing_committed_before(
        ledger_path: Path, clock: Clock, tmp_path: Path) -> None:
    async with await Database.open(ledger_path, clock=clock) as ledger:
        for i in range(9):
            await ledger.write(lambda tx, i=i: tx.emit(
                Event(payload=AgentMessage(agent="a1", text=str(i)))))
        crashed = tmp_path / "crashed.db"
        crashed.write_bytes(ledger_path.read_bytes())
        log = ledger_path.with_name("cockpit.db-wal").read_bytes()
    tmp_path.joinpath("crashed.db-wal").write_bytes(log[:-100])
    async with await Database.open(crashed, clock=clock) as reopened:
        assert await reopened.read(events.last_seq) == 8
        recorded = await reopened.write(lambda tx: tx.emit(
            Event(payload=AgentMessage(agent="a1", text="next"))))
        assert recorded.seq == 9


async def test_a_file_that_may_only_be_read(clock: Clock) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cockpit.db"
        recorded = await written(path, clock)
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        try:
            with powerless():
                error = await refused(path, clock)
        finally:
            Path(folder).chmod(0o755)
        assert type(error) is LedgerReadOnly
        assert error.message.startswith(f"The ledger {str(path)!r} cannot be written: ")
        assert error.hint == "The file and its folder must be writable for you."
        with powerless():
            missing = await refused(Path(folder) / "new" / "cockpit.db", clock)
        assert type(missing) is LedgerReadOnly
        async with await Database.open(path, clock=clock, read_only=True) as ledger:
            assert await ledger.read(lambda c: events.latest(c, 9)) == recorded


async def test_a_ledger_opened_for_reading_refuses_to_write(ledger: Database, ledger_path: Path,
                                                            clock: Clock) -> None:
    emitted = await ledger.write(lambda tx: tx.emit(
        Event(payload=AgentMessage(agent="a1", text="x"))))
    async with await Database.open(ledger_path, clock=clock, read_only=True) as reader:
        assert (ledger.is_read_only, reader.is_read_only) == (False, True)
        assert await reader.read(lambda c: events.latest(c, 9)) == (emitted,)
        with pytest.raises(LedgerReadOnly, match="was opened for reading only"):
            await reader.write(lambda tx: None)


async def test_reading_a_ledger_that_does_not_exist_makes_none(ledger_path: Path,
                                                               clock: Clock) -> None:
    error = await refused(ledger_path, clock, read_only=True)
    assert error.message == f"There is no ledger at {str(ledger_path)!r}."
    assert not ledger_path.exists()


HOLD_THE_LOCK = """
import sqlite3, sys
conn = sqlite3.connect(sys.argv[1], isolation_level=None)
conn.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
conn.execute("ROLLBACK")
"""


def holding_the_lock(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", HOLD_THE_LOCK, str(path)],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


async def test_a_write_lock_of_another_process(ledger: Database, ledger_path: Path,
                                               clock: Clock) -> None:
    say = Event(payload=AgentMessage(agent="a1", text="x"))
    with holding_the_lock(ledger_path) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LedgerBusy, match="is held by another process"):
            await ledger.write(lambda tx: tx.emit(say))
        assert type(await refused(ledger_path, clock)) is LedgerBusy
        assert await ledger.read(events.last_seq) == 0, "reading goes on"
        other.communicate("go\n", timeout=10)
    assert (await ledger.write(lambda tx: tx.emit(say))).seq == 1


async def test_a_newer_ledger_is_refused_and_not_touched(ledger_path: Path, clock: Clock) -> None:
    await written(ledger_path, clock)
    with closing(sqlite3.connect(ledger_path)) as conn:
        conn.execute("INSERT INTO schema_migrations VALUES (99, 'from_the_future', '')")
        conn.commit()
    for read_only in (False, True):
        error = await refused(ledger_path, clock, read_only=read_only)
        assert type(error) is LedgerTooNew
        assert "has schema 99; this cockpit knows schemas up to" in error.message


SHIPPED = shipped_migrations()
NEXT = Migration(version=len(SHIPPED) + 1, name="next",
                 sql="-- with; a comment\nALTER TABLE jobs ADD COLUMN "
                 "mood TEXT;\nCREATE TABLE moods (x TEXT);\n")


def opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


async def test_a_migration_keeps_a_copy_of_the_file_as_it_was(ledger_path: Path,
                                                              clock: Clock) -> None:
    recorded = await written(ledger_path, clock)
    known = (*SHIPPED, NEXT)
    with closing(opened(ledger_path)) as conn:
        migrate(conn, ledger_path, at=AT, migrations=known)
        migrate(conn, ledger_path, at=AT, migrations=known)
        assert conn.execute("SELECT version, name FROM schema_migrations").fetchall() == [
            (each.version, each.name) for each in known]
        assert conn.execute("SELECT mood FROM jobs").fetchall() == []

    copy = ledger_path.with_name(f"cockpit.db.v{len(SHIPPED)}.bak")
    assert {p.name for p in ledger_path.parent.iterdir()} >= {copy.name}
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    async with await Database.open(copy, clock=clock) as before:
        assert await before.read(lambda c: events.latest(c, 9)) == recorded


def test_only_the_last_copies_are_kept_and_each_was_read_through(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cockpit.db"
    checked: list[str] = []
    monkeypatch.setattr(migrations, "check_copy", lambda copy, _: checked.append(copy.name))
    steps = [Migration(version=n, name=f"n{n}", sql=f"CREATE TABLE t{n} (x TEXT);\n")
             for n in range(1, 13)]
    with closing(opened(path)) as conn:
        for count in range(1, 13):
            migrate(conn, path, at=AT, migrations=steps[:count])
    assert sorted(p.name for p in tmp_path.glob("*.bak")) == [
        "cockpit.db.v10.bak", "cockpit.db.v11.bak", "cockpit.db.v9.bak"]
    assert checked == [f"cockpit.db.v{n}.bak.partial" for n in range(1, 12)]


def test_a_copy_that_is_not_sound_stops_the_migration(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cockpit.db"
    first = Migration(version=1, name="n1", sql="CREATE TABLE t1 (x TEXT);\n")
    second = Migration(version=2, name="n2", sql="CREATE TABLE t2 (x TEXT);\n")

    def spoil(descriptor: int) -> None:
        os.pwrite(descriptor, b"\xa5" * 4_000, 4_096)

    with closing(opened(path)) as conn:
        migrate(conn, path, at=AT, migrations=[first])
        monkeypatch.setattr(os, "fsync", spoil)
        with pytest.raises(LedgerCorrupt, match="a copy of it is not sound"):
            migrate(conn, path, at=AT, migrations=[first, second])
        assert [row[0] for row in conn.execute("SELECT version FROM schema_migrations")] == [1]
    assert list(tmp_path.glob("*.bak*")) == []


def test_a_failing_migration_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cockpit.db"
    broken = Migration(version=NEXT.version, name="broken",
                       sql=NEXT.sql + "INSERT INTO nowhere VALUES (1);")
    with closing(opened(path)) as conn:
        migrate(conn, path, at=AT, migrations=SHIPPED)
        schema = conn.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            migrate(conn, path, at=AT, migrations=(*SHIPPED, broken))
        assert conn.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall() == schema
        assert conn.execute("SELECT max(version) FROM schema_migrations").fetchone() == (
            len(SHIPPED),)


def test_bills_from_before_models_were_told_apart_stay_and_get_their_names(tmp_path: Path) -> None:
    path = tmp_path / "cockpit.db"
    with closing(opened(path)) as conn:
        migrate(conn, path, at=AT, migrations=SHIPPED[:1])
        for bill, execution in (("U1", None), ("U2", "X1")):
            conn.execute("INSERT INTO usage VALUES (?, 'J1', NULL, ?, 'rules', 5, 4, 3, 2, 1, 0, "
                         "0, '2026-01-01T00:00:00.000000Z')", (bill, execution))
        migrate(conn, path, at=AT)
        assert conn.execute(
            "SELECT id, model_asked, model, purpose, is_estimated, input_tokens, cost_microusd "
            "FROM usage ORDER BY id").fetchall() == [
                ("U1", "rules", "rules", "lead", 0, 5, 0),
                ("U2", "rules", "rules", "task", 0, 5, 0)]


def test_migrations_are_numbered_without_a_gap() -> None:
    versions = [migration.version for migration in shipped_migrations()]
    assert versions == list(range(1, len(versions) + 1))


async def test_what_the_domain_cannot_read_is_said_with_its_place(ledger: Database) -> None:
    await ledger.write(lambda tx: tx.conn.execute(
        "INSERT INTO events VALUES (1, 'E', '2026-01-01T00:00:00Z', 'x:y', NULL, NULL, NULL, '', "
        "'{\"type\": \"x:y\"}')").rowcount)
    with pytest.raises(LedgerCorrupt, match="Event 1 in the ledger cannot be understood"):
        await ledger.read(lambda c: events.latest(c, 9))
