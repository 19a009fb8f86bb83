"""Proof that work in the trash is not the only copy: what branches hold too may go unasked."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

from cockpit_tui.gitops.hub import SOURCE_REFS, Hub
from cockpit_tui.gitops.trash import KEPT_REFS, Trash, TrashEntry

_LASTING_REFS = ("refs/heads", SOURCE_REFS, "refs/cockpit/jobs/*/phase-*")
"""What stays: branches of jobs, imported heads of the person, lanes of phases."""
_MOST_TIPS = 50
"""So many of the newest are looked at."""
_MOST_FILES = 50_000
_BLOB = "100644", "100755"
_LINK = "120000"


async def is_kept_elsewhere(hub: Hub, entry: TrashEntry) -> bool:
    """Whether a lasting ref contains the commit, or one's newest files are the entry's wherever
    the entry changed any (for files: all of them). No is also the answer where that is not known.
    """
    if entry.commit:
        return await _is_contained(hub, entry) or await _has_landed(hub, entry.commit)
    files = await asyncio.to_thread(_blobs, Trash(hub).files_of(entry),
                                    await _object_format(hub))
    if files is None:
        return False
    for tip in await _tips(hub):
        listed = await hub.git("ls-tree", "-r", "-z", tip)
        there = dict(_path_and_blob(item) for item in listed.items)
        if all(there.get(path) == blob for path, blob in files.items()):
            return True
    return False


async def bytes_of_kept_commits(hub: Hub) -> int:
    """What the commits of the trash take in the hub that nothing else reaches, packed as it is."""
    counted = await hub.git("rev-list", "--disk-usage", "--objects", f"--glob={KEPT_REFS}/*",
                            "--not", f"--exclude={KEPT_REFS}/*", "--all")
    return int(counted.line or 0)


async def _is_contained(hub: Hub, entry: TrashEntry) -> bool:
    others = await hub.git("for-each-ref", f"--contains={entry.commit}", "--format=%(refname)",
                           *_LASTING_REFS, KEPT_REFS)
    return any(ref != entry.ref for ref in others.text.splitlines())


async def _has_landed(hub: Hub, commit: str) -> bool:
    """Whether some tip has the same content, or the same absence, at every path that changed."""
    for tip in await _tips(hub):
        base = await hub.git("merge-base", commit, tip, check=False)
        if base.returncode != 0:
            continue
        changed = await hub.git("diff-tree", "-r", "-z", "--name-only", "--no-renames",
                                base.line, commit, "--")
        differing = await hub.git("diff-tree", "-r", "-z", "--name-only", "--no-renames",
                                  commit, tip, "--")
        if not set(changed.items) & set(differing.items):
            return True
    return False


async def _tips(hub: Hub) -> list[str]:
    listed = await hub.git("for-each-ref", "--sort=-committerdate", f"--count={_MOST_TIPS}",
                           "--format=%(objectname)", *_LASTING_REFS)
    return list(dict.fromkeys(listed.text.splitlines()))


async def _object_format(hub: Hub) -> str:
    return (await hub.git("rev-parse", "--show-object-format")).line


def _path_and_blob(item: str) -> tuple[str, tuple[str, str]]:
    """Of a line of `ls-tree -r`: whether it is a link belongs to what a file is."""
    facts, _, path = item.partition("\t")
    mode, _, blob = facts.split(" ")
    return path, (_LINK if mode == _LINK else "file" if mode in _BLOB else mode, blob)


def _blobs(root: Path, algorithm: str) -> dict[str, tuple[str, str]] | None:
    """The blob that git would make of every file below `root`; None where there is one that is
    neither file nor link, or that cannot be read, or there are too many."""
    found: dict[str, tuple[str, str]] = {}
    failures: list[OSError] = []
    for folder, folders, names in os.walk(root, onerror=failures.append):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in (*names, *links):
            file = Path(folder, name)
            if file == root / ".git":
                continue
            blob = _blob(file, algorithm)
            if blob is None or len(found) >= _MOST_FILES:
                return None
            found[os.path.relpath(file, root)] = blob
    return None if failures else found


def _blob(file: Path, algorithm: str) -> tuple[str, str] | None:
    try:
        if file.is_symlink():
            kind, data = _LINK, os.fsencode(file.readlink())
        elif file.is_file():
            kind, data = "file", file.read_bytes()
        else:
            return None
    except OSError:
        return None
    return kind, hashlib.new(algorithm, b"blob %d\0" % len(data) + data,
                             usedforsecurity=False).hexdigest()
