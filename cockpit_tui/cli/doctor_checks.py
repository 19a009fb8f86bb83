"""The doctor's checks: each looks at one thing and never fails itself."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cockpit_tui.config.paths import Paths
from cockpit_tui.config.settings import LimitSettings, load_settings
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.engine.disk import measured
from cockpit_tui.engine.engine import utc_now
from cockpit_tui.gitops.repository import MINIMUM_GIT
from cockpit_tui.presentation.size import size_words
from cockpit_tui.storage.database import Database
from cockpit_tui.storage.health import left_jobs
from cockpit_tui.storage.lock import EngineLock
from cockpit_tui.tools.sandbox import probe_sandbox

_PROBE_SECONDS = 10.0
_MOST_JOBS = 10


class State(StrEnum):
    WORKS = "works"
    LIMITED = "limited"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    name: str
    state: State
    found: str
    adds: str = ""
    """What it would add, or what goes wrong without it."""
    command: str = ""
    """What to type to get it."""
    is_essential: bool = False


async def all_checks() -> list[Check]:
    """Every check, in the order a person reads them."""
    paths = Paths.from_environment()
    git, node, sandbox, ledger, jobs, used = await asyncio.gather(
        _git(), _node(), _sandbox(), _ledger(paths), _jobs(paths), _disk_use(paths))
    return [_python(), git, ledger, *jobs, used, _settings(paths), _terminal(), _multiplexer(),
            sandbox, node, _editor(), _clipboard(), _log(paths)]


def _python() -> Check:
    found = f"{platform.python_version()} ({sys.executable})"
    return Check(name="python", state=State.WORKS, found=found, is_essential=True)


async def _git() -> Check:
    wanted = ".".join(map(str, MINIMUM_GIT))
    version = await _output("git", "--version")
    numbers = re.search(r"(\d+)\.(\d+)", version)
    if numbers is None:
        return Check(name="git", state=State.MISSING, found="not found",
                     adds="nothing works without it", command=_install("git"), is_essential=True)
    if (int(numbers[1]), int(numbers[2])) < MINIMUM_GIT:
        return Check(name="git", state=State.MISSING, found=f"{version}, older than {wanted}",
                     adds="nothing works with it", command=_install("git"), is_essential=True)
    return Check(name="git", state=State.WORKS, found=version, is_essential=True)


async def _node() -> Check:
    version = await _output("node", "--version")
    if version:
        return Check(name="node", state=State.WORKS, found=version)
    return Check(name="node", state=State.LIMITED, found="not found",
                 adds="runs the tests of JavaScript and TypeScript projects",
                 command=_install("nodejs"))


async def _sandbox() -> Check:
    sandbox = await probe_sandbox()
    if sandbox.name != "none":
        return Check(name="sandbox", state=State.WORKS,
                     found=f"{sandbox.name}: agents' commands write in their worktree only")
    if shutil.which("bwrap"):
        return Check(name="sandbox", state=State.LIMITED,
                     found="bubblewrap is there but may not make namespaces here",
                     adds="it would hold agents' commands in; now they run with your rights",
                     command="sysctl kernel.unprivileged_userns_clone=1 (or run outside of the "
                             "container)")
    return Check(name="sandbox", state=State.LIMITED, found="none",
                 adds="holds agents' commands in; now they run with your rights",
                 command=_install("bubblewrap") if sys.platform == "linux" else "")


async def _ledger(paths: Paths) -> Check:
    file = paths.database
    if not file.exists():
        writable = _writable_ancestor(file)
        return Check(name="ledger", state=State.WORKS if writable else State.MISSING,
                     found=f"{file} (made by the first job)" if writable
                     else f"{file.parent} cannot be written",
                     adds="" if writable else "nothing can be recorded",
                     command="" if writable else f"chmod u+rwx {file.parent}", is_essential=True)
    try:
        async with await Database.open(file, clock=utc_now, read_only=True) as database:
            health = await database.read(
                lambda conn: str(conn.execute("PRAGMA quick_check(1)").fetchone()[0]))
    except CockpitError as error:
        return Check(name="ledger", state=State.MISSING, found=error.message, adds=error.hint,
                     is_essential=True)
    if health != "ok":
        return Check(name="ledger", state=State.MISSING, found=f"{file} is damaged: {health}",
                     adds="go back to a copy, or move it away: the cockpit starts a new one",
                     command="cockpit ledger restore FILE", is_essential=True)
    if not os.access(file, os.W_OK):
        return Check(name="ledger", state=State.MISSING, found=f"{file} cannot be written",
                     adds="jobs can be looked at, not run", command=f"chmod u+w {file}",
                     is_essential=True)
    return Check(name="ledger", state=State.WORKS, is_essential=True,
                 found=f"{file}, {size_words(file.stat().st_size)}, healthy")


async def _jobs(paths: Paths) -> list[Check]:
    """Whether a job was left by a cockpit that is gone; nothing where the ledger tells nothing."""
    if not paths.database.exists():
        return []
    try:
        async with await Database.open(paths.database, clock=utc_now, read_only=True) as database:
            left = await database.read(left_jobs)
    except CockpitError:  # the line before says so
        return []
    if not left or not EngineLock(paths.database).is_free():
        return [Check(name="jobs", state=State.WORKS, found="none is left by a cockpit that ended")]
    named = ", ".join(f"#{number}" for number, _ in left[:_MOST_JOBS])
    more = f" and {len(left) - _MOST_JOBS} more" if len(left) > _MOST_JOBS else ""
    return [Check(name="jobs", state=State.LIMITED, adds="go on with each",
                  found=f"{named}{more} not ended, and nobody is at "
                        f"{'it' if len(left) == 1 else 'them'}",
                  command=f"cockpit jobs resume {left[0][0]}")]


async def _disk_use(paths: Paths) -> Check:
    used = await measured(paths, {})
    found = f"{size_words(used.total)} kept, {size_words(used.free)} free"
    try:
        limits = load_settings(paths.settings_file).limits
    except CockpitError:  # the next line says so
        limits = LimitSettings()
    if used.free < limits.free_disk_mb * 1_000_000:
        return Check(name="disk", state=State.LIMITED, found=found, command="cockpit disk",
                     adds=f"jobs wait until {limits.free_disk_mb:,} MB are free; make room")
    if limits.disk_mb is not None and used.total > limits.disk_mb * 1_000_000:
        return Check(name="disk", state=State.LIMITED, found=found, command="cockpit disk",
                     adds=f"jobs wait until at most {limits.disk_mb:,} MB are kept; make room")
    if used.trash > limits.trash_mb * 1_000_000:
        return Check(name="disk", state=State.LIMITED, command="cockpit trash list",
                     found=f"{found}, of it {size_words(used.trash)} trash",
                     adds=f"more than {limits.trash_mb:,} MB, and no branch holds it; look at it")
    return Check(name="disk", state=State.WORKS, found=found)


def _settings(paths: Paths) -> Check:
    try:
        load_settings(paths.settings_file)
    except CockpitError as error:
        return Check(name="settings", state=State.LIMITED, found=error.message,
                     adds="mend it", command="cockpit config path")
    where = paths.settings_file
    return Check(name="settings", state=State.WORKS,
                 found=str(where) if where.exists() else "defaults")


def _terminal() -> Check:
    if not sys.stdout.isatty():
        return Check(name="terminal", state=State.LIMITED, found="stdout is no terminal",
                     adds="the screen needs one; type this in a terminal itself, not through "
                          "a pipe or into a file")
    columns, lines = shutil.get_terminal_size()
    term = os.environ.get("TERM", "")
    colours = _colours(term)
    found = f"{term or 'TERM is not set'}, {colours}, {columns}x{lines}"
    if columns < 80 or lines < 24:
        return Check(name="terminal", state=State.LIMITED, found=found,
                     adds="the screen wants 80x24; make the window larger")
    return Check(name="terminal", state=State.WORKS, found=found)


def _colours(term: str) -> str:
    if os.environ.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if os.environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return "16 million colours"
    return "256 colours" if "256" in term or "kitty" in term else "16 colours"


def _multiplexer() -> Check:
    inside = [name for name, variable in (("tmux", "TMUX"), ("screen", "STY"),
                                          ("SSH", "SSH_CONNECTION")) if os.environ.get(variable)]
    if inside:
        return Check(name="session", state=State.WORKS, found=f"in {' over '.join(inside)}")
    if shutil.which("tmux"):
        return Check(name="session", state=State.WORKS, found="tmux is there")
    return Check(name="session", state=State.LIMITED, found="no tmux",
                 adds="keeps the screen when a connection drops", command=_install("tmux"))


def _editor() -> Check:
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    found = next((name for name in (chosen, "nano", "vim", "vi", "hx", "emacs")
                  if name and shutil.which(name.split()[0])), "")
    if chosen and found == chosen:
        return Check(name="editor", state=State.WORKS, found=chosen)
    if found:
        return Check(name="editor", state=State.LIMITED,
                     found=f"$EDITOR {'is not found' if chosen else 'is not set'}; "
                           f"{found} is there",
                     adds="opens files in the editor you like", command=f"export EDITOR={found}")
    return Check(name="editor", state=State.LIMITED, found="none found",
                 adds="edits long requests and files", command=_install("nano"))


def _clipboard() -> Check:
    if os.environ.get("TMUX"):
        return Check(name="clipboard", state=State.WORKS, found="by tmux load-buffer -w")
    if sys.stdout.isatty():
        return Check(name="clipboard", state=State.WORKS,
                     found="by the terminal (OSC 52), also over SSH where it allows that")
    return Check(name="clipboard", state=State.LIMITED, found="no terminal")


def _log(paths: Paths) -> Check:
    size = paths.log_file.stat().st_size if paths.log_file.exists() else 0
    return Check(name="log", state=State.WORKS, found=f"{paths.log_file}, {size_words(size)}")


def _install(package: str) -> str:
    """The command that this machine's package manager takes."""
    ways: tuple[tuple[str, str], ...] = (
        ("apt-get", "sudo apt-get install"), ("dnf", "sudo dnf install"),
        ("pacman", "sudo pacman -S"), ("apk", "sudo apk add"), ("zypper", "sudo zypper install"),
        ("brew", "brew install"), ("nix-env", "nix-env -iA"))
    found = next((command for program, command in ways if shutil.which(program)), "install")
    return f"{found} {package}"


async def _output(*command: str) -> str:
    """The first line a program prints; empty where it is missing or does not answer."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, cwd="/")
    except OSError:
        return ""
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            out, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return out.decode("utf-8", "replace").strip().partition("\n")[0]


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())


def _writable_ancestor(file: Path) -> bool:
    return os.access(_existing(file.parent), os.W_OK | os.X_OK)
