"""Commits made without a worktree: one brought onto a moved head, and hunks taken back out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from cockpit_tui.domain.diff import Diff, FileChange, FileDiff, parse_diff, write_patch
from cockpit_tui.domain.errors import GitError, MergeConflict
from cockpit_tui.gitops.commits import COCKPIT, commit_tree, compose_message, safe_revision
from cockpit_tui.gitops.diffs import diff
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.runner import failed
from cockpit_tui.gitops.staging import write_tree
from cockpit_tui.gitops.temporary_index import temporary_index


async def bring_onto(hub: Hub, *, base: str, commit: str, head: str) -> str:
    """`commit`, made on `base`, on top of `head`: itself where that is a fast-forward.

    Otherwise one new commit holds all changes of `base..commit`, with message, author and dates
    of `commit`; the same input gives the same id. Where `head` holds `commit` already, `head` is
    returned. Raises MergeConflict with the paths; moves no ref.
    """
    if head == base:
        return commit
    asked = base, commit, head
    if asked not in hub.brought_onto:
        hub.brought_onto[asked] = await _bring_onto(hub, commit=commit, head=head)
    return hub.brought_onto[asked]


async def _bring_onto(hub: Hub, *, commit: str, head: str) -> str:
    shared = await hub.merge_base(head, commit)
    if shared in {head, commit}:
        return commit if shared == head else head
    tree = await merged_tree(hub, head=head, commit=commit)
    message, environment = await _as_signed(hub, commit)
    return await commit_tree(hub, tree, parents=(head,), message=message, env_extra=environment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A trial merge: its tree, and the paths where both sides do not go together."""

    tree: str
    conflicts: tuple[str, ...]
    """In the tree these hold git's conflict markers; or one side's, where only one can be there."""
    aside: tuple[str, ...]
    """Where the tree has what stood in the other side's way: `path~<commit>`."""


async def try_merge(hub: Hub, *, head: str, commit: str) -> Merge:
    """Both together (`git merge-tree`, 2.38), conflicts and all; moves nothing."""
    result = await hub.git("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages",
                           safe_revision(head), safe_revision(commit), check=False)
    if result.returncode not in {0, 1}:
        raise failed(("merge-tree",), result)
    tree, *paths = result.items
    moved = re.compile(rf"(.+)~(?:{re.escape(head)}|{re.escape(commit)})(?:_\d+)?", re.DOTALL)
    found = {path: moved.fullmatch(path) for path in paths if path}
    return Merge(tree=tree, aside=tuple(path for path, aside in found.items() if aside),
                 conflicts=tuple(dict.fromkeys(aside[1] if aside else path
                                               for path, aside in found.items())))


async def merged_tree(hub: Hub, *, head: str, commit: str) -> str:
    """The tree of both together. Raises MergeConflict with the paths."""
    merge = await try_merge(hub, head=head, commit=commit)
    if merge.conflicts:
        raise conflict(merge.conflicts)
    return merge.tree


def conflict(paths: tuple[str, ...]) -> MergeConflict:
    return MergeConflict(f"Two changes do not go together in {', '.join(map(repr, paths))}.",
                         paths=paths, hint="One of them has to be made again on top of the other.")


async def keep_hunks(hub: Hub, *, base: str, head: str, dropped: Collection[str], message: str,
                     trailers: Mapping[str, str]) -> str:
    """One new commit on `head` whose tree lacks the dropped hunks of `diff(base, head)`.

    An added file with its hunk dropped is gone, a deleted one is back; a rename or a new mode
    stays, only its hunks go. Raises GitError for an id that is not in the diff.
    """
    whole = parse_diff(await diff(hub, base, head))
    unknown = set(dropped) - {hunk.id for hunk in whole.hunks}
    if unknown:
        raise GitError(f"The diff has no hunk {', '.join(sorted(unknown))}.",
                       hint="It has changed since it was shown; look at it again.")
    patch = write_patch(Diff(files=tuple(_contents_only(file) for file in whole.files)),
                        only=dropped)
    async with temporary_index(None) as environment:
        await hub.git("read-tree", safe_revision(head), env_extra=environment)
        if patch:
            await hub.git("apply", "--cached", "--reverse", "--recount", "--whitespace=nowarn",
                          "-", stdin=patch.encode("utf-8", "surrogateescape"),
                          env_extra=environment)
        tree = await write_tree(hub, environment)
    return await commit_tree(hub, tree, parents=(head,), env_extra=COCKPIT.environment(),
                             message=compose_message(message, trailers))


def _contents_only(file: FileDiff) -> FileDiff:
    """The file without its rename or mode change, which undoing a hunk must not undo."""
    if file.change not in {FileChange.MODIFIED, FileChange.RENAMED} or not file.hunks:
        return file
    new = next(line for line in reversed(file.header) if line.startswith("+++ "))[4:]
    old = new.replace("b/", "a/", 1)
    first = f"diff --git {old.rstrip(chr(9))} {new.rstrip(chr(9))}"
    return replace(file, header=(first, *_index_line(file), f"--- {old}", f"+++ {new}"))


def _index_line(file: FileDiff) -> tuple[str, ...]:
    """`index 1a2b..3c4d 160000`: a submodule's patch needs it to be told from a file's."""
    return tuple(line for line in file.header
                 if line.startswith("index ") and line.endswith(" 160000"))


async def _as_signed(hub: Hub, commit: str) -> tuple[str, dict[str, str | None]]:
    """A commit's message, and the environment that signs a new one as it was signed."""
    result = await hub.git("log", "-1", "-z", "--no-mailmap", "--no-show-signature", "--no-notes",
                           "--date=raw", "--format=%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B",
                           safe_revision(commit), "--")
    author, author_mail, author_date, name, mail, date, message = result.items[:7]
    return message, {
        "GIT_AUTHOR_NAME": author, "GIT_AUTHOR_EMAIL": author_mail,
        "GIT_AUTHOR_DATE": author_date, "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": mail, "GIT_COMMITTER_DATE": date}
