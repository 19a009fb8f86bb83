"""Commands from another terminal while a cockpit works: two real processes on one ledger."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.cockpit_process import TIMEOUT, Cockpit

from cockpit_tui.domain.command import CancelJob
from cockpit_tui.domain.ids import JobId
from cockpit_tui.engine import letters


@contextmanager
def at_work(cockpit: Cockpit, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A cockpit that is held in its second task."""
    process = cockpit.with_script("hold").start(*arguments, "--json")
    try:
        assert process.stdout is not None
        while not ('"task:started"' in (line := process.stdout.readline()) and '"1.2"' in line):
            assert process.poll() is None, process.stderr and process.stderr.read()
        yield process
    finally:
        process.kill()
        process.communicate(timeout=TIMEOUT)


def done(cockpit: Cockpit, *arguments: str) -> str:
    ran = cockpit.run(*arguments)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def events(cockpit: Cockpit, kind: str) -> list[dict[str, object]]:
    lines = map(json.loads, cockpit.run("jobs", "events", "1", "--json").out.splitlines())
    return [line["data"] for line in lines if line["type"] == kind]


def test_a_running_job_is_given_money_paused_and_cancelled_from_another_terminal(
        cockpit: Cockpit) -> None:
    with at_work(cockpit, "run", "Write files", "--approve", "all") as process:
        assert "may spend $7" in done(cockpit, "jobs", "budget", "1", "7")
        assert "at priority 5" in done(cockpit, "queue", "move", "1", "--priority", "5")
        assert "Task 1.2 pauses" in done(cockpit, "tasks", "pause", "1", "1.2")
        assert "paused (running)" in done(cockpit, "tasks", "list", "1")
        assert done(cockpit, "tasks", "resume", "1", "1.2") == "Task 1.2 may go on.\n"
        refused = cockpit.run("tasks", "resume", "1", "1.2")
        assert (refused.code, refused.err) == (
            2, "cockpit: Task 1.2 is not paused; it is running.\n")
        assert "pauses once the steps under way are over" in done(cockpit, "jobs", "pause", "1")
        done(cockpit, "tasks", "pause", "1", "1.2")
        assert done(cockpit, "tasks", "resume", "1", "1.2") == (
            "Task 1.2 may go on.\nIts job is paused, too. Go on: cockpit jobs resume 1\n")
        assert "goes on in the cockpit" in done(cockpit, "jobs", "resume", "1")
        assert done(cockpit, "jobs", "cancel", "1") == "Job #1 is cancelled.\n"
        process.wait(timeout=TIMEOUT)
        assert process.returncode == 130
    told = events(cockpit, "command:received")
    assert [(one["command"], one["outcome"]) for one in told] == [
        ("SetBudget", "done"), ("MoveJob", "done"), ("PauseTask", "done"), ("ResumeTask", "done"),
        ("ResumeTask", "Task 1.2 is not paused; it is running."), ("PauseJob", "done"),
        ("PauseTask", "done"), ("ResumeTask", "done"), ("ResumeJob", "done"), ("CancelJob", "done")]
    assert all(str(one["sender"]).startswith("process ") for one in told)


def test_a_question_is_answered_from_another_terminal_and_the_job_goes_on(
        cockpit: Cockpit) -> None:
    process = cockpit.start("queue", "start", "--json")
    try:
        while not (cockpit.home / "data" / "cockpit" / "queue.pid").exists():
            assert process.poll() is None
        done(cockpit, "queue", "add", "Write files")
        assert process.stdout is not None
        while '"job:completed"' not in (line := process.stdout.readline()):
            assert line, process.communicate(timeout=TIMEOUT)
            if '"job:waiting"' in line and '"waiting_on": "approval"' in line:
                for one in json.loads(cockpit.run("approvals", "list", "--json").out):
                    assert "Granted" in done(cockpit, "approvals", "grant", one["id"], "--yes")
        assert "Schedule s1" in done(cockpit, "queue", "add", "Nightly", "--cron", "0 2 * * *")
        assert done(cockpit, "queue", "remove", "s1") == "Schedule s1 is removed.\n"
        assert "Paused: the whole queue" in done(cockpit, "queue", "pause")
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT)


def test_a_letter_that_is_not_plainly_ones_own_is_refused(cockpit: Cockpit) -> None:
    place = cockpit.home / "data" / "cockpit" / "mailbox"
    with at_work(cockpit, "run", "Write files", "--approve", "all"):
        job = json.loads(cockpit.run("jobs", "show", "1", "--json").out)["job"]
        sealed = letters.seal(CancelJob(job_id=JobId(job["id"])))
        written = letters.post(cockpit.home, "ELSEWHERE01", sealed)
        (place / "SYMLINK0001.json").symlink_to(written)
        os.link(written, place / "HARDLINK001.json")
        open_to_all = letters.post(cockpit.home, "OPEN000001", sealed)
        open_to_all.chmod(0o666)
        open_to_all.rename(place / open_to_all.name)
        garbage = cockpit.home / "GARBAGE0001.json"
        garbage.touch(mode=0o600)
        garbage.write_text("{")
        garbage.rename(place / garbage.name)
        # A command that comes after them is answered once they were.
        assert "at priority 1" in done(cockpit, "queue", "move", "1", "--priority", "1")
        answers = {}
        for letter in ("SYMLINK0001", "HARDLINK001", "OPEN000001", "GARBAGE0001"):
            while (reply := letters.collect(place, letter)) is None:
                done(cockpit, "queue", "move", "1", "--priority", "1")
            answers[letter] = reply.error
        assert cockpit.run("jobs", "show", "1", "--json").out.count('"status": "building"') == 1
    assert answers == {
        "SYMLINK0001": "The command was refused: It cannot be read: Too many levels of symbolic "
                       "links.",
        "HARDLINK001": "The command was refused: It is no plain file of its own.",
        "OPEN000001": "The command was refused: Others may read or write it.",
        "GARBAGE0001": "The command was refused: It is no letter of this version."}


def test_nobody_leaves_a_letter_in_a_directory_that_others_may_read(cockpit: Cockpit) -> None:
    with at_work(cockpit, "run", "Write files", "--approve", "all"):
        (cockpit.home / "data" / "cockpit" / "mailbox").chmod(0o755)
        ran = cockpit.run("jobs", "cancel", "1")
    assert ran.code == 1
    assert "is not a directory of yours alone" in ran.err


@pytest.mark.parametrize("is_known", [False, True])
def test_a_letter_that_an_engine_was_killed_at_is_settled_by_the_next_one(
        cockpit: Cockpit, is_known: bool) -> None:
    place = cockpit.home / "data" / "cockpit" / "mailbox"
    with at_work(cockpit, "run", "Write files", "--approve", "all"):
        job = json.loads(cockpit.run("jobs", "show", "1", "--json").out)["job"]
    sealed = letters.seal(CancelJob(job_id=JobId(job["id"])))
    if is_known:  # taken in, carried out and answered; the answer's file alone is missing
        letters.post(place, "LETTER0001", sealed)
        done(cockpit, "queue", "pause")
        assert letters.collect(place, "LETTER0001") is not None
    letters.post(place, "LETTER0001", sealed).rename(place / "LETTER0001.taken")
    done(cockpit, "queue", "resume")
    reply = letters.collect(place, "LETTER0001")
    assert reply is not None
    assert (reply.error, reply.job_id) == ("", job["id"])
    assert [one["outcome"] for one in events(cockpit, "command:received")] == ["done"]
    assert len(events(cockpit, "job:cancelled")) == 1
    assert list(place.glob("*.taken")) == []


def test_a_bare_resume_begins_nothing_that_is_paused_or_the_queue_is_to_start(
        cockpit: Cockpit) -> None:
    parked = cockpit.run("run", "Write files", "--approve", "manual", "--quiet")
    assert parked.code == 3
    for options in ((), ("--at", "+2h")):
        assert cockpit.run("queue", "add", "Later", "--approve", "all", *options).code == 0
    done(cockpit, "queue", "pause", "2")
    went = cockpit.run("jobs", "resume", "--quiet")
    assert (went.code, "Goes on with job #1: Write files" in went.err) == (3, True)
    assert "#1" in done(cockpit, "jobs", "pause", "1")
    assert "approval, paused" in done(cockpit, "jobs", "list")
    assert "approval, paused" in done(cockpit, "jobs", "show", "1")
    none = cockpit.run("jobs", "resume")
    assert (none.code, none.err.splitlines()) == (2, [
        "cockpit: No job was stopped in its work: #3 is in the queue, #2 is paused, #1 is paused.",
        "  Go on with one all the same: cockpit jobs resume 3"])
    states = [job["status"] for job in json.loads(done(cockpit, "jobs", "list", "--json"))]
    assert states == ["queued", "queued", "planning"]
