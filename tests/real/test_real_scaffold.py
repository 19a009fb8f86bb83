"""The scaffold story in a repository of another style, gate by gate on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from real_harbour import FILES
from real_saying import Say
from support.fingerprint import fingerprint
from support.repositories import git, make_repository

REQUEST = "Add vessels: CargoVessel, YachtVessel"
CHANGED = """\
M	docs/vessels.md
A	harbour/vessels/cargo.py
M	harbour/vessels/registry.py
A	harbour/vessels/yacht.py
A	tests/test_cargo.py
A	tests/test_yacht.py"""


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "harbour", dict(FILES))


def answer_everything(cockpit: Say) -> tuple[list[str], str]:
    """Grant and resume until the job is over: the gates that were asked at, and the branch."""
    gates = []
    while True:
        waiting = json.loads(cockpit("approvals", "list", "--json").out)
        if not waiting:
            break
        gates.append(waiting[0]["question"]["gate"])
        shown = cockpit("approvals", "show", waiting[0]["id"])
        assert (shown.code, shown.err) == (0, "")
        assert waiting[0]["question"]["title"] in shown.out
        granted = cockpit("approvals", "grant", waiting[0]["id"], "--yes")
        assert granted.code == 0, granted.err
        resumed = cockpit("jobs", "resume", "--json")
        assert resumed.code in {0, 3}, resumed.err
        if resumed.code == 0:
            return gates, resumed.result["branch"]
    raise AssertionError("The job waits for nothing and is not done.")


@pytest.mark.parametrize(("mode", "expected"), [
    ("manual", ["plan", "phase", "phase"]),
    ("policy", ["plan"]),
])
def test_each_gate_parks_and_goes_on(mode: str, expected: list[str], cockpit: Say,
                                     harbour: Path) -> None:
    before = fingerprint(harbour)
    parked = cockpit("run", REQUEST, "--repo", harbour, "--approve", mode, "--json")
    assert (parked.code, parked.result["waiting_on"]) == (3, "approval")
    asked = parked.result["approvals"][0]["id"]
    assert f"  cockpit approvals grant {asked} --yes\n" in cockpit("jobs", "resume").out
    refused = cockpit("approvals", "grant", asked)
    assert (refused.code, "say it again with --yes" in refused.err) == (2, True)

    gates, branch = answer_everything(cockpit)

    assert gates == expected
    assert fingerprint(harbour) == before
    assert git("diff", "--name-status", f"main...{branch}", cwd=harbour) == CHANGED
    git("merge", "--quiet", branch, cwd=harbour)
    assert (harbour / "harbour/vessels/registry.py").read_text().split("}")[0].endswith(
        '    "tug": "harbour.vessels.tug:TugVessel",\n'
        '    "ferry": "harbour.vessels.ferry:FerryVessel",\n'
        '    "cargo": "harbour.vessels.cargo:CargoVessel",\n'
        '    "yacht": "harbour.vessels.yacht:YachtVessel",\n')
    assert (harbour / "docs/vessels.md").read_text().endswith(
        "| `FerryVessel` | 10 and a unit a ton |\n| `CargoVessel` | 10 and a unit a ton |\n"
        "| `YachtVessel` | 10 and a unit a ton |\n")
    tests = subprocess.run([sys.executable, "-m", "unittest", "-q"], cwd=harbour, check=False,
                           capture_output=True, text=True)
    assert "Ran 9 tests" in tests.stderr
    assert tests.returncode == 0
