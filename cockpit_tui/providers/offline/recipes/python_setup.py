"""How a Python project is installed and on which versions, as its own manifests say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from cockpit_tui.providers.offline.recipes.stack import Sources

NEWEST_MINOR = 14
"""Python 3.x that hosted runners offer for sure (docs.python.org, "Status of Python versions")."""
_OLDEST_MINOR = 9

_EXTRAS = ("test", "tests", "testing", "dev", "develop", "lint")
_GROUPS = ("test", "tests", "testing", "dev", "lint", "typing")
_TOOL_PACKAGES = ("pytest", "ruff", "mypy", "black", "flake8", "isort", "pylint", "pyright", "tox",
                  "nox")
_REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "requirements_dev.txt",
                 "requirements-test.txt", "requirements_test.txt", "requirements-tests.txt",
                 "dev-requirements.txt", "test-requirements.txt", "requirements/dev.txt",
                 "requirements/test.txt", "requirements/tests.txt")


def python_versions(sources: Sources) -> tuple[str, ...]:
    """`3.11`, ... from the classifiers, else the ends of `requires-python`, else `3.x`."""
    text = "\n".join(sources.texts.get(path, "")
                     for path in ("pyproject.toml", "setup.py", "setup.cfg"))
    required = _requires_python(text)
    declared = {int(minor) for minor in
                re.findall(r"Programming Language :: Python :: 3\.(\d+)", text)}
    usable = sorted(minor for minor in declared
                    if minor >= _OLDEST_MINOR and (not required or _allows(required, minor)))
    if usable:
        return tuple(f"3.{minor}" for minor in usable)
    allowed = [minor for minor in range(_OLDEST_MINOR, NEWEST_MINOR + 1)
               if required and _allows(required, minor)]
    if not allowed:
        return ("3.x",)
    return tuple(dict.fromkeys((f"3.{allowed[0]}", f"3.{allowed[-1]}")))


def _requires_python(text: str) -> str:
    found = re.search(r"""(?:requires-python|python_requires)\s*=\s*["']?([^"'\n#]+)""", text)
    if found is None:  # Poetry keeps it among the dependencies.
        found = re.search(r"""^python\s*=\s*["']([^"'\n]+)""", text, re.MULTILINE)
    return found.group(1).strip() if found else ""


def _allows(specifier: str, minor: int) -> bool:
    """Does `>=3.9,<4` and its like allow 3.`minor`? (PEP 440, and Poetry's caret.)"""
    for sign, bound in re.findall(r"(>=|<=|==|!=|~=|\^|~|<|>)?\s*3\.(\d+)", specifier):
        edge = int(bound)
        fits = {">=": minor >= edge, "<=": minor <= edge, "==": minor == edge, "": minor == edge,
                "!=": minor != edge, "~=": minor >= edge, "^": minor >= edge, "~": minor == edge,
                "<": minor < edge, ">": minor >= edge}[sign]
        if not fits:
            return False
    return True


def python_runner(sources: Sources) -> str:
    """`uv run`, `poetry run`, or empty for pip: what commands start with."""
    if "uv.lock" in sources.tree:
        return "uv run"
    if "poetry.lock" in sources.tree or "poetry" in sources.toml("pyproject.toml").get("tool", {}):
        return "poetry run"
    return ""


def python_install(sources: Sources, commands: Iterable[str]) -> tuple[str, ...]:
    """Shell commands that install the project and the tools that `commands` name."""
    pyproject = sources.toml("pyproject.toml")
    groups = pyproject.get("dependency-groups", {})
    groups = [name for name in _GROUPS if name in groups] if isinstance(groups, dict) else []
    named = " ".join(f"--group {name}" for name in groups)
    covered = repr([pyproject["dependency-groups"][name] for name in groups])
    match python_runner(sources):
        case "uv run":
            covered += repr(pyproject.get("project", {}))
            return ("python -m pip install uv", f"uv sync --all-extras {named}".rstrip(),
                    *_tools("uv pip install", commands, covered))
        case "poetry run":
            return ("python -m pip install poetry", "poetry install --all-extras",
                    *_tools("poetry run python -m pip install", commands,
                            sources.texts.get("pyproject.toml", "")))
    steps = ["python -m pip install --upgrade pip"]
    files = [path for path in _REQUIREMENTS if path in sources.tree]
    if {"project", "build-system"} & pyproject.keys() or "setup.py" in sources.tree:
        extras, text = _extras(sources, pyproject)
        covered += text
        steps.append(f'python -m pip install -e ".[{",".join(extras)}]"' if extras
                     else "python -m pip install -e .")
        files = [path for path in files if path != "requirements.txt"]
    if groups:
        steps.append(f"python -m pip install {named}")
    for path in files:
        covered += sources.texts.get(path, "")
        steps.append(f"python -m pip install -r {path}")
    return (*steps, *_tools("python -m pip install", commands, covered))


def _tools(install: str, commands: Iterable[str], covered: str) -> tuple[str, ...]:
    """The command that installs the tools that `commands` name and no requirement covers."""
    lines = list(commands)
    wanted = [tool for tool in _TOOL_PACKAGES
              if any(re.search(rf"\b{tool}\b", line) for line in lines)
              and not re.search(rf"\b{tool}\b", covered)]
    return (f"{install} {' '.join(wanted)}",) if wanted else ()


def _extras(sources: Sources, pyproject: dict[str, Any]) -> tuple[list[str], str]:
    """(extras for tests and checks, the text of their requirements)."""
    optional = pyproject.get("project", {}).get("optional-dependencies", {})
    if isinstance(optional, dict) and optional:
        chosen = [name for name in _EXTRAS if name in optional]
        return chosen, repr([optional[name] for name in chosen])
    setup = sources.texts.get("setup.py", "") + sources.texts.get("setup.cfg", "")
    section = re.search(r"extras_require\]?\s*(?:=\s*\{(.*?)\n?\s*\}|\n((?:.+\n?)*))", setup,
                        re.DOTALL)
    if section is None:
        return [], ""
    text = section.group(1) or section.group(2) or ""
    chosen = [name for name in _EXTRAS
              if re.search(rf"""^\s*["']?{name}["']?\s*[:=]|["']{name}["']\s*:""", text, re.M)]
    return chosen, text if chosen else ""
