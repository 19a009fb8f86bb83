"""`apply_patch`: what the envelope may look like, where hunks fit, what is kept and refused."""

from __future__ import annotations

import hashlib
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import PathRefused, ToolError
from cockpit_tui.domain.model import EditFormat
from cockpit_tui.tools.edits.hunks import place_hunks
from cockpit_tui.tools.edits.lines import FileLines
from cockpit_tui.tools.edits.patch_format import Hunk, HunkLine, Section, parse_patch
from cockpit_tui.tools.files import FileEdit, FileEdits, apply_edits
from cockpit_tui.tools.session import ToolSession
from cockpit_tui.tools.text import TextFile

CODE = """\
import os

class A:
    def f(self):
        x = 1
        return x

    def g(self):
        x = 1
        return x

class B:
    def f(self):
        x = 1
        return x
"""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def envelope(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch"])


def update(*lines: str) -> str:
    return envelope("*** Update File: file", *lines)


async def prepare(root: Path, patch: str, session: ToolSession | None = None) -> FileEdits:
    tool = (session or ToolSession(root, edit_format=EditFormat.APPLY_PATCH)).tool("apply_patch")
    assert tool.effect is EffectClass.FILE_EDIT
    return await tool.prepare({"patch": patch})


async def patched(root: Path, before: bytes, patch: str) -> bytes:
    (root / "file").write_bytes(before)
    edits = await prepare(root, patch)
    assert (root / "file").read_bytes() == before
    apply_edits(root, edits)
    return (root / "file").read_bytes()


async def refused(root: Path, patch: str, session: ToolSession | None = None) -> str:
    with pytest.raises(ToolError) as refusal:
        await prepare(root, patch, session)
    return refusal.value.message


async def test_one_patch_adds_changes_moves_and_deletes(tmp_path: Path) -> None:
    for name in ("change", "move", "delete"):
        (tmp_path / name).write_text("one\ntwo\n")
    (tmp_path / "move").chmod(0o755)
    edits = await prepare(tmp_path, envelope(
        "*** Delete File: delete",
        "*** Update File: move", "*** Move to: new/place", "@@", " one", "-two", "+2",
        "*** Add File: src/added", "+a", "", "+", "+b", "",
        "*** Update File: ./change", " one", "-two", "+2"))
    old, new = b"one\ntwo\n", b"one\n2\n"
    added = b"a\n\n\nb\n"
    assert edits == FileEdits(edits=(
        FileEdit(path="new/place", before_sha256=None, after_sha256=sha256(new), after=new,
                 mode=0o755, added=2, removed=0),
        FileEdit(path="src/added", before_sha256=None, after_sha256=sha256(added), after=added,
                 mode=0o644, added=4, removed=0),
        FileEdit(path="change", before_sha256=sha256(old), after_sha256=sha256(new), after=new,
                 mode=0o644, added=1, removed=1),
        FileEdit(path="delete", before_sha256=sha256(old), after_sha256=None, after=None,
                 mode=0o644, added=0, removed=2),
        FileEdit(path="move", before_sha256=sha256(old), after_sha256=None, after=None,
                 mode=0o755, added=0, removed=2)))
    apply_edits(tmp_path, edits)
    apply_edits(tmp_path, edits)
    assert {str(path.relative_to(tmp_path)): path.read_bytes()
            for path in tmp_path.rglob("*") if path.is_file()} == {
        "new/place": new, "src/added": added, "change": new}
    assert (tmp_path / "new/place").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("patch", [
    "*** Begin Patch\n*** Update File: f\n a\n-b\n+c\n*** End Patch",
    "\n  *** Begin Patch  \n*** Update File: f  \n@@\n a\n-b\n+c\n\n *** End Patch \n\n",
    "<<'EOF'\n*** Begin Patch\n*** Update File: f\n a\n-b\n+c\n*** End Patch\nEOF",
    "apply_patch <<EOF\n*** Begin Patch\n*** Update File: f\n a\n-b\n+c\n*** End Patch\nEOF\n",
    "```diff\n*** Begin Patch\n*** Update File: f\n a\n-b\n+c\n*** End Patch\n```",
    "*** Begin Patch\r\n*** Update File: f\r\n a\r\n-b\r\n+c\r\n*** End Patch\r\n",
    "*** Update File: f\n@@ -1,2 +1,2 @@ def f():\n a\n-b\n+c\n*** End Patch",
])
def test_the_same_patch_in_many_wrappings(patch: str) -> None:
    assert parse_patch(patch) == [Section(action="update", path="f", hunks=[Hunk(
        lines=[HunkLine(" ", "a"), HunkLine("-", "b"), HunkLine("+", "c")])])]


def test_headers_blank_lines_and_the_end_mark() -> None:
    assert parse_patch(update("@@ class A:", "@@     def f(self): @@", " a", "", " b", "+c", "",
                              "@@", "-d", "*** End of File", "")) == [
        Section(action="update", path="file", hunks=[
            Hunk(headers=["class A:", "    def f(self):"],
                 lines=[HunkLine(" ", "a"), HunkLine(" ", ""), HunkLine(" ", "b"),
                        HunkLine("+", "c")]),
            Hunk(lines=[HunkLine("-", "d")], reaches_end=True)])]


def test_a_marker_within_a_hunk_is_content() -> None:
    assert parse_patch(update(" *** End Patch", "-*** Begin Patch", "+*** Update File: x"))[0] \
        .hunks == [Hunk(lines=[HunkLine(" ", "*** End Patch"), HunkLine("-", "*** Begin Patch"),
                               HunkLine("+", "*** Update File: x")])]


@pytest.mark.parametrize(("patch", "words"), [
    ("", "The patch is empty."),
    ("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b", "must begin with '*** Begin Patch', not '--- a/f'"),
    ("*** Begin Patch\n*** Update File: f\n a\n-b", "it may have been cut off"),
    ("*** Begin Patch\n*** Add File: f\n+a", "it may have been cut off"),
    ("*** Begin Patch\n*** Delete File: f", "it may have been cut off"),
    ("*** Begin Patch\n*** Update File: f\n-a\n+b\n *** End Patch", "it may have been cut off"),
    ("*** Begin Patch", "it may have been cut off"),
    (envelope(), "The patch changes nothing"),
    (envelope("x", "*** Delete File: f"), "Line 2 of the patch stands before the first"),
    (envelope("*** Delete File: f", "+x"), "Line 3 of the patch: nothing may follow"),
    (envelope("*** Add File: f", "+a", "b"), "Line 4 of the patch: every line of a new file"),
    (update("-a", "b"), "Line 4 of the patch must begin with ' ', '-', '+' or '@@', not 'b'"),
    (update(" a", " b"), "A hunk of 'file' changes nothing"),
    (update("@@ def f"), "A hunk of 'file' changes nothing"),
    (update(), "'*** Update File: file' has no hunk"),
    (update("*** Move to: y", "-a", "*** Move to: z", "+b"), "must begin with ' '"),
])
async def test_what_is_no_patch(tmp_path: Path, patch: str, words: str) -> None:
    with pytest.raises(ToolError) as refusal:
        parse_patch(patch)
    assert words in refusal.value.message


@pytest.mark.parametrize(("hunk", "line"), [
    pytest.param(["@@ class B:", "     def f(self):", "-        x = 1", "+        x = 2"], 14,
                 id="a class"),
    pytest.param(["@@ class A", "@@     def g", "-        x = 1", "+        x = 2"], 9,
                 id="nested headers, both only the beginning of their lines"),
    pytest.param(["@@ def g(self):", "-        x = 1", "+        x = 2"], 9, id="a method"),
    pytest.param(["     def g(self):", "-        x = 1", "+        x = 2"], 9, id="context alone"),
    pytest.param(["-        x = 1", "+        x = 2", "         return x", "*** End of File"], 14,
                 id="the end of the file"),
    pytest.param(["-import os", "+import re", "@@ class B:", "-        x = 1", "+        x = 2"],
                 14, id="one hunk after another"),
])
async def test_where_a_hunk_fits(tmp_path: Path, hunk: list[str], line: int) -> None:
    lines = (await patched(tmp_path, CODE.encode(), update(*hunk))).decode().splitlines()
    expected = CODE.splitlines()
    expected[line - 1] = "        x = 2"
    assert lines[1:] == expected[1:]


@pytest.mark.parametrize(("hunk", "message"), [
    (["-        x = 1", "+        x = 2"],
     "Hunk 1 of 'file' fits 3 times, at lines 5, 9, 14. Add unchanged lines around it, or a '@@' "
     "line with the function or class it lies in, until it is unique."),
    (["@@ def f(self):", "-        x = 1", "+        x = 2"],
     "Hunk 1 of 'file' fits 2 times, at lines 5, 14."),
    (["@@ class A:", "-        x = 1", "+        x = 2"],
     "Hunk 1 of 'file' fits 2 times, at lines 5, 9."),
    (["@@ class C:", "-        x = 1", "+        x = 2"],
     "Hunk 1 of 'file': there is no line 'class C:' as its '@@' says. The closest lines are:\n"
     "     3\tclass A:"),
    (["@@ class B:", "-import os", "+import re"],
     "Hunk 1 of 'file' does not stand after its '@@' line, but at line 1."),
    (["-import os", "+import re", "@@", "     def g(self):", "-        x = 3", "+        x = 2"],
     "Hunk 2 of 'file' was not found. The closest lines are:\n"
     "     8\t    def g(self):\n     9\t        x = 1"),
    (["@@ class B:", "+    y = 1"], "Hunk 1 of 'file' adds lines but has no unchanged line"),
    (["-import os", "+import re", "@@", "-import os", "+import sys"],
     "Two hunks of 'file' change the same lines, near line 1."),
])
async def test_a_hunk_that_does_not_fit(tmp_path: Path, hunk: list[str], message: str) -> None:
    (tmp_path / "file").write_text(CODE)
    assert (await refused(tmp_path, update(*hunk))).startswith(message)
    assert (tmp_path / "file").read_text() == CODE


@pytest.mark.parametrize(("before", "hunk", "after"), [
    pytest.param(b"a\r\nb\r\n", [" a", "-b", "+c", "+d"], b"a\r\nc\r\nd\r\n", id="CRLF kept"),
    pytest.param(b"a\nb\r\nc\n", [" b", "+x"], b"a\nb\r\nx\r\nc\n", id="mixed: the line above"),
    pytest.param(b"\xef\xbb\xbfa\nb\n", ["-a", "+A"], b"\xef\xbb\xbfA\nb\n", id="BOM kept"),
    pytest.param(b"a\nb", ["-b", "+c", "*** End of File"], b"a\nc", id="no final newline kept"),
    pytest.param(b"a\nb", ["+c", "*** End of File"], b"a\nb\nc", id="appended"),
    pytest.param(b"a\n", ["-a", "*** End of File"], b"", id="emptied"),
    pytest.param(b"", ["+a"], b"a\n", id="an empty file filled"),
    pytest.param(b"if x:\n\t\ta\n\t\tb\n", ["     a", "-    b", "+    c"], None,
                 id="tabs and spaces have no shift in common"),
    pytest.param(b"class A:\n        def f():\n            a\n",
                 ["     def f():", "-        a", "+        b", "+        c"],
                 b"class A:\n        def f():\n            b\n            c\n",
                 id="one indentation shift for all lines"),
    pytest.param("s = “a” – b\nt = 1  \n".encode(), ['-s = "a" - b', '+s = "a" - c'],
                 "s = “a” – c\nt = 1  \n".encode(), id="the file's punctuation stays"),
    pytest.param("s = “a”\nt = 1\n".encode(), [' s = "a"', "-t = 1", "+t = 2"],
                 "s = “a”\nt = 2\n".encode(), id="context is never rewritten"),
    pytest.param(b"a  \nb\n", [" a", "-b", "+c"], b"a  \nc\n", id="trailing blanks stay"),
    pytest.param(b"a\x0cb\nc\n", ["-c", "+d"], b"a\x0cb\nd\n", id="only newlines end a line"),
])
async def test_what_a_patch_keeps(tmp_path: Path, before: bytes, hunk: list[str],
                                  after: bytes | None) -> None:
    if after is None:
        (tmp_path / "file").write_bytes(before)
        assert "was not found" in await refused(tmp_path, update(*hunk))
    else:
        assert await patched(tmp_path, before, update(*hunk)) == after


@pytest.mark.parametrize(("lines", "words"), [
    (["*** Update File: none", "-a", "+b"], "There is no 'none' to change. Make it with '*** Add"),
    (["*** Delete File: none"], "There is no 'none' to delete."),
    (["*** Add File: file", "+x"], "'file' exists already. Change it with '*** Update File'"),
    (["*** Update File: file", "*** Move to: other"],
     "'file' cannot move to 'other': that exists already."),
    (["*** Update File: file", "-a", "+a"], "The patch changes nothing"),
    (["*** Update File: image", "-a", "+b"], "binary"),
    (["*** Update File: file", "-a", "+# ... existing code ..."], "left out"),
    (["*** Add File: new", "+# ... rest unchanged"], "left out"),
    (["*** Update File: file", "-a", "+b", "*** Update File: other", "-none", "+b"],
     "Hunk 1 of 'other' was not found"),
])
async def test_one_wrong_section_refuses_all(tmp_path: Path, lines: list[str],
                                             words: str) -> None:
    (tmp_path / "file").write_text("a\n")
    (tmp_path / "other").write_text("b\n")
    (tmp_path / "image").write_bytes(b"a\0b")
    assert words in await refused(tmp_path, envelope(*lines))


async def test_sections_of_one_file_follow_each_other(tmp_path: Path) -> None:
    assert await patched(tmp_path, b"a\nb\n", envelope(
        "*** Update File: file", "-a", "+x", "*** Update File: file", " x", "-b", "+y")) \
        == b"x\ny\n"
    (tmp_path / "file").chmod(0o755)
    assert await patched(tmp_path, b"a\r\n", envelope(
        "*** Delete File: file", "*** Add File: file", "+new")) == b"new\r\n"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o755
    edits = await prepare(tmp_path, envelope("*** Add File: x", "+a", "*** Delete File: x",
                                             "*** Add File: y", "+b"))
    assert [edit.path for edit in edits.edits] == ["y"]


async def test_a_stale_file_is_neither_patched_moved_nor_deleted(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("a\n")
    session = ToolSession(tmp_path)
    reader = session.tool("read_file")
    assert reader.effect is EffectClass.READ
    await reader.call({"path": "file"})
    file.write_text("a\nb\n")
    for lines in (["-a", "+c"], ["*** Move to: y"]):
        assert "changed since" in await refused(tmp_path, update(*lines), session)
    assert "changed since" in await refused(tmp_path, envelope("*** Delete File: file"), session)


async def test_a_file_that_cannot_be_written_takes_back_the_others(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a\n")
    (tmp_path / "gone").write_text("gone\n")
    (tmp_path / "folder").mkdir()
    edits = await prepare(tmp_path, envelope(
        "*** Update File: a", "-a", "+b", "*** Add File: new", "+n",
        "*** Add File: folder/x", "+x", "*** Delete File: gone"))
    (tmp_path / "folder").rmdir()
    (tmp_path / "folder").symlink_to(tmp_path.parent)
    with pytest.raises(PathRefused):
        apply_edits(tmp_path, edits)
    assert (tmp_path / "a").read_text() == "a\n"
    (tmp_path / "folder").unlink()
    (tmp_path / "folder").write_text("a file in the way\n")
    with pytest.raises(ToolError, match="is not a folder"):
        apply_edits(tmp_path, edits)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "a": "a\n", "gone": "gone\n", "folder": "a file in the way\n"}


async def test_many_like_lines_are_refused_quickly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a\n" * 400_000)
    assert "fits more than 500 times" in await refused(tmp_path, update("-a", "+b"))
    hunk = ["-a"] * 100_000
    assert "was not found" in await refused(tmp_path, update(*hunk, "-b", "+c"))
    assert "fits more than 500 times" in await refused(tmp_path, update(*hunk, "+c"))


TEXTS = st.lists(st.sampled_from(["a", "b", "  a", "", "}", "“a”", "@@ a", "*** End Patch", "-a"])
                 | st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]),
                           max_size=6), max_size=14)


def patch_between(old: list[str], new: list[str], context: int) -> str:
    lines = ["*** Update File: file"]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(context):
        lines.append("@@")
        for tag, old_from, old_to, new_from, new_to in group:
            kept = old[old_from:old_to]
            lines += ([f" {line}" for line in kept] if tag == "equal" else
                      [*(f"-{line}" for line in kept),
                       *(f"+{line}" for line in new[new_from:new_to])])
        if group[-1][2] == len(old):
            lines.append("*** End of File")
    return envelope(*lines)


@given(old=TEXTS, new=TEXTS, context=st.sampled_from([0, 1, 3, 100]))
def test_the_diff_of_two_texts_makes_one_of_the_other(old: list[str], new: list[str],
                                                     context: int) -> None:
    if old == new:
        return
    [section] = parse_patch(patch_between(old, new, context))
    known = FileLines(TextFile(text="".join(f"{line}\n" for line in old)))
    wanted = "".join(f"{line}\n" for line in new)
    try:
        made = known.changed(place_hunks(known.lines, section.hunks, path="file"))
    except ToolError as refusal:
        made = refusal.message
    # With all of the file as context there is one place; with less, a wrong one is never taken.
    assert made == wanted or (context < 100 and ("fits" in made or "no unchanged line" in made))
