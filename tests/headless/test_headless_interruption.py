"""Runs that end in the middle: by a signal, by the kernel, beside another cockpit."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest
from support.cockpit_process import TIMEOUT, Cockpit
from support.repositories import git


def held_in_its_second_task(cockpit: Cockpit) -> subprocess.Popen[str]:
    """A run that waits for the model's answer in task 1.2, with 1.1 done."""
    process = cockpit.with_script("hold").start("run", "Write files", "--approve", "all", "--json")
    assert process.stdout is not None
    second = ""
    for line in process.stdout:
        event = json.loads(line)
        if event["type"] == "task:started" and event["data"]["number"] == "1.2":
            second = event["task_id"]
        if second and event["type"] == "step:started" and event.get("task_id") == second:
            return process
    pytest.fail(f"it ended: {process.communicate()}")


def finish(cockpit: Cockpit) -> None:
    """Resume with a model that answers, and see that nothing was lost nor done twice."""
    done = cockpit.run("jobs", "resume", "--json")
    result = done.events[-1]
    assert (done.code, result["status"]) == (0, "completed")
    assert [commit["subject"] for commit in result["commits"]] == [
        "Write a.txt", "Write b.txt", "Write c.txt"]
    assert git("show", f"{result['branch']}:b.txt", cwd=cockpit.repository) == "b.txt 1\nb.txt 2"
    events = [json.loads(line) for line in
              cockpit.run("jobs", "events", "1", "--json").out.splitlines()]
    completed = [e["data"]["number"] for e in events if e["type"] == "task:completed"]
    assert sorted(completed) == ["1.1", "1.2", "2.1"]


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_with_130_and_the_job_goes_on_later(cockpit: Cockpit,
                                                          which: signal.Signals) -> None:
    process = held_in_its_second_task(cockpit)
    process.send_signal(which)
    _, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, err) == (
        130, f"cockpit: Stopped by {which.name}. What was done is kept.\n"
             "  Go on with: cockpit jobs resume\n")
    finish(cockpit)


def test_a_killed_run_is_finished_by_resume(cockpit: Cockpit) -> None:
    process = held_in_its_second_task(cockpit)
    process.kill()
    process.communicate(timeout=TIMEOUT)
    assert "building" in cockpit.run("jobs", "list").out
    finish(cockpit)


def test_beside_a_running_cockpit_one_may_look_but_not_touch(cockpit: Cockpit) -> None:
    process = held_in_its_second_task(cockpit)
    try:
        assert "#1" in cockpit.run("jobs", "list").out
        view = json.loads(cockpit.run("jobs", "show", "1", "--json").out)
        assert [(t["number"], t["status"]) for t in view["tasks"]] == [
            ("1.1", "awaiting_approval"), ("1.2", "running"), ("2.1", "pending")]
        for arguments in (("run", "Something else"), ("jobs", "undo", "1"),
                          ("projects", "add", "."), ("demo", "--headless")):
            ran = cockpit.run(*arguments)
            assert (ran.code, ran.out) == (1, "")
            assert f"Another cockpit (process {process.pid}, since " in ran.err
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT)


def test_a_look_leaves_no_trace(cockpit: Cockpit) -> None:
    cockpit.run("run", "Write files")
    before = cockpit.run("jobs", "show", "1", "--json").out
    size = cockpit.database.stat().st_size
    for arguments in (("jobs", "list"), ("jobs", "events", "1"), ("jobs", "diff", "1"),
                      ("jobs", "report", "1"), ("approvals", "list"), ("projects", "list")):
        assert cockpit.run(*arguments).code == 0
    assert cockpit.run("jobs", "show", "1", "--json").out == before
    assert cockpit.database.stat().st_size == size
