"""Edits as the model asks for them: what is matched, what is kept, what is refused."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from cockpit_tui.context.stubs import short_call, short_result
from cockpit_tui.domain.conversation import ToolCall, ToolResult
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import PathRefused, ToolError
from cockpit_tui.domain.sanitize import clip
from cockpit_tui.tools.files import FileEdit, FileEdits, apply_edits, edit_state
from cockpit_tui.tools.session import ToolSession


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def prepare(session: ToolSession, name: str, **arguments: object) -> FileEdit:
    """The one edit of a tool that changes one file."""
    tool = session.tool(name)
    assert tool.effect is EffectClass.FILE_EDIT
    edits = await tool.prepare(dict(arguments))
    assert len(edits.edits) == 1
    return edits.edits[0]


def apply_edit(root: Path, edit: FileEdit) -> None:
    apply_edits(root, FileEdits(edits=(edit,)))


async def edited(root: Path, before: bytes, old: str, new: str, *,
                 replace_all: bool = False) -> bytes:
    (root / "file").write_bytes(before)
    edit = await prepare(ToolSession(root), "edit_file", path="file", old_string=old,
                         new_string=new, replace_all=replace_all)
    assert (root / "file").read_bytes() == before
    apply_edit(root, edit)
    return (root / "file").read_bytes()


async def refused(root: Path, before: bytes, old: str, new: str, *,
                  replace_all: bool = False) -> str:
    with pytest.raises(ToolError) as refusal:
        await edited(root, before, old, new, replace_all=replace_all)
    assert (root / "file").read_bytes() == before
    return refusal.value.message


async def test_an_edit_is_prepared_as_data_and_applied_once(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_bytes(b"one\ntwo\nthree\n")
    (tmp_path / "run.sh").chmod(0o750)
    edit = await prepare(ToolSession(tmp_path), "edit_file", path="./run.sh", old_string="two\n",
                         new_string="2\n2.5\n")
    after = b"one\n2\n2.5\nthree\n"
    before_sha256 = sha256(b"one\ntwo\nthree\n")
    assert edit == FileEdit(path="run.sh", before_sha256=before_sha256, after_sha256=sha256(after),
                            after=after, mode=0o750, added=2, removed=1)
    assert edit_state(tmp_path, "run.sh", before_sha256, edit.after_sha256) == "before"
    apply_edit(tmp_path, edit)
    apply_edit(tmp_path, edit)
    assert (tmp_path / "run.sh").read_bytes() == after
    assert (tmp_path / "run.sh").stat().st_mode & 0o777 == 0o750
    assert [path.name for path in tmp_path.iterdir()] == ["run.sh"]
    assert edit_state(tmp_path, "run.sh", before_sha256, edit.after_sha256) == "after"
    (tmp_path / "run.sh").write_text("somebody else")
    assert edit_state(tmp_path, "run.sh", before_sha256, edit.after_sha256) == "other"
    with pytest.raises(ToolError, match="changed since this edit was prepared"):
        apply_edit(tmp_path, edit)
    assert (tmp_path / "run.sh").read_text() == "somebody else"


async def test_a_new_file_gets_its_folders(tmp_path: Path) -> None:
    edit = await prepare(ToolSession(tmp_path), "write_file", path="a/b/new.py", content="x = 1\n")
    assert edit == FileEdit(path="a/b/new.py", before_sha256=None, after_sha256=sha256(b"x = 1\n"),
                            after=b"x = 1\n", mode=0o644, added=1, removed=0)
    assert list(tmp_path.iterdir()) == []
    assert edit_state(tmp_path, edit.path, None, edit.after_sha256) == "before"
    apply_edit(tmp_path, edit)
    assert (tmp_path / "a/b/new.py").read_bytes() == b"x = 1\n"


@pytest.mark.parametrize(("before", "old", "new", "after"), [
    pytest.param(b"a\r\nb\r\nc\r\n", "a\nb\n", "a\nB\n", b"a\r\nB\r\nc\r\n", id="CRLF kept"),
    pytest.param(b"a\r\nb\r\nc\n", "b\nc", "b\nx\nc", b"a\r\nb\nx\nc\n".replace(
        b"b\nx\nc", b"b\r\nx\r\nc"), id="mixed: the ends around decide"),
    pytest.param(b"a\nb\r\nc\nd\n", "c\n", "C\n", b"a\nb\r\nC\nd\n", id="mixed: others stay"),
    pytest.param(b"\xef\xbb\xbfa\nb\n", "a\n", "A\n", b"\xef\xbb\xbfA\nb\n", id="BOM kept"),
    pytest.param(b"a\nlast", "last", "end", b"a\nend", id="no final newline kept"),
    pytest.param(b"a\nlast\n", "\nlast\n", "", b"a\n", id="final newline kept"),
    pytest.param("s = “a” – b\n".encode(), 's = "a" - b', 's = "a" - c', "s = “a” – c\n".encode(),
                 id="punctuation is loose and the file's own stays"),
    pytest.param(b"if x:\n    y = 1  \n    z = 2\n", "y = 1\n    z = 2", "y = 1\n    z = 3",
                 b"if x:\n    y = 1\n    z = 3\n".replace(b"y = 1\n", b"y = 1  \n"),
                 id="trailing blanks are loose and stay"),
    pytest.param(b"class A:\n        def f(self):\n            return 1\n",
                 "def f(self):\n    return  1\n", "def f(self):\n    x = 1\n    return x\n",
                 b"class A:\n        def f(self):\n            x = 1\n            return x\n",
                 id="one indentation shift for all lines"),
    pytest.param(b"a\nb  \nc\n", "b\nc\n", "", b"a\n", id="loose lines deleted whole"),
    pytest.param(b"  a b\n", "a  b", "", b"", id="a loose last line deleted whole"),
    pytest.param(b"\tif x:\n\t\ty\n\tz\n", "if x:\n\t\ty  \n", "if q:\n\t\tw\n",
                 b"\tif q:\n\t\tw\n\tz\n",
                 id="a quotation that begins at the first word"),
    pytest.param(b"def f():\n  a\n  b\n", "    a\n    b", "    a\n    if b:\n        c",
                 b"def f():\n  a\n  if b:\n      c\n", id="less indentation in the file"),
])
async def test_what_an_edit_keeps(tmp_path: Path, before: bytes, old: str, new: str,
                                  after: bytes) -> None:
    assert await edited(tmp_path, before, old, new) == after


async def test_every_occurrence_when_asked(tmp_path: Path) -> None:
    assert await edited(tmp_path, b"a\r\nx\r\na\r\n", "a", "b", replace_all=True) \
        == b"b\r\nx\r\nb\r\n"


async def test_an_ambiguous_edit_names_the_lines(tmp_path: Path) -> None:
    assert await refused(tmp_path, b"x = 1\ny = 2\nx = 1\n", "x = 1", "x = 3") == (
        "old_string stands 2 times in 'file', at lines 1, 3. Add lines around it until it is "
        "unique, or set replace_all.")


async def test_a_missed_edit_shows_the_closest_lines(tmp_path: Path) -> None:
    before = b"import os\n\ndef load(path):\n    return open(path).read()\n\nload('x')\n"
    assert await refused(tmp_path, before, "def load(path):\n    return open(path).readlines()\n",
                         "pass") == (
        "old_string was not found in 'file'. The closest lines are:\n"
        "     3\tdef load(path):\n     4\t    return open(path).read()")


@pytest.mark.parametrize(("before", "old", "words"), [
    pytest.param(b"total = 1\n", "total = 2", "not found", id="content is never matched loosely"),
    pytest.param(b"if a:\n    b\nelse:\n  c\n", "if a:\n  b\nelse:\n  c\n", "not found",
                 id="lines that shift differently"),
    pytest.param(b"", "x", "The file is empty", id="empty file"),
    pytest.param(b"x\n", "zzzzzz", "Nothing in it is like it", id="nothing alike"),
    pytest.param(b"x\n", "\n\n\n", "nothing but whitespace", id="only blanks"),
    pytest.param(b"a\0b", "a", "binary", id="binary"),
    pytest.param("ü".encode("latin-1"), "a", "not UTF-8", id="Latin-1"),
    pytest.param("hi".encode("utf-16"), "a", "UTF-16", id="UTF-16"),
])
async def test_edits_that_do_not_fit(tmp_path: Path, before: bytes, old: str, words: str) -> None:
    assert words in await refused(tmp_path, before, old, "new")


async def test_an_edit_needs_a_file_and_a_difference(tmp_path: Path) -> None:
    session = ToolSession(tmp_path)
    with pytest.raises(ToolError, match="no 'x' to edit"):
        await prepare(session, "edit_file", path="x", old_string="a", new_string="b")
    assert "nothing would change" in await refused(tmp_path, b"a", "a", "a")


@pytest.mark.parametrize(("before", "content", "after"), [
    (b"a\r\nb\r\n", "x\ny", b"x\r\ny\r\n"),
    (b"a\nb\n", "x\r\ny\r\n", b"x\ny\n"),
    (b"\xef\xbb\xbfa\n", "b\n", b"\xef\xbb\xbfb\n"),
    (b"\xef\xbb\xbfa\n", "\ufeffb\n", b"\xef\xbb\xbfb\n"),
    (b"a", "b\n", b"b\n"),
    (b"a\n", "", b""),
])
async def test_a_rewritten_file_keeps_its_form(tmp_path: Path, before: bytes, content: str,
                                               after: bytes) -> None:
    (tmp_path / "file").write_bytes(before)
    edit = await prepare(ToolSession(tmp_path), "write_file", path="file", content=content)
    assert edit.after == after


async def test_a_stale_write_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one\n")
    session = ToolSession(tmp_path)
    reader = session.tool("read_file")
    assert reader.effect is EffectClass.READ
    await reader.call({"path": "file"})
    apply_edit(tmp_path, await prepare(session, "write_file", path="file", content="two\n"))
    apply_edit(tmp_path, await prepare(session, "edit_file", path="file", old_string="two",
                                       new_string="three"))
    await asyncio.to_thread(file.write_text, "somebody else\n")
    with pytest.raises(ToolError, match="'file' changed since you last read or wrote it"):
        await prepare(session, "write_file", path="file", content="four\n")
    await reader.call({"path": "file"})
    await prepare(session, "write_file", path="file", content="four\n")
    file.unlink()
    with pytest.raises(ToolError, match="'file' was deleted since"):
        await prepare(session, "write_file", path="file", content="five\n")


async def test_only_owned_paths_are_written(tmp_path: Path) -> None:
    session = ToolSession(tmp_path, owned_paths=("src/agents/*.py", "docs/", "app/[id]/**"))
    for path in ("src/agents/x.py", "docs/a/b.md", "app/[id]/page.tsx"):
        await prepare(session, "write_file", path=path, content="x")
    for path in ("src/agents/deep/x.py", "src/x.py", "docs2/x", "app/i/page.tsx", "docs.md"):
        with pytest.raises(PathRefused) as refusal:
            await prepare(session, "write_file", path=path, content="x")
        assert refusal.value.message == (
            f"{path!r} is outside of this task's paths. It may write only: src/agents/*.py, "
            "docs/, app/[id]/**.")


@pytest.mark.parametrize("line", [
    "# ... existing code ...", "// ... rest of the code unchanged", "/* rest of file */",
    "    # rest of the implementation remains the same", "// rest unchanged", "<!-- unchanged -->",
    "... existing code ...", "[... rest unchanged ...]", "// … other existing methods …",
    "{/* ... rest of the component ... */}", "# (same as before)", "// keep existing imports",
    "-- remaining code here", "# code omitted for brevity", "(rest of the function is unchanged)",
    "// The rest of your code stays here", "# previous code ...", "... rest of file omitted",
])
async def test_omitted_code_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "file").write_text("a = 1\nb = 2\n")
    session = ToolSession(tmp_path)
    for name, arguments in (
            ("write_file", {"content": f"a = 2\n{line}\n"}),
            ("edit_file", {"old_string": "a = 1", "new_string": f"a = 2\n{line}"})):
        with pytest.raises(ToolError, match="stands for code that was left out"):
            await prepare(session, name, path="file", **arguments)


@pytest.mark.parametrize("line", [
    "def f(): ...", "    ...", "# ...", "// ...", "The rest of the file is unchanged by this.",
    "# Keep the existing users when a new one logs in", "# REST code for the API",
    "rest = items[1:]", "# rest of the week", "# Existing users are migrated first.",
    "print('... existing code ...')", "// unchanged since 2019 because of the old printers",
    "# Other tests cover the same.", "* Remaining budget is shown in the header",
    "## Existing functionality", "# the remaining lines of a hunk are read until none is left",
    "# original file name, kept for the log", "- rest: the API",
])
async def test_plain_words_are_not_taken_for_omissions(tmp_path: Path, line: str) -> None:
    await prepare(ToolSession(tmp_path), "write_file", path="file", content=f"a\n{line}\n")


async def test_a_placeholder_that_the_file_already_has_may_stay(tmp_path: Path) -> None:
    assert await edited(tmp_path, b"# ... existing code ...\na\n", "# ... existing code ...\na",
                        "# ... existing code ...\nb") == b"# ... existing code ...\nb\n"


@pytest.mark.parametrize("name", ["write_file", "edit_file", "apply_patch",
                                  "str_replace_based_edit_tool"])
async def test_a_redacted_secret_is_never_written_over_the_true_one(tmp_path: Path,
                                                                    name: str) -> None:
    """A file that speaks of `[redacted]` itself is no way around it."""
    (tmp_path / "file").write_text("# shows [redacted]\nkey = s3cr3t\nlast\n")
    text = "# shows [redacted]\nkey = [redacted]\n"
    arguments = {
        "write_file": {"path": "file", "content": f"{text}last!\n"},
        "edit_file": {"path": "file", "old_string": "last", "new_string": text},
        "apply_patch": {"patch": "*** Begin Patch\n*** Delete File: file\n*** Add File: file\n"
                        "+# shows [redacted]\n+key = [redacted]\n*** End Patch"},
        "str_replace_based_edit_tool": {"command": "insert", "path": "file", "insert_line": 3,
                                        "insert_text": text},
    }[name]
    with pytest.raises(ToolError, match=r"stands for a secret that was kept from you"):
        await prepare(ToolSession(tmp_path), name, **arguments)


async def test_a_line_that_speaks_of_redaction_may_stay(tmp_path: Path) -> None:
    assert await edited(tmp_path, b"# [redacted]\na\n", "# [redacted]\na", "# [redacted]\nb") == (
        b"# [redacted]\nb\n")


async def test_what_the_cockpit_shortened_is_not_written_back(tmp_path: Path) -> None:
    """The marks are asked from those who make them."""
    call = ToolCall(id="1", name="write_file", arguments={"path": "file", "content": "x" * 500})
    marks = [clip("a\n" * 500, 100), short_call(call).arguments["content"],
             short_result(ToolResult(call_id="1", text="line\n" * 100), call).text]
    (tmp_path / "file").write_text("a\n" * 500)
    for mark in marks:
        with pytest.raises(ToolError, match="stands for code that was left out"):
            await prepare(ToolSession(tmp_path), "write_file", path="file", content=f"{mark}\n")
