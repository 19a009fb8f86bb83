"""Theme files: read, fitted to the terminal, and skipped with a word when they are bad."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.theme import BUILTIN_THEMES

from cockpit_tui.ui.themes import ROLES, load_themes, shipped_folder, theme_variable_defaults

GOOD = "\n".join(['name = "mine"', 'primary = "#123456"', "[variables]",
                  *(f'{role} = "#123456"' for role in ROLES)])


def test_the_shipped_themes_are_all_good() -> None:
    loaded = load_themes()
    assert [theme.name for theme in loaded.themes] == [
        "cockpit-ansi", "cockpit-dark", "cockpit-high-contrast", "cockpit-light"]
    assert loaded.warnings == ()


def test_256_colours_get_their_own_diff_tints() -> None:
    by_name = {theme.name: theme for theme in load_themes(color_system="256").themes}
    dark, light = by_name["cockpit-dark"].variables, by_name["cockpit-light"].variables
    # xterm's colours 24, 52, 153 and 223, which are reduced to themselves.
    assert (dark["diff-add-bg"], dark["diff-del-bg"]) == ("#005f87", "#5f0000")
    assert (light["diff-add-bg"], light["diff-del-bg"]) == ("#afd7ff", "#ffd7af")


@pytest.mark.parametrize(("text", "reason"), [
    ("name = ", "Invalid value"),
    ('name = "x"', "'primary' must be given"),
    (GOOD.replace("#123456", "blurple", 1), "'primary' is no colour: 'blurple'"),
    (GOOD.replace('st-ok = "#123456"\n', ""), "lacks st-ok"),
    (GOOD.replace('name = "mine"', 'name = "mine"\nshadow = "#000000"'), "unknown key 'shadow'"),
    (GOOD.replace('name = "mine"', 'name = "mine"\ndark = "yes"'), "'dark' must be true or false"),
    (GOOD + '\nlink-background = 7', "'link-background' must be a colour"),
])
def test_a_bad_file_is_skipped_with_its_reason(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    (tmp_path / "good.toml").write_text(GOOD)
    loaded = load_themes([tmp_path])
    assert [theme.name for theme in loaded.themes] == ["mine"]
    assert len(loaded.warnings) == 1
    assert "'bad.toml' was skipped" in loaded.warnings[0]
    assert reason in loaded.warnings[0]


def test_a_persons_theme_goes_over_the_shipped_one_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD.replace('"mine"', '"cockpit-dark"'))
    loaded = load_themes([shipped_folder(), tmp_path])
    chosen = next(theme for theme in loaded.themes if theme.name == "cockpit-dark")
    assert chosen.primary == "#123456"


@pytest.mark.parametrize("name", [None, *BUILTIN_THEMES])
def test_every_role_has_a_colour_in_themes_that_are_not_ours(name: str | None) -> None:
    found = theme_variable_defaults(BUILTIN_THEMES[name] if name else None)
    assert set(found) == set(ROLES)
    assert all(found.values())
