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


def read_files(snapshot: TreeSnapshot, *, cache_dir: Path | None = None,
               max_bytes: int = MAX_READ_BYTES) -> tuple[ReadFile, ...]:
    """All regular files by path. Equal snapshots give equal answers, whatever the cache holds."""
    keys: dict[str, tuple[bytes, str]] = {}
    foreign = set()
    left = max_bytes
    for entry in snapshot.entries:
        data = snapshot.contents.get(entry.path)
        if not entry.is_regular:
            continue
        if is_foreign_path(entry.path) or (data and is_written_by_machine(data)):
            foreign.add(entry.path)
        elif data and len(data) <= left:
            left -= len(data)
            grammar = grammar_of(entry.path)
            keys[entry.path] = content_key(data, grammar), grammar
    tags = _tags(snapshot, keys, cache_dir)
    return tuple(
        ReadFile(entry.path, tags[keys[entry.path][0]] if entry.path in keys else NO_TAGS,
                 entry.path in foreign)
        for entry in snapshot.entries if entry.is_regular)


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
