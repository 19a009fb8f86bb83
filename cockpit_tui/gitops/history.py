"""What commits hold: their tree and file contents, their list, their trailers. Only reads."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from cockpit_tui.domain.errors import GitError
from cockpit_tui.domain.review import CommitFact
from cockpit_tui.domain.tree import TreeEntry, TreeSnapshot
from cockpit_tui.gitops.commits import GitAccess, parse_trailers, safe_revision

SUBMODULE_MODE = "160000"
_SNIFFED_BYTES = 8_000
"""Git itself looks for a NUL in as many bytes to tell binary from text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """The start of one file of a commit."""

    data: bytes
    size: int
    """Bytes of the whole file; `data` may be shorter."""
    mode: str

    @property
    def is_cut(self) -> bool:
        return len(self.data) < self.size

    @property
    def is_binary(self) -> bool:
        return b"\0" in self.data[:_SNIFFED_BYTES]


class CommitRecord(NamedTuple):
    sha: str
    subject: str
    trailers: dict[str, str]


async def recent_commits(where: GitAccess, commit: str, limit: int) -> tuple[CommitFact, ...]:
    """Newest first, at most `limit`. Text that is not UTF-8 gets replacement characters."""
    result = await where.git("log", "-z", "--no-mailmap", "--no-show-signature", "--no-notes",
                             f"--max-count={limit}", "--format=%H%x00%ct%x00%an%x00%s",
                             safe_revision(commit), "--")
    fields = result.stdout.decode("utf-8", "replace").split("\0")
    return tuple(
        CommitFact(sha=sha, subject=subject, author=author, at=_utc(seconds))
        for sha, seconds, author, subject
        in zip(fields[::4], fields[1::4], fields[2::4], fields[3::4], strict=False))


async def commits_since(where: GitAccess, commit: str, days: int) -> int:
    result = await where.git("rev-list", "--count", f"--since={days}.days.ago",
                             safe_revision(commit), "--")
    return int(result.line)


async def commits_between(where: GitAccess, base: str, head: str) -> tuple[CommitRecord, ...]:
    """The commits of `head` that `base` does not have, oldest first."""
    result = await where.git(
        "log", "-z", "--no-mailmap", "--no-show-signature", "--no-notes", "--reverse",
        "--topo-order", "--format=%H%x00%s%x00%(trailers:only=true,unfold=true)",
        safe_revision(head), f"^{safe_revision(base)}", "--")
    fields = result.stdout.decode("utf-8", "replace").split("\0")
    return tuple(CommitRecord(sha, subject, parse_trailers(trailers)) for sha, subject, trailers
                 in zip(fields[::3], fields[1::3], fields[2::3], strict=False))


async def changed_contents(where: GitAccess, base: str, head: str) -> dict[str, str]:
    """Paths that differ between two commits, each with mode and id of its content in `head`; zeros
    where it is gone there."""
    result = await where.git("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames",
                             safe_revision(base), safe_revision(head), "--")
    facts, paths = result.items[0::2], result.items[1::2]
    # `:<old mode> <new mode> <old id> <new id> <status>` (git-scm.com/docs/diff-format)
    return {path: f"{fact.split()[1]} {fact.split()[3]}"
            for fact, path in zip(facts, paths, strict=True)}


async def list_files(where: GitAccess, commit: str) -> list[str]:
    """All tracked paths of a commit, in git's order."""
    result = await where.git("ls-tree", "-r", "-z", "--name-only", "--full-tree",
                             safe_revision(commit))
    return result.items


async def snapshot(where: GitAccess, commit: str, *, max_file_bytes: int,
                   max_total_bytes: int) -> TreeSnapshot:
    """The whole tree, and the contents of text files; small files first where not all fit."""
    listed = await where.git("ls-tree", "-r", "-l", "-z", "--full-tree", safe_revision(commit))
    found = [_tree_entry(item) for item in listed.items]
    readable = [(entry, sha) for entry, sha in found if entry.is_regular]
    fitting = sorted(((entry, sha) for entry, sha in readable if entry.size <= max_file_bytes),
                     key=lambda pair: (pair[0].size, pair[0].path))
    chosen: list[tuple[TreeEntry, str]] = []
    total = 0
    for entry, sha in fitting:
        if total + entry.size > max_total_bytes:
            break
        total += entry.size
        chosen.append((entry, sha))
    blobs = await _read_blobs(where, tuple(dict.fromkeys(sha for _, sha in chosen)))
    contents = {entry.path: blobs[sha] for entry, sha in sorted(chosen, key=lambda p: p[0].path)
                if b"\0" not in blobs[sha][:_SNIFFED_BYTES]}
    return TreeSnapshot(
        commit=commit, contents=contents,
        entries=tuple(sorted((entry for entry, _ in found), key=lambda entry: entry.path)),
        truncated=_left_out(large=len(readable) - len(fitting),
                            beyond=len(fitting) - len(chosen), max_file_bytes=max_file_bytes,
                            max_total_bytes=max_total_bytes))


async def blob(where: GitAccess, commit: str, path: str, limit: int = 512 * 1024) -> Blob:
    """The first `limit` bytes of a file of a commit. Raises GitError where there is none."""
    listed = await where.git("--literal-pathspecs", "ls-tree", "-l", "-z", "--full-tree",
                             safe_revision(commit), "--", path)
    entries = [_tree_entry(item) for item in listed.items]
    if len(entries) != 1 or entries[0][0].path != path or entries[0][0].mode == SUBMODULE_MODE:
        raise GitError(f"There is no file {path!r} in {commit[:12]}.")
    entry, sha = entries[0]
    data = (await where.git("cat-file", "blob", sha)).stdout
    return Blob(data=data[:limit], size=entry.size, mode=entry.mode)


def _tree_entry(item: str) -> tuple[TreeEntry, str]:
    """`100644 blob <sha>      12\\tpath`; a submodule's size is `-`."""
    facts, _, path = item.partition("\t")
    mode, _kind, sha, size = facts.split()
    return TreeEntry(path=path, mode=mode, size=0 if size == "-" else int(size)), sha


async def _read_blobs(where: GitAccess, shas: Sequence[str]) -> dict[str, bytes]:
    """All of them through one `cat-file --batch`."""
    if not shas:
        return {}
    result = await where.git("cat-file", "--batch", "--buffer",
                             stdin="".join(f"{sha}\n" for sha in shas).encode())
    return await asyncio.to_thread(_split_batch, result.stdout)


def _split_batch(data: bytes) -> dict[str, bytes]:
    """`<sha> blob <size>\\n<bytes>\\n` over and over (git-scm.com/docs/git-cat-file)."""
    blobs: dict[str, bytes] = {}
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        sha, kind, *size = data[at:end].decode().split()
        if kind != "blob":
            raise GitError(f"The hub lacks the object {sha}.",
                           hint="The repository may be a partial clone or damaged: git fsck")
        at = end + 1
        length = int(size[0])
        blobs[sha] = data[at:at + length]
        at += length + 1
    return blobs


def _left_out(*, large: int, beyond: int, max_file_bytes: int, max_total_bytes: int) -> str:
    parts = []
    if large:
        parts.append(f"{large:,} files larger than {max_file_bytes // 1024:,} KiB")
    if beyond:
        parts.append(f"{beyond:,} files beyond {max_total_bytes // (1024 * 1024):,} MiB in total")
    return f"Not read: {' and '.join(parts)}." if parts else ""


def _utc(seconds: str) -> str:
    """Git's Unix seconds as ISO-8601; empty for a date that no calendar has."""
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
    return ""
