"""Settings as flat rows: dotted key, value, the layer that gave it, and the field's own words."""

from __future__ import annotations

import ast
import inspect
import json
import os
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from cockpit_tui.config.paths import Paths
from cockpit_tui.config.settings import (
    ENVIRONMENT_PREFIX,
    PROJECT_FILE,
    Settings,
    tighten,
)
from cockpit_tui.config.toml_file import read_settings_file
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.policy import DEFAULT_VERDICTS, Gate

DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    key: str
    """`section.name`."""
    value: Any
    """In JSON's types; None where nothing is set."""
    source: str
    """`default`, a file, or the name of an environment variable."""
    help: str


def setting_rows(settings: Settings, sources: Mapping[str, str]) -> list[SettingRow]:
    """All settings in the order of their declaration, gates last."""
    rows = []
    dumped = settings.model_dump(mode="json")
    for section, field in Settings.model_fields.items():
        model = field.annotation
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            continue
        words = field_docs(model)
        rows += [SettingRow(key=f"{section}.{name}", value=dumped[section][name],
                            source=sources.get(f"{section}.{name}", DEFAULT),
                            help=words.get(name, "")) for name in model.model_fields]
    rows += [SettingRow(key=f"gates.{gate.value}", value=dumped["gates"].get(gate.value),
                        source=sources.get(f"gates.{gate.value}", DEFAULT),
                        help=f"ask, allow or deny; unset, --approve policy takes "
                             f"{DEFAULT_VERDICTS[gate].value}.") for gate in Gate]
    return rows


def stricter_here(repository: str) -> list[str]:
    """What the repository's own file asks for, as `gates.push = deny`; empty where there is none.

    Raises UsageError for a file that holds more than it may.
    """
    file = Path(repository) / PROJECT_FILE
    tighten(JobRequest(text="any"), Path(repository))
    return [f"{section}.{name} = {value_text(value)}"
            for section, values in read_settings_file(file).items()
            for name, value in values.items()]


def sources_of() -> dict[str, str]:
    """Dotted key to the uppermost of the person's layers that names it. Raises UsageError."""
    own = Paths.from_environment().settings_file
    found = {f"{section}.{name}": str(own)
             for section, values in read_settings_file(own).items()
             if isinstance(values, dict) for name in values}
    for variable in os.environ:
        section, separator, name = variable.removeprefix(ENVIRONMENT_PREFIX).partition("__")
        if variable.startswith(ENVIRONMENT_PREFIX) and separator:
            found[f"{section.lower()}.{name.lower()}"] = variable
    return found


def value_text(value: Any) -> str:
    """As it would stand in the file; a dash where nothing is set."""
    match value:
        case None:
            return "-"
        case bool():
            return "true" if value else "false"
        case list():
            return f"[{', '.join(json.dumps(each) for each in value)}]"
        case dict():
            return f"{{{', '.join(f'{k} = {json.dumps(v)}' for k, v in value.items())}}}"
        case _:
            return str(value)


@cache
def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """The string under each field of a model's source: its help text."""
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)
    docs = {}
    for field, after in zip(body.body, body.body[1:], strict=False):
        match field, after:
            case (ast.AnnAssign(target=ast.Name(id=name)),
                  ast.Expr(value=ast.Constant(value=str(text)))):
                docs[name] = " ".join(text.split())
    return docs
