"""Whole jobs from the command line: the stream, parking, approvals, undo, every exit code."""

from __future__ import annotations

import json
import re

import pytest
from support.cockpit_process import Cockpit
from support.repositories import git


def test_the_json_stream_is_gapless_and_ends_with_the_result(cockpit: Cockpit) -> None:
    base = git("rev-parse", "HEAD", cwd=cockpit.repository)
    ran = cockpit.run("run", "Write files", "--approve", "all", "--json")
    *events, result = ran.events
    assert (ran.code, ran.err) == (0, "")
    assert [e["seq"] for e in events] == list(range(events[0]["seq"], events[-1]["seq"] + 1))
    assert {e["job_id"] for e in events} == {result["job_id"]}
    assert (events[0]["type"], events[-1]["type"]) == ("job:queued", "job:completed")
    branch = "cockpit/1-write-files"
    commits = git("log", "--reverse", "--format=%H %s", f"{base}..{branch}",
                  cwd=cockpit.repository).splitlines()
    seconds = [proof.pop("seconds") for task in result["tasks"] for proof in task["proofs"]]
    ids = [task.pop("id") for task in result["tasks"]]
    assert all(s >= 0 for s in seconds)
    assert len(set(ids)) == 3
    assert result.pop("duration_seconds") > 0
    assert all(task["actual"].pop("minutes") > 0 for task in result["tasks"])
    assert [task.pop("commit") for task in result["tasks"]] == [
        line.split()[0] for line in commits]
    assert result == {
        "type": "result", "job_id": events[0]["job_id"], "number": 1, "status": "completed",
        "waiting_on": "nothing", "reason": "", "branch": branch, "landed": True, "base": base,
        "head": commits[-1].split()[0], "approvals": [], "cost_usd": 0.0, "notes": [],
        "commits": [{"sha": line.split()[0], "subject": line.split(" ", 1)[1]}
                    for line in commits],
        "tasks": [{"number": number, "title": f"Write {path}", "role": "BackendDeveloper",
                   "phase": phase, "status": "done", "attempts": 1, "reason": "",
                   "proofs": [{"command": f"test -s {path}", "exit_code": 0}], "files": [path],
                   "estimate": {"minutes": 1.0, "tokens": 0, "cost_usd": 0.0},
                   "actual": {"tokens": 0, "cost_usd": 0.0}}
                  for number, path, phase in (("1.1", "a.txt", 1), ("1.2", "b.txt", 1),
                                              ("2.1", "c.txt", 2))]}


def test_a_parked_job_is_shown_granted_resumed_and_undone(cockpit: Cockpit) -> None:
    parked = cockpit.run("run", "Write files")
    assert parked.code == 3
    assert "cockpit approvals grant" in parked.out
    [plan] = json.loads(cockpit.run("approvals", "list", "--json").out)
    refused = cockpit.run("approvals", "grant", plan["id"])
    assert (refused.code, plan["question"]["risk"]) == (2, "HIGH")
    assert "--yes" in refused.err
    assert cockpit.run("approvals", "grant", plan["id"][-8:], "--yes").code == 0
    assert cockpit.run("jobs", "resume", "--json").code == 3

    [phase] = json.loads(cockpit.run("approvals", "list", "--json").out)
    shown = json.loads(cockpit.run("approvals", "show", phase["id"].lower(), "--json").out)
    assert cockpit.run("jobs", "diff", "#1").out == shown["diff"]
    assert "+a.txt 1" in shown["diff"]
    assert cockpit.run("jobs", "approve", "1").code == 0
    second = cockpit.run("jobs", "resume", "1")
    assert second.code == 3
    assert cockpit.run("approvals", "grant", "#1").code == 0
    done = cockpit.run("jobs", "resume", "last", "--json")
    assert (done.code, done.events[-1]["status"]) == (0, "completed")
    assert cockpit.run("approvals", "list").out == "Nothing waits for you.\n"

    branch = done.events[-1]["branch"]
    assert branch in cockpit.run("jobs", "undo", "1", "--dry-run").out
    assert git("branch", "--list", branch, cwd=cockpit.repository)
    assert cockpit.run("jobs", "undo", "1").code == 0
    assert not git("branch", "--list", branch, cwd=cockpit.repository)
    again = cockpit.run("jobs", "undo", "1")
    assert (again.code, "was undone already" in again.err) == (2, True)
    report = cockpit.run("jobs", "report", "1").out
    assert "| `test -s c.txt` | 0 |" in report
    assert "3 files, +6 -0" in report


def test_a_budget_that_ends_is_raised_in_the_inbox_or_on_the_way_on(cockpit: Cockpit) -> None:
    costly = cockpit.with_script("costly")
    ran = costly.run("run", "Write files", "--approve", "all", "--budget", "0.5", "--json")
    *_, stopped = ran.events
    assert (ran.code, stopped["waiting_on"], stopped["error"]["type"]) == (
        4, "budget", "BudgetReached")
    assert [(a["gate"], a["title"]) for a in stopped["approvals"]] == [
        ("budget", "Raise the job's budget of $0.50 to $1.00?")]
    assert costly.run("approvals", "grant", "#1").code == 0
    again = costly.run("jobs", "resume", "1", "--json")
    assert (again.code, again.events[-1]["cost_usd"]) == (4, 0.6)
    [asked] = json.loads(costly.run("approvals", "list", "--json").out)
    assert asked["question"]["action"] == {
        "before_microusd": 1_000_000, "after_microusd": 2_000_000, "task": None}
    done = costly.run("jobs", "resume", "1", "--budget", "5", "--json")
    assert (done.code, done.events[-1]["cost_usd"]) == (0, 1.8)
    assert costly.run("approvals", "list").out == "Nothing waits for you.\n"


def test_denied_hunks_do_not_land(cockpit: Cockpit) -> None:
    cockpit.run("run", "Write files", "--until", "phase:1")
    cockpit.run("approvals", "grant", "1", "--yes")
    cockpit.run("jobs", "resume", "1", "--quiet")
    [phase] = json.loads(cockpit.run("approvals", "list", "--json").out)
    unknown = cockpit.run("approvals", "grant", phase["id"], "--drop", "abcdef")
    assert (unknown.code, "no hunk 'abcdef'" in unknown.err) == (2, True)
    denied = cockpit.run("approvals", "deny", phase["id"], "--comment", "not like this")
    assert denied.code == 0
    ended = cockpit.run("jobs", "resume", "1", "--json").events[-1]
    assert (ended["branch"], ended["commits"]) == (None, [])
    assert "not like this" in cockpit.run("jobs", "show", "1").out


def test_cancel_ends_a_parked_job_and_retry_starts_it_again(cockpit: Cockpit) -> None:
    cockpit.run("run", "Write files")
    assert cockpit.run("jobs", "cancel", "1").out == "Job #1 is cancelled.\n"
    again = cockpit.run("jobs", "cancel", "1")
    assert (again.code, again.err) == (2, "cockpit: Job #1 is cancelled already.\n")
    assert cockpit.run("approvals", "list").out == "Nothing waits for you.\n"
    assert cockpit.run("jobs", "resume").code == 2
    assert cockpit.run("jobs", "retry", "1").code == 3


@pytest.mark.parametrize(("script", "arguments", "code", "said"), [
    ("fails", ("--approve", "all"), 7, "test -d a.txt"),
    ("broken", ("--approve", "all"), 5, "The model does not answer."),
    ("costly", ("--approve", "all", "--budget", "0.5"), 4, "budget of $0.50"),
    ("files", ("--repo", "/nowhere"), 6, "/nowhere"),
    ("files", ("--repo", "/"), 6, "not in a git repository"),
    ("files", ("--until", "forever"), 2, "--until takes review, plan, phase:N or all"),
    ("files", ("--budget", "-1"), 2, "--budget takes dollars"),
    ("files", ("--agents", "0"), 2, "--agents takes 1 to 64"),
])
def test_exit_codes_tell_what_happened(cockpit: Cockpit, script: str, arguments: tuple[str, ...],
                                       code: int, said: str) -> None:
    ran = cockpit.with_script(script).run("run", "Write files", *arguments)
    assert ran.code == code
    assert said in ran.out + ran.err


def test_steps_are_told_on_stderr_off_a_terminal_too(cockpit: Cockpit) -> None:
    ran = cockpit.run("run", "Write files", "--approve", "all")
    assert ran.code == 0
    lines = ran.err.splitlines()
    assert all(re.match(r"\d\d:\d\d", line) for line in lines), lines
    assert any("a.txt" in line and "done" in line for line in lines)
    assert "\x1b" not in ran.err
    assert ran.out.startswith("Job #1 ")
    quiet = cockpit.run("run", "Write more files", "--approve", "all", "--quiet")
    assert (quiet.code, quiet.err) == (0, "")
