"""Changing one value of a TOML file: checked first, comments kept, written whole or not at all."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from cockpit_tui.cli.config_values import setting_rows
from cockpit_tui.config.private_file import write_privately
from cockpit_tui.config.settings import Settings, parse_settings
from cockpit_tui.config.toml_file import read_settings_file
from cockpit_tui.domain.errors import UsageError


def set_value(file: Path, key: str, text: str) -> None:
    """Set `section.name`, or `section.name.entry` where the setting is a table, to `text`, read as
    the field's type: a list's values stand between commas.

    Raises UsageError for an unknown key or a value that does not fit; the file then stays as it
    was. CockpitError where it cannot be written.
    """
    import tomlkit

    path = setting_path(key)
    default = _default(path)
    if isinstance(default, dict) and len(path) == 2:
        raise UsageError(f"{key} is a table; set one entry of it.",
                         hint=f"cockpit config set {key}.NAME VALUE")
    given = [part.strip() for part in text.split(",") if part.strip()] \
        if isinstance(default, list) else text
    raw = read_settings_file(file)
    parse_settings(raw, source=str(file))
    _table_of(raw, path)[path[-1]] = given
    value: Any = parse_settings(raw, source="The value").model_dump(mode="json")
    for name in path:
        value = value[name]
    document = tomlkit.parse(file.read_text("utf-8")) if file.exists() else tomlkit.document()
    _table_of(document, path)[path[-1]] = value
    write_privately(file, tomlkit.dumps(document).encode())


def unset_value(file: Path, key: str) -> None:
    """Take `key` out of the file, so that the default is in force again.

    Raises UsageError for an unknown key, and for one that the file does not set.
    """
    import tomlkit

    path = setting_path(key)
    raw = read_settings_file(file)
    table: Any = tomlkit.parse(file.read_text("utf-8")) if raw else {}
    document = table
    for name in path[:-1]:
        table = table.get(name, {}) if isinstance(table, dict) else {}
    if not isinstance(table, dict) or path[-1] not in table:
        raise UsageError(f"{key} is not set in {file}.", hint="cockpit config get shows where each "
                                                              "value comes from.")
    del table[path[-1]]
    write_privately(file, tomlkit.dumps(document).encode())


def setting_path(key: str) -> tuple[str, ...]:
    """`section`, `name` and, of a setting that is a table, the entry. Raises UsageError."""
    defaults = {row.key: row.value for row in setting_rows(Settings(), {})}
    section, _, rest = key.partition(".")
    name, _, entry = rest.partition(".")
    if key in defaults:
        return section, rest
    if entry and isinstance(defaults.get(f"{section}.{name}"), dict):
        return section, name, entry
    from difflib import get_close_matches

    near = get_close_matches(key, defaults, n=1)
    raise UsageError(f"There is no setting {key!r}."
                     + (f" Did you mean {near[0]!r}?" if near else ""),
                     hint="cockpit config get lists them.")


def _default(path: tuple[str, ...]) -> Any:
    key = ".".join(path[:2])
    return next(row.value for row in setting_rows(Settings(), {}) if row.key == key)


def _table_of(document: MutableMapping[str, Any], path: tuple[str, ...]) -> Any:
    """The table that holds `path`'s last name, made where it is missing."""
    for name in path[:-1]:
        document = document.setdefault(name, {})
    return document
