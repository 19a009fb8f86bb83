"""The worktree's walls: files opened relative to a directory descriptor, no link ever followed.

Every component is opened by its own `openat(..., O_NOFOLLOW)`, so a folder that is swapped for a
link between check and use is refused by the kernel, not by a comparison made too early.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, NoReturn

from cockpit_tui.domain.errors import DiskFull, PathRefused, ToolError
from cockpit_tui.tools.path_names import is_cockpit_name, is_git_name, parse_path

_DIRECTORY_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_CREATE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

EntryKind = Literal["file", "directory", "other"]


class PathMissing(ToolError):
    """There is nothing at the path."""


@dataclass(frozen=True, slots=True)
class ConfinedPath:
    """A path inside the tree, by its components; the root itself has none."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join(self.parts) or "."


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    data: bytes
    mode: int
    """Permission bits."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryListing:
    entries: tuple[tuple[str, EntryKind], ...]
    """Name and kind, sorted by name, without `.git`. Links are `other`."""
    is_complete: bool


class Confinement:
    """One directory tree, and the only ways into it. Blocking; call it in a thread.

    Raises PathRefused if the root is not a real directory, now or (swapped) later.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._identity: tuple[int, int] | None = None
        os.close(self._open_root())

    def resolve(self, path: str) -> ConfinedPath:
        """Judge the path by its names only. Raises PathRefused.

        An absolute path is taken where it begins with the root as commands print it: models copy
        it from a traceback. What follows is judged as any relative path.
        """
        return ConfinedPath(parse_path(path.removeprefix(f"{self.root}/")))

    def read(self, path: ConfinedPath, *, limit: int) -> FileContent:
        """The whole file. Raises PathMissing, PathRefused, or ToolError above `limit` bytes."""
        with self._parent(path) as (folder, name):
            if name is None:
                raise PathRefused(f"{str(path)!r} is a folder; list it with list_files.")
            _refuse_unless_regular(_look(folder, name, path), path)
            try:
                descriptor = os.open(name, _READ_FLAGS, dir_fd=folder)
            except OSError as error:
                _explain(error, path)
            with os.fdopen(descriptor, "rb") as file:
                status = os.fstat(descriptor)
                _refuse_unless_regular(status, path)
                data = file.read(limit + 1) if status.st_size <= limit else b""
        if status.st_size > limit or len(data) > limit:
            raise ToolError(f"{str(path)!r} has {status.st_size:,} bytes; at most {limit:,} are "
                            "read. Look at a part of it with run_command (head, tail, sed -n).")
        return FileContent(data=data, mode=stat.S_IMODE(status.st_mode))

    def is_file(self, path: ConfinedPath) -> bool:
        """Regular file (True) or directory (False). Raises PathMissing, PathRefused."""
        with self._parent(path) as (folder, name):
            if name is None:
                return False
            status = _look(folder, name, path)
            if stat.S_ISDIR(status.st_mode):
                return False
            _refuse_unless_regular(status, path)
            return True

    def entries(self, path: ConfinedPath, *, limit: int) -> DirectoryListing:
        """What a folder holds, at most `limit` entries. Raises PathMissing, PathRefused."""
        with self._directory(path.parts) as folder, os.scandir(folder) as scan:
            found = list(islice(scan, limit + 1))
            entries = tuple(sorted((entry.name, _kind(entry)) for entry in found[:limit]
                                   if not is_git_name(entry.name)))
        return DirectoryListing(entries=entries, is_complete=len(found) <= limit)

    def check_writable(self, path: ConfinedPath) -> None:
        """Raise PathRefused where `write` would refuse; missing folders are fine."""
        self._refuse_reserved(path)
        with suppress(PathMissing), self._parent(path) as (folder, name):
            if name is not None:
                _refuse_unwritable(folder, name, path)

    def write(self, path: ConfinedPath, data: bytes, *, mode: int) -> None:
        """Put `data` there atomically: a temporary file beside it, fsync, rename.

        Missing folders are made. Raises PathRefused, ToolError, or DiskFull; then nothing changed.
        The temporary name depends on the target only, so a repeat after a crash clears it away.
        """
        self._refuse_reserved(path)
        with self._parent(path, create=True) as (folder, name):
            if name is None:
                raise PathRefused("The repository's root is not a file.")
            _refuse_unwritable(folder, name, path)
            temporary = f".cockpit-edit-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
            try:
                _write_new(folder, temporary, data, mode)
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                os.fsync(folder)
            except OSError as error:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=folder)
                _explain(error, path)

    def remove(self, path: ConfinedPath) -> None:
        """Delete the file; its folder stays. Raises PathMissing, PathRefused or ToolError."""
        self._refuse_reserved(path)
        with self._parent(path) as (folder, name):
            if name is None:
                raise PathRefused("The repository's root is not a file.")
            _look(folder, name, path)
            _refuse_unwritable(folder, name, path)
            try:
                os.unlink(name, dir_fd=folder)
                os.fsync(folder)
            except OSError as error:
                _explain(error, path)

    def _refuse_reserved(self, path: ConfinedPath) -> None:
        if not path.parts:
            raise PathRefused("The repository's root is a folder; name a file in it.")
        if any(is_cockpit_name(part) for part in path.parts):
            raise PathRefused(f"{str(path)!r} belongs to the cockpit itself and is not writable; "
                              "choose another name.")

    def _open_root(self) -> int:
        try:
            descriptor = os.open(self.root, _DIRECTORY_FLAGS)
        except OSError as error:
            raise PathRefused(f"The worktree {str(self.root)!r} is not a real folder "
                              f"({error.strerror}).") from error
        status = os.fstat(descriptor)
        identity = (status.st_dev, status.st_ino)
        if self._identity not in {None, identity}:
            os.close(descriptor)
            raise PathRefused(f"The worktree {str(self.root)!r} was replaced by another folder.")
        self._identity = identity
        return descriptor

    @contextmanager
    def _directory(self, parts: tuple[str, ...], *, create: bool = False) -> Iterator[int]:
        descriptor = self._open_root()
        try:
            for depth, name in enumerate(parts, 1):
                below = _open_folder(descriptor, name, ConfinedPath(parts[:depth]), create=create)
                os.close(descriptor)
                descriptor = below
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _parent(self, path: ConfinedPath, *,
                create: bool = False) -> Iterator[tuple[int, str | None]]:
        """The folder that holds `path`, open, and the last name in it (None for the root)."""
        with self._directory(path.parts[:-1], create=create) as folder:
            yield folder, path.parts[-1] if path.parts else None


def _open_folder(parent: int, name: str, path: ConfinedPath, *, create: bool) -> int:
    try:
        if create:
            with suppress(FileExistsError):
                os.mkdir(name, 0o777, dir_fd=parent)
        return os.open(name, _DIRECTORY_FLAGS, dir_fd=parent)
    except NotADirectoryError:
        # Linux says ENOTDIR for a link as well; which of the two it is decides the advice.
        if stat.S_ISLNK(_look(parent, name, path).st_mode):
            raise _link_refused(path) from None
        raise PathRefused(f"{str(path)!r} is not a folder.") from None
    except OSError as error:
        _explain(error, path)


def _look(folder: int, name: str, path: ConfinedPath) -> os.stat_result:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        _explain(error, path)


def _refuse_unless_regular(status: os.stat_result, path: ConfinedPath) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise _link_refused(path)
    if stat.S_ISDIR(status.st_mode):
        raise PathRefused(f"{str(path)!r} is a folder, not a file.")
    if not stat.S_ISREG(status.st_mode):
        raise PathRefused(f"{str(path)!r} is a pipe, socket or device; only regular files are "
                          "opened.")


def _refuse_unwritable(folder: int, name: str, path: ConfinedPath) -> None:
    try:
        status = _look(folder, name, path)
    except PathMissing:
        return
    _refuse_unless_regular(status, path)
    if status.st_nlink > 1:
        raise PathRefused(f"{str(path)!r} is a hard link to a file with {status.st_nlink} names; "
                          "write to another path.")


def _write_new(folder: int, name: str, data: bytes, mode: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
    with os.fdopen(os.open(name, _CREATE_FLAGS, 0o600, dir_fd=folder), "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(file.fileno(), mode & 0o777)
        os.fsync(file.fileno())


def _kind(entry: os.DirEntry[str]) -> EntryKind:
    if entry.is_dir(follow_symlinks=False):
        return "directory"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def _link_refused(path: ConfinedPath) -> PathRefused:
    return PathRefused(f"{str(path)!r} is a symbolic link; links are not followed. Name the file "
                       "it points to, if that is inside the repository.")


def _explain(error: OSError, path: ConfinedPath) -> NoReturn:
    if error.errno == errno.ENOENT:
        raise PathMissing(f"There is no {str(path)!r}. See what there is with list_files.") \
            from error
    if error.errno == errno.ELOOP:
        raise _link_refused(path) from error
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        raise DiskFull(f"No room on the disk for {str(path)!r}; it was not changed.",
                       hint="Free some space, then resume.") from error
    raise ToolError(f"{str(path)!r} cannot be opened: {error.strerror}.") from error
