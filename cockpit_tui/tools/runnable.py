"""Can a command run on this machine? Asked before it is promised, without running the repository.

Node reads TypeScript by itself from 22.18 and 23.6 on (nodejs.org/api/typescript.html).
"""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cockpit_tui.domain.errors import ToolError
from cockpit_tui.tools.paths import Confinement

_PROBE_SECONDS = 20.0
_MAX_PACKAGE_BYTES = 1024 * 1024
_MAX_SCRIPT_DEPTH = 3

_BUILTINS = frozenset({
    ":", ".", "[", "[[", "case", "cd", "command", "done", "echo", "esac", "eval", "exec", "exit",
    "export", "false", "fi", "for", "printf", "pwd", "read", "return", "set", "shift", "test",
    "trap", "true", "type", "ulimit", "umask", "unset", "wait", "}", "in",
})
_KEYWORDS = frozenset({"!", "{", "if", "then", "else", "elif", "while", "until", "do", "env"})
"""Words that a command follows directly."""

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_PYTHON = re.compile(r"python(3(\.\d+)?)?")
_TYPESCRIPT_FILE = re.compile(r"\.[mc]?tsx?$")
_LOADERS = ("--import", "--loader", "--experimental-loader", "--require", "-r",
            "--experimental-transform-types")
_RUN_SCRIPT = frozenset({"run", "run-script", "rum", "urn"})
_SCRIPT_ALIASES = {"test": "test", "t": "test", "tst": "test", "start": "start"}


class Runnable(NamedTuple):
    runnable: bool
    reason: str
    """Why not, and what would make it so; empty for a runnable command."""


_YES = Runnable(True, "")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the question is asked from."""

    environment: Mapping[str, str]
    worktree: Path
    folder: Path
    script_depth: int = 0

    def find(self, program: str) -> str | None:
        return shutil.which(program, path=self.environment.get("PATH", ""))


async def probe_command(command: str, environment: Mapping[str, str],
                        worktree: Path) -> Runnable:
    """Judge every program that the command line names. What cannot be judged counts as runnable.
    """
    return await _probe_line(command, _Place(environment, worktree, worktree))


async def _probe_line(command: str, place: _Place) -> Runnable:
    try:
        parts = _simple_commands(command)
    except ValueError as error:
        return Runnable(False, f"The command line cannot be parsed: {error}.")
    if not parts:
        return Runnable(False, "The command line is empty.")
    for words in parts:
        if words[0] == "cd" and len(words) == 2:
            place = _Place(place.environment, place.worktree, place.folder / words[1],
                           place.script_depth)
        answer = await _probe_words(words, place)
        if not answer.runnable:
            return answer
    return _YES


def _simple_commands(command: str) -> list[list[str]]:
    """The words of each simple command, without assignments, keywords and redirections."""
    lexer = shlex.shlex(command.replace("\n", " ; "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    commands: list[list[str]] = [[]]
    is_target = False
    for token in lexer:
        if token and set(token) <= set("();<>|&"):
            is_target = "<" in token or ">" in token
            if not is_target:
                commands.append([])
        elif is_target:
            is_target = False
        elif commands[-1] or not (_ASSIGNMENT.match(token) or token in _KEYWORDS):
            commands[-1].append(token)
    return [words for words in commands if words]


async def _probe_words(words: list[str], place: _Place) -> Runnable:
    program = words[0]
    if program in _BUILTINS or "$" in program or "`" in program:
        return _YES
    if "/" in program:
        path = place.folder / program
        return _YES if path.is_file() else Runnable(False, f"There is no file {program!r}.")
    if place.script_depth and (place.folder / "node_modules/.bin" / program).exists():
        return _YES
    found = place.find(program)
    if found is None:
        if program in {"pytest", "py.test"}:
            return Runnable(False, "pytest is not installed in a Python on PATH: install it in the "
                                   "repository's virtual environment (.venv).")
        return Runnable(False, f"{program!r} is not installed here: it is not on PATH.")
    if _PYTHON.fullmatch(program):
        return await _probe_python(words, found, place)
    if program == "node":
        return await _probe_node(words, found)
    if program in {"npm", "pnpm", "yarn"}:
        return await _probe_npm(words, place)
    if program == "npx":
        return _probe_npx(words, place)
    return _YES


async def _probe_python(words: list[str], program: str, place: _Place) -> Runnable:
    if "-m" not in words[:-1]:
        return _YES
    module = words[words.index("-m") + 1].split(".")[0]
    for folder in (place.folder, place.worktree / "src"):
        if (folder / module).is_dir() or (folder / f"{module}.py").is_file():
            return _YES
    code = "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]) is not None)"
    answer = await _ask(program, "-I", "-c", code, module, environment=place.environment)
    if answer.strip() == "True":
        return _YES
    return Runnable(False, f"The Python module {module!r} is not installed for {program}: install "
                           "it in the repository's virtual environment (.venv).")


async def _probe_node(words: list[str], program: str) -> Runnable:
    files = [word for word in words[1:] if _TYPESCRIPT_FILE.search(word)]
    if not files or any(word.split("=")[0] in _LOADERS for word in words):
        return _YES
    if any(word.endswith("tsx") for word in files):
        return Runnable(False, f"Node does not read {files[0]!r} by itself: .tsx needs a loader, "
                               "such as node --import tsx.")
    text = await _ask(program, "--version", environment={})
    numbers = re.match(r"v(\d+)\.(\d+)", text.strip())
    if numbers is None:
        return Runnable(False, f"{program} does not tell its version.")
    version = (int(numbers[1]), int(numbers[2]))
    if version >= (23, 6) or (22, 18) <= version < (23, 0):
        return _YES
    if "--experimental-strip-types" in words and version >= (22, 6):
        return _YES
    return Runnable(False, f"Node {text.strip()} does not read TypeScript by itself: it takes "
                           "22.18 or newer, or a loader, such as node --import tsx.")


async def _probe_npm(words: list[str], place: _Place) -> Runnable:
    names = [word for word in words[1:] if not word.startswith("-")]
    script = None
    if names:
        is_run = names[0] in _RUN_SCRIPT
        script = names[1] if is_run and len(names) > 1 else _SCRIPT_ALIASES.get(names[0])
    if script is None:
        return _YES
    package = await asyncio.to_thread(_read_package, place)
    if package is None or not isinstance(package.get("scripts"), dict):
        return _YES  # what the repository itself lacks is not excused: npm says so and fails
    if (package.get("dependencies") or package.get("devDependencies")) \
            and not _has_node_modules(place):
        return Runnable(False, "Its packages are not installed: node_modules is missing (npm ci).")
    line = package["scripts"].get(script)
    if not isinstance(line, str):
        return _YES
    if place.script_depth >= _MAX_SCRIPT_DEPTH:
        return _YES
    return await _probe_line(line, _Place(place.environment, place.worktree, place.folder,
                                          place.script_depth + 1))


def _probe_npx(words: list[str], place: _Place) -> Runnable:
    name = next((word for word in words[1:] if not word.startswith("-")), "")
    if not name or (place.folder / "node_modules/.bin" / name).exists():
        return _YES
    return Runnable(False, f"{name!r} is not installed in node_modules, and npx would download it.")


def _read_package(place: _Place) -> dict[str, Any] | None:
    """None where there is no package.json, or it is not one; nothing outside is ever read."""
    try:
        relative = place.folder.relative_to(place.worktree) / "package.json"
        confinement = Confinement(place.worktree)
        data = confinement.read(confinement.resolve(str(relative)), limit=_MAX_PACKAGE_BYTES).data
        package = json.loads(data)
    except (ToolError, ValueError, RecursionError):
        return None
    return package if isinstance(package, dict) else None


def _has_node_modules(place: _Place) -> bool:
    return any((folder / "node_modules").is_dir() for folder in (place.folder, place.worktree))


async def _ask(program: str, *arguments: str, environment: Mapping[str, str]) -> str:
    """What the program prints; empty if it fails. It runs away from the repository."""
    try:
        process = await asyncio.create_subprocess_exec(
            program, *arguments, cwd="/", env=dict(environment), stdin=DEVNULL, stdout=PIPE,
            stderr=DEVNULL, start_new_session=True)
    except OSError:
        return ""
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        return ""
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return output.decode(errors="replace") if process.returncode == 0 else ""
