"""Letters: commands that another process leaves for the engine that holds the ledger, as files.

A directory of the person alone (0700) beside the ledger. `ID.json` is a command, renamed to
`ID.taken` by whoever carries it out, so that either the engine takes it in or its sender takes it
back; `ID.reply` is the answer. What is not plainly the person's own file is refused.
"""

from __future__ import annotations

import os
import pwd
import re
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.command import Command
from cockpit_tui.domain.errors import CockpitError, StorageError
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.storage.connection import ledger_error

MAX_BYTES = 4 * 1024 * 1024
"""An answer may carry a whole edited plan; nothing sensible is longer."""
KEPT_SECONDS = 600.0
"""An answer that nobody came for is forgotten after this."""
_ID = re.compile(r"[0-9A-Za-z]{10,40}")


class LetterRefused(CockpitError):
    """It is not certain that the person wrote it, or nobody can read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    kind: str
    """The command's class name."""
    body: dict[str, Any]
    sender: str
    """`process 41, ada`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What became of a command. `error` empty: it was done."""

    job_id: JobId | None = None
    error: str = ""
    hint: str = ""
    exit_code: int = 1


@cache
def _kinds() -> dict[str, type[Any]]:
    return {kind.__name__: kind for kind in get_args(Command)}


def seal(command: Command) -> Letter:
    """The command as a letter of this process."""
    kind = type(command)
    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    return Letter(kind=kind.__name__, body=_body_adapter(kind).dump_python(command, mode="json"),
                  sender=f"process {os.getpid()}, {name}")


def unseal(letter: Letter) -> Command:
    """Raises LetterRefused for what is no command of this version."""
    kind = _kinds().get(letter.kind)
    if kind is None:
        raise LetterRefused(f"There is no command {sanitize_line(letter.kind[:60])!r}.")
    try:
        command: Command = _body_adapter(kind).validate_python(letter.body)
    except (ValidationError, CockpitError) as error:
        raise LetterRefused(f"The command {letter.kind} cannot be read: {error}") from error
    return command


def _body_adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return adapter(kind)


def post(place: Path, letter_id: str, letter: Letter) -> Path:
    """Leave the letter; it is on the disk on return. Raises StorageError."""
    path = place / f"{letter_id}.json"
    _write(path, adapter(Letter).dump_json(letter))
    return path


def answer(place: Path, letter_id: str, reply: Reply) -> None:
    """Raises StorageError."""
    _write(place / f"{letter_id}.reply", adapter(Reply).dump_json(reply))


def take(path: Path) -> Path | None:
    """Make the letter ours, whoever asks first; None where somebody else has it."""
    taken = path.with_suffix(".taken")
    try:
        path.rename(taken)
    except FileNotFoundError:
        return None
    return taken


def open_letter(path: Path) -> Letter:
    """Raises LetterRefused for a link, a file of somebody else or one that others may write."""
    try:
        content = _own_content(path)
    except OSError as error:
        raise LetterRefused(f"It cannot be read: {error.strerror or error}.") from error
    try:
        return adapter(Letter).validate_json(content)
    except ValidationError as error:
        raise LetterRefused("It is no letter of this version.") from error


def collect(place: Path, letter_id: str) -> Reply | None:
    """The answer, if there is one; it is gone then."""
    path = place / f"{letter_id}.reply"
    try:
        content = _own_content(path)
    except FileNotFoundError:
        return None
    except (OSError, LetterRefused):
        return None
    with suppress(OSError):
        path.unlink()
    try:
        return adapter(Reply).validate_json(content)
    except ValidationError:
        return None


def waiting(place: Path) -> list[tuple[str, Path]]:
    """Ids and paths of what was left, oldest first; then what an engine was killed at."""
    try:
        names = sorted(path.name for path in place.iterdir())
    except FileNotFoundError:
        return []
    found = [name for name in names if name.endswith(".json")]
    found += [name for name in names if name.endswith(".taken")]
    return [(stem, place / name) for name in found
            if _ID.fullmatch(stem := name.partition(".")[0])]


def sweep(place: Path) -> None:
    """Forget answers that nobody came for, and drafts of who was killed."""
    for path in place.iterdir():
        with suppress(OSError):
            is_over = path.name.endswith(".reply") or path.name.startswith(".")
            if is_over and time.time() - path.lstat().st_mtime > KEPT_SECONDS:
                path.unlink()


def open_place(place: Path) -> None:
    """Make the directory, or see that it is the person's alone. Raises StorageError."""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = place.lstat()
    except OSError as error:
        raise ledger_error(error, place) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise StorageError(f"{str(place)!r} is not a directory of yours alone; commands of other "
                           "terminals are neither left nor taken in.",
                           hint=f"Remove it, or: chmod 700 {str(place)!r}")


def _own_content(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise LetterRefused("It is no plain file of its own.")
        if found.st_uid != os.geteuid():
            raise LetterRefused(f"It belongs to the user {found.st_uid}, not to you.")
        if found.st_mode & 0o077:
            raise LetterRefused("Others may read or write it.")
        if found.st_size > MAX_BYTES:
            raise LetterRefused("It is too long for a command.")
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return file.read(MAX_BYTES)
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                             | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):  # Else it were in the way once there is room again.
            draft.unlink()
        raise ledger_error(error, path) from error
