"""What `bench.recall` compares with: text search, and listings of paths."""

from __future__ import annotations

import re

from cockpit_tui.domain.tree import TreeSnapshot

_WORD = re.compile(r"[^\W\d_]{3,}|\w{4,}")
_COMMON = frozenset(
    ("the", "and", "for", "that", "with", "not", "are", "what", "from", "its", "this", "when",
     "one", "all", "never", "where", "has", "but", "before", "into", "than", "more"))


def by_search(snapshot: TreeSnapshot, request: str) -> list[str]:
    """`grep` for every word of the request: most different words first, then most matches."""
    words = _words(request)
    if not words:
        return by_name(snapshot)
    pattern = re.compile("|".join(sorted(map(re.escape, words))).encode())
    ranked = []
    for entry in snapshot.entries:
        hits = pattern.findall(snapshot.contents.get(entry.path, b"").lower())
        if hits:
            ranked.append((-len(set(hits)), -len(hits), entry.path))
    return [path for *_, path in sorted(ranked)]


def by_path(snapshot: TreeSnapshot, request: str) -> list[str]:
    """Paths that hold most words of the request first, then all others by name."""
    words = _words(request)
    return sorted(by_name(snapshot),
                  key=lambda path: (-sum(word in path.lower() for word in words), path))


def by_name(snapshot: TreeSnapshot) -> list[str]:
    return [entry.path for entry in snapshot.entries]


def listed(paths: list[str], budget_tokens: int) -> str:
    """As many whole paths, a line each, as fit at four characters a token."""
    left, lines = budget_tokens * 4, []
    for path in paths:
        left -= len(path) + 1
        if left < 0:
            break
        lines.append(path)
    return "\n".join(lines)


def _words(request: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(request)} - _COMMON
