"""Checkpoints: a worktree's files, untracked ones too, kept as a commit under a shadow ref."""

from __future__ import annotations

from cockpit_tui.domain.errors import GitError
from cockpit_tui.gitops.commits import COCKPIT, commit_tree
from cockpit_tui.gitops.worktree import Worktree

REF_PREFIX = "refs/cockpit/"


async def save(worktree: Worktree, ref: str) -> str:
    """Keep the files as they are under `ref` (below `refs/cockpit/`); the checkpoint's commit.

    Its parent is the worktree's head, so that it can be restored with it. Ignored files are not in
    it. The worktree and its index stay untouched.
    """
    if not ref.startswith(REF_PREFIX):
        raise GitError(f"A checkpoint's ref starts with {REF_PREFIX}, not {ref!r}.")
    commit = await take(worktree)
    await worktree.hub.git("update-ref", ref, commit)
    return commit


async def take(worktree: Worktree) -> str:
    """The checkpoint's commit alone; without a ref it lasts until the hub is tidied up."""
    return await commit_tree(worktree.hub, await worktree.tree(),
                             parents=(await worktree.head(),), message="Checkpoint\n",
                             env_extra=COCKPIT.environment())


async def restore(worktree: Worktree, commit: str) -> None:
    """Put the worktree back: head, files and what was untracked, as they were at `save`.

    Everything else is removed, ignored files too. Safe to repeat after a crash in the middle.
    """
    parent = await worktree.hub.resolve(f"{commit}^")
    await worktree.reset(commit)
    await worktree.git("reset", "--mixed", "--quiet", parent)
