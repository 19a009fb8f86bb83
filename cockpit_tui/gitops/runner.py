"""The only place that starts git: hardened, bounded in time and size, logged, killed as a group.

A repository is a program: its configuration names commands that git runs (hooks, filters, pagers,
helpers). Each call therefore gets an environment from an allow list, no configuration but the
repository's own, and switches that turn off what that one could start (git-scm.com/docs/git-config
lists them; `-c` outranks every file). Drivers with free names (`filter.<x>.clean`) cannot be
switched off by a fixed list: `repository.py` adds those of a person's repository.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cockpit_tui.domain.errors import CockpitError, DiskFull, GitError, RepositoryError
from cockpit_tui.domain.sanitize import clip, sanitize_line

MAX_OUTPUT_BYTES = 256 * 1024 * 1024
MAX_STDERR_BYTES = 64 * 1024
_CHUNK = 256 * 1024
_GRACE_SECONDS = 2.0
_POLL_SECONDS = 0.01

HARDENING: tuple[tuple[str, str], ...] = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.pager", "cat"),
    ("core.editor", "false"),
    ("sequence.editor", "false"),
    ("core.sshCommand", "false"),
    ("core.gitProxy", "false"),
    ("core.askPass", "false"),
    ("core.alternateRefsCommand", ":"),
    ("core.attributesFile", os.devnull),
    ("core.excludesFile", os.devnull),
    ("core.protectHFS", "true"),
    ("core.protectNTFS", "true"),
    ("core.quotePath", "false"),
    ("credential.helper", ""),
    ("diff.external", ""),
    ("protocol.allow", "never"),
    ("protocol.file.allow", "always"),
    ("protocol.ext.allow", "never"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("safe.bareRepository", "explicit"),
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("log.showSignature", "false"),
    ("gpg.program", "false"),
    ("gpg.openpgp.program", "false"),
    ("gpg.x509.program", "false"),
    ("gpg.ssh.program", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("color.ui", "false"),
    ("i18n.commitEncoding", "UTF-8"),
    ("i18n.logOutputEncoding", "UTF-8"),
)
"""`-c` switches of every call. An empty `diff.external` makes a forgotten external diff fail."""

_SWITCHES = tuple(word for key, value in HARDENING for word in ("-c", f"{key}={value}"))

_PASSED_ON = ("TMPDIR", "DEVELOPER_DIR")

_FIXED_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
    "GIT_SEQUENCE_EDITOR": "false",
    "GIT_ASKPASS": "false",
    "SSH_ASKPASS": "false",
    "GIT_SSH_COMMAND": "false",
    "GIT_AUTHOR_NAME": "AI Development Cockpit",
    "GIT_AUTHOR_EMAIL": "cockpit@localhost",
    "GIT_COMMITTER_NAME": "AI Development Cockpit",
    "GIT_COMMITTER_EMAIL": "cockpit@localhost",
}
"""A repository with a promisor remote would fetch on its own, by a command of its choosing:
`GIT_NO_LAZY_FETCH` (git 2.39.4, 2.45) and the empty list of protocols both forbid it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitResult:
    returncode: int
    stdout: bytes
    stderr: str
    """The first 64 KiB, raw: sanitize before showing."""

    @property
    def text(self) -> str:
        """stdout as text; bytes that are not UTF-8 are surrogate-escaped."""
        return self.stdout.decode("utf-8", "surrogateescape")

    @property
    def line(self) -> str:
        """stdout as text without the one line end that closes it."""
        return self.text.removesuffix("\n")

    @property
    def items(self) -> list[str]:
        """The fields of a `-z` listing."""
        return self.text.split("\0")[:-1]

    @property
    def reason(self) -> str:
        """What git complained about, as one line that a terminal can take."""
        lines = [line for line in self.stderr.splitlines()
                 if line.strip() and not line.startswith(("hint:", "warning:"))]
        text = lines[0] if lines else f"exit code {self.returncode}"
        return clip(sanitize_line(text.removeprefix("fatal: ").removeprefix("error: ")), 400)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCall:
    """One git command that was run, for the command log."""

    args: tuple[str, ...]
    """As asked for, without the hardening switches."""
    cwd: str
    seconds: float
    returncode: int | None
    """None: it was stopped, by a timeout, a limit or a cancellation."""


command_log: deque[GitCall] = deque(maxlen=500)
"""The latest git commands of this process, oldest first."""


async def git(
    *args: str,
    cwd: Path,
    stdin: bytes | Path | None = None,
    check: bool = True,
    timeout: float = 60.0,
    env_extra: Mapping[str, str | None] | None = None,
    max_output: int = MAX_OUTPUT_BYTES,
    pass_fds: Sequence[int] = (),
) -> GitResult:
    """Run git once. `stdin` is bytes or a file to read; in `env_extra` None removes a variable.

    `pass_fds` are descriptors that the child keeps open, so that a lock held by them outlives us
    as long as the child does. Raises RepositoryError where there is no git or no such directory,
    DiskFull, and GitError for a timeout, too much output or (with `check`) a failure.
    """
    command = [git_program(), "--no-pager", *_SWITCHES]
    started = time.monotonic()
    result: GitResult | None = None
    try:
        result = await _run([*command, *args], cwd, stdin, timeout, _environment(env_extra),
                            max_output, pass_fds)
    finally:
        command_log.append(GitCall(
            args=tuple(clip(arg, 200) for arg in args), cwd=str(cwd),
            seconds=time.monotonic() - started,
            returncode=None if result is None else result.returncode))
    if result.returncode != 0 and _has_no_room(result.stderr, cwd):
        raise DiskFull(f"git could not write: {result.reason}",
                       hint="Free some space, then try again.")
    if check and result.returncode != 0:
        raise failed(args, result)
    return result


_LEAST_ROOM_BYTES = 1 << 20
"""By the time that we look, git has removed what it had no room to finish."""
_NO_ROOM = ("No space left on device", "Out of diskspace", "Disk quota exceeded")
"""The second is git's own (csum-file.c), where a write wrote nothing."""
_COULD_NOT = ("couldn't", "unable to", "could not", "cannot", "failed to", "write error")


def failed(args: Sequence[str], result: GitResult) -> GitError:
    """The error for a git command that ended badly."""
    hint = ""
    if ".lock': File exists" in result.stderr:
        hint = "Another git command holds a lock there; try again when it has finished."
    return GitError(f"git {_verb(args)} failed: {result.reason}", hint=hint)


def _has_no_room(stderr: str, cwd: Path) -> bool:
    """Git does not always pass the system's reason on: "couldn't write '...lock'"."""
    if any(words in stderr for words in _NO_ROOM):
        return True
    if not any(words in stderr.lower() for words in _COULD_NOT):
        return False
    try:
        return shutil.disk_usage(cwd).free < _LEAST_ROOM_BYTES
    except OSError:
        return False


def git_program() -> str:
    """Absolute path of git. Raises RepositoryError where there is none."""
    return _program_on(_search_path())


@cache
def _program_on(search_path: str) -> str:
    found = shutil.which("git", path=search_path)
    if found is None:
        raise RepositoryError("git was not found.",
                              hint="Install git 2.38 or newer and see that it is on your PATH.")
    return found


def _search_path() -> str:
    return _absolute_only(os.environ.get("PATH", os.defpath))


@cache
def _absolute_only(search_path: str) -> str:
    """Without relative entries: git must never be found inside a repository."""
    return os.pathsep.join(entry for entry in search_path.split(os.pathsep)
                           if Path(entry).is_absolute())


def _environment(extra: Mapping[str, str | None] | None) -> dict[str, str]:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment |= _FIXED_ENVIRONMENT
    environment["PATH"] = _search_path()
    for name, value in (extra or {}).items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = value
    return environment


def _verb(args: Sequence[str]) -> str:
    """The subcommand among the arguments: the first one that is not an option of git itself."""
    skip = False
    for arg in args:
        if skip:
            skip = False
        elif arg == "-c":
            skip = True
        elif not arg.startswith("-"):
            return arg
    return ""


async def _run(command: list[str], cwd: Path, stdin: bytes | Path | None, timeout: float,
               environment: dict[str, str], max_output: int,
               pass_fds: Sequence[int]) -> GitResult:
    verb = _verb(command[2:])
    process = await _started(_start(command, cwd, stdin, environment, pass_fds))
    try:
        async with asyncio.timeout(timeout), asyncio.TaskGroup() as group:
            out = group.create_task(_read(process, max_output), name="git-stdout")
            err = group.create_task(_read_start(process), name="git-stderr")
            if isinstance(stdin, bytes):
                group.create_task(_feed(process, stdin), name="git-stdin")
            group.create_task(process.wait(), name="git-exit")
    except TimeoutError:
        raise GitError(f"git {verb} did not finish within {timeout:g} seconds.",
                       hint="The disk may be slow or the repository very large; try again.",
                       ) from None
    finally:
        if process.returncode is None:
            await _end(process)
        _close_pipes(process)
    data, is_cut = out.result()
    if is_cut:
        raise GitError(f"git {verb} wrote more than {max_output:,} bytes and was stopped.")
    assert process.returncode is not None
    return GitResult(returncode=process.returncode, stdout=data,
                     stderr=err.result().decode("utf-8", "replace"))


async def _started(starting: Coroutine[object, object, Process]) -> Process:
    """The process, never half started: cancelled in the middle, asyncio (3.11) kills only git
    itself and then waits for as long as anything that git started holds a pipe."""
    task = asyncio.create_task(starting, name="git-start")
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(CockpitError):
            await _end(await task)
        raise


async def _start(command: list[str], cwd: Path, stdin: bytes | Path | None,
                 environment: dict[str, str], pass_fds: Sequence[int]) -> Process:
    source: int = PIPE if isinstance(stdin, bytes) else DEVNULL
    opened = os.open(stdin, os.O_RDONLY | os.O_CLOEXEC) if isinstance(stdin, Path) else None
    try:
        return await asyncio.create_subprocess_exec(
            *command, cwd=cwd, env=environment, stdin=source if opened is None else opened,
            stdout=PIPE, stderr=PIPE, start_new_session=True, pass_fds=pass_fds)
    except FileNotFoundError:
        raise RepositoryError(f"There is no directory {str(cwd)!r}.") from None
    except PermissionError:
        raise RepositoryError(f"{str(cwd)!r} cannot be entered: permission denied.",
                              hint="Check who owns it and its permissions.") from None
    except (ValueError, UnicodeError) as error:
        raise GitError(f"git cannot take such an argument: {error}") from None
    except OSError as error:
        if error.errno == errno.E2BIG:
            raise RepositoryError("The repository's configuration is too large.") from None
        raise RepositoryError(f"git could not be started: {error.strerror}") from None
    finally:
        if opened is not None:
            os.close(opened)


async def _read(process: Process, limit: int) -> tuple[bytes, bool]:
    """All of stdout; or nothing and True, where it was more than `limit` bytes and git was killed.

    The rest is still read, because `process.wait` also waits for the end of the pipes.
    """
    assert process.stdout is not None
    chunks: list[bytes] = []
    size = 0
    while chunk := await process.stdout.read(_CHUNK):
        was_within, size = size <= limit, size + len(chunk)
        if size <= limit:
            chunks.append(chunk)
        elif was_within:
            chunks.clear()
            _signal(process, signal.SIGKILL)
    return b"".join(chunks), size > limit


async def _read_start(process: Process) -> bytes:
    """The first bytes of stderr; the rest is read and dropped so that git never blocks on it."""
    assert process.stderr is not None
    kept = b""
    while chunk := await process.stderr.read(_CHUNK):
        kept += chunk[: MAX_STDERR_BYTES - len(kept)]
    return kept


async def _feed(process: Process, data: bytes) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()
    with suppress(BrokenPipeError, ConnectionResetError):
        await process.stdin.wait_closed()


async def _end(process: Process) -> None:
    """Stop git and all it started. SIGTERM first: git then removes its own lock files."""
    try:
        _signal(process, signal.SIGTERM)
        await _exited(process)
    finally:
        _signal(process, signal.SIGKILL)
        await _exited(process)
        _close_pipes(process)


async def _exited(process: Process) -> None:
    """Wait a little for the exit, by looking: `process.wait` would also wait for the pipes."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_GRACE_SECONDS):
            while process.returncode is None:  # noqa: ASYNC110 there is no event for it
                await asyncio.sleep(_POLL_SECONDS)


def _close_pipes(process: Process) -> None:
    """Let go of pipes that are not read to their end; asyncio has no public way to do it."""
    process._transport.close()  # type: ignore[attr-defined]


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
