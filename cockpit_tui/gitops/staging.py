"""From the files of a worktree to a git tree, by plumbing that starts nothing.

`git add` and `git status` look into nested repositories by running git *there*, with that
repository's configuration; an agent could plant one. `ls-files` and `update-index` never do.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from cockpit_tui.domain.errors import GitError
from cockpit_tui.gitops.commits import GitAccess
from cockpit_tui.gitops.history import SUBMODULE_MODE

MAX_FILE_BYTES = 100 * 1024 * 1024

Environment = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between the index and the disk, as paths below the worktree."""

    written: tuple[str, ...]
    gone: tuple[str, ...]
    nested: tuple[str, ...] = ()
    """Untracked repositories: what is in them gets into no index."""


async def stage_all(where: GitAccess, root: Path,
                    env_extra: Environment | None = None) -> Changes:
    """Put all of the worktree at `root`, untracked files too, ignored ones not, into the index;
    what differed.

    Nested repositories are left out, special files count as gone, submodules stay as they are.
    Raises GitError for a file larger than MAX_FILE_BYTES.
    """
    changes = await _changes(where, root, env_extra)
    undecided = [path for path in changes.gone if (root / path).is_dir()
                 and not (root / path).is_symlink()]
    submodules = await _submodules(where, undecided, env_extra)
    changes = replace(changes, gone=tuple(
        path for path in changes.gone if path not in submodules))
    if changes.written:
        await where.git("update-index", "--add", "--replace", "-z", "--stdin",
                        stdin=_joined(changes.written), env_extra=env_extra)
    if changes.gone:
        await where.git("update-index", "--force-remove", "-z", "--stdin",
                        stdin=_joined(changes.gone), env_extra=env_extra)
    return changes


async def unstaged(where: GitAccess, root: Path) -> Changes:
    """In what the worktree at `root` differs from its index; submodules do not count."""
    return await _changes(where, root, None)


async def _changes(where: GitAccess, root: Path, env_extra: Environment | None) -> Changes:
    listed = await where.git("ls-files", "-z", "-t", "--modified", "--deleted", "--others",
                             "--exclude-standard", env_extra=env_extra)
    return await asyncio.to_thread(_sort_out, root, listed.items) if listed.items \
        else Changes((), ())


async def staged_paths(where: GitAccess) -> tuple[str, ...]:
    """Where the index differs from the head commit; sorted."""
    listed = await where.git("diff-index", "--cached", "-z", "--name-only", "--no-renames",
                             "HEAD", "--")
    return tuple(listed.items)


async def unstage(where: GitAccess, paths: Sequence[str]) -> None:
    """Put the index back to the head commit at `paths`."""
    if paths:
        await where.git("--literal-pathspecs", "reset", "--quiet", "--pathspec-from-file=-",
                        "--pathspec-file-nul", "HEAD", stdin=_joined(paths))


async def write_tree(where: GitAccess, env_extra: Environment | None = None) -> str:
    return (await where.git("write-tree", env_extra=env_extra)).line


def _sort_out(root: Path, items: list[str]) -> Changes:
    """`ls-files -t` lines: `? ` untracked, `R ` deleted, `C ` changed."""
    tagged = [(item[:1], item[2:]) for item in items]
    # A trailing slash marks a nested repository.
    untracked = {path for tag, path in tagged if tag == "?" and not path.endswith("/")}
    written, gone = list[str](), list[str]()
    for path in dict.fromkeys(path for tag, path in tagged if tag in "RC"):
        # Where a directory became a link, git looks through the link; the entry itself is gone.
        is_behind_link = any(str(parent) in untracked for parent in PurePosixPath(path).parents)
        (gone if is_behind_link or not _is_storable(root / path) else written).append(path)
    written += sorted(path for path in untracked if _is_storable(root / path))
    return Changes(written=tuple(written), gone=tuple(gone), nested=tuple(sorted(
        path.rstrip("/") for tag, path in tagged if tag == "?" and path.endswith("/"))))


def _is_storable(path: Path) -> bool:
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if stat.S_ISREG(found.st_mode) and found.st_size > MAX_FILE_BYTES:
        raise GitError(f"{path.name!r} has {found.st_size:,} bytes; at most {MAX_FILE_BYTES:,} "
                       "are taken into a commit.",
                       hint="Delete it, or name it in .gitignore.")
    return stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)


async def _submodules(where: GitAccess, paths: list[str],
                      env_extra: Environment | None) -> set[str]:
    """Those of `paths` that are submodules in the index."""
    if not paths:
        return set()
    listed = await where.git("--literal-pathspecs", "ls-files", "-z", "--stage", "--", *paths,
                             env_extra=env_extra)
    entries = [item.partition("\t") for item in listed.items]
    return {path for facts, _, path in entries if facts.startswith(SUBMODULE_MODE)}


def _joined(paths: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)
