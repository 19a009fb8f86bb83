"""Bringing a job's branch into the person's repository, and taking it out again.

Only objects and that one ref are written there. Instead of a fetch in their repository, which obeys
its configuration (`url.<x>.insteadOf`, `remote.<x>.uploadpack`, FETCH_HEAD, automatic gc), the hub
writes a pack and `index-pack` stores it.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from cockpit_tui.config.crash_points import crash_point
from cockpit_tui.domain.errors import GitError, RefMoved, RepositoryError
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.gitops.hub import SOURCE_REFS, Hub, swap_ref
from cockpit_tui.gitops.repository import Repository, locate

_PACK_TIMEOUT_SECONDS = 600.0


async def publish(hub: Hub, repository_path: str | Path, *, branch: str, new: str,
                  old: str | None) -> None:
    """Move the person's `branch` from `old` (None: it must not exist) to the hub's commit `new`.

    Already there is fine. Their working tree, index, HEAD, configuration and all else stay as they
    are. Raises RefMoved where the branch is elsewhere, RepositoryError where it is checked out
    or the repository cannot be written.
    """
    repository = await locate(repository_path)
    ref = await _checked_ref(repository, branch)
    now = await repository.read_ref(ref)
    if now == new:
        return
    if now != old:
        raise _moved(branch, now)
    await _refuse_checked_out(repository, ref, branch)
    _refuse_read_only(repository)
    await _transfer(hub, repository, await hub.resolve(new))
    crash_point("publish/transferred")
    await _swap(repository, ref, branch, new=new, old=old)
    crash_point("publish/moved")


async def require_writable(repository_path: str | Path) -> None:
    """Raise RepositoryError where a branch could not be put into the person's repository."""
    folder = _read_only_folder(await locate(repository_path))
    if folder is not None:
        raise RepositoryError(f"The work could not land: {sanitize_line(str(folder))!r} cannot be "
                              "written.",
                              hint="Give yourself write permission there, or keep the work in the "
                                   "cockpit's own clone: --land none")


async def unpublish(repository_path: str | Path, *, branch: str, expected: str) -> bool:
    """Delete the person's `branch` if it is still at `expected`; False where it was gone already.

    Raises RefMoved where the person has committed on it, RepositoryError where it is checked out.
    """
    repository = await locate(repository_path)
    ref = await _checked_ref(repository, branch)
    now = await repository.read_ref(ref)
    if now is None:
        return False
    if now != expected:
        raise _moved(branch, now)
    await _refuse_checked_out(repository, ref, branch)
    _refuse_read_only(repository)
    await _swap(repository, ref, branch, new=None, old=expected)
    return True


async def _checked_ref(repository: Repository, branch: str) -> str:
    ref = f"refs/heads/{branch}"
    result = await repository.git("check-ref-format", ref, check=False)
    if result.returncode != 0 or branch.startswith("-"):
        raise GitError(f"Not a branch name: {branch!r}")
    return ref


async def _refuse_checked_out(repository: Repository, ref: str, branch: str) -> None:
    listed = await repository.git("worktree", "list", "--porcelain", "-z")
    if f"branch {ref}" in listed.items:
        raise RepositoryError(f"The branch {branch} is checked out in your repository.",
                              hint="Switch to another branch there, then try again.")


def _refuse_read_only(repository: Repository) -> None:
    folder = _read_only_folder(repository)
    if folder is not None:
        raise RepositoryError(f"{str(folder)!r} cannot be written.",
                              hint="Give yourself write permission there, then try again; "
                                   "the work is kept in the cockpit's own clone.")


def _read_only_folder(repository: Repository) -> Path | None:
    common = repository.common_dir
    return next((folder for folder in (common, common / "objects", common / "refs" / "heads")
                 if folder.exists() and not os.access(folder, os.W_OK)), None)


async def _transfer(hub: Hub, repository: Repository, commit: str) -> None:
    """Bring all objects of `commit` that the repository lacks, and prove that none is missing."""
    for known in (await _imported_heads(hub, repository), ()):
        with tempfile.TemporaryDirectory(prefix="outgoing-", dir=hub.path) as folder:
            pack = await _write_pack(hub, Path(folder), commit, known)
            stored = await repository.git("index-pack", "--stdin", stdin=pack, check=False,
                                          timeout=_PACK_TIMEOUT_SECONDS)
        if stored.returncode != 0:
            raise RepositoryError(f"Your repository did not take the work: {stored.reason}",
                                  hint="Check its permissions and the free space.")
        whole = await repository.git("rev-list", "--objects", "--quiet", commit, "--not", "--all",
                                     check=False, timeout=_PACK_TIMEOUT_SECONDS)
        if whole.returncode == 0:
            return
    raise RepositoryError(f"Your repository lacks objects: {whole.reason}",
                          hint="It may be damaged or a partial clone; git fsck there tells more.")


async def _imported_heads(hub: Hub, repository: Repository) -> tuple[str, ...]:
    """Commits that the hub got from this repository and that it still has."""
    listed = await hub.git("for-each-ref", "--format=%(objectname)", SOURCE_REFS)
    shas = listed.text.split()
    checked = await repository.git("cat-file", "--batch-check=%(objectname) %(objecttype)",
                                   stdin="".join(f"{sha}\n" for sha in shas).encode())
    return tuple(line.split()[0] for line in checked.text.splitlines()
                 if line.endswith(" commit"))


async def _write_pack(hub: Hub, folder: Path, commit: str, known: tuple[str, ...]) -> Path:
    wanted = "".join(f"{rev}\n" for rev in (commit, *(f"^{sha}" for sha in known)))
    made = await hub.git("pack-objects", "--revs", "--quiet", str(folder / "work"),
                         stdin=wanted.encode(), timeout=_PACK_TIMEOUT_SECONDS)
    packs = await asyncio.to_thread(lambda: sorted(folder.glob("*.pack")))
    if len(packs) != 1:
        raise GitError(f"git pack-objects made {len(packs)} packs: {made.reason}")
    return packs[0]


async def _swap(repository: Repository, ref: str, branch: str, *, new: str | None,
                old: str | None) -> None:
    try:
        await swap_ref(repository, ref, new=new, old=old)
    except RefMoved:
        raise _moved(branch, await repository.read_ref(ref)) from None
    except GitError as error:
        raise RepositoryError(f"The branch {branch} could not be written: {error.message}",
                              hint=error.hint or "A branch whose name is the start of this one "
                                                 "may be in the way, or a permission.") from None


def _moved(branch: str, now: str | None) -> RefMoved:
    if now is None:
        return RefMoved(f"The branch {branch} is no longer in your repository.",
                        hint="It was deleted or renamed there; the work is kept in the "
                             "cockpit's own clone.")
    return RefMoved(f"The branch {branch} in your repository is at {now[:12]}, where the cockpit "
                    "did not put it.",
                    hint=f"Somebody committed there. Rename it (git branch -m {branch} NAME), "
                         "then try again.")
