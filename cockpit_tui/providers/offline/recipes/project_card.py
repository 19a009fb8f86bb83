"""A project's own words about itself, from its manifests: name, description, licence, commands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.providers.offline.recipes.python_setup import python_install, python_runner
from cockpit_tui.providers.offline.recipes.stack import Sources, ecosystems


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCard:
    name: str
    """Empty where no manifest tells."""
    description: str
    licence: str
    """SPDX expression or name, as a manifest says; empty where none does."""
    licence_file: str
    requires: tuple[str, ...]
    """`Python >=3.11`, `Node.js >=18`."""
    install: tuple[str, ...]
    """Commands that install it from a checkout."""
    develop: tuple[str, ...]
    """Commands that install it for working on it."""
    programs: tuple[tuple[str, str], ...]
    """(command it installs or runs, what that calls)"""
    packages: tuple[str, ...] = ()
    """Python packages that it offers for import."""


def read_card(sources: Sources) -> ProjectCard:
    found = ecosystems(sources)
    python, node = _project(sources), sources.json("package.json")
    cargo = _table(sources.toml("Cargo.toml"), "package")
    tables = [table for eco, table in (("python", python), ("node", node), ("rust", cargo))
              if eco in found]
    install: list[str] = []
    develop: list[str] = []
    requires: list[str] = []
    programs: list[tuple[str, str]] = []
    if "python" in found:
        _add_python(sources, python, requires, install, develop, programs)
    if "node" in found:
        _add_node(sources, node, requires, install, develop, programs)
    if "rust" in found:
        is_program = "src/main.rs" in sources.tree
        install.append("cargo install --path ." if is_program else "cargo build --release")
        develop.append("cargo build")
    if "go" in found:
        install.append("go install ./...")
        develop.append("go build ./...")
    if "maven" in found:
        install.append("mvn package")
        develop.append("mvn compile")
    if "gradle" in found:
        gradle = "./gradlew" if "gradlew" in sources.tree else "gradle"
        install.append(f"{gradle} build")
        develop.append(f"{gradle} classes")
    return ProjectCard(
        name=_first(tables, "name") or _go_name(sources), description=_first(tables, "description"),
        licence=_licence(tables), licence_file=_licence_file(sources), requires=tuple(requires),
        install=tuple(install), develop=tuple(develop), programs=tuple(programs),
        packages=_packages(sources) if "python" in found else ())


def _project(sources: Sources) -> dict[str, Any]:
    """`[project]`, or Poetry's table, or what `setup.py` and `setup.cfg` say in plain literals."""
    pyproject = sources.toml("pyproject.toml")
    told = _table(pyproject, "project") or _table(_table(pyproject, "tool"), "poetry")
    if told:
        return told
    text = sources.texts.get("setup.py", "") + "\n" + sources.texts.get("setup.cfg", "")
    simple: dict[str, Any] = {}
    for key in ("name", "description", "license", "python_requires"):
        match = re.search(rf"""^\s*{key}\s*=\s*(["']?)([^"'\n(){{}}]+)\1\s*,?\s*$""", text, re.M)
        if match:
            simple[key.replace("python_requires", "requires-python")] = match.group(2).strip()
    return simple


def _add_python(sources: Sources, project: dict[str, Any], requires: list[str],
                install: list[str], develop: list[str], programs: list[tuple[str, str]]) -> None:
    version = project.get("requires-python")
    requires.append(f"Python {version}" if isinstance(version, str) else "Python")
    is_package = sources.tree.first_of("pyproject.toml", "setup.py") and (
        project or "setup.py" in sources.tree)
    if is_package:
        install.append("python -m pip install .")
    elif "requirements.txt" in sources.tree:
        install.append("python -m pip install -r requirements.txt")
    develop += [line for line in python_install(sources, ())
                if not line.endswith("install --upgrade pip") or python_runner(sources)]
    scripts = _table(project, "scripts")
    programs += [(name, target) for name, target in scripts.items() if isinstance(target, str)]


def _add_node(sources: Sources, package: dict[str, Any], requires: list[str],
              install: list[str], develop: list[str], programs: list[tuple[str, str]]) -> None:
    version = _table(package, "engines").get("node")
    requires.append(f"Node.js {version}" if isinstance(version, str) else "Node.js")
    manager = "npm"
    for path, name in (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lock", "bun")):
        if path in sources.tree:
            manager = name
    command = "npm ci" if manager == "npm" and "package-lock.json" in sources.tree \
        else f"{manager} install"
    install.append(command)
    develop.append(command)
    programs_of = package.get("bin")
    if isinstance(programs_of, str) and isinstance(package.get("name"), str):
        programs.append((package["name"], programs_of))
    elif isinstance(programs_of, dict):
        programs += [(name, path) for name, path in programs_of.items() if isinstance(path, str)]
    start = _table(package, "scripts").get("start")
    if isinstance(start, str):
        programs.append((f"{manager} start", start))


def _table(table: dict[str, Any], key: str) -> dict[str, Any]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _first(tables: list[dict[str, Any]], key: str) -> str:
    """The first table's text at `key`, on one line."""
    found = next((table[key] for table in tables if isinstance(table.get(key), str)), "")
    return sanitize_line(" ".join(found.split()))


def _go_name(sources: Sources) -> str:
    found = re.search(r"^module\s+(\S+)", sources.texts.get("go.mod", ""), re.M)
    return found.group(1).rpartition("/")[2] if found else ""


def _packages(sources: Sources) -> tuple[str, ...]:
    """Top packages under `src/`, or else at the root, tests and the like left out."""
    inits = [path for path in sources.tree.files if path.endswith("/__init__.py")]
    names = [path.split("/")[1] for path in inits if re.fullmatch(r"src/\w+/__init__\.py", path)]
    names = names or [path.split("/")[0] for path in inits
                      if re.fullmatch(r"[a-z]\w*/__init__\.py", path)]
    return tuple(sorted(set(names) - {"tests", "test", "docs", "examples", "scripts"}))[:3]


def _licence(tables: list[dict[str, Any]]) -> str:
    for table in tables:
        value = table.get("license")
        if isinstance(value, dict):
            value = value.get("text", "")
        if isinstance(value, str) and 0 < len(value) <= 60:
            return value
    return ""


def _licence_file(sources: Sources) -> str:
    return sources.tree.first_of("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "LICENCE.md",
                                 "COPYING", "UNLICENSE", "LICENSE-MIT")
