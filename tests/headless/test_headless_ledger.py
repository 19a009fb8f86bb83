"""A ledger that cannot be used: what is wrong is said, nothing is lost, nothing half written."""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from support.cockpit_process import Cockpit

NEEDS_BUBBLEWRAP = pytest.mark.skipif(shutil.which("bwrap") is None,
                                      reason="bubblewrap makes the read-only and the full disk")


@pytest.fixture
def used(cockpit: Cockpit) -> Cockpit:
    """With a parked job in its ledger."""
    assert cockpit.run("run", "Write files").code == 3
    return cockpit


def test_a_damaged_ledger_is_named_and_left_alone(used: Cockpit) -> None:
    damaged = b"SQLite format 3\0" + b"\xff" * 8_000
    used.database.write_bytes(damaged)
    for arguments in (("run", "More"), ("jobs", "list"), ("jobs", "resume", "1")):
        ran = used.run(*arguments)
        assert (ran.code, ran.out) == (1, "")
        assert "is not a healthy cockpit database" in ran.err
        assert "Move it away" in ran.err
    assert used.database.read_bytes() == damaged
    assert used.run("doctor").code == 1


def test_a_newer_ledger_is_not_touched(used: Cockpit) -> None:
    with sqlite3.connect(used.database) as conn:
        conn.execute("INSERT INTO schema_migrations VALUES (9999, 'later', '2030')")
    conn.close()
    for arguments in (("run", "More"), ("jobs", "list")):
        ran = used.run(*arguments)
        assert (ran.code, ran.out) == (1, "")
        assert "has schema 9999" in ran.err
        assert "Update the cockpit" in ran.err


def test_a_database_held_by_another_program_is_said(used: Cockpit) -> None:
    conn = sqlite3.connect(used.database, isolation_level=None)
    conn.execute("BEGIN EXCLUSIVE")
    try:
        ran = used.run("projects", "add", ".")
    finally:
        conn.execute("ROLLBACK")
        conn.close()
    assert ran.code == 1
    assert "is held by another process" in ran.err


@NEEDS_BUBBLEWRAP
def test_a_read_only_ledger_is_said(used: Cockpit) -> None:
    data = str(used.database.parent)
    before = ("bwrap", "--dev-bind", "/", "/", "--ro-bind", data, data, "--")
    ran = used.run("run", "More", before=before)
    assert (ran.code, ran.out) == (1, "")
    assert "cannot be written" in ran.err


@NEEDS_BUBBLEWRAP
def test_a_full_disk_is_said_and_the_job_goes_on_later(cockpit: Cockpit) -> None:
    cockpit.database.parent.mkdir(parents=True)
    data = str(cockpit.database.parent)
    before = ("bwrap", "--dev-bind", "/", "/", "--size", str(300_000), "--tmpfs", data, "--")
    ran = cockpit.run("run", "Write files", "--approve", "all", before=before)
    assert ran.code == 1
    assert "room" in ran.err or "space" in ran.err
    assert cockpit.run("run", "Write files", "--approve", "all", "--quiet").code == 0


def test_a_home_that_is_a_file_is_said(cockpit: Cockpit) -> None:
    (cockpit.home / "data").write_text("not a folder")
    ran = cockpit.run("jobs", "list")
    assert (ran.code, ran.out) == (1, "")
    assert "Not a directory" in ran.err
