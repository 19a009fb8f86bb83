"""From the files of a worktree to a git tree, by plumbing that starts nothing.

`git add` and `git status` look into nested repositories by running git *there*, with that
repository's configuration; an agent could plant one. `ls-files` and `update-index` never do.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cockpit_tui.domain.errors import GitError
from cockpit_tui.domain.globs import is_owned
from cockpit_tui.gitops.commits import GitAccess
from cockpit_tui.gitops.history import SUBMODULE_MODE

MAX_FILE_BYTES = 100 * 1024 * 1024

Environment = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between the index and the disk, as paths below the worktree."""

    written: tuple[str, ...]
    gone: tuple[str, ...]


@asynccontextmanager
async def temporary_index(index: Path | None, *, objects: Path | None = None
                          ) -> AsyncIterator[dict[str, str | None]]:
    """The environment in which git uses a copy of `index` (None: an empty one).

    With `objects`, the hub's object directory, new objects go to a temporary place as well and
    are dropped at the end: for looking at a worktree without leaving anything behind.
    """
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="cockpit-index-"))
    try:
        environment: dict[str, str | None] = {"GIT_INDEX_FILE": str(folder / "index")}
        if index is not None and index.exists():
            await asyncio.to_thread(shutil.copyfile, index, folder / "index")
        if objects is not None:
            (folder / "objects").mkdir()
            environment |= {"GIT_OBJECT_DIRECTORY": str(folder / "objects"),
                            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(objects)}
        yield environment
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


async def stage_all(where: GitAccess, root: Path,
                    env_extra: Environment | None = None) -> Changes:
    """Put all of the worktree at `root`, untracked files too, ignored ones not, into the index;
    what differed.

    Nested repositories are left out, special files count as gone, submodules stay as they are.
    Raises GitError for a file larger than MAX_FILE_BYTES.
    """
    listed = await where.git("ls-files", "-z", "-t", "--modified", "--deleted", "--others",
                             "--exclude-standard", env_extra=env_extra)
    changes = await asyncio.to_thread(_sort_out, root, listed.items)
    undecided = [path for path in changes.gone if (root / path).is_dir()
                 and not (root / path).is_symlink()]
    submodules = await _submodules(where, undecided, env_extra)
    gone = [path for path in changes.gone if path not in submodules]
    if changes.written:
        await where.git("update-index", "--add", "--replace", "-z", "--stdin",
                        stdin=_joined(changes.written), env_extra=env_extra)
    if gone:
        await where.git("update-index", "--force-remove", "-z", "--stdin",
                        stdin=_joined(gone), env_extra=env_extra)
    return changes


async def unstage_strays(where: GitAccess, owned_paths: Sequence[str]) -> None:
    """Put the index back to the head commit wherever `owned_paths` (globs) do not reach."""
    listed = await where.git("diff-index", "--cached", "-z", "--name-only", "--no-renames",
                             "HEAD", "--")
    strays = [path for path in listed.items if not is_owned(path, tuple(owned_paths))]
    if strays:
        await where.git("--literal-pathspecs", "reset", "--quiet", "--pathspec-from-file=-",
                        "--pathspec-file-nul", "HEAD", stdin=_joined(strays))


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
    return Changes(written=tuple(written), gone=tuple(gone))


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


def _joined(paths: tuple[str, ...] | list[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)
