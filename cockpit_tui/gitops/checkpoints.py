"""Checkpoints: a worktree's files, untracked ones too, kept as a commit under a shadow ref.

The checkpoints of a worktree share an index of their own, `cockpit-index` in its git directory,
which stays from one to the next: git hashes only what changed since the last one.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import PurePosixPath

from cockpit_tui.config.crash_points import crash_point
from cockpit_tui.domain.checkpoint import MOST_KEPT, Checkpoint, to_drop
from cockpit_tui.domain.errors import GitError, NeedsPerson
from cockpit_tui.gitops.commits import COCKPIT, commit_tree, safe_revision
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.runner import failed
from cockpit_tui.gitops.staging import stage_all, write_tree
from cockpit_tui.gitops.worktree import Worktree

REF_PREFIX = "refs/cockpit/"


async def save(worktree: Worktree, ref: str) -> str:
    """Keep the files as they are under `ref` (below `refs/cockpit/`); the checkpoint's commit.

    Its parent is the worktree's head, so that it can be restored with it. Ignored files are not in
    it. The worktree and its index stay untouched.
    """
    _refuse_other_refs(ref)
    commit = await take(worktree)
    await _keep(worktree.hub, ref, commit)
    return commit


async def save_step(worktree: Worktree, ref: str, *, since: str = "") -> Checkpoint:
    """As `save`, for one step of an execution: `since` is the commit of the checkpoint before,
    made on the same head; where nothing changed since, `ref` names that one."""
    _refuse_other_refs(ref)
    commit, files = await _kept(worktree, since)
    crash_point("checkpoint/written")
    await _keep(worktree.hub, ref, commit)
    crash_point("checkpoint/kept")
    return Checkpoint(ref=ref, commit=commit, files=files)


async def _kept(worktree: Worktree, since: str) -> tuple[str, int]:
    """A commit of the files as they are, `since` where that holds them, and how many differ."""
    known, worktree.kept_commit = worktree.kept_commit, ""  # Until the index holds all again.
    tree, files = await _kept_tree(worktree, is_known=bool(since) and since == known)
    if files is None:
        changed = await worktree.git("diff-tree", "-r", "-z", "--name-only", "--no-renames",
                                     safe_revision(since or "HEAD"), tree, "--")
        files = len(changed.items)
    worktree.kept_commit = since if since and not files else await commit_tree(
        worktree, tree, parents=("HEAD",), message="Checkpoint\n",
        env_extra=COCKPIT.environment())
    return worktree.kept_commit, files


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


async def thin(hub: Hub, prefix: str, keep: int = MOST_KEPT) -> int:
    """Drop the middle ones of the numbered refs right below `prefix`; how many."""
    listed = await hub.git("for-each-ref", "--format=%(refname)", f"{prefix}/")
    names = [line.rpartition("/")[2] for line in listed.text.splitlines()]
    dropped = to_drop((int(name) for name in names if name.isdigit()), keep)
    if dropped:
        orders = "".join(f"delete {prefix}/{step}\n" for step in dropped)
        await hub.git("update-ref", "--stdin", stdin=orders.encode())
    return len(dropped)


async def _kept_tree(worktree: Worktree, *, is_known: bool) -> tuple[str, int | None]:
    """Store the files as they are as a tree, by the worktree's kept index, and how many paths
    changed in that. None: it is new. The tree is empty where nothing changed that `is_known`."""
    index = worktree.kept_index
    environment = {"GIT_INDEX_FILE": str(index)}
    index.with_name(f"{index.name}.lock").unlink(missing_ok=True)  # a killed git's
    while True:
        is_new = not index.exists()
        if is_new and (worktree.admin / "index").exists():
            await asyncio.to_thread(shutil.copyfile, worktree.admin / "index", index)
        try:
            changes = await stage_all(worktree, worktree.path, environment)
            count = len(changes.written) + len(changes.gone)
            if is_known and not is_new and not count:
                return "", 0
            tree = await write_tree(worktree, environment)
        except GitError:
            index.unlink(missing_ok=True)
            if is_new:
                raise
            continue  # It may have been damaged in a crash.
        rules = any(PurePosixPath(path).name == ".gitignore"
                    for path in (*changes.written, *changes.gone))
        if is_new or not rules:
            return tree, count if is_known and not is_new else None
        index.unlink(missing_ok=True)  # What was staged before may be ignored now.


async def _keep(hub: Hub, ref: str, commit: str) -> None:
    """Point `ref` at `commit`. Where an earlier version kept one checkpoint as a ref that is a
    folder of this one's, that goes on as `<it>.earlier`. Raises GitError, and NeedsPerson where a
    later version keeps a folder of them there."""
    done = await hub.git("update-ref", ref, commit, check=False)
    if done.returncode == 0:
        return
    parts = ref.split("/")
    for end in range(len(REF_PREFIX.split("/")), len(parts)):
        above = "/".join(parts[:end])
        if (old := await hub.read_ref(above)) is not None:
            await hub.git("update-ref", f"{above}.earlier", old)
            await hub.git("update-ref", "-d", above, old)
            await hub.git("update-ref", ref, commit)
            return
    below = await hub.git("for-each-ref", "--count=1", "--format=%(refname)", f"{ref}/")
    if below.line:
        raise NeedsPerson(f"Another version of the cockpit began this job: it keeps checkpoints "
                          f"at {below.line}, where this one wants {ref}. Go on with that version, "
                          "or send the request again.")
    raise failed(("update-ref", ref, commit), done)


def _refuse_other_refs(ref: str) -> None:
    if not ref.startswith(REF_PREFIX):
        raise GitError(f"A checkpoint's ref starts with {REF_PREFIX}, not {ref!r}.")
