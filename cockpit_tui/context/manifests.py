"""The manifests that say how a repository is built: read once, tolerant of any content."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from dataclasses import dataclass

from cockpit_tui.context.corpus import Corpus
from cockpit_tui.context.path_kinds import (
    is_aside,
    is_built_path,
    is_test_path,
    vendored_root,
)
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.review import Finding, Severity

_READ_NAMES = frozenset({"pyproject.toml", "package.json", "Cargo.toml", "composer.json"})
_MAX_DEPTH = 3
_MAX_MANIFESTS = 60
_SAFE_DIRECTORY = re.compile(r"(?![-~])[A-Za-z0-9._][A-Za-z0-9._/@+-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifests:
    tables: dict[str, JsonObject]
    """Path → content, for every `pyproject.toml`, `package.json`, `Cargo.toml` near the root."""
    ini: dict[str, configparser.RawConfigParser]
    """`setup.cfg`, `tox.ini`, `pytest.ini`, `mypy.ini`, `.flake8` of the root."""
    findings: tuple[Finding, ...]

    def table(self, path: str) -> JsonObject:
        return self.tables.get(path, {})

    def named(self, name: str) -> list[tuple[str, JsonObject]]:
        """(directory, content) of all manifests called `name`, nearest to the root first.

        The root's directory is an empty string, others end with `/`. Directories whose name could
        not stand in a command line unquoted are left out.
        """
        found = [(path.removesuffix(name), table) for path, table in self.tables.items()
                 if path.rpartition("/")[2] == name]
        safe = [(directory, table) for directory, table in found
                if not directory or _SAFE_DIRECTORY.fullmatch(directory)]
        return sorted(safe, key=lambda each: (each[0].count("/"), each[0]))


def dig(table: object, *keys: str) -> JsonObject:
    """The table at `keys`, or an empty one if anything on the way is missing or no table."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def text_at(table: object, *keys: str) -> str:
    """The text at `keys`, or an empty string."""
    value = dig(table, *keys[:-1]).get(keys[-1])
    return value if isinstance(value, str) else ""


def texts_in(value: object) -> list[str]:
    """The texts of a list, or nothing where it is no list."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def read_manifests(corpus: Corpus) -> Manifests:
    tables: dict[str, JsonObject] = {}
    findings = []
    near = [path for path in corpus.paths if path.rpartition("/")[2] in _READ_NAMES
            and path.count("/") <= _MAX_DEPTH and not _is_foreign(path)]
    for path in sorted(near, key=lambda each: (each.count("/"), each))[:_MAX_MANIFESTS]:
        table, problem = _read_table(path, corpus.text(path))
        tables[path] = table
        if problem:
            findings.append(Finding(severity=Severity.MEDIUM, title=f"{path} cannot be read",
                                    detail=problem, path=path))
    ini = {}
    for path in ("setup.cfg", "tox.ini", "pytest.ini", "mypy.ini", ".flake8", ".editorconfig"):
        if path in corpus.paths:
            ini[path], problem = _read_ini(path, corpus.text(path))
            if problem:
                findings.append(Finding(severity=Severity.LOW, title=f"{path} cannot be read",
                                        detail=problem, path=path))
    return Manifests(tables=tables, ini=ini, findings=tuple(findings))


def _is_foreign(path: str) -> bool:
    return (bool(vendored_root(path)) or is_built_path(path) or is_test_path(path)
            or is_aside(path))


def _read_table(path: str, text: str) -> tuple[JsonObject, str]:
    try:
        table = json.loads(text) if path.endswith(".json") else tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        return {}, f"Not valid {'JSON' if path.endswith('.json') else 'TOML'}: {problem}"
    if not isinstance(table, dict):
        return {}, f"It holds a {type(table).__name__}, not an object."
    return table, ""


def _read_ini(path: str, text: str) -> tuple[configparser.RawConfigParser, str]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        # An .editorconfig starts with keys that stand in no section.
        parser.read_string("[top]\n" + text if path == ".editorconfig" else text)
    except configparser.Error as problem:
        return configparser.RawConfigParser(), f"Not a valid INI file: {problem.message}"
    return parser, ""
