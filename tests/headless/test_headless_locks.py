"""Locks from another terminal: seen, refused while their engine lives, forced, and freed by proof.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from support.cockpit_process import TIMEOUT, Cockpit


def until(process: subprocess.Popen[str], kind: str, number: str) -> dict[str, Any]:
    assert process.stdout is not None
    for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if event["type"] == kind and event["data"]["number"] == number:
            return event
    pytest.fail(f"it ended: {process.communicate()}")


def test_a_lock_is_released_with_proof_of_death_or_by_force(cockpit: Cockpit) -> None:
    none = cockpit.run("locks", "list")
    assert (none.code, none.out) == (0, "Nothing is locked.\n")
    process = cockpit.with_script("hold").start("run", "Write files", "--approve", "all", "--json")
    until(process, "task:started", "1.2")
    [lock] = json.loads(cockpit.run("locks", "list", "--json").out)
    assert (lock["state"], lock["task_number"], lock["claim"], lock["pid"], lock["held_by"]) == (
        "held", "1.2", {"paths": ["b.txt"], "resources": [], "is_observed": False}, process.pid, [])
    row = cockpit.run("locks", "list").out.splitlines()[1]
    assert row.split()[:2] == [str(lock["number"]), "#1"]
    assert (f"process {process.pid} " in row, row.endswith("b.txt")) == (True, True)

    refused = cockpit.run("locks", "release", str(lock["number"]))
    assert refused.code != 0
    assert "lives" in refused.err
    assert "cockpit tasks cancel 1 1.2" in refused.err
    going_back = cockpit.run("tasks", "rewind", "1", "1.2", "--to", "0")
    assert (going_back.code, "cockpit jobs pause 1;" in going_back.err) == (2, True)
    forced = cockpit.run("locks", "release", str(lock["number"]), "--force", "--json")
    assert (forced.code, "Warning: #1 1.2 runs on without its lock." in forced.err) == (0, True)
    gone = until(process, "lock:released", "1.2")
    assert gone["data"] == {"number": "1.2", "names": ["b.txt"], "reason": "by force"}
    assert cockpit.run("locks", "list").out == "Nothing is locked.\n"
    assert cockpit.run("locks", "release", str(lock["number"])).code == 2
    process.kill()
    process.communicate(timeout=TIMEOUT)

    again = cockpit.with_script("hold").start("jobs", "resume", "1", "--json")
    until(again, "lock:acquired", "1.2")
    again.kill()
    again.communicate(timeout=TIMEOUT)
    [left] = json.loads(cockpit.run("locks", "list", "--json").out)
    assert (left["pid"], left["state"]) == (again.pid, "left")
    freed = cockpit.run("locks", "release", str(left["number"]), "--json")
    assert (freed.code, json.loads(freed.out)) == (
        0, {"number": left["number"], "task": "#1 1.2", "outcome": "released"})
    assert cockpit.run("locks", "list", "--json").out == "[]\n"
    end = cockpit.run("jobs", "resume", "1", "--json")
    assert (end.code, end.events[-1]["status"]) == (0, "completed")


def test_what_a_killed_cockpit_left_is_at_work_nowhere(cockpit: Cockpit) -> None:
    assert cockpit.run("queue", "add", "Write files", "--approve", "all").code == 0
    process = cockpit.with_script("hold").start("queue", "start", "--json")
    until(process, "task:started", "1.2")
    assert "working" in cockpit.run("agents", "list").out
    assert cockpit.run("ledger", "check").code == 0
    process.kill()
    process.communicate(timeout=TIMEOUT)

    agents = cockpit.run("agents", "list")
    assert ("left at work" in agents.out, "working" in agents.out) == (True, False)
    assert "the cockpit that did is gone. Go on: cockpit jobs resume 1\n" in agents.err
    assert {"left at work"} == {agent["state"] for agent in json.loads(
        cockpit.run("agents", "list", "--json").out) if agent["is_left"]}
    locks = cockpit.run("locks", "list")
    assert f"process {process.pid}, gone" in locks.out
    assert "is gone; the next one that works frees them" in locks.err
    checked = cockpit.run("ledger", "check", "--json")
    assert (checked.code, json.loads(checked.out)["findings"]) == (1, [
        {"about": "jobs", "text": "job #1 is building, and nobody is at it",
         "remedy": "cockpit jobs resume 1", "project": ""}])
    told = next(line for line in cockpit.run("doctor").out.splitlines() if " jobs: " in line)
    assert told == ("! jobs: #1 not ended, and nobody is at it \u2014 go on with each: "
                    "cockpit jobs resume 1")
