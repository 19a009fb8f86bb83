"""The tags of every file of a snapshot: from the cache, or read anew, within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cockpit_tui.context.path_kinds import is_built_path, is_written_by_machine, vendored_root
from cockpit_tui.context.symbols.cache import TagCache, content_key
from cockpit_tui.context.symbols.extract import extract
from cockpit_tui.context.symbols.grammars import grammar_of
from cockpit_tui.context.symbols.tags import NO_TAGS, FileTags
from cockpit_tui.domain.tree import TreeSnapshot

MAX_READ_BYTES = 120_000_000
"""How much of a snapshot is read in all; what is beyond takes part by its path only."""


class ReadFile(NamedTuple):
    path: str
    tags: FileTags
    is_foreign: bool
    """Vendored, built or written by a machine: nothing that a request is likely to mean."""


class Before(NamedTuple):
    """An earlier reading: what did not change since is taken from there, the very same object."""

    snapshot: TreeSnapshot
    files: tuple[ReadFile, ...]


def read_files(snapshot: TreeSnapshot, *, cache_dir: Path | None = None,
               max_bytes: int = MAX_READ_BYTES,
               before: Before | None = None) -> tuple[ReadFile, ...]:
    """All regular files by path. Equal snapshots give equal answers, whatever the cache holds, and
    whatever was read `before`."""
    keys: dict[str, tuple[bytes, str]] = {}
    known = {file.path: file for file in before.files} if before else {}
    found: dict[str, ReadFile] = {}
    left = max_bytes
    for entry in snapshot.entries:
        if not entry.is_regular:
            continue
        path, data = entry.path, snapshot.contents.get(entry.path)
        old = known.get(path)
        is_same = before is not None and old is not None and \
            data == before.snapshot.contents.get(path)
        if old is not None and is_same:
            is_foreign = old.is_foreign
        else:
            is_foreign = is_foreign_path(path) or bool(data and is_written_by_machine(data))
        is_read = bool(data) and not is_foreign and len(data or b"") <= left
        if is_read:
            left -= len(data or b"")
        if old is not None and is_same and is_read == (old.tags is not NO_TAGS):
            found[path] = old
            continue
        found[path] = ReadFile(path, NO_TAGS, is_foreign)
        if is_read and data:
            grammar = grammar_of(path)
            keys[path] = content_key(data, grammar), grammar
    tags = _tags(snapshot, keys, cache_dir)
    for path, (key, _) in keys.items():
        found[path] = found[path]._replace(tags=tags[key])
    return tuple(found.values())


def is_foreign_path(path: str) -> bool:
    return bool(vendored_root(path)) or is_built_path(path)


def _tags(snapshot: TreeSnapshot, keys: Mapping[str, tuple[bytes, str]],
          cache_dir: Path | None) -> dict[bytes, FileTags]:
    cache = TagCache(cache_dir) if cache_dir is not None else None
    known = cache.read(key for key, _ in keys.values()) if cache else {}
    fresh: dict[bytes, FileTags] = {}
    for path, (key, grammar) in keys.items():
        if key not in known and key not in fresh:
            fresh[key] = extract(snapshot.contents[path], grammar)
    if cache:
        cache.write(fresh, used=known)
    return {**known, **fresh}
