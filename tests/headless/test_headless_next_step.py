"""What to type next, where a job failed or a command cannot work: said at once, and it works."""

from __future__ import annotations

import pytest
from support.cockpit_process import Cockpit

from cockpit_tui.headless.faces import result_lines

FAILED = {"number": 7, "status": "failed", "waiting_on": "nothing", "tasks": [], "notes": [],
          "branch": None, "approvals": [], "cost_usd": 0.0, "duration_seconds": 1.0}


def test_failed_tasks_are_tried_again_by_the_command_that_is_told(cockpit: Cockpit) -> None:
    none_yet = cockpit.run("jobs", "retry")
    assert (none_yet.code, "No job has failed" in none_yet.err) == (2, True)
    failed = cockpit.with_script("fails").run("run", "Write files", "--approve", "all")
    assert failed.code == 7
    assert failed.out.count("cockpit jobs retry") == 1
    assert "Try the rest again: cockpit jobs retry 1\n" in failed.out
    again = cockpit.run("jobs", "retry", "--json").events[-1]
    assert (again["number"], again["status"]) == (1, "failed")


@pytest.mark.parametrize(("error", "last"), [
    ("ProviderUnavailable", "Again   cockpit jobs retry 7"), ("NothingPlanned", "Hint.")])
def test_a_failed_job_ends_with_what_goes_on_unless_it_would_fail_alike(
        error: str, last: str) -> None:
    told = {"type": error, "message": "No.", "hint": "Hint."}
    assert result_lines({**FAILED, "error": told})[-1] == last
