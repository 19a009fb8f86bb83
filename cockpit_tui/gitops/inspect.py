"""What can be seen of a repository from outside, without running anything of it."""

from __future__ import annotations

from pathlib import Path

from cockpit_tui.domain.errors import GitError
from cockpit_tui.domain.project import RepositoryState
from cockpit_tui.gitops.history import list_files, recent_commits
from cockpit_tui.gitops.repository import Repository, locate

_STATUS_TIMEOUT_SECONDS = 15.0


async def inspect_repository(path: str | Path, *, commits: int = 20, files: int = 5_000,
                             count_dirty: bool = True) -> RepositoryState:
    """The state of the repository that the directory `path` is in.

    Raises NotARepository, or RepositoryError where git refuses or cannot read it.
    """
    repository = await locate(path)
    head = await repository.head_commit()
    tracked = sorted(await list_files(repository, head)) if head else []
    return RepositoryState(
        path=str(repository.root), name=_name(repository), identity=repository.identity,
        branch=await repository.head_branch(), head=head,
        dirty_files=await _count_dirty(repository) if count_dirty else -1,
        recent_commits=await recent_commits(repository, head, commits) if head else (),
        files=tuple(tracked[:files]), file_count=len(tracked))


def _name(repository: Repository) -> str:
    root = repository.root
    if repository.work_tree is None:
        return (root.parent if root.name == ".git" else root).name.removesuffix(".git")
    return root.name


async def _count_dirty(repository: Repository) -> int:
    """Changed and untracked files; -1 where counting takes too long or git cannot tell."""
    if repository.work_tree is None:
        return 0
    try:
        # Submodules are compared by their commit only: looking into one would start git there,
        # with a configuration whose drivers are not switched off.
        status = await repository.git(
            "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all",
            "--ignore-submodules=dirty", timeout=_STATUS_TIMEOUT_SECONDS)
    except GitError:
        return -1
    return len(status.items)
