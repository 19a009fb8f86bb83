"""A return to an older copy of the ledger, as a person types it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from support.cockpit_process import Cockpit


def test_a_job_that_went_on_after_the_copy_begins_its_phase_anew(
        cockpit: Cockpit, tmp_path: Path) -> None:
    def answer_and_go_on() -> int:
        assert cockpit.run("jobs", "approve", "1", "--yes").code == 0
        return cockpit.run("jobs", "resume", "1", "--quiet").code

    copy = tmp_path / "copy.db"
    assert cockpit.run("run", "Write files", "--approve", "manual", "--quiet").code == 3
    assert cockpit.run("ledger", "backup", str(copy)).code == 0
    assert cockpit.run("ledger", "restore", str(copy), "--json").out.endswith(
        '"stopped": []}\n')  # nothing happened since
    assert [answer_and_go_on() for _ in range(3)] == [3, 3, 0]
    landed = subprocess.run(
        ["git", "rev-parse", "cockpit/1-write-files"], cwd=cockpit.repository, check=True,
        capture_output=True, text=True).stdout.strip()
    assert cockpit.run("jobs", "undo", "1").code == 0
    ran = cockpit.run("ledger", "restore", str(copy))
    assert (ran.code, "Job #1 went on after the copy was made" in ran.out) == (0, True)
    shown = json.loads(cockpit.run("jobs", "show", "1", "--json").out)["job"]
    assert (shown["status"], "cockpit jobs retry 1" in shown["reason"]) == ("failed", True)
    (kept,) = json.loads(cockpit.run("trash", "list", "--json").out)
    assert (kept["task"], kept["commit"]) == ("branch", landed)
    assert cockpit.run("jobs", "retry", "1", "--quiet").code == 3
    assert [answer_and_go_on() for _ in range(3)] == [3, 3, 0]
    assert cockpit.run("jobs", "list").out.count("completed") == 1
