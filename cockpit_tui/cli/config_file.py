"""Changing one value of a TOML file: checked first, comments kept, written whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cockpit_tui.cli.config_values import setting_rows
from cockpit_tui.config.private_file import write_privately
from cockpit_tui.config.settings import Settings, parse_settings
from cockpit_tui.config.toml_file import read_settings_file
from cockpit_tui.domain.errors import UsageError


def set_value(file: Path, key: str, text: str) -> None:
    """Set `section.name` to `text`, read as the field's type.

    Raises UsageError for an unknown key or a value that does not fit; the file then stays as it
    was. CockpitError where it cannot be written.
    """
    import tomlkit

    known = [row.key for row in setting_rows(Settings(), {})]
    if key not in known:
        from difflib import get_close_matches

        near = get_close_matches(key, known, n=1)
        raise UsageError(f"There is no setting {key!r}."
                         + (f" Did you mean {near[0]!r}?" if near else ""),
                         hint="cockpit config get lists them.")
    section, _, name = key.partition(".")
    raw = read_settings_file(file)
    parse_settings(raw, source=str(file))
    changed = {**raw, section: {**raw.get(section, {}), name: text}}
    value = _typed(parse_settings(changed, source="The value"), section, name)
    document = tomlkit.parse(file.read_text("utf-8")) if file.exists() else tomlkit.document()
    if section not in document:
        document[section] = tomlkit.table()
    document[section][name] = value
    write_privately(file, tomlkit.dumps(document).encode())


def _typed(settings: Settings, section: str, name: str) -> Any:
    """The value as TOML has it: a number stays a number."""
    return settings.model_dump(mode="json")[section][name]
