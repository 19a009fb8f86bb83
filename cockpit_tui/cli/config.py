"""`cockpit config`: every setting, where its value comes from, and a way to change it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.config_file import set_value, setting_path, unset_value
from cockpit_tui.cli.config_values import (
    SettingRow,
    setting_rows,
    sources_of,
    stricter_here,
    value_text,
)
from cockpit_tui.cli.output import print_json, print_lines, table
from cockpit_tui.cli.session import own_settings
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.config.paths import Paths
from cockpit_tui.config.settings import PROJECT_FILE
from cockpit_tui.domain.sanitize import sanitize_line

app = App(name="config", help=NOUNS["config"])

Json = Annotated[bool, Parameter(help="JSON instead of words.")]
Repo = Annotated[str, Parameter(help="A repository whose own file is taken into account.")]


@app.command
def get(key: Annotated[str | None, Parameter(help="Like job.agents; without it, all.")] = None,
        /, *, json: Json = False) -> int:
    """Values in force, and where each comes from."""
    rows = setting_rows(own_settings(), sources_of())
    if key is None:
        _print_rows(rows, as_json=json)
        return 0
    row = _row(rows, ".".join(setting_path(key)[:2]))
    if row.key != key:
        row = replace(row, key=key, value=row.value.get(setting_path(key)[2]))
    if json:
        _print_rows([row], as_json=True)
    else:
        print_lines([value_text(row.value)])
    return 0


@app.command(name="set")
def set_key(key: str, value: str, /) -> int:
    """Change one value in your own file; the comments in it stay. A list's values stand between
    commas; a table's entry is a key of its own: routing.roles.Tester NAME."""
    file = Paths.from_environment().settings_file
    set_value(file, key, value)
    _tell_value(key, file)
    return 0


@app.command
def unset(key: str, /) -> int:
    """Take one value out of your own file: the default is in force again."""
    file = Paths.from_environment().settings_file
    unset_value(file, key)
    _tell_value(key, file)
    return 0


def _tell_value(key: str, file: Path) -> None:
    """What is in force now, and what else sets it."""
    path = setting_path(key)
    value = _row(setting_rows(own_settings(), {}), ".".join(path[:2])).value
    if len(path) == 3:
        value = value.get(path[2])
    print_lines([sanitize_line(f"{key} = {value_text(value)}")])
    source = sources_of().get(".".join(path[:2]))
    if source is not None and source != str(file):
        print_lines([f"{source} is set as well, and wins while it is."])


@app.command
def path() -> int:
    """Where your settings file is (or would be)."""
    print_lines([str(Paths.from_environment().settings_file)])
    return 0


@app.command
def check(*, repo: Repo = ".") -> int:
    """Read every layer, say what is wrong, and list each setting with its help."""
    settings = own_settings()
    rows = setting_rows(settings, sources_of())
    for row in rows:
        print_lines([f"{row.key} = {value_text(row.value)}  ({row.source})"])
        print_lines([f"    {row.help}"] if row.help else [])
    print_lines(["", f"{len(rows)} settings, all valid, in "
                     f"{Paths.from_environment().settings_file} and the environment."])
    stricter = stricter_here(repo)
    if stricter:
        print_lines([f"{PROJECT_FILE} of this repository makes every job here stricter, where it "
                     f"asks for more than you do: {', '.join(stricter)}"])
    return 0


def _row(rows: list[SettingRow], key: str) -> SettingRow:
    return next(row for row in rows if row.key == key)


def _print_rows(rows: list[SettingRow], *, as_json: bool) -> None:
    if as_json:
        print_json([{"key": r.key, "value": r.value, "source": r.source, "help": r.help}
                    for r in rows])
        return
    print_lines(table([(r.key, value_text(r.value), r.source, r.help) for r in rows],
                      header=("setting", "value", "from", "what it is")))
