"""The `*** Begin Patch` envelope read into sections and hunks; nothing is looked up here.

    *** Begin Patch
    *** Add File: path            every line begins with +
    *** Delete File: path
    *** Update File: path
    *** Move to: new path         optional
    @@ class A                    where the hunk lies; several narrow it down
    @@     def f(self):
     unchanged line
    -old line
    +new line
    *** End of File               optional: the hunk reaches the end
    *** End Patch

Markers may be padded, and the whole may be wrapped in a heredoc or a code fence. A patch without
its last marker is refused: what was cut off cannot be known. Source: OpenAI's GPT-4.1 prompting
guide and the grammar in codex-rs/apply-patch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from cockpit_tui.tools.arguments import MalformedCall

_BEGIN, _END, _END_OF_FILE = "*** Begin Patch", "*** End Patch", "*** End of File"
_SECTION = re.compile(r"\*\*\* (Add|Delete|Update) File: (.+)")
_MOVE = re.compile(r"\*\*\* Move to: (.+)")
_LINE_NUMBERS = re.compile(r"@@ *-\d+(?:,\d+)? \+\d+(?:,\d+)? @@.*")
_HEREDOC = re.compile(r"(?:.*\s)?<<-?\s*['\"]?(\w+)['\"]?")
_FENCE = re.compile(r"```[\w-]*")
_ACTIONS: dict[str, Literal["add", "delete", "update"]] = {
    "Add": "add", "Delete": "delete", "Update": "update"}
_KINDS: dict[str, Literal[" ", "-", "+"]] = {" ": " ", "-": "-", "+": "+"}


class PatchMalformed(MalformedCall):
    """The text is not a patch."""


@dataclass(frozen=True, slots=True)
class HunkLine:
    kind: Literal[" ", "-", "+"]
    text: str


@dataclass(slots=True, kw_only=True)
class Hunk:
    headers: list[str] = field(default_factory=list)
    """What stands after `@@`, outermost first; without empty ones."""
    lines: list[HunkLine] = field(default_factory=list)
    reaches_end: bool = False
    blank_tail: int = field(default=0, compare=False)
    """Bare empty lines at its end: context if more follows, else layout before the next marker."""

    @property
    def old(self) -> list[str]:
        return [line.text for line in self.lines if line.kind != "+"]

    @property
    def new(self) -> list[str]:
        return [line.text for line in self.lines if line.kind != "-"]


@dataclass(slots=True, kw_only=True)
class Section:
    action: Literal["add", "delete", "update"]
    path: str
    new_path: str = ""
    """Where the file moves to; empty: it stays."""
    added: list[str] = field(default_factory=list)
    """The new file's lines."""
    blank_tail: int = field(default=0, compare=False)
    """As a hunk's."""
    hunks: list[Hunk] = field(default_factory=list)


def parse_patch(text: str) -> list[Section]:
    """The sections of a patch, in order, at least one. Raises PatchMalformed."""
    lines, first_number = _unwrapped(text)
    sections: list[Section] = []
    for number, line in enumerate(lines, first_number):
        if (match := _marker(_SECTION, line, sections)) is not None:
            _check_complete(sections)
            action, path = match.groups()
            sections.append(Section(action=_ACTIONS[action], path=path.strip()))
        elif not sections:
            if line.strip():
                raise PatchMalformed(f"Line {number} of the patch stands before the first "
                                     f"'*** Update File: path': {_shown(line)}.")
        else:
            _take(sections[-1], line, number)
    _check_complete(sections)
    if not sections:
        raise PatchMalformed("The patch changes nothing: it has no '*** Update File: path', "
                             "'*** Add File: path' or '*** Delete File: path'.")
    return sections


def _unwrapped(text: str) -> tuple[list[str], int]:
    """The lines between the markers, and the number of the first of them."""
    lines = re.sub("\r\n", "\n", text).split("\n")
    start, end = 0, len(lines)
    while start < end and not lines[end - 1].strip():
        end -= 1
    while start < end and not lines[start].strip():
        start += 1
    for opening, closing in ((_FENCE, "```"), (_HEREDOC, ""), (_FENCE, "```")):
        if start < end and (match := opening.fullmatch(lines[start].strip())) is not None:
            start += 1
            if end > start and lines[end - 1].strip() == (closing or match.group(1)):
                end -= 1
    if end == start:
        raise PatchMalformed("The patch is empty.")
    is_padded = lines[start].startswith(" ")
    if lines[start].strip() == _BEGIN:
        start += 1
    elif _SECTION.fullmatch(lines[start].strip()) is None:
        raise PatchMalformed(f"The patch must begin with '{_BEGIN}', not "
                             f"{_shown(lines[start])}.")
    # Where the beginning is not padded, a space before the end makes it a hunk's unchanged line.
    last = lines[end - 1].strip() if is_padded else lines[end - 1].rstrip()
    if last != _END or end == start:
        raise PatchMalformed(f"The patch does not end with '{_END}': it may have been cut off, so "
                             "nothing of it was applied. Send it whole, or in smaller patches.")
    return lines[start:end - 1], start + 1


def _take(section: Section, line: str, number: int) -> None:
    """One line of a section's body."""
    bare = line.strip()
    if section.action == "update":
        if not section.hunks and (match := _MOVE.fullmatch(bare)) is not None:
            section.new_path = match.group(1).strip()
        else:
            _take_hunk_line(section, line, number)
    elif not bare:
        section.blank_tail += 1
    elif section.action == "delete":
        raise PatchMalformed(f"Line {number} of the patch: nothing may follow '*** Delete File', "
                             f"but there is {_shown(line)}.")
    elif line.startswith("+"):
        section.added += [""] * section.blank_tail
        section.blank_tail = 0
        section.added.append(line[1:])
    elif bare != _END_OF_FILE:
        raise PatchMalformed(f"Line {number} of the patch: every line of a new file begins with "
                             f"'+', not {_shown(line)}.")


def _take_hunk_line(section: Section, line: str, number: int) -> None:
    hunk = section.hunks[-1] if section.hunks else None
    if line.rstrip() == _END_OF_FILE and hunk is not None:
        hunk.reaches_end = True
        return
    if line == "" and (hunk is None or hunk.reaches_end):
        return
    begins = line.startswith("@@")
    if hunk is None or hunk.reaches_end or (begins and hunk.lines):
        hunk = Hunk()
        section.hunks.append(hunk)
    if begins:
        hunk.blank_tail = 0
        if header := _header(line):
            hunk.headers.append(header)
    elif line == "":
        hunk.blank_tail += 1
    elif (kind := _KINDS.get(line[0])) is not None:
        hunk.lines += [HunkLine(" ", "")] * hunk.blank_tail
        hunk.blank_tail = 0
        hunk.lines.append(HunkLine(kind, line[1:]))
    else:
        raise PatchMalformed(f"Line {number} of the patch must begin with ' ', '-', '+' or '@@', "
                             f"not {_shown(line)}.")


def _marker(form: re.Pattern[str], line: str, sections: list[Section]) -> re.Match[str] | None:
    """A marker may be padded; but within a hunk a leading space makes the line context."""
    is_in_hunk = bool(sections) and bool(sections[-1].hunks)
    return form.fullmatch(line.rstrip() if is_in_hunk else line.strip())


def _header(line: str) -> str:
    """What stands after `@@`; line numbers of a unified diff say nothing here."""
    if _LINE_NUMBERS.fullmatch(line.strip()):
        return ""
    header = line[2:].removeprefix(" ").rstrip()
    return header.removesuffix("@@").rstrip() if header.endswith(" @@") else header


def _check_complete(sections: list[Section]) -> None:
    """Judge the section that just ended."""
    if not sections or sections[-1].action != "update":
        return
    section = sections[-1]
    section.hunks = [hunk for hunk in section.hunks if hunk.lines or hunk.headers]
    for hunk in section.hunks:
        if all(line.kind == " " for line in hunk.lines):
            raise PatchMalformed(f"A hunk of {section.path!r} changes nothing: it has no line "
                                 "that begins with '-' or '+'.")
    if not section.hunks and not section.new_path:
        raise PatchMalformed(f"'*** Update File: {section.path}' has no hunk.")


def _shown(line: str) -> str:
    return repr(line if len(line) <= 80 else line[:80] + "…")
