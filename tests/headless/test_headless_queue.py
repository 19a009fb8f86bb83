"""The queue from the command line: recorded here, run there, killed, and run to its end."""

from __future__ import annotations

import json
import subprocess

import pytest
from support.cockpit_process import TIMEOUT, Cockpit


def add(cockpit: Cockpit, *options: str) -> str:
    ran = cockpit.run("queue", "add", "Write files", "--approve", "all", *options)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def queue_of(cockpit: Cockpit) -> list[tuple[int, str]]:
    state = json.loads(cockpit.run("queue", "list", "--json").out)
    return [(entry["number"], entry["waiting_on"]) for entry in state["entries"]]


def held_in_its_second_task(cockpit: Cockpit) -> subprocess.Popen[str]:
    """A queue whose jobs wait for the model's answer in their task 1.2."""
    process = cockpit.with_script("hold").start("queue", "start", "--json")
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event["type"] == "task:started" and event["data"]["number"] == "1.2":
            return process
    pytest.fail(f"it ended: {process.communicate()}")


def test_jobs_are_recorded_ordered_and_run_later(cockpit: Cockpit) -> None:
    assert add(cockpit).startswith("Job #1 is in the queue. It starts when it is its turn.\n")
    assert "Starts when #1 is completed." in add(cockpit, "--after", "1")
    assert add(cockpit, "--priority", "7").startswith("Job #3")
    later = cockpit.run("run", "Write files", "--at", "+2h")
    assert (later.code, later.err) == (0, "")
    assert "cockpit queue start" in later.out
    assert queue_of(cockpit) == [(3, "nothing"), (1, "nothing"), (2, "dependency"),
                                 (4, "schedule")]
    assert cockpit.run("queue", "move", "1", "--first").out == (
        "Job #1 is number 1 of 4 in the queue; its priority is 7 now, it was 0.\n")
    assert cockpit.run("queue", "pause", "4").code == 0
    one_by_one = cockpit.with_script("files", COCKPIT_QUEUE__CONCURRENT_JOBS="1")
    done = one_by_one.run("queue", "start", "--until-empty", "--json")
    assert (done.code, done.events[-1]) == (0, {
        "type": "result", "completed": 3, "failed": 0, "cancelled": 0, "parked": [],
        "waiting": 1})
    started = [event["job_id"] for event in done.events
               if event["type"] == "job:started" and event["data"]["status"] == "reviewing"]
    numbers = {job["id"]: job["number"]
               for job in json.loads(cockpit.run("jobs", "list", "--json").out)}
    assert [numbers[job_id] for job_id in started] == [1, 3, 2]


def test_a_killed_queue_ends_everything_once(cockpit: Cockpit) -> None:
    for _ in range(3):
        add(cockpit)
    process = held_in_its_second_task(cockpit)
    process.kill()
    process.communicate(timeout=TIMEOUT)
    done = cockpit.run("queue", "start", "--until-empty", "--json")
    assert (done.code, done.events[-1]["completed"]) == (0, 3)
    for number in ("1", "2", "3"):
        events = [json.loads(line) for line in
                  cockpit.run("jobs", "events", number, "--json").out.splitlines()]
        tasks = [e["data"]["number"] for e in events if e["type"] == "task:completed"]
        assert sorted(tasks) == ["1.1", "1.2", "2.1"]
        assert sum(e["type"] == "job:completed" for e in events) == 1
    assert queue_of(cockpit) == []


def test_another_terminal_looks_and_stops_it(cockpit: Cockpit) -> None:
    add(cockpit)
    process = held_in_its_second_task(cockpit)
    assert queue_of(cockpit) == [(1, "nothing")]
    assert "The cockpit that works with this ledger has it" in add(cockpit, "--after", "1")
    for _ in range(2):  # its step never ends: the second time it is cut
        stopped = cockpit.run("queue", "stop")
        assert stopped.code == 0
        assert stopped.out.startswith(f"Asked process {process.pid} to stop: its steps under way")
    out, _ = process.communicate(timeout=TIMEOUT)
    assert json.loads(out.splitlines()[-1])["waiting"] == 2
    again = cockpit.run("queue", "stop")
    assert again.code == 2
    done = cockpit.run("queue", "start", "--until-empty", "--json")
    assert (done.code, done.events[-1]["completed"]) == (0, 2)
    assert "No `cockpit queue start` runs" in again.err


def test_the_morning_report_is_the_ledgers(cockpit: Cockpit) -> None:
    costly = cockpit.with_script("costly")
    for approve in ("all", "manual"):
        costly.run("queue", "add", "Write files", "--approve", approve, "--budget", "9")
    assert costly.run("queue", "start", "--until-empty", "--json").code == 3
    report = json.loads(costly.run("jobs", "report", "--json").out)
    (done,) = report["done"]
    head = costly.run("jobs", "show", "1", "--json")
    assert done["job"]["head_commit"] == json.loads(head.out)["job"]["head_commit"]
    assert (done["commits"], done["cost"]) == (3, {
        "known_microusd": 1_800_000, "unpriced_calls": 0, "estimated_calls": 0,
        "estimated_microusd": 0})
    assert report["cost"]["known_microusd"] == 1_800_000
    (parked,) = report["parked"]
    assert (parked["job"]["number"], parked["command"]) == (
        2, "cockpit jobs approve 2 && cockpit queue start")
    (question,) = report["questions"]
    assert question["job_number"] == 2
    words = costly.run("jobs", "report").out
    assert "1 done, 0 failed or cancelled, 1 waiting for you. Cost: $1.80." in words
    assert f"cockpit/1-write-files at {done['job']['head_commit'][:10]}, 3 commits" in words


def test_each_line_of_the_queues_narration_names_its_job(cockpit: Cockpit) -> None:
    add(cockpit)
    add(cockpit)
    ran = cockpit.run("queue", "start", "--until-empty")
    assert ran.code == 0
    told = [line[9:].split()[0] for line in ran.err.splitlines() if line[2:3] == ":"]
    assert {"[#1]", "[#2]"} == set(told)
