"""`cockpit ledger` and `cockpit trash` as a person types them."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from support.cockpit_process import Cockpit


@pytest.fixture
def used(cockpit: Cockpit) -> Cockpit:
    """With a completed job in its ledger."""
    assert cockpit.run("run", "Write files", "--approve", "all", "--quiet").code == 0
    return cockpit


def hub_of(cockpit: Cockpit) -> Path:
    (hub,) = (cockpit.home / "data/cockpit/hubs").glob("*.git")
    return hub


def git(cockpit: Cockpit, *arguments: str, cwd: Path) -> str:
    done = subprocess.run(["git", *arguments], cwd=cwd, env=cockpit.environment, check=True,
                          capture_output=True, text=True)
    return done.stdout.strip()


def test_a_backup_is_what_the_ledger_was_and_is_put_back(used: Cockpit, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    ran = used.run("ledger", "backup", str(target), "--json")
    assert json.loads(ran.out) == {"file": str(target), "bytes": target.stat().st_size}
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    again = used.run("ledger", "backup", str(target))
    assert (again.code, again.out) == (2, "")
    assert "there already" in again.err
    shown = used.run("jobs", "show", "1", "--json").out
    used.database.write_bytes(b"SQLite format 3\0" + b"\xff" * 8_000)
    for arguments in (("ledger", "check"), ("ledger", "backup"),
                      ("ledger", "compact", "--older-than", "1")):
        ran = used.run(*arguments)
        assert (ran.code, ran.out) == (1, "")
        assert "is not a healthy cockpit database" in ran.err
    ran = used.run("ledger", "restore", str(target), "--json")
    assert json.loads(ran.out)["ledger"] == str(used.database), ran.err
    assert used.run("jobs", "show", "1", "--json").out == shown
    assert used.run("ledger", "check").code == 0
    junk = tmp_path / "junk.db"
    for content in (b"junk" * 500, b""):
        junk.write_bytes(content)
        ran = used.run("ledger", "restore", str(junk))
        assert (ran.code, ran.out) == (1, "")
        assert "is no sound copy of a ledger; nothing was changed" in ran.err
        assert "starts a new one" not in ran.err
    assert used.run("jobs", "show", "1", "--json").out == shown


def test_backup_and_check_work_beside_a_running_cockpit_and_compact_does_not(
        used: Cockpit) -> None:
    running = used.with_script("hold").start("run", "More", "--approve", "all", "--json")
    try:
        assert running.stdout is not None
        while '"agent:started"' not in running.stdout.readline():
            assert running.poll() is None
        assert used.run("ledger", "backup").code == 0
        assert used.run("ledger", "check").code == 0
        for arguments in (("compact", "--older-than", "1"), ("restore", str(used.database))):
            ran = used.run("ledger", *arguments)
            assert ran.code == 1
            assert "Another cockpit" in ran.err
        assert used.run("ledger", "compact", "--older-than", "1", "--dry-run").code == 0
    finally:
        running.kill()
        running.communicate()
    checked = json.loads(used.run("ledger", "check", "--json").out)
    assert not checked["is_sound"]
    assert [finding["remedy"] for finding in checked["findings"]] == ["cockpit jobs resume 2"]


def test_compact_says_first_and_drops_then(used: Cockpit) -> None:
    with closing(sqlite3.connect(used.database)) as conn:
        conn.execute("UPDATE jobs SET finished_at = '2020-01-01T00:00:00.000000Z'")
        conn.commit()
    events = used.run("jobs", "events", "1", "--json").out
    shown = used.run("jobs", "show", "1", "--json").out
    would = json.loads(used.run("ledger", "compact", "--older-than", "30", "--dry-run",
                                "--json").out)
    assert [job["number"] for job in would["jobs"]] == [1]
    ran = used.run("ledger", "compact", "--older-than", "30")
    assert ran.code == 0
    assert "Dropped the working memory of 1 job." in ran.out
    assert used.run("jobs", "events", "1", "--json").out.startswith(events)
    assert used.run("jobs", "show", "1", "--json").out == shown
    assert used.run("jobs", "report", "1").code == 0
    none = used.run("ledger", "compact", "--older-than", "30", "--dry-run", "--json")
    assert json.loads(none.out)["jobs"] == []
    assert used.run("ledger", "check").code == 0


def test_trash_is_listed_restored_and_emptied(used: Cockpit) -> None:
    assert used.run("trash", "list").out == "The trash is empty.\n"
    hub = hub_of(used)
    base = git(used, "rev-parse", "HEAD", cwd=used.repository)
    tree = git(used, "rev-parse", f"{base}^{{tree}}", cwd=hub)
    work = git(used, "-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", "-p", base, "-m",
               "Checkpoint", tree, cwd=hub)
    git(used, "update-ref", f"refs/cockpit/kept/job1-task1.1-1/{work[:16]}", work, cwd=hub)
    (entry,) = json.loads(used.run("trash", "list", "--json").out)
    assert (entry["job"], entry["task"], entry["commit"]) == (1, "1.1-1", work)
    assert "#1 1.1-1" in used.run("trash", "list").out
    folder = used.run("trash", "restore", "job1", "--to", "elsewhere")
    assert (folder.code, folder.out) == (2, "")
    assert f"cockpit trash restore {entry['id']} --branch NAME" in folder.err
    there = used.run("trash", "restore", "job1", "--branch", "cockpit/1-write-files")
    assert there.code == 1
    assert "has a branch cockpit/1-write-files already; nothing was changed" in there.err
    assert "git branch -m" not in there.err
    assert git(used, "for-each-ref", "refs/heads/cockpit/trash", cwd=used.repository) == ""
    ran = used.run("trash", "restore", "job1", "--branch", "back")
    assert ran.code == 0, ran.err
    assert git(used, "rev-parse", "back", cwd=used.repository) == work
    assert used.run("trash", "restore", "job9").code == 2
    assert used.run("trash", "empty").code == 2
    assert used.run("trash", "empty", "--older-than", "1").out == "Threw away 0 pieces of work.\n"
    assert used.run("trash", "empty", "--yes").out == "Threw away 1 piece of work.\n"
    assert used.run("trash", "list").out == "The trash is empty.\n"


def test_many_orphans_of_a_project_are_one_line_and_all_there_as_json(used: Cockpit) -> None:
    hub, base = hub_of(used), git(used, "rev-parse", "HEAD", cwd=used.repository)
    refs = [f"refs/heads/cockpit/{number}-gone" for number in range(7, 10)]
    git(used, "update-ref", refs[0], base, cwd=hub)
    (alone,) = (line for line in used.run("ledger", "check").out.splitlines() if "refs: " in line)
    assert alone == f"refs: {refs[0]} in the hub of repo belongs to no job"
    for ref in refs[1:]:
        git(used, "update-ref", ref, base, cwd=hub)
    checked = used.run("ledger", "check")
    assert (checked.code, checked.out.splitlines()[-2:]) == (1, [
        "refs: 3 in the hub of repo belong to no job",
        "  Each with what removes it: cockpit ledger check --json"])
    findings = json.loads(used.run("ledger", "check", "--json").out)["findings"]
    assert [finding["remedy"].split()[-1] for finding in findings] == refs
