"""Starting: what is imported, how wrong command lines are answered, hostile text in and out."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from support.cockpit_process import TIMEOUT, Cockpit
from support.repositories import git, write_files

import cockpit_tui

HEAVY = {"textual", "pydantic", "git", "anthropic", "openai", "tree_sitter"}


@pytest.mark.parametrize(("arguments", "never"), [
    (("--version",), HEAVY | {"cyclopts", "rich"}),
    (("--help",), HEAVY),
    (("agents", "roles"), {"textual", "git"}),
    (("jobs", "list"), {"textual"}),
    (("review",), {"textual"}),
])
def test_nothing_is_imported_that_is_not_needed(cockpit: Cockpit, arguments: tuple[str, ...],
                                                never: set[str]) -> None:
    probe = ("import sys\nfrom cockpit_tui.cli.main import run\n"
             "try:\n    run()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
             "finally:\n    print('\\n' + ' '.join(sys.modules))")
    done = subprocess.run([sys.executable, "-c", probe, *arguments], cwd=cockpit.repository,
                          env=cockpit.environment, stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, check=True, timeout=TIMEOUT)
    imported = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "cockpit_tui" in imported
    assert imported & never == set()


def test_the_version_is_the_packages(cockpit: Cockpit) -> None:
    ran = cockpit.run("--version")
    assert (ran.code, ran.out) == (0, f"cockpit {cockpit_tui.__version__}\n")


@pytest.mark.parametrize(("arguments", "said"), [
    (("job",), "There is no command 'job'. Did you mean 'jobs'?"),
    (("jobs", "shw", "1"), 'Unknown command "shw". Did you mean "show"?'),
    (("jobs", "show", "1", "--jsn"), "Unknown option: --jsn. Did you mean --json?"),
    (("jobs", "show"), "JOB requires an argument"),
    (("jobs", "show", "1"), "No job #1."),
    (("jobs", "show", "0" * 500), "No job"),
    (("run",), "REQUEST requires an argument"),
    (("run", ""), "The request is empty."),
    (("run", " \n\t"), "The request is empty."),
    (("run", "a", "b"), "Unused Tokens"),
    (("run", "x", "--approve", "maybe"), 'Choose from: "manual", "policy", "all"'),
    (("approvals", "return", "x", "--comment", " "), "Sending back needs words."),
    (("config", "set", "job.agents", "many"), "job.agents"),
    (("demo", "--headless", "--dir", "."), "is not an empty folder"),
    ((), "The screen needs a terminal"),
])
def test_wrong_command_lines_are_answered_shortly(cockpit: Cockpit, arguments: tuple[str, ...],
                                                  said: str) -> None:
    ran = cockpit.with_script(None).run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert len(ran.err) < 500
    assert ran.err.startswith("cockpit: ")


def test_a_request_of_a_million_characters_is_refused(cockpit: Cockpit) -> None:
    """From a test process: the kernel takes no argument that long."""
    code = ("import sys\nfrom cockpit_tui.cli.main import main\n"
            "sys.exit(main(['run', 'x' * 1_000_000]))")
    done = subprocess.run([sys.executable, "-c", code], cwd=cockpit.repository, text=True,
                          env=cockpit.environment, capture_output=True, check=False,
                          timeout=TIMEOUT)
    assert (done.returncode, done.stdout) == (2, "")
    assert "1,000,000 characters; at most 20,000 are taken" in done.stderr


def test_control_characters_are_shown_and_never_act(cockpit: Cockpit) -> None:
    write_files(cockpit.repository, {"evil\x1b[2J.py": "x = 1\n"})
    git("add", "--all", cwd=cockpit.repository)
    git("commit", "--quiet", "--message", "Wipe \x1b]0;owned\x07 the \u202escreen",
        cwd=cockpit.repository)
    git("switch", "--quiet", "--create", "x\u202ey", cwd=cockpit.repository)
    cockpit.run("run", "Do \x1b[31mred\x07 \u202e\ud7ff things\x9b2J", "--approve", "all")
    outputs = [cockpit.run(*arguments) for arguments in (
        ("jobs", "list"), ("jobs", "show", "1"), ("jobs", "report", "1"), ("jobs", "events", "1"),
        ("jobs", "list", "--json"), ("jobs", "show", "1", "--json"), ("projects", "list"),
        ("jobs", "show", "\x1b[31m"), ("run", "x", "--repo", "\x1b[31m/nowhere"),
        ("review",), ("\x1b[31mjob",))]
    for ran in outputs:
        acting = [c for c in ran.out + ran.err
                  if (ord(c) < 0x20 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0 or c == "\u202e"]
        assert acting == [], ran
    assert "Do ␛[31mred␇" in outputs[0].out
    assert "x<U+202E>y" in outputs[1].out
    assert json.loads(outputs[5].out)["job"]["request"]["text"].startswith("Do \x1b[31mred")


def test_the_review_runs_and_changes_nothing(cockpit: Cockpit) -> None:
    before = git("status", "--porcelain=v2", "--branch", cwd=cockpit.repository)
    ran = cockpit.with_script(None).run("review", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["review"]["author"] == "offline:rules"
    assert git("status", "--porcelain=v2", "--branch", cwd=cockpit.repository) == before
    assert git("for-each-ref", "--format=%(refname)", cwd=cockpit.repository) == "refs/heads/main"


def test_the_demo_makes_a_trusted_repository_and_asks_first(cockpit: Cockpit) -> None:
    real = cockpit.with_script(None, GIT_CONFIG_GLOBAL="/nonexistent")
    place = cockpit.home / "demo"
    ran = real.run("demo", "--headless", "--dir", str(place), "--approve", "manual")
    assert ran.code == 3
    assert "rules, not AI" in ran.out
    assert "cockpit approvals grant" in ran.out
    assert git("log", "--format=%an", cwd=place).split("\n") == ["Sample Author"] * 3
    assert git("status", "--porcelain", cwd=place) == ""
    [project] = json.loads(real.run("projects", "list", "--json").out)
    assert (project["path"], project["trusted_at"] is None) == (str(place.resolve()), False)


def test_projects_are_added_trusted_and_forgotten(cockpit: Cockpit) -> None:
    def known() -> list[tuple[str, bool]]:
        return [(p["path"], p["trusted_at"] is not None)
                for p in json.loads(cockpit.run("projects", "list", "--json").out)]

    path = str(cockpit.repository.resolve())
    assert "No projects yet" in cockpit.run("projects", "list").out
    assert cockpit.run("projects", "add").code == 0
    assert known() == [(path, False)]
    assert cockpit.run("projects", "remove", "repo").code == 0
    assert known() == []
    assert cockpit.run("projects", "trust", ".").code == 0
    assert known() == [(path, True)]
    assert cockpit.run("projects", "trust", "nothing").code == 2
