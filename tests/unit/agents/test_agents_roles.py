"""Roles: those that ship, the person's own over them, and files that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cockpit_tui.agents.lead.planner import OTHER_ROLE, build_plan
from cockpit_tui.agents.roles import Role, find_roles, role_named, shipped_roles
from cockpit_tui.cli import agents
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.errors import ProviderError, UsageError
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.roles import ROLE_NAMES

MINE = """---
name: Translator
description: Texts in
  other languages
skills: accessibility-checklist, debugging
---

You translate.
"""


def role_files(config: Path, **files: str) -> Paths:
    (config / "agents").mkdir(parents=True)
    for name, text in files.items():
        (config / "agents" / f"{name}.md").write_text(text)
    return Paths(config=config, data=config, cache=config)


def test_without_files_there_are_the_shipped_ones(tmp_path: Path) -> None:
    paths = Paths(config=tmp_path, data=tmp_path, cache=tmp_path)
    found = find_roles(paths)
    assert (found.roles, found.problems) == (shipped_roles(), ())
    assert tuple(role.name for role in found.roles) == ROLE_NAMES
    assert found.for_plan == ", ".join(ROLE_NAMES)
    assert role_named("DatabaseEngineer", paths).skills == ("database-design",
                                                            "test-driven-development")
    assert role_named("CodeReviewer", paths).skills == ("code-review-checklist",
                                                        "security-best-practices")


def test_the_persons_own_roles_join_and_win(tmp_path: Path) -> None:
    paths = role_files(tmp_path, mine=MINE,
                       tester="---\nname: Tester\ndescription: Mine\n---\nTest my way.\n")
    found = find_roles(paths)
    translator = Role(name="Translator", summary="Texts in other languages",
                      prompt="You translate.", skills=("accessibility-checklist", "debugging"),
                      place=str(tmp_path / "agents" / "mine.md"))
    assert found.problems == ()
    assert tuple(role.name for role in found.roles) == (*ROLE_NAMES, "Translator")
    assert role_named("Translator", paths) == translator
    assert role_named("Tester", paths).prompt == "Test my way."
    assert found.for_plan.endswith("CodeReviewer, Translator (Texts in other languages)")


@pytest.mark.parametrize(("text", "says"), [
    ("no front matter", "line 1: must be '---'"),
    ("---\nname: a b\ndescription: x\n---\ny", "'name' must be a letter"),
    ("---\nname: A\n---\ny", "'description' must be"),
    ("---\nname: A\ndescription: x\n---\n", "no prompt below"),
    ("---\nname: A\ndescription: x\ntools: bash\n---\ny", "'tools' says nothing here"),
    ("---\nname: A\ndescription: x\nskills: ../../etc\n---\ny", "'skills' must be names"),
    ("---\nname:\n  a: b\ndescription: x\n---\ny", "'name' must be text"),
    ("---\nname: A\ndescription: x\n---\n" + "y" * 40_000, "more than 32,000 bytes"),
    ("---\nname: Translator\ndescription: x\n---\ny", "has the name 'Translator' already"),
])
def test_a_broken_file_is_named_and_skipped(tmp_path: Path, text: str, says: str) -> None:
    found = find_roles(role_files(tmp_path, fine=MINE, odd=text))
    assert [role.name for role in found.roles] == [*ROLE_NAMES, "Translator"]
    [problem] = found.problems
    assert problem.startswith(f"The role {str(tmp_path / 'agents' / 'odd.md')!r} was passed over: ")
    assert says in problem


def test_a_pipe_or_another_encoding_is_no_role(tmp_path: Path) -> None:
    import os

    paths = role_files(tmp_path)
    os.mkfifo(tmp_path / "agents" / "pipe.md")
    (tmp_path / "agents" / "latin.md").write_bytes(b"---\nname: \xe9\n---\n")
    assert [problem.rpartition(": ")[2] for problem in find_roles(paths).problems] == [
        "it is not UTF-8 text.", "it is no regular file."]


def test_nobody_by_that_name_says_who_there_is_and_which_file_is_broken(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no role 'Odd'\..*odd\.md") as caught:
        role_named("Odd", role_files(tmp_path, odd="---\nname: Odd\n---\n"))
    assert "CodeReviewer" in (caught.value.hint or "")


def test_a_plan_may_name_own_roles_and_no_invented_ones() -> None:
    def task(key: str, role: str) -> TaskDraft:
        return TaskDraft(key=key, title=key, instructions="i", role=role)

    drafts = (task("a", "Translator"), task("b", "Emperor"))
    ids = iter(["1", "2", "3", "4"])
    plan = build_plan(PlanDraft(summary="s", phases=(PhaseDraft(title="p", tasks=drafts),)),
                      job_id=JobId("j"), revision=1, author="m", new_id=lambda: next(ids),
                      is_free=False, roles={"Translator"})
    assert [each.role for each in plan.tasks()] == ["Translator", OTHER_ROLE]


def test_they_are_listed_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                   capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    role_files(tmp_path / "cockpit", mine=MINE, odd="\x1b[2J")
    assert agents.list_roles() == 0
    out, err = capsys.readouterr()
    assert ["Translator", "yours", "Texts", "in", "other", "languages"] in [
        line.split() for line in out.splitlines()]
    assert "odd.md" in err
    assert agents.show("Translator", json=True) == 0
    assert json.loads(capsys.readouterr().out) == {
        "name": "Translator", "summary": "Texts in other languages", "from": "yours",
        "skills": ["accessibility-checklist", "debugging"], "prompt": "You translate."}
    assert agents.show("Tester") == 0
    assert "You write tests" in capsys.readouterr().out


def test_capabilities_name_the_tools_of_every_edit_format(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert agents.capabilities() == 0
    out, err = capsys.readouterr()
    assert out == (
        f"{', '.join(ROLE_NAMES)}\n"
        "  text_editor     str_replace_based_edit_tool, bash, search, load_skill\n"
        "  apply_patch     list_files, read_file, search, apply_patch, run_command, load_skill\n"
        "  search_replace  list_files, read_file, search, write_file, edit_file, run_command, "
        "load_skill\n"
        "  whole_file      list_files, read_file, search, write_file, run_command, load_skill\n"
        "lead (reviewer), lead (planner)\n"
        "  every format  list_files, read_file, search\n"
        "lead (judge)\n"
        "  every format  none\n")
    assert "where the task has a skill to load" in err


def test_one_agent_is_refused_at_once_where_only_the_rules_would_work(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(ProviderError, match="only what they planned themselves") as caught:
        agents.spawn("Tester", "Write tests", repo=str(tmp_path))
    assert (caught.value.exit_code, "cockpit models use NAME" in caught.value.hint) == (5, True)
