"""Fix formatting and lint: the repository's own tools, really run, and honest about the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.recipe_driver import RecipeDriver, facts_with, write_tree

from cockpit_tui.domain.drafts import PhaseDraft, TaskDraft
from cockpit_tui.domain.review import CommandKind, RepositoryFacts
from cockpit_tui.providers.offline.recipe import CannotWork
from cockpit_tui.providers.offline.recipes.format_fix import FormatFix

RECIPE = FormatFix()
LINT = (CommandKind.LINT, "ruff check .")
FORMAT = (CommandKind.FORMAT, "ruff format --check .")
BOTH = facts_with(LINT, FORMAT)
UGLY = "import os, sys\nx   = [1,2,\n3]\nprint(x)\n"


@pytest.mark.parametrize(("request_text", "fixes"), [
    ("format the code", ("ruff format .",)),
    ("Fix the formatting", ("ruff format .",)),
    ("fix lint", ("ruff check --fix .",)),
    ("Please fix all lint errors.", ("ruff check --fix .",)),
    ("lint the code", ("ruff check --fix .",)),
    ("fix formatting and lint", ("ruff check --fix .", "ruff format .")),
    ("fix linter warnings in shop/a.py", ("ruff check --fix shop/a.py",)),
    ("reformat shop/", ("ruff format shop/",)),
    ("run the formatter", ("ruff format .",)),
    ("run ruff on the whole repository", ("ruff check --fix .", "ruff format .")),
    ("tidy up the code style", ("ruff format .",)),
])
def test_asks_for_formatting(tmp_path: Path, request_text: str, fixes: tuple[str, ...]) -> None:
    assert RECIPE.matches(request_text, BOTH)
    root = write_tree(tmp_path, {"shop/a.py": UGLY})
    (phase,) = RecipeDriver(root=root).plan(RECIPE, request_text, BOTH)
    assert phase.tasks[0].commands == fixes


@pytest.mark.parametrize("request_text", [
    "format the date as ISO", "fix the parser", "fix errors", "Add a CI workflow that runs lint",
    "Add a CI workflow that runs the tests and lint", "add a formatter for prices",
    "Add a lint command", "fix the format of the invoice", "run the tests", "fix the code",
    "change the formatting of money", "Add ruff", "remove the linter",
])
def test_does_not_claim_other_fixes(request_text: str) -> None:
    assert not RECIPE.matches(request_text, BOTH)


def test_end_to_end(tmp_path: Path) -> None:
    driver = RecipeDriver(root=write_tree(tmp_path, {"shop/a.py": UGLY}))
    phases = driver.plan(RECIPE, "fix formatting and lint", BOTH)
    task = phases[0].tasks[0]
    assert phases == (PhaseDraft(title="Formatting and lint", tasks=(TaskDraft(
        key="format", title="Run ruff check --fix . and ruff format .", role="BackendDeveloper",
        instructions=task.instructions, owned_paths=("**",), minutes=2.0,
        commands=("ruff check --fix .", "ruff format ."), task_class="simple-crud",
        acceptance=("ruff check .", "ruff format --check .")),)),)
    assert driver.accept(task) == {"ruff check .": 1, "ruff format --check .": 1}
    assert driver.work(RECIPE, task) == (
        "Ran `ruff check --fix .`, `ruff format .`; `ruff check .`, `ruff format --check .` now "
        "pass.")
    assert driver.accept(task) == {"ruff check .": 0, "ruff format --check .": 0}
    assert (tmp_path / "shop/a.py").read_text() == "x = [1, 2, 3]\nprint(x)\n"


def test_clean_code_is_said_to_be_clean(tmp_path: Path) -> None:
    driver = RecipeDriver(root=write_tree(tmp_path, {"a.py": "x = 1\n"}))
    (phase,) = driver.plan(RECIPE, "format the code", BOTH)
    with pytest.raises(CannotWork, match=r"nothing to fix: `ruff format --check \.` passes"):
        driver.work(RECIPE, phase.tasks[0])


def test_what_no_tool_can_fix_is_said_and_not_edited(tmp_path: Path) -> None:
    driver = RecipeDriver(root=write_tree(tmp_path, {"a.py": "import os\nprint(undefined)\n"}))
    (phase,) = driver.plan(RECIPE, "fix lint", BOTH)
    with pytest.raises(CannotWork, match=r"`ruff check \.` still fails: .*Found 1 error"):
        driver.work(RECIPE, phase.tasks[0])
    assert (tmp_path / "a.py").read_text() == "print(undefined)\n"


@pytest.mark.parametrize(("command", "fix"), [
    ("black --check .", "black ."),
    ("python -m black --check --diff .", "python -m black ."),
    ("isort --check-only .", "isort ."),
    ("npx --no-install prettier --check .", "npx --no-install prettier --write ."),
    ("npx --no-install eslint .", "npx --no-install eslint --fix ."),
    ("cargo fmt --check", "cargo fmt"), ("cargo fmt --all -- --check", "cargo fmt --all"),
    ("uv run ruff format --check .", "uv run ruff format ."),
    ("mix format --check-formatted", "mix format"),
])
def test_each_tool_is_run_with_its_own_fix_flag(tmp_path: Path, command: str, fix: str) -> None:
    facts = facts_with((CommandKind.FORMAT, command))
    (phase,) = RecipeDriver(root=tmp_path).plan(RECIPE, "format the code", facts)
    assert (phase.tasks[0].commands, phase.tasks[0].acceptance) == ((fix,), (command,))


@pytest.mark.parametrize(("scripts", "fix"), [
    ('{"lint": "eslint src", "lint:fix": "eslint --fix src"}', "npm run lint:fix"),
    ('{"lint": "eslint src"}', "npm run lint -- --fix"),
])
def test_npm_scripts_that_fix(tmp_path: Path, scripts: str, fix: str) -> None:
    root = write_tree(tmp_path, {"package.json": f'{{"scripts": {scripts}}}'})
    (phase,) = RecipeDriver(root=root).plan(RECIPE, "fix lint",
                                            facts_with((CommandKind.LINT, "npm run lint")))
    assert (phase.tasks[0].commands, phase.tasks[0].acceptance) == ((fix,), ("npm run lint",))


@pytest.mark.parametrize(("facts", "request_text", "reason"), [
    (facts_with(LINT), "format the code", "No formatter that can fix is configured"),
    (facts_with(FORMAT, runnable=False), "format the code",
     r"'ruff format --check \.' cannot run here: it is not installed here"),
    (facts_with((CommandKind.LINT, "python -m flake8")), "fix lint", "No linter that can fix"),
    (BOTH, "run black", "No formatter black that can fix"),
    (BOTH, "format shop/none.py", "There is no shop/none.py"),
    (facts_with((CommandKind.FORMAT, "cargo fmt --check")), "format a.py", "whole repository"),
])
def test_reasons_for_doing_nothing(tmp_path: Path, facts: RepositoryFacts, request_text: str,
                                   reason: str) -> None:
    driver = RecipeDriver(root=write_tree(tmp_path, {"a.py": ""}))
    with pytest.raises(CannotWork, match=reason):
        driver.plan(RECIPE, request_text, facts)
