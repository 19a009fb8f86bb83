"""`kill -9` at any moment: nothing acknowledged is lost, nothing is done twice, the job ends."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from support.fault_bench import count, out_of_time, tell_tally
from support.repositories import git, make_repository

CHILD = Path(__file__).parent.parent / "support" / "killable_job.py"
KILLS = count("KILLS", 4, 20)
LONGEST_LIFE_SECONDS = 1.6


def run_until_killed(repository: Path, log: Path, seconds: float | None) -> int | None:
    """The exit code of one life of the child, or None when it was killed before its end."""
    child = subprocess.Popen([sys.executable, str(CHILD), str(repository), str(log)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        _, errors = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        child.communicate()
        return None
    assert child.returncode == 0, errors
    return child.returncode


@pytest.mark.parametrize("seed", range(1, 1 + count("SCRIPTED_JOBS", 1, 10)))
def test_a_job_survives_being_killed_again_and_again(seed: int, tmp_path: Path,
                                                     own_home: Path) -> None:
    if out_of_time():
        pytest.skip("the time of this run is over")
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    before = git("status", "--porcelain=v2", "--branch", cwd=repository)
    log = tmp_path / "effects"
    lives = random.Random(seed)
    acknowledged = killed = 0
    for _ in range(KILLS):
        if run_until_killed(repository, log, lives.uniform(0.35, LONGEST_LIFE_SECONDS)) == 0:
            break
        killed += 1
        acknowledged = check_ledger(own_home, at_least=acknowledged)
    assert run_until_killed(repository, log, None) == 0
    check_ledger(own_home, at_least=acknowledged)
    check_branch(repository)
    check_effects(log, own_home)
    assert git("status", "--porcelain=v2", "--branch", cwd=repository) == before
    tell_tally({"kill": killed})


def database_of(home: Path) -> Path:
    return home / ".local/share/cockpit/cockpit.db"


def check_ledger(home: Path, *, at_least: int) -> int:
    """The ledger is healthy and its events are gapless; how many there are."""
    if not database_of(home).exists():
        return 0
    connection = sqlite3.connect(f"file:{database_of(home)}?mode=ro", uri=True)
    try:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'events'")
        if not tables.fetchone()[0]:
            return 0
        count, newest = connection.execute(
            "SELECT count(*), coalesce(max(seq), 0) FROM events").fetchone()
    finally:
        connection.close()
    assert count == newest >= at_least
    return int(newest)


def check_branch(repository: Path) -> None:
    """Each task landed exactly once, with its content as the agent meant it."""
    branch = git("for-each-ref", "--format=%(refname:short)", "refs/heads/cockpit/", cwd=repository)
    subjects = Counter(git("log", "--format=%s", f"main..{branch}", cwd=repository).splitlines())
    assert subjects == Counter(f"Write {name}.txt" for name in "abcdef")
    steps = git("log", "--format=%(trailers:key=Step-Id,valueonly)", f"main..{branch}",
                cwd=repository).split()
    assert len(set(steps)) == len(steps) == 6
    for name in "abcdef":
        assert git("show", f"{branch}:{name}.txt", cwd=repository) == f"a {name}\nz {name}.txt"
    assert git("fsck", "--no-dangling", cwd=repository) == ""


def check_effects(log: Path, home: Path) -> None:
    """A model call is made again only where its reply was lost, and then it is marked so."""
    made = Counter(log.read_text().splitlines())
    again = sum(count > 1 for count in made.values())
    connection = sqlite3.connect(f"file:{database_of(home)}?mode=ro", uri=True)
    try:
        marked = connection.execute(
            "SELECT count(*) FROM events WHERE type = 'step:completed' "
            "AND json_extract(payload_json, '$.reissued') AND task_id IS NOT NULL").fetchone()[0]
        running = connection.execute(
            "SELECT count(*) FROM tasks WHERE status != 'done'").fetchone()[0]
    finally:
        connection.close()
    assert again <= marked
    assert running == 0
