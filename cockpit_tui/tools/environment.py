"""The environment of an agent's commands: an allow list, and the Python that can run the tests."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cockpit_tui.tools.runnable import Runnable, probe_command

__all__ = ["Runnable", "build_environment", "probe_command"]

_PROBE_SECONDS = 20.0
_PROBE_CODE = """
import sys
try:
    import pytest
    found = "pytest"
except Exception:
    found = "nothing"
print(found, sys.executable, sep="\\n")
"""
_FIXED = {
    "LANG": "C.UTF-8", "TERM": "dumb", "CI": "1", "NO_COLOR": "1",
    "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1", "PYTHONHASHSEED": "0",
}
"""No user site: HOME is a scratch folder, and a planted module there would be loaded first."""

_TOOLCHAIN_FOLDERS = ("RUSTUP_HOME", "GOROOT", "JAVA_HOME")
"""Passed on where they name an existing folder; they say where a compiler lives, nothing else."""


@dataclass(frozen=True, slots=True)
class _Interpreter:
    program: Path
    """As it calls itself; a version manager's shim is seen through."""
    has_pytest: bool


_interpreters: dict[tuple[str, float], _Interpreter] = {}
"""Interpreters that have pytest, by path and time of change. Others are asked again: somebody may
install it meanwhile."""


async def build_environment(*, worktree: Path, checkout: Path | None, scratch: Path,
                            inherited: Mapping[str, str] | None = None) -> dict[str, str]:
    """All variables of a command in `worktree`; nothing secret, nothing that loads code.

    `checkout` is the person's own working tree, whose virtual environment is used if it has one.
    `scratch` becomes HOME and TMPDIR and is made if missing. `inherited` is the person's
    environment, `os.environ` if not given.
    """
    inherited = os.environ if inherited is None else inherited
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    person_path = _clean_path(inherited.get("PATH", os.defpath), worktree)
    own = Path(sys.prefix, "bin")
    python = await _choose_python(
        _candidates(checkout, inherited.get("VIRTUAL_ENV"), person_path, worktree), scratch,
        person_path)
    path = [*person_path, str(own)]
    if python is not None and shutil.which("python3", path=":".join(path)) != str(python):
        path.insert(0, str(python.parent))
    if python is not None:
        path = [*_shims(scratch, python, path), *path]
    environment = {**_FIXED, "PATH": ":".join(dict.fromkeys(path)), "HOME": str(scratch),
                   "TMPDIR": str(scratch)}
    for name in _TOOLCHAIN_FOLDERS:
        folder = inherited.get(name, "")
        if folder.startswith("/") and os.access(folder, os.R_OK | os.X_OK):
            environment[name] = folder
    if "RUSTUP_HOME" not in environment and (rustup := Path.home() / ".rustup").is_dir():
        environment["RUSTUP_HOME"] = str(rustup)
    if (sources := _python_sources(worktree)) is not None:
        environment["PYTHONPATH"] = str(sources)
    return environment


def _clean_path(path: str, worktree: Path) -> list[str]:
    """Absolute entries that a command in the worktree cannot fill."""
    root = worktree.resolve()
    return [entry for entry in path.split(":") if entry.startswith("/")
            and not Path(entry).resolve().is_relative_to(root)]


def _candidates(checkout: Path | None, virtual_env: str | None, person_path: list[str],
                worktree: Path) -> Iterable[Path]:
    root = worktree.resolve()
    folders = []
    if checkout is not None and not checkout.resolve().is_relative_to(root):
        folders += [checkout / ".venv/bin", checkout / "venv/bin"]
    if virtual_env and not Path(virtual_env).resolve().is_relative_to(root):
        folders.append(Path(virtual_env, "bin"))
    for folder in folders:
        for name in ("python3", "python"):
            if os.access(folder / name, os.X_OK):
                yield (folder / name).absolute()
                break
    if (found := shutil.which("python3", path=":".join(person_path))) is not None:
        yield Path(found)
    yield Path(sys.executable)


async def _choose_python(candidates: Iterable[Path], scratch: Path,
                         person_path: list[str]) -> Path | None:
    """The first that imports pytest, else the first that runs at all."""
    fallback: Path | None = None
    for program in candidates:
        interpreter = await _ask(program, scratch, person_path)
        if interpreter is None:
            continue
        if interpreter.has_pytest:
            return interpreter.program
        fallback = fallback or interpreter.program
    return fallback


async def _ask(program: Path, scratch: Path, person_path: list[str]) -> _Interpreter | None:
    try:
        key = (str(program), program.stat().st_mtime)
    except OSError:
        return None
    if key in _interpreters:
        return _interpreters[key]
    environment = {**_FIXED, "PATH": ":".join(person_path), "HOME": str(scratch)}
    try:
        process = await asyncio.create_subprocess_exec(
            program, "-I", "-c", _PROBE_CODE, cwd=scratch, env=environment, stdin=DEVNULL,
            stdout=PIPE, stderr=DEVNULL, start_new_session=True)
    except OSError:
        return None
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    lines = output.decode(errors="surrogateescape").splitlines()
    if process.returncode != 0 or len(lines) != 2:
        return None
    interpreter = _Interpreter(program=Path(lines[1]), has_pytest=lines[0] == "pytest")
    if interpreter.has_pytest:
        _interpreters[key] = interpreter
    return interpreter


def _shims(scratch: Path, python: Path, path: list[str]) -> list[str]:
    """A folder with `python` and `python3` where either would be missing or another one.

    Scripts, not links: a link to a virtual environment's Python forgets the environment. The
    folder is made anew each time, and the sandbox shows it read-only.
    """
    shims = scratch / "shims"
    shutil.rmtree(shims, ignore_errors=True)
    if all((found := shutil.which(name, path=":".join(path))) is not None
           and Path(found).parent == python.parent for name in ("python", "python3")):
        return []
    shims.mkdir()
    for name in ("python", "python3"):
        script = shims / name
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(str(python))} "$@"\n')
        script.chmod(0o755)
    return [str(shims)]


def _python_sources(worktree: Path) -> Path | None:
    """Where the worktree's own packages lie, so that it wins over an installed checkout of it."""
    if (worktree / "src").is_dir():
        return worktree / "src"
    with suppress(OSError):
        for folder in worktree.iterdir():
            if folder.name not in {"tests", "test"} and (folder / "__init__.py").is_file():
                return worktree
    return None
