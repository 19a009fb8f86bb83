"""Which AGENTS.md speak for which paths."""

from __future__ import annotations

from support.trees import tree

from cockpit_tui.context.facts import collect_facts
from cockpit_tui.context.instructions import find_instructions

FILES = {"AGENTS.md": "root", "web/AGENTS.md": "web", "web/app/AGENTS.md": "app",
         "api/AGENTS.md": "api", "web/app/page.tsx": "", "CLAUDE.md": "claude"}


def test_the_nearest_file_comes_last_and_others_branches_stay_out() -> None:
    snapshot = tree(FILES)

    assert find_instructions(snapshot) == (("AGENTS.md", "root"),)
    assert find_instructions(snapshot, ["web/app/page.tsx"]) == (
        ("AGENTS.md", "root"), ("web/AGENTS.md", "web"), ("web/app/AGENTS.md", "app"))
    assert find_instructions(snapshot, ["api/**", "we*/app"]) == (
        ("AGENTS.md", "root"), ("api/AGENTS.md", "api"))
    assert find_instructions(snapshot, ["web"]) == (("AGENTS.md", "root"),
                                                    ("web/AGENTS.md", "web"))


def test_brackets_are_plain_characters_in_paths() -> None:
    snapshot = tree({"app/[id]/AGENTS.md": "id", "app/[id]/page.tsx": ""})

    assert find_instructions(snapshot, ["app/[id]/*.tsx"]) == (("app/[id]/AGENTS.md", "id"),)


def test_the_cap_keeps_the_nearest_and_says_what_is_cut() -> None:
    snapshot = tree({"AGENTS.md": "r" * 100, "web/AGENTS.md": "w" * 80})

    assert find_instructions(snapshot, ["web/x"], max_characters=90) == (
        ("AGENTS.md", "rrrrrr\n[... 90 characters cut ...]\nrrrr"), ("web/AGENTS.md", "w" * 80))
    assert find_instructions(snapshot, ["web/x"], max_characters=80) == (
        ("web/AGENTS.md", "w" * 80),)


def test_instruction_files_of_any_agent_are_facts() -> None:
    assert collect_facts(tree(FILES)).instructions == (
        "AGENTS.md", "CLAUDE.md", "api/AGENTS.md", "web/AGENTS.md", "web/app/AGENTS.md")
