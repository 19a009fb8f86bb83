"""Add or complete a README: facts only, and not a byte of what is there is touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.recipe_driver import RecipeDriver, facts_with, order_of, write_tree

from cockpit_tui.domain.drafts import PhaseDraft, TaskDraft
from cockpit_tui.domain.review import CommandKind, LayoutEntry
from cockpit_tui.providers.offline.recipe import CannotWork
from cockpit_tui.providers.offline.recipes.readme_section import ReadmeSection
from cockpit_tui.providers.offline.recipes.readme_texts import insert_sections

RECIPE = ReadmeSection()
FACTS = facts_with(
    (CommandKind.TEST, "python -m pytest -q"), (CommandKind.LINT, "ruff check ."),
    (CommandKind.TYPES, "mypy"),
    layout=(LayoutEntry(path="shop/", files=2, role="source"),
            LayoutEntry(path="pyproject.toml", files=1, role="build")))
FILES = {
    "pyproject.toml": '[project]\nname = "shop"\ndescription = "Sells tea."\nlicense = "MIT"\n'
                      'requires-python = ">=3.11"\n[project.scripts]\nshop = "shop.cli:main"\n'
                      '[project.optional-dependencies]\ndev = ["pytest"]\n',
    "LICENSE": "MIT\n", "shop/__init__.py": ""}


@pytest.mark.parametrize("request_text", [
    "Add a README", "add a CI workflow and a README", "Complete the README",
    "improve the readme: add installation", "Add an installation section to README.md",
    "Add installation, usage and license sections to the readme",
    "document the layout in the README", "write a README.md for this project",
    "Please add instructions on how to run the tests to the README.",
    "update the README with the project structure",
])
def test_asks_for_a_readme(request_text: str) -> None:
    assert RECIPE.matches(request_text, FACTS)


@pytest.mark.parametrize("request_text", [
    "fix the typo in the README", "translate the README into German",
    "Add a CI badge to the README", "Add a README section about the billing API",
    "remove the README", "Add a usage counter",
    "add a README parser", "install the dependencies", "add a license check",
    "explain why the README is wrong", "Add an FAQ to the readme", "Add tests",
])
def test_does_not_claim_what_facts_cannot_tell(request_text: str) -> None:
    assert not RECIPE.matches(request_text, FACTS)


def test_a_new_readme_end_to_end(tmp_path: Path) -> None:
    driver = RecipeDriver(root=write_tree(tmp_path, FILES))
    phases = driver.plan(RECIPE, "Add a README", FACTS)
    task = phases[0].tasks[0]
    titles = ("Installation", "Usage", "Development", "Testing", "Layout", "License")
    assert phases == (PhaseDraft(title="README", tasks=(TaskDraft(
        key="readme", role="CodeArchitect", instructions=task.instructions,
        title="Add README.md: installation, usage, development, testing, layout, license",
        owned_paths=("README.md",), minutes=2.0, task_class="simple-crud",
        acceptance=tuple(f"grep -qE '^#+ {title}[[:space:]]*$' README.md" for title in titles)),)),)
    assert set(driver.accept(task).values()) == {2}
    driver.work(RECIPE, task)
    assert set(driver.accept(task).values()) == {0}
    assert (tmp_path / "README.md").read_text() == """\
# shop

Sells tea.

## Installation

It needs Python >=3.11. In a checkout of this repository:

```sh
python -m pip install .
```

## Usage

- `shop` runs `shop.cli:main`

## Development

Set up:

```sh
python -m pip install -e ".[dev]"
```

Check:

```sh
ruff check .  # lint
mypy          # check types
```

## Testing

Run the tests with:

```sh
python -m pytest -q
```

## Layout

| Folder | What for |
|---|---|
| `shop/` | source |

## License

MIT, see [LICENSE](LICENSE).
"""


def test_only_the_named_section_is_added_before_the_licence(tmp_path: Path) -> None:
    before = ("# Shop  \r\n\r\n```sh\r\n## Testing\r\n```\r\n\r\n### Install it\r\n\r\nx\r\n\r\n"
              "### License\r\n\r\nMIT")
    driver = RecipeDriver(root=write_tree(tmp_path, {**FILES, "README.md": before}))
    (phase,) = driver.plan(RECIPE, "Add a testing section to the README", FACTS)
    driver.work(RECIPE, phase.tasks[0])
    assert set(driver.accept(phase.tasks[0]).values()) == {0}
    after = (tmp_path / "README.md").read_bytes().decode()
    head, tail = before.split("### License")
    assert after == head + ("### Testing\r\n\r\nRun the tests with:\r\n\r\n```sh\r\n"
                            "python -m pytest -q\r\n```\r\n\r\n") + "### License" + tail


@pytest.mark.parametrize(("files", "request_text", "reason"), [
    ({"README.md": "# x\n"}, "Add a README", "Say which section it should get"),
    ({"README.rst": "x"}, "Complete the README", r"The README here is README\.rst"),
    ({"README.md": "## How to install\n"}, "Add installation to the README", "has it already"),
    ({"README.md": "# x\n", "LICENSE": ""}, "Add a license section to the README", ""),
])
def test_reasons_for_doing_nothing(tmp_path: Path, files: dict[str, str], request_text: str,
                                   reason: str) -> None:
    driver = RecipeDriver(root=write_tree(tmp_path, {"shop.f90": "", **files}))
    if not reason:
        (phase,) = driver.plan(RECIPE, request_text, facts_with())
        assert order_of(phase.tasks[0])[1]["sections"] == {"license": "See [LICENSE](LICENSE)."}
        return
    with pytest.raises(CannotWork, match=reason):
        driver.plan(RECIPE, request_text, facts_with())


def test_what_nothing_tells_is_left_out_and_said(tmp_path: Path) -> None:
    driver = RecipeDriver(root=write_tree(tmp_path, {"package.json": '{"name": "x"}'}))
    (phase,) = driver.plan(RECIPE, "Add a README", replace(FACTS, commands=(), layout=()))
    said = driver.work(RECIPE, phase.tasks[0])
    assert said.endswith("Left out, because nothing in the repository tells: usage, testing, "
                         "layout, license.")


@given(text=st.text(alphabet="# ab\r\n`=-~", max_size=60))
def test_inserting_never_changes_what_is_there(text: str) -> None:
    section = {"testing": "BODY"}
    after = insert_sections(text, section)
    start = after.index(next(line for line in after.splitlines() if line.endswith("# Testing")))
    end = after.index("BODY") + len("BODY")
    assert (after[:start].rstrip("\r\n") + after[end:].strip("\r\n")).replace("\n", "").replace(
        "\r", "") == text.replace("\n", "").replace("\r", "")
    assert after.startswith(text) or after[:start] + after[end:].lstrip("\r\n") == text
