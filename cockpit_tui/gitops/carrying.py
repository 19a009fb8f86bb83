"""Work that cannot land as it is, put on top of what it does not go together with."""

from __future__ import annotations

from collections.abc import Sequence

from cockpit_tui.gitops.commits import COCKPIT, commit_tree, safe_revision
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.merges import try_merge
from cockpit_tui.gitops.staging import write_tree
from cockpit_tui.gitops.temporary_index import temporary_index


async def carry_onto(hub: Hub, *, head: str, commit: str) -> str:
    """A commit on top of `head` with what of `commit` goes together with it; where they conflict
    the files are those of `head`, so that nobody finds markers in them. Moves no ref."""
    merge = await try_merge(hub, head=head, commit=commit)
    tree = merge.tree
    if merge.conflicts:
        async with temporary_index(None) as environment:
            await hub.git("read-tree", safe_revision(tree), env_extra=environment)
            orders = "".join(f"0 {'0' * 40}\t{path}\0" for path in merge.conflicts)
            theirs = await _entries(hub, head, merge.conflicts)
            await hub.git("update-index", "-z", "--index-info", env_extra=environment,
                          stdin=(orders + theirs).encode("utf-8", "surrogateescape"))
            tree = await write_tree(hub, environment)
    return await commit_tree(hub, tree, parents=(head,), message="Brought onto what landed\n",
                             env_extra=COCKPIT.environment())


async def _entries(hub: Hub, commit: str, paths: Sequence[str]) -> str:
    """What `commit` has at `paths`, as `update-index --index-info` reads it."""
    listed = await hub.git("--literal-pathspecs", "ls-tree", "-r", "-z", safe_revision(commit),
                           "--", *paths)
    entries = []
    for item in listed.items:
        facts, _, path = item.partition("\t")
        mode, _kind, sha = facts.split()
        entries.append(f"{mode} {sha}\t{path}\0")
    return "".join(entries)
