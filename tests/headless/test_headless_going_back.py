"""Going back from the command line: to a task's step, from an answer; and a job told again."""

from __future__ import annotations

import json
import re
import signal

from support.cockpit_process import TIMEOUT, Cockpit


def test_a_stopped_task_is_looked_at_brought_back_and_forth(cockpit: Cockpit) -> None:
    assert cockpit.run("run", "Write files").code == 3
    listed = cockpit.run("tasks", "list", "1")
    assert (listed.code, listed.out) == (0, "Job #1 has no tasks yet; it is planning.\n")
    [plan] = json.loads(cockpit.run("approvals", "list", "--json").out)
    assert cockpit.run("approvals", "grant", plan["id"], "--yes").code == 0
    undone = cockpit.run("approvals", "undo", plan["id"])
    assert (undone.code, f"approvals show {plan['id']}" in undone.out) == (0, True)
    assert json.loads(cockpit.run("approvals", "list", "--json").out) == [plan]
    assert cockpit.run("approvals", "grant", plan["id"], "--yes").code == 0
    assert cockpit.run("jobs", "resume").code == 3

    rows = json.loads(cockpit.run("tasks", "list", "1", "--json").out)
    assert [row["number"] for row in rows] == ["1.1", "1.2", "2.1"]
    shown = json.loads(cockpit.run("tasks", "show", "1", "1.1", "--json").out)
    (attempt,) = shown["attempts"]
    (kept, *_) = [step["checkpoint"] for step in attempt["steps"] if step["checkpoint"]]
    assert re.fullmatch(rf"refs/cockpit/jobs/{shown['task']['job_id']}/checkpoints/"
                        rf"{attempt['execution']['id']}/1", kept["ref"])
    assert kept["commit"][:10] in cockpit.run("tasks", "show", "1", "1.1").out

    assert "tasks rewind" not in cockpit.run("tasks", "show", "1", "1.1").err

    landed = cockpit.run("tasks", "rewind", "1", "1.1", "--to", "1")
    assert (landed.code, landed.out) == (2, "")
    assert "approvals return" in landed.err
    gone_past = cockpit.run("approvals", "undo", plan["id"])
    assert gone_past.code == 2
    assert "the plan was adopted" in gone_past.err
    for wrong in (["rewind", "1", "1.1"], ["rewind", "1", "1.1", "--to", "1", "--undo"],
                  ["rewind", "1", "1.1", "--to", "-1"], ["show", "1", "9.9"]):
        assert cockpit.run("tasks", *wrong).code == 2


def test_a_job_is_told_again_in_the_words_of_its_narration(cockpit: Cockpit) -> None:
    assert cockpit.run("run", "Write files", "--approve", "all").code == 0
    again = cockpit.run("jobs", "events", "1", "--replay", "--speed", "0")
    assert (again.code, again.err) == (0, "")
    words = [line[14:22].strip() for line in again.out.splitlines()]
    assert (words[0], words[-1]) == ("queued", "done")
    assert words.count("start") == 3
    assert "saved" not in words, "milestones, as while it ran"
    slow = cockpit.run("jobs", "events", "1", "--replay", "--speed", "1000", "--from", "5",
                       "--json")
    assert [event["seq"] for event in slow.events] == list(range(5, 5 + len(slow.events)))
    assert slow.events[-1]["type"] == "job:completed"


def test_a_replay_ends_at_once_when_it_is_interrupted(cockpit: Cockpit) -> None:
    assert cockpit.run("run", "Write files", "--approve", "all").code == 0
    process = cockpit.start("jobs", "events", "1", "--replay", "--speed", "0.0001")
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, err) == (130, "")
    assert " queued " in first
