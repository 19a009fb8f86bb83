"""Colour themes: read from the TOML files that ship with the cockpit, fitted to the terminal."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

import cockpit_tui
from cockpit_tui.domain.os_words import words_of

DEFAULT_THEME = "cockpit-dark"

ROLES = ("st-running", "st-attention", "st-ok", "st-failed", "st-muted", "diff-add-bg",
         "diff-del-bg", "diff-add-word", "diff-del-word", "diff-comment", "risk-high")
"""The variables that every theme of ours gives beyond Textual's own."""

_COLOUR_FIELDS = ("primary", "secondary", "warning", "error", "success", "accent", "foreground",
                  "background", "surface", "panel", "boost")
_TEXT_STYLES = "-text-style"


@dataclass(frozen=True, slots=True)
class LoadedThemes:
    themes: tuple[Theme, ...]
    warnings: tuple[str, ...]
    """One sentence for each file that was skipped, with the reason."""


def theme_variable_defaults(theme: Theme | None = None) -> dict[str, str]:
    """A colour for every role in a theme that is not ours, derived from its own colours.

    `App.get_theme_variable_defaults` returns this for `self.current_theme`.
    """
    theme = theme or Theme(name="", primary="#7aa2f7", warning="#ffc93c", error="#e3685c",
                           success="#63e6cf")
    colours = theme.to_color_system().generate()
    roles = {"st-running": "text-primary", "st-attention": "text-warning",
             "st-ok": "text-success", "st-failed": "text-error", "risk-high": "text-error",
             "diff-comment": "foreground"}
    found = {role: colours[name] for role, name in roles.items()}
    if theme.ansi:
        return found | {"st-muted": "ansi_bright_black"} | {
            role: "ansi_default" for role in ROLES if role.startswith("diff-")}
    background = Color.parse(colours["background"])
    muted = background.blend(Color.parse(colours["foreground"]), 0.6, alpha=1)
    found["st-muted"] = muted.hex
    for role, (name, share) in {"diff-add-bg": ("primary", 0.25), "diff-add-word": ("primary", 0.5),
                                "diff-del-bg": ("warning", 0.25),
                                "diff-del-word": ("warning", 0.5)}.items():
        found[role] = background.blend(Color.parse(colours[name]), share, alpha=1).hex
    return found


def load_themes(folders: Sequence[Path] | None = None, *,
                color_system: str | None = "truecolor") -> LoadedThemes:
    """Every `*.toml` of `folders` (by default the shipped ones), sorted by file name.

    `color_system` is Rich's name of what the terminal can show (`app.console.color_system`):
    with `256` a theme's table `variables-256` goes over its `variables`. A file that is no theme
    is skipped with a warning: a bad colour must not keep anyone from working.
    """
    themes: dict[str, Theme] = {}
    warnings = []
    for folder in folders if folders is not None else (shipped_folder(),):
        for path in sorted(folder.glob("*.toml")):
            try:
                theme = _read_theme(path, color_system)
            except (OSError, ValueError) as error:
                warnings.append(f"Theme {path.name!r} was skipped: {words_of(error)}")
            else:
                themes[theme.name] = theme
    return LoadedThemes(tuple(themes.values()), tuple(warnings))


def shipped_folder() -> Path:
    """Inside the installed package, or beside it in a checkout."""
    package = Path(cockpit_tui.__file__).parent
    inside = package / "_data" / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def _read_theme(path: Path, color_system: str | None) -> Theme:
    """Raises ValueError with a sentence for people (tomllib's own error is one too)."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    variables = _strings(table.pop("variables", {}), "variables")
    reduced = _strings(table.pop("variables-256", {}), "variables-256")
    if color_system == "256":
        variables |= reduced
    _check_fields(table)
    for key, value in {**{k: v for k, v in table.items() if k in _COLOUR_FIELDS},
                       **variables, **reduced}.items():
        if not key.endswith(_TEXT_STYLES):
            _check_colour(key, value)
    missing = [role for role in ROLES if role not in variables]
    if missing:
        raise ValueError(f"[variables] lacks {', '.join(missing)}")
    return Theme(**table, variables=variables)


def _check_fields(table: dict[str, Any]) -> None:
    unknown = sorted(table.keys() - {"name", "dark", "ansi", *_COLOUR_FIELDS})
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}")
    for key in ("name", "primary"):
        if not isinstance(table.get(key), str):
            raise ValueError(f"{key!r} must be given, as text")
    for key in ("dark", "ansi"):
        if not isinstance(table.get(key, False), bool):
            raise ValueError(f"{key!r} must be true or false")


def _check_colour(key: str, value: object) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{key!r} must be a colour as text, not {value!r}")
    try:
        Color.parse(value)
    except ColorParseError as error:
        raise ValueError(f"{key!r} is no colour: {value!r}") from error


def _strings(table: object, name: str) -> dict[str, str]:
    if not isinstance(table, dict):
        raise ValueError(f"{name!r} must be a table")
    return dict(table)
