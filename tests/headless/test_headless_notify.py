"""Being told without a screen: by the person's program, once; trials, muting, and a status line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from support.cockpit_process import Cockpit

SAVES = """\
#!{python}
import json, os, sys
with open({out!r}, "a") as file:
    json.dump([os.environ["COCKPIT_NOTICE_KIND"], sys.argv[1:]], file)
    file.write("\\n")
"""


def program(tmp_path: Path, cockpit: Cockpit) -> Path:
    """A program that writes down what it is told, set up as the person's; where it writes."""
    out, file = tmp_path / "told", tmp_path / "tell-me"
    file.write_text(SAVES.format(python=sys.executable, out=str(out)))
    file.chmod(0o755)
    assert cockpit.run("config", "set", "notify.command", f"{file},--now").code == 0
    return out


def told(out: Path) -> list[list[object]]:
    return [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []


def test_a_job_that_parks_is_told_once_and_shown_in_the_status_line(
        cockpit: Cockpit, tmp_path: Path) -> None:
    out = program(tmp_path, cockpit)
    nothing = cockpit.run("status", "--tmux")
    assert (nothing.code, nothing.out) == (0, "◆0 ●0 $0.00\n")

    parked = cockpit.run("run", "Add a .gitignore", "--quiet")

    assert parked.code == 3
    asks = ["question", ["--now", "#1 asks: Plan: 3 tasks in 2 phases"]]
    assert told(out) == [asks]
    assert cockpit.run("status", "--tmux").out == "◆1 ●0 $0.00\n"
    status = json.loads(cockpit.run("status", "--json").out)
    assert status == {"questions": 1, "parked": 0, "agents": 0, "today_usd": 0.0,
                      "unpriced_calls": 0}
    [notice] = json.loads(cockpit.run("notify", "list", "--json").out)
    assert (notice["kind"], notice["channels"]) == ("question", [
        {"channel": "command", "result": "sent", "detail": "by tell-me"}])

    assert cockpit.run("jobs", "resume", "1", "--quiet").code == 3  # Nobody has answered yet.
    assert told(out) == [asks]
    assert cockpit.run("notify", "mute", "done").out == "Muted: done.\n"
    assert cockpit.run("run", "Write files", "--approve", "all", "--quiet").code == 0
    assert told(out) == [asks]
    assert cockpit.run("notify", "unmute", "done").out == "Muted: nothing.\n"
    assert cockpit.run("run", "Write files", "--approve", "all", "--quiet").code == 0
    assert [kind for kind, _ in told(out)] == ["question", "done"]


def test_a_trial_says_how_each_channel_went(cockpit: Cockpit, tmp_path: Path) -> None:
    none = cockpit.run("notify", "test")
    assert none.code == 2
    assert "No channel is set up here" in none.err
    out = program(tmp_path, cockpit)
    assert cockpit.run("config", "set", "notify.webhook", "http://127.0.0.1:9/secret").code == 0

    tried = cockpit.run("notify", "test")

    assert (tried.code, tried.out.splitlines()) == (1, [
        "command: sent (by tell-me)", "webhook: failed (not reached (ConnectError), 3 times)"])
    assert told(out) == [["test", ["--now", "This is a test: notices reach you here."]]]
    assert "secret" not in tried.out + tried.err + cockpit.run("notify", "list").out
    assert cockpit.run("notify", "mute", "everything").code == 2
