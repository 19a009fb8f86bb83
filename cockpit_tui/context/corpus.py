"""The snapshot, sorted once: which files are hand-written sources, which are tests, their text."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit_tui.context.languages import language_of
from cockpit_tui.context.path_kinds import (
    is_built_path,
    is_test_path,
    is_written_by_machine,
    vendored_root,
)
from cockpit_tui.domain.tree import TreeSnapshot

DEEP_BYTES = 12_000_000
"""How much source text is read for classes, imports and habits; lines are counted for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One hand-written file in a programming language."""

    path: str
    language: str
    lines: int
    is_test: bool
    text: str
    """Empty where the file is too large, or beyond `DEEP_BYTES` in sum."""
    is_utf8: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    snapshot: TreeSnapshot
    paths: frozenset[str]
    """All regular files."""
    sources: tuple[SourceFile, ...]
    """Hand-written sources, by path; nothing vendored, built or generated."""
    unread: int
    """Sources whose text was not read because there is too much of it."""

    def text(self, path: str) -> str:
        """A file's text, undecodable bytes replaced; empty where it is missing or too large."""
        return self.snapshot.contents.get(path, b"").decode("utf-8", "replace")

    def product(self, *languages: str) -> tuple[SourceFile, ...]:
        """The sources that are not tests, of the given languages or of all."""
        return tuple(source for source in self.sources if not source.is_test
                     and (not languages or source.language in languages))

    def tests(self, *languages: str) -> tuple[SourceFile, ...]:
        return tuple(source for source in self.sources if source.is_test
                     and (not languages or source.language in languages))


def read_corpus(snapshot: TreeSnapshot, *, deep_bytes: int = DEEP_BYTES) -> Corpus:
    """Sort `snapshot`. Product code is read before tests when there is too much to read."""
    regular = [entry.path for entry in snapshot.entries if entry.is_regular]
    found = []
    for path in regular:
        data = snapshot.contents.get(path, b"")
        language = language_of(path, data[:200])
        if not language or vendored_root(path) or is_built_path(path):
            continue
        if not is_written_by_machine(data) and b"\0" not in data[:8_000]:
            found.append((is_test_path(path), path, language, data))
    found.sort(key=lambda each: each[:2])
    sources = []
    read, unread = 0, 0
    for is_test, path, language, data in found:
        read += len(data)
        is_deep = read <= deep_bytes
        unread += not is_deep
        text, is_utf8 = _decode(data) if is_deep else ("", True)
        lines = data.count(b"\n") + (not data.endswith(b"\n") if data else 0)
        sources.append(SourceFile(path=path, language=language, lines=lines, is_test=is_test,
                                  text=text, is_utf8=is_utf8))
    sources.sort(key=lambda source: source.path)
    return Corpus(snapshot=snapshot, paths=frozenset(regular), sources=tuple(sources),
                  unread=unread)


def _decode(data: bytes) -> tuple[str, bool]:
    try:
        return data.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace"), False
