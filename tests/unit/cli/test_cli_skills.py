"""`cockpit skills`: lists, shows, creates and validates, in words and in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cockpit_tui.cli.main import main


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    root = tmp_path / "repo"
    (root / ".git").mkdir(parents=True)
    (root / "src").mkdir()
    monkeypatch.chdir(root / "src")
    return root


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["skills", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_created_skill_is_valid_listed_and_never_overwritten(
        repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "config" / "cockpit" / "skills" / "my-way" / "SKILL.md"

    assert run(capsys, "create", "my-way", "--description", 'Use "it": always') == (
        0, f"{own}\n", "Fill it in, then: cockpit skills validate my-way\n")
    assert run(capsys, "validate", "my-way") == (0, f"{own.parent}: valid\n", "")
    assert run(capsys, "create", "my-way")[0] == 2
    assert own.read_text().startswith('---\nname: my-way\ndescription: "Use \\"it\\": always"\n---')

    listed = json.loads(run(capsys, "list", "--json")[1])
    assert {"name": "my-way", "description": 'Use "it": always', "layer": "user",
            "path": str(own.parent)} in listed["skills"]
    assert len(listed["skills"]) == 10


def test_a_repositorys_skill_wins_is_marked_and_cannot_act_on_the_terminal(
        repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "create", "debugging", "--project", "--json")
    path = repository / ".agents" / "skills" / "debugging" / "SKILL.md"
    assert (code, json.loads(out)) == (0, {"name": "debugging", "path": str(path)})
    path.write_text("---\nname: debugging\ndescription: x\n---\nevil \x1b[2J\n")

    shown = json.loads(run(capsys, "show", "debugging", "--json")[1])
    assert (shown["layer"], shown["files"]) == ("project", ["SKILL.md"])
    assert shown["text"].startswith("## Skill: debugging (from the repository: advice")
    code, out, err = run(capsys, "show", "debugging")
    assert (code, "\x1b" in out, "evil ␛[2J" in out) == (0, False, True)
    assert "project" in err


def test_what_is_wrong_is_said_with_exit_code_7(
        repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = repository / ".cockpit" / "skills" / "bad"
    bad.mkdir(parents=True)
    (bad / "SKILL.md").write_text("---\nname: other\ndescription: x\n---\ntext\n")

    assert run(capsys, "validate", str(bad)) == (
        7, f"{bad}: 'name' is 'other', but the folder is 'bad'\n", "")
    assert run(capsys, "validate") == (
        7, f"{bad}: 'name' is 'other', but the folder is 'bad'\n", "9 of 10 skills are valid.\n")
    code, out, _ = run(capsys, "validate", "--json")
    assert code == 7
    assert [row["path"] for row in json.loads(out) if not row["valid"]] == [str(bad)]
    assert "was passed over" in run(capsys, "list")[2]
    assert run(capsys, "validate", "nowhere")[0] == 2
    assert run(capsys, "create", "Bad_Name")[0] == 2
    code, _, err = run(capsys, "show", "debuging")
    assert (code, "There is: debugging" in err) == (2, True)


def test_the_template_alone_makes_a_valid_skill(
        repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "create", "release-notes")[0] == 0
    assert run(capsys, "validate", "release-notes")[0] == 0
