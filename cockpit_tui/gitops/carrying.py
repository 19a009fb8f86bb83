"""Work that cannot land as it is, put on top of what it does not go together with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import PurePosixPath

from cockpit_tui.gitops.commits import COCKPIT, commit_tree, safe_revision
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.merges import try_merge
from cockpit_tui.gitops.staging import write_tree
from cockpit_tui.gitops.temporary_index import temporary_index


async def carry_onto(hub: Hub, *, head: str, commit: str) -> str:
    """A commit on top of the commit `head` with what of `commit` goes together with it; where they
    conflict the files are those of `head`, so that nobody finds markers in them, or loses what
    landed without a word. Moves no ref."""
    merge = await try_merge(hub, head=head, commit=commit)
    tree = merge.tree
    if merge.conflicts:
        async with temporary_index(None) as environment:
            await hub.git("read-tree", safe_revision(tree), env_extra=environment)
            gone = f"0 {'0' * len(head)}\t"
            orders = "".join(f"{gone}{path}\0" for path in (*merge.conflicts, *merge.aside))
            theirs = await _entries(hub, head, merge.conflicts)
            await hub.git("update-index", "-z", "--index-info", env_extra=environment,
                          stdin=(orders + theirs).encode("utf-8", "surrogateescape"))
            tree = await write_tree(hub, environment)
    return await commit_tree(hub, tree, parents=(head,), message="Brought onto what landed\n",
                             env_extra=COCKPIT.environment())


async def _entries(hub: Hub, commit: str, paths: Sequence[str]) -> str:
    """What `commit` has at `paths` and below, as `update-index --index-info` reads it."""
    listed = await hub.git("ls-tree", "-r", "-z", safe_revision(commit))
    return await asyncio.to_thread(_of_paths, listed.items, frozenset(paths))


def _of_paths(items: Sequence[str], wanted: frozenset[str]) -> str:
    entries = []
    for item in items:
        facts, _, path = item.partition("\t")
        mode, _kind, sha = facts.split()
        if not wanted.isdisjoint({path, *map(str, PurePosixPath(path).parents)}):
            entries.append(f"{mode} {sha}\t{path}\0")
    return "".join(entries)
