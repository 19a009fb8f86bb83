"""Attack 38: nothing that a model or a repository says acts on the terminal of any command."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support.repositories import git, make_repository

from cockpit_tui.cli import main
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, ReviewDraft, TaskDraft
from cockpit_tui.domain.review import Finding, Severity
from cockpit_tui.providers import registry
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

BAD = "x\x1b]52;c;ZXZpbA==\x07\x1b]8;;http://evil\x1b\\\x1b[2J\x9b31m\u202eb\u200b\U000e0041[/x]"
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069"
                  "\U000e0000-\U000e007f]")


def hostile_review(_: ModelRequest) -> ModelReply:
    finding = Finding(severity=Severity.HIGH, title=BAD, detail=BAD, path=BAD, line=1)
    reply = says(ReviewDraft(summary=BAD, patterns=(BAD,), findings=(finding,), architecture=BAD))
    return replace(reply, model=BAD)


def hostile_plan(_: ModelRequest) -> ModelReply:
    tasks = tuple(TaskDraft(
        key=f"k{BAD}{key}", title=f"{BAD} {key}", instructions=BAD, role=f"Backend{BAD}",
        owned_paths=("a.txt", f"{BAD}.txt"), acceptance=acceptance)
        for key, acceptance in (("good", ("test -s a.txt", f"printf '{BAD}'")),
                                ("bad", (f"printf '{BAD}'; exit 3",))))
    plan = PlanDraft(summary=BAD, phases=(PhaseDraft(title=BAD, tasks=tasks),), notes=(BAD,))
    return replace(says(plan), model=BAD)


def hostile_task(request: ModelRequest) -> ModelReply:
    if turns_so_far(request) == 0:
        # The two tasks own one file, so the second one finds what the first one wrote.
        which = "bad" if " bad" in request.messages[0].text else "good"
        return calls(("write_file", {"path": "a.txt", "content": f"{BAD} {which}\n"}),
                     (BAD, {BAD: BAD}),
                     ("run_command", {"command": f"printf '{BAD}'"}),
                     ("read_file", {"path": BAD}), ("edit_file", {"path": BAD}))
    return replace(says(BAD), model=BAD)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    provider = ScriptedProvider(plan=hostile_plan, task=hostile_task, review=hostile_review,
                                name=f"p{BAD}")
    monkeypatch.setattr(registry, "provider_for", lambda _: (provider, BAD))
    root = make_repository(tmp_path / "re\x1b[2Jpo", {
        "README.md": BAD, f"src/{BAD.replace('/', '')}.py": f"class A:\n    '''{BAD}'''\n"},
        message=BAD)
    git("branch", "-m", "ma\u202ein", cwd=root)
    monkeypatch.chdir(root)
    return root


@pytest.mark.parametrize("is_terminal", [False, True], ids=["pipe", "terminal"])
def test_38_no_command_prints_what_acts(repository: Path, is_terminal: bool,
                                        monkeypatch: pytest.MonkeyPatch,
                                        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("cockpit_tui.cli.jobs_terminal.has_terminal", lambda: False)
    monkeypatch.setenv("NO_COLOR", "1")
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: is_terminal)
    commands = [
        ["review"], ["review", "--json"], ["plan", "Do it"], ["run", "Do it", "--approve", "all"],
        ["run", "Again", "--approve", "all", "--json"], ["run", "Wait", "--approve", "manual"],
        ["jobs", "list"], ["jobs", "show", "3"], ["jobs", "events", "3"], ["jobs", "report", "3"],
        ["jobs", "list", "--json"], ["approvals", "list"], ["approvals", "list", "--json"],
        ["approvals", "grant", "6", "--yes"], ["jobs", "resume", "6"], ["projects", "list"],
        ["approvals", "show", BAD], ["jobs", "show", BAD], [BAD], ["run", BAD, "--model", BAD],
        ["review", "--repo", BAD], ["projects", "trust", BAD], ["config", "get", BAD],
        ["doctor"], ["approvals", "list"], ["jobs", "show", "6"],
    ]
    if is_terminal:  # to a pipe a diff goes byte for byte
        commands.append(["jobs", "diff", "4"])
    acted, codes = {}, {}
    for arguments in commands:
        codes[tuple(arguments[:2])] = main.main(arguments)
        shown = capsys.readouterr()
        for name, text in (("stdout", shown.out), ("stderr", shown.err)):
            found = ACTS.search(text)
            if found:
                acted[" ".join(arguments[:2]) + f" {name}"] = text[
                    max(0, found.start() - 60):found.end() + 20]
    assert acted == {}
    assert codes[("run", "Do it")] == 7, "the hostile job really ran"
    assert codes[("run", "Wait")] == 3
