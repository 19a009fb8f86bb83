"""What holds a command in: bubblewrap where it works, and nothing, openly, where it does not.

An allow list of binds, never `/`: a read-only bind of the root would still let a command connect
to the host's unix sockets. Options: bwrap(1), version 0.8.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

_PROBE_SECONDS = 5.0
_SYSTEM_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_SYSTEM_FOLDERS = ("/usr", "/nix/store", "/run/current-system/sw")
_ETC = ("alternatives", "ca-certificates", "ca-certificates.conf", "fonts", "group", "host.conf",
        "hosts", "java", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "magic",
        "mime.types", "nsswitch.conf", "os-release", "passwd", "pki/tls/certs",
        "pki/ca-trust/extracted", "protocols", "resolv.conf", "services", "shells", "ssl/certs",
        "ssl/openssl.cnf", "timezone")
"""No keys, no shadow: as root, a bind of all of `/etc` would show them."""

_TOOLCHAIN_VARIABLES = ("RUSTUP_HOME", "GOROOT", "GOMODCACHE", "JAVA_HOME", "VIRTUAL_ENV")


class Sandbox(Protocol):
    @property
    def name(self) -> str:
        """`bubblewrap`, or `none`."""
        ...

    def wrap(self, argv: Sequence[str], *, cwd: Path, writable: Sequence[Path],
             environment: Mapping[str, str], network: bool) -> list[str]:
        """The command line that runs `argv` inside."""
        ...


class NoSandbox:
    name = "none"

    def wrap(self, argv: Sequence[str], *, cwd: Path, writable: Sequence[Path],
             environment: Mapping[str, str], network: bool) -> list[str]:
        return list(argv)


class Bubblewrap:
    """A new user, process, network and mount namespace around each command."""

    name = "bubblewrap"

    def __init__(self, program: Path, *, options: Sequence[str] = ("--disable-userns",)) -> None:
        self._program = program
        self._options = tuple(options)

    def wrap(self, argv: Sequence[str], *, cwd: Path, writable: Sequence[Path],
             environment: Mapping[str, str], network: bool) -> list[str]:
        line = [str(self._program), "--unshare-all", "--unshare-user", *self._options,
                "--die-with-parent", "--new-session", *_system_binds(network)]
        if network:
            line.append("--share-net")
        for path, is_writable in _binds(cwd, writable, environment):
            line += ["--bind" if is_writable else "--ro-bind", str(path), str(path)]
        return [*line, "--chdir", str(cwd), "--", *argv]


async def probe_sandbox() -> Sandbox:
    """The strongest sandbox that works here; tried out, because containers often forbid it."""
    program = shutil.which("bwrap")
    if program is None:
        return NoSandbox()
    for options in (("--disable-userns",), ()):
        sandbox = Bubblewrap(Path(program).resolve(), options=options)
        if await _works(sandbox):
            return sandbox
    return NoSandbox()


async def _works(sandbox: Bubblewrap) -> bool:
    line = sandbox.wrap(["/bin/sh", "-c", "exit 0"], cwd=Path("/"), writable=(), environment={},
                        network=False)
    try:
        process = await asyncio.create_subprocess_exec(
            *line, env={}, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True)
    except OSError:
        return False
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            return await process.wait() == 0
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _system_binds(network: bool) -> list[str]:
    line: list[str] = []
    for folder in _SYSTEM_FOLDERS:
        line += ["--ro-bind-try", folder, folder]
    for name in _SYSTEM_LINKS:
        path = Path("/", name)
        if path.is_symlink():
            line += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            line += ["--ro-bind", str(path), str(path)]
    for name in _ETC:
        line += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    if network:
        line += ["--ro-bind-try", "/run/systemd/resolve", "/run/systemd/resolve"]
    return [*line, "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]


def _binds(cwd: Path, writable: Sequence[Path],
           environment: Mapping[str, str]) -> list[tuple[Path, bool]]:
    """Path and whether it is writable, outer folders first, so that inner ones lie on top.

    A worktree's `.git` and folders that programs are looked up in stay read-only inside of a
    writable folder: neither may be forged by a command for the one that comes after it.
    """
    open_folders = set(writable)
    closed = {folder / ".git" for folder in writable if (folder / ".git").exists()}
    if cwd in open_folders and (hub := _hub_of(cwd)) is not None:
        closed.add(hub)
    closed |= {path for path in _toolchains(environment)
               if not any(folder.is_relative_to(path) for folder in open_folders)}
    both = [(path, True) for path in open_folders] + [(path, False) for path in closed]
    return sorted(both, key=lambda bind: (len(bind[0].parts), str(bind[0])))


def _hub_of(worktree: Path) -> Path | None:
    """The repository that a linked worktree hangs off: git can read there, and nothing more.

    Believed only where that repository names the worktree too: a command can write a `.git` into
    any folder left open to it, but nothing into the git directory that has to lead back.
    """
    link = worktree / ".git"
    text = _read_line(link)
    found = Path(text.removeprefix("gitdir: "))
    is_linked = (text.startswith("gitdir: ") and ".." not in found.parts
                 and found.parent.name == "worktrees" and found.resolve() == found
                 and _read_line(found / "gitdir") == str(link))
    return found.parent.parent if is_linked else None


def _read_line(path: Path) -> str:
    """The text of a small regular file; empty for everything else. No link is followed."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC),
                       encoding="utf-8", errors="replace") as file:
            is_regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            return file.read(8_192).strip() if is_regular else ""
    except OSError:
        return ""


def _toolchains(environment: Mapping[str, str]) -> set[Path]:
    """Folders that the programs on PATH need, beside the system's: existing, absolute, and never
    a home folder or anything above one."""
    wanted = [Path(sys.prefix), Path(sys.base_prefix)]
    wanted += [Path(environment[name]) for name in _TOOLCHAIN_VARIABLES if environment.get(name)]
    # After `su`, PATH often names folders of another user's home: looking into them raises.
    entries = [Path(entry) for entry in environment.get("PATH", "").split(":")
               if entry and os.access(entry, os.X_OK)]
    for entry in entries:
        wanted.append(entry)
        wanted += _installation_around(entry)
    return {path for path in wanted if _may_show(path)}


def _installation_around(entry: Path) -> Iterable[Path]:
    """What a PATH entry's programs load from: a virtual environment, an interpreter, a shim's
    home. Not the parent of any `bin`: that may be somebody's home."""
    if entry.name == "shims":
        yield entry.parent
    if (entry.parent / "pyvenv.cfg").is_file():
        yield entry.parent
    for program in ("python3", "python", "node"):
        path = entry / program
        if os.access(path, os.X_OK):
            prefix = path.resolve().parent.parent
            if prefix.name != ".local" and (prefix / "lib").is_dir():
                yield prefix


def _may_show(path: Path) -> bool:
    if not path.is_absolute() or not os.access(path, os.R_OK):
        return False
    home = Path.home()
    return not (home.is_relative_to(path) or path == home / ".local"
                or path.is_relative_to("/usr") or path.is_relative_to("/etc")
                or path.is_relative_to("/proc") or path.is_relative_to("/dev")
                or str(path) in {f"/{name}" for name in _SYSTEM_LINKS}
                or len(path.parts) < 2)
