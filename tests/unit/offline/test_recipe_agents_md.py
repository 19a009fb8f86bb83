"""Add an AGENTS.md: everything in it comes from the facts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.recipe_driver import RecipeDriver, facts_with, write_tree

from cockpit_tui.domain.drafts import PhaseDraft, TaskDraft
from cockpit_tui.domain.review import ClassFact, CommandKind, LayoutEntry
from cockpit_tui.providers.offline.recipe import CannotWork
from cockpit_tui.providers.offline.recipes.agents_md import AgentsMd

RECIPE = AgentsMd()


def agent(name: str, *, exported: bool = True, bases: tuple[str, ...] = ("Agent",)) -> ClassFact:
    stem = name.lower()
    return ClassFact(name=name, path=f"shop/agents/{stem}.py", line=1, language="Python",
                     bases=bases, tested_by=(f"tests/test_{stem}.py",) if exported else (),
                     exported_in=("shop/agents/__init__.py",) if exported else ())


FACTS = replace(
    facts_with((CommandKind.TEST, "python -m pytest -q"), (CommandKind.LINT, "ruff check ."),
               layout=(LayoutEntry(path="shop/", files=3, role="source"),
                       LayoutEntry(path="uv.lock", files=1, role="lockfile"))),
    conventions=("Python is indented with 4 spaces (3 of 3 files read).",),
    frameworks=("pytest",), entry_points=("shop = shop.cli:main",),
    classes=(agent("Agent", bases=(), exported=False), agent("Baker"), agent("Clerk"),
             agent("Driver", exported=False)))


@pytest.mark.parametrize("request_text", [
    "Add an AGENTS.md", "add AGENTS.md and a CI workflow", "Please write an AGENTS.md for agents",
    "AGENTS.md", "generate an agents.md file",
])
def test_asks_for_agents_md(request_text: str) -> None:
    assert RECIPE.matches(request_text, FACTS)


@pytest.mark.parametrize("request_text", [
    "Add an agent", "follow AGENTS.md and add a parser", "fix AGENTS.md", "delete AGENTS.md",
    "add a rule about tabs to AGENTS.md", "Add a MetricsAgent",
])
def test_does_not_claim_other_agents(request_text: str) -> None:
    assert not RECIPE.matches(request_text, FACTS)


def test_end_to_end(tmp_path: Path) -> None:
    driver = RecipeDriver(root=write_tree(tmp_path, {
        "pyproject.toml": '[project]\nname = "shop"\ndescription = "Sells tea."\n'}))
    phases = driver.plan(RECIPE, "Add an AGENTS.md", FACTS)
    task = phases[0].tasks[0]
    assert phases == (PhaseDraft(title="Instructions for agents", tasks=(TaskDraft(
        key="agents-md", title="Add AGENTS.md", role="CodeArchitect",
        instructions=task.instructions, owned_paths=("AGENTS.md",), minutes=2.0,
        acceptance=("test -s AGENTS.md", "grep -qF -- 'python -m pytest -q' AGENTS.md"),
        task_class="simple-crud"),)),)
    driver.work(RECIPE, task)
    assert set(driver.accept(task).values()) == {0}
    assert (tmp_path / "AGENTS.md").read_text() == """\
# shop

Sells tea.

Written in Python (10 lines).

Uses pytest.

It starts here:

- shop = shop.cli:main

## Layout

- `shop/`: source (3 files)

## Commands

- Set up: `python -m pip install -e .`
- Test: `python -m pytest -q`
- Lint: `ruff check .`
- Run the tests before you hand in a change.

## Conventions

- Python is indented with 4 spaces (3 of 3 files read).

## Patterns

- `Agent` (`shop/agents/agent.py`) is extended by `Baker`, `Clerk`, `Driver`, all in \
`shop/agents/`. 2 of 3 are tested, e.g. `Baker` by `tests/test_baker.py`. 2 of 3 are exported in \
`shop/agents/__init__.py`; a new one belongs there too.

## Leave alone

- `uv.lock`: written by the package manager
"""


def test_an_agents_md_that_is_there_stays(tmp_path: Path) -> None:
    with pytest.raises(CannotWork, match="it stays as it is"):
        RecipeDriver(root=write_tree(tmp_path, {"AGENTS.md": "x"})).plan(
            RECIPE, "Add an AGENTS.md", FACTS)


def test_without_facts_nothing_is_made_up(tmp_path: Path) -> None:
    driver = RecipeDriver(root=write_tree(tmp_path, {"x.f90": ""}))
    (phase,) = driver.plan(RECIPE, "Add an AGENTS.md", facts_with(languages=()))
    driver.work(RECIPE, phase.tasks[0])
    assert (tmp_path / "AGENTS.md").read_text() == "# This repository\n"
