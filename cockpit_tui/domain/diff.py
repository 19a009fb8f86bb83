"""A unified diff as data: files, hunks with stable ids, lines with both numbers.

Format: git's `diff --git` output (git-scm.com/docs/diff-format, "Generating patch text with -p").
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from cockpit_tui.domain.errors import CockpitError

_HUNK_HEADER = re.compile(
    r"@@ -([0-9]{1,9})(?:,([0-9]{1,9}))? \+([0-9]{1,9})(?:,([0-9]{1,9}))? @@ ?(.*)")


class LineKind(StrEnum):
    CONTEXT = " "
    ADDED = "+"
    REMOVED = "-"
    NOTE = "\\"


class FileChange(StrEnum):
    ADDED = "added"
    DELETED = "deleted"
    MODIFIED = "modified"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class DiffLine:
    kind: LineKind
    text: str
    """Without the leading sign and without the line end."""
    old: int
    """1-based line in the old file; 0 for added lines."""
    new: int
    """1-based line in the new file; 0 for removed lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    id: str
    """Stable while the hunk's content stays: path and lines, hashed; 12 hex digits."""
    heading: str
    """What git found after `@@`: usually the enclosing function."""
    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: tuple[DiffLine, ...]

    @property
    def added(self) -> int:
        return sum(line.kind is LineKind.ADDED for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.kind is LineKind.REMOVED for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    path: str
    old_path: str
    """Differs from `path` only for a rename."""
    change: FileChange
    header: tuple[str, ...]
    """The lines before the first hunk, verbatim: needed to write a patch."""
    hunks: tuple[Hunk, ...]
    is_binary: bool = False

    @property
    def added(self) -> int:
        return sum(hunk.added for hunk in self.hunks)

    @property
    def removed(self) -> int:
        return sum(hunk.removed for hunk in self.hunks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    files: tuple[FileDiff, ...]

    @property
    def added(self) -> int:
        return sum(file.added for file in self.files)

    @property
    def removed(self) -> int:
        return sum(file.removed for file in self.files)

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        return tuple(hunk for file in self.files for hunk in file.hunks)


def parse_diff(text: str) -> Diff:
    """Read `git diff` output. Raises CockpitError on text that is not a unified diff."""
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    files = []
    at = 0
    while at < len(lines):
        if not lines[at].startswith("diff --git "):
            raise CockpitError(f"Not a git diff: line {at + 1} is {lines[at][:80]!r}.")
        file, at = _parse_file(lines, at)
        files.append(file)
    return Diff(files=tuple(files))


def _parse_file(lines: list[str], start: int) -> tuple[FileDiff, int]:
    at = start + 1
    while at < len(lines) and not lines[at].startswith(("@@ ", "diff --git ")):
        at += 1
    header = tuple(lines[start:at])
    old_path, path, change, is_binary = _read_header(header)
    hunks = []
    while at < len(lines) and lines[at].startswith("@@ "):
        hunk, at = _parse_hunk(lines, at, path)
        hunks.append(hunk)
    hunks = _with_distinct_ids(hunks)
    return FileDiff(path=path, old_path=old_path, change=change, header=header,
                    hunks=tuple(hunks), is_binary=is_binary), at


def _read_header(header: tuple[str, ...]) -> tuple[str, str, FileChange, bool]:
    old, new = _paths_of_first_line(header[0])
    change, is_binary = FileChange.MODIFIED, False
    for line in header[1:]:
        if line.startswith("new file mode"):
            change = FileChange.ADDED
        elif line.startswith("deleted file mode"):
            change = FileChange.DELETED
        elif line.startswith("rename from "):
            old, change = _unquote(line[12:]), FileChange.RENAMED
        elif line.startswith("rename to "):
            new = _unquote(line[10:])
        elif line.startswith("--- ") and line != "--- /dev/null":
            old = _strip_prefix(_unquote(line[4:].rstrip("\t")))
        elif line.startswith("+++ ") and line != "+++ /dev/null":
            new = _strip_prefix(_unquote(line[4:].rstrip("\t")))
        elif line.startswith(("Binary files ", "GIT binary patch")):
            is_binary = True
    if change is FileChange.DELETED:
        new = old
    elif change is FileChange.ADDED:
        old = new
    return old, new, change, is_binary


def _paths_of_first_line(line: str) -> tuple[str, str]:
    """Paths of `diff --git a/x b/x`; only needed where no `---` line follows (mode, binary)."""
    rest = line[len("diff --git "):]
    quoted = re.findall(r'"(?:[^"\\]|\\.)*"', rest)
    if len(quoted) == 2:
        return _strip_prefix(_unquote(quoted[0])), _strip_prefix(_unquote(quoted[1]))
    half = len(rest) // 2
    return _strip_prefix(rest[:half]), _strip_prefix(rest[half + 1:])


def _strip_prefix(path: str) -> str:
    return path[2:] if path[:2] in {"a/", "b/"} else path


def _unquote(path: str) -> str:
    """Undo git's C-style quoting of unusual paths."""
    if not (len(path) >= 2 and path.startswith('"') and path.endswith('"')):
        return path
    raw = path[1:-1].encode("utf-8", "surrogateescape")
    simple = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b'"': b'"', b"\\": b"\\",
              b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}

    def plain(match: re.Match[bytes]) -> bytes:
        code = match.group(1)
        return simple[code] if code in simple else bytes([int(code, 8)])

    plain_bytes = re.sub(rb'\\([0-3][0-7]{2}|[ntr"\\abfv])', plain, raw)
    return plain_bytes.decode("utf-8", "surrogateescape")


def _parse_hunk(lines: list[str], start: int, path: str) -> tuple[Hunk, int]:
    found = _HUNK_HEADER.fullmatch(lines[start])
    if found is None:
        raise CockpitError(f"Not a hunk header: {lines[start][:80]!r}.")
    old_start, new_start = int(found[1]), int(found[3])
    old_count = int(found[2]) if found[2] is not None else 1
    new_count = int(found[4]) if found[4] is not None else 1
    old, new = old_start, new_start
    old_left, new_left = old_count, new_count
    parsed: list[DiffLine] = []
    at = start + 1
    while at < len(lines) and (old_left > 0 or new_left > 0 or lines[at].startswith("\\")):
        sign, text = lines[at][:1] or " ", lines[at][1:]
        match sign:
            case "+":
                parsed.append(DiffLine(LineKind.ADDED, text, 0, new))
                new, new_left = new + 1, new_left - 1
            case "-":
                parsed.append(DiffLine(LineKind.REMOVED, text, old, 0))
                old, old_left = old + 1, old_left - 1
            case " ":
                parsed.append(DiffLine(LineKind.CONTEXT, text, old, new))
                old, new, old_left, new_left = old + 1, new + 1, old_left - 1, new_left - 1
            case "\\":
                parsed.append(DiffLine(LineKind.NOTE, text.lstrip(), 0, 0))
            case _:
                raise CockpitError(f"Not a diff line: {lines[at][:80]!r}.")
        at += 1
    if old_left or new_left:
        raise CockpitError(f"The hunk {lines[start][:80]!r} lacks lines that it promises.")
    body = "\n".join(line.kind.value + line.text for line in parsed)
    digest = hashlib.sha256(f"{path}\0{body}".encode("utf-8", "surrogateescape")).hexdigest()[:12]
    hunk = Hunk(id=digest, heading=found[5], old_start=old_start, old_count=old_count,
                new_start=new_start, new_count=new_count, lines=tuple(parsed))
    return hunk, at


def _with_distinct_ids(hunks: list[Hunk]) -> list[Hunk]:
    """Two equal hunks of one file get `-2`, `-3` behind their id, in order."""
    seen: dict[str, int] = {}
    distinct = []
    for hunk in hunks:
        seen[hunk.id] = seen.get(hunk.id, 0) + 1
        count = seen[hunk.id]
        distinct.append(hunk if count == 1 else replace(hunk, id=f"{hunk.id}-{count}"))
    return distinct


def write_patch(diff: Diff, *, only: Collection[str]) -> str:
    """A patch with only the hunks whose ids are in `only`, for `git apply --recount`.

    A file none of whose hunks is chosen is left out.
    """
    out: list[str] = []
    for file in diff.files:
        chosen = [hunk for hunk in file.hunks if hunk.id in only]
        if not chosen:
            continue
        out += file.header
        for hunk in chosen:
            out.append(f"@@ -{hunk.old_start},{hunk.old_count} "
                       f"+{hunk.new_start},{hunk.new_count} @@ {hunk.heading}".rstrip())
            out += [("\\ " if line.kind is LineKind.NOTE else line.kind.value) + line.text
                    for line in hunk.lines]
    return "\n".join(out) + "\n" if out else ""
