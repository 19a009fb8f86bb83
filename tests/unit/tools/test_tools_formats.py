"""The tools of each model family: what is offered, how calls are read, Anthropic's own two."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cockpit_tui.domain.conversation import JsonObject, ToolCall, ToolSpec
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import PathRefused, ToolError
from cockpit_tui.domain.model import EditFormat
from cockpit_tui.domain.usage import estimated_tokens
from cockpit_tui.tools.arguments import MalformedCall
from cockpit_tui.tools.base import ToolOutcome
from cockpit_tui.tools.edits import EDIT_TOOL_NAMES, is_edit
from cockpit_tui.tools.files import apply_edits
from cockpit_tui.tools.paths import Confinement
from cockpit_tui.tools.reading import ListFiles
from cockpit_tui.tools.session import ToolSession

EDITOR = "str_replace_based_edit_tool"
READING = ["list_files", "read_file", "search"]
MOST_TOKENS_OF_A_FORMAT = 750


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "src/deep/deeper").mkdir(parents=True)
    (tmp_path / "src/app.py").write_bytes(b"one\r\ntwo\r\nthree\r\n")
    (tmp_path / "src/deep/x.py").write_text("x\n")
    (tmp_path / "src/deep/deeper/y.py").write_text("y\n")
    return tmp_path


async def use(root: Path, name: str, arguments: JsonObject,
              session: ToolSession | None = None) -> ToolOutcome | None:
    """A reading call's outcome; an edit is made to the end."""
    tool = (session or ToolSession(root)).tool(name, arguments)
    if tool.effect is EffectClass.READ:
        return await tool.call(arguments)
    assert tool.effect is EffectClass.FILE_EDIT
    apply_edits(root, await tool.prepare(arguments))
    return None


async def refused(root: Path, name: str, arguments: JsonObject) -> str:
    with pytest.raises(ToolError) as refusal:
        await use(root, name, arguments)
    return refusal.value.message


def test_each_format_offers_its_own_tools_in_a_fixed_order(root: Path) -> None:
    session = ToolSession(root, edit_format=EditFormat.TEXT_EDITOR)
    offered = {
        EditFormat.TEXT_EDITOR: [EDITOR, "bash", "search"],
        EditFormat.APPLY_PATCH: [*READING, "apply_patch", "run_command"],
        EditFormat.SEARCH_REPLACE: [*READING, "write_file", "edit_file", "run_command"],
        EditFormat.WHOLE_FILE: [*READING, "write_file", "run_command"]}
    assert {format_: [spec.name for spec in session.specs_for(format_)]
            for format_ in EditFormat} == offered
    assert [spec.name for spec in session.specs] == offered[EditFormat.TEXT_EDITOR]
    for name in {name for names in offered.values() for name in names}:
        assert session.tool(name).spec.name == name
    with pytest.raises(MalformedCall) as refusal:
        session.tool("str_replace\x1b[2J")
    assert refusal.value.message == (
        f"There is no tool 'str_replace␛[2J'. There are: {EDITOR}, bash, search.")


@pytest.mark.parametrize("edit_format", EditFormat)
def test_the_tools_of_a_format_leave_room_in_the_first_request(root: Path,
                                                               edit_format: EditFormat) -> None:
    wire = [{"name": spec.name, "description": spec.description, "input_schema": spec.parameters}
            for spec in ToolSession(root).specs_for(edit_format)]
    assert estimated_tokens(json.dumps(wire)) <= MOST_TOKENS_OF_A_FORMAT


@pytest.mark.parametrize("edit_format", EditFormat)
def test_a_read_only_session_is_the_same_in_every_format(root: Path,
                                                         edit_format: EditFormat) -> None:
    session = ToolSession(root, read_only=True, edit_format=edit_format)
    assert [spec.name for spec in session.specs] == READING
    for name in (*EDIT_TOOL_NAMES, "bash", "run_command"):
        for arguments in ({}, {"command": "view", "path": "."}, {"restart": True}):
            with pytest.raises(MalformedCall, match="There is no tool"):
                session.tool(name, arguments)


def test_further_reading_tools_come_last_in_every_format(root: Path) -> None:
    class Extra(ListFiles):
        spec = ToolSpec(name="load_skill", description="", parameters={})

    extra = Extra(Confinement(root))
    for read_only in (True, False):
        session = ToolSession(root, read_only=read_only, further=[extra])
        for edit_format in EditFormat:
            assert session.specs_for(edit_format)[-1] is extra.spec
        assert session.tool("load_skill") is extra


def test_which_calls_are_edits() -> None:
    calls = [("write_file", {}), ("edit_file", {}), ("apply_patch", {}),
             (EDITOR, {"command": "create"}), (EDITOR, {"command": "view"}), ("bash", {}),
             ("read_file", {})]
    assert [is_edit(ToolCall(id="1", name=name, arguments=arguments))
            for name, arguments in calls] == [True, True, True, True, False, False, False]


@pytest.mark.parametrize(("name", "arguments"), [
    ("read_file", {"file_path": "src/app.py", "start_line": "2", "end_line": 2.0}),
    (EDITOR, {"command": "view", "path": "src/app.py", "view_range": [2, 2],
              "file_text": None}),
    ("read_file", '{"path": "src/app.py", "start_line": 2, "end_line": 2}'),
    (EDITOR, {"command": "view", "path": "src/app.py", "view_range": "[2, 2]"}),
    (EDITOR, {"command": "view", "file_path": "src/app.py", "view_range": ["2", 2.0],
              "old_str": None}),
])
async def test_plain_meanings_are_understood(root: Path, name: str,
                                             arguments: JsonObject) -> None:
    assert await use(root, name, arguments) == ToolOutcome(
        text="     2\ttwo", summary="lines 2-2 of src/app.py")


async def test_names_of_other_vendors_are_understood(root: Path) -> None:
    await use(root, "write_file", {"file_path": "a", "file_text": "one\none\n"})
    await use(root, "edit_file", {"path": "a", "old_str": "one", "new_str": "two",
                                  "replace_all": "True"})
    assert (root / "a").read_text() == "two\ntwo\n"
    await use(root, EDITOR, {"command": "str_replace", "path": "a", "old_string": "two\ntwo",
                             "new_string": "three"})
    await use(root, "apply_patch", {"input": "*** Begin Patch\n*** Update File: a\n-three\n+four\n"
                                             "*** End Patch"})
    assert (root / "a").read_text() == "four\n"
    shell = ToolSession(root).tool("bash")
    assert shell.effect is EffectClass.SHELL
    assert shell.parse({"cmd": " ls ", "restart": False}) == "ls"


async def test_an_absolute_path_below_the_root_is_understood(root: Path) -> None:
    outcome = await use(root, EDITOR, {"command": "view", "path": f"{root}/src/deep/x.py"})
    assert outcome == ToolOutcome(text="     1\tx", summary="lines 1-1 of src/deep/x.py")
    for path in (f"{root}/../x", f"{root}//etc/passwd", f"{root}/.git/config", f"{root}2/x",
                 f"{root.parent}"):
        with pytest.raises(PathRefused):
            await use(root, "write_file", {"path": path, "content": "x"})


@pytest.mark.parametrize(("name", "arguments", "message"), [
    ("edit_file", {"path": "a", "old_string": "x", "new_string": "y", "replace_all": "yes"},
     "edit_file: argument 'replace_all' must be a boolean, not string."),
    (EDITOR, {"command": "undo_edit", "path": "a"},
     f"{EDITOR}: argument 'command' must be one of view, create, str_replace, insert, not "
     "'undo_edit'."),
    (EDITOR, {"command": "view", "path": "src/app.py", "view_range": [1, "x"]},
     f"{EDITOR}: argument 'view_range' must be an array of integers, not of something else."),
    (EDITOR, {"command": "view", "path": "src/app.py", "view_range": [1]},
     f"{EDITOR}: view_range must be [first line, last line], not [1]."),
    (EDITOR, {"command": "create", "path": "a"}, f"{EDITOR}: create needs argument 'file_text'."),
    (EDITOR, {"command": "str_replace", "path": "a", "new_str": "x"},
     f"{EDITOR}: str_replace needs argument 'old_str'."),
    (EDITOR, {"command": "insert", "path": "src/app.py", "insert_text": "x"},
     f"{EDITOR}: insert needs argument 'insert_line'."),
    (EDITOR, {"command": "insert", "path": "src/app.py", "insert_line": 1},
     f"{EDITOR}: insert needs argument 'insert_text'."),
])
async def test_wrong_calls_are_told_exactly_and_apart(root: Path, name: str,
                                                      arguments: JsonObject,
                                                      message: str) -> None:
    with pytest.raises(MalformedCall) as refusal:
        await use(root, name, arguments)
    assert refusal.value.message == message


async def test_the_text_editor_views_files_and_folders(root: Path) -> None:
    (root / "empty").touch()
    for arguments, text in (
            ({"path": "src/app.py"}, "     1\tone\n     2\ttwo\n     3\tthree"),
            ({"path": "src/app.py", "view_range": [2, -1]}, "     2\ttwo\n     3\tthree"),
            ({"path": "src/app.py", "view_range": [0, 1]}, "     1\tone"),
            ({"path": "empty"}, ""),
            ({"path": "src"}, "src/app.py\nsrc/deep/\nsrc/deep/deeper/\nsrc/deep/x.py"),
            ({"path": "."}, "empty\nsrc/\nsrc/app.py\nsrc/deep/")):
        outcome = await use(root, EDITOR, {"command": "view", **arguments})
        assert outcome is not None
        assert outcome.text == text


async def test_the_text_editor_changes_files(root: Path) -> None:
    file = root / "src/app.py"
    await use(root, EDITOR, {"command": "create", "path": "new/a.py", "file_text": "a\n"})
    assert (root / "new/a.py").read_text() == "a\n"
    await use(root, EDITOR, {"command": "str_replace", "path": "src/app.py", "old_str": "two\n",
                             "new_str": "2\n"})
    await use(root, EDITOR, {"command": "str_replace", "path": "src/app.py", "old_str": "one\n"})
    assert file.read_bytes() == b"2\r\nthree\r\n"
    for line, text in ((0, "zero"), (1, "half\n"), ("4", "four\n\n")):
        await use(root, EDITOR, {"command": "insert", "path": "src/app.py", "insert_line": line,
                                 "insert_text": text})
    assert file.read_bytes() == b"zero\r\nhalf\r\n2\r\nthree\r\nfour\r\n\r\n"
    await use(root, EDITOR, {"command": "insert", "path": "src/app.py", "insert_line": 6,
                             "new_str": "end"})
    assert file.read_bytes().endswith(b"\r\n\r\nend\r\n")
    (root / "bare").write_bytes(b"a")
    await use(root, EDITOR, {"command": "insert", "path": "bare", "insert_line": 1,
                             "insert_text": "b\n"})
    assert (root / "bare").read_bytes() == b"a\nb"


@pytest.mark.parametrize(("arguments", "words"), [
    ({"command": "str_replace", "path": "src/app.py", "old_str": "e", "new_str": "x"},
     "old_str stands 3 times in 'src/app.py', at lines 1, 3, 3. Add lines around it until it is "
     "unique."),
    ({"command": "str_replace", "path": "src/app.py", "old_str": "four", "new_str": "x"},
     "old_str was not found in 'src/app.py'."),
    ({"command": "str_replace", "path": "src/app.py", "old_str": "one", "new_str": "one"},
     "old_str and new_str are the same"),
    ({"command": "insert", "path": "src/app.py", "insert_line": 4, "insert_text": "x"},
     "'src/app.py' has 3 lines; insert_line 4 is beyond its end."),
    ({"command": "insert", "path": "src/app.py", "insert_line": 0, "insert_text": ""},
     "insert_text is empty"),
    ({"command": "insert", "path": "none", "insert_line": 0, "insert_text": "x"},
     "There is no 'none' to edit."),
    ({"command": "insert", "path": "src/app.py", "insert_line": 0,
      "insert_text": "# ... existing code ..."}, "stands for code that was left out"),
    ({"command": "create", "path": "src", "file_text": "x"}, "is a folder"),
    ({"command": "view", "path": "none"}, "There is no 'none'."),
])
async def test_what_the_text_editor_refuses(root: Path, arguments: JsonObject,
                                            words: str) -> None:
    assert words in await refused(root, EDITOR, arguments)
    assert (root / "src/app.py").read_bytes() == b"one\r\ntwo\r\nthree\r\n"


async def test_a_view_counts_as_seen(root: Path) -> None:
    session = ToolSession(root, edit_format=EditFormat.TEXT_EDITOR)
    await use(root, EDITOR, {"command": "view", "path": "src/deep/x.py"}, session)
    (root / "src/deep/x.py").write_text("somebody else\n")
    with pytest.raises(ToolError, match="changed since you last read or wrote it"):
        await use(root, EDITOR, {"command": "create", "path": "src/deep/x.py", "file_text": "y"},
                  session)


async def test_a_restart_of_the_shell_is_answered(root: Path) -> None:
    assert await use(root, "bash", {"restart": True}) == ToolOutcome(
        text="Done: every command gets a new shell.", summary="restart the shell")
    tool = ToolSession(root).tool("bash", {"command": "ls", "restart": True})
    assert tool.effect is EffectClass.SHELL
    for arguments in ({}, {"restart": False}, {"command": ""}):
        with pytest.raises(MalformedCall, match="'command' must not be empty"):
            tool.parse(arguments)


async def test_lines_about_wrong_calls_are_harmless(root: Path) -> None:
    session = ToolSession(root)
    for name in [spec.name for format_ in EditFormat for spec in session.specs_for(format_)]:
        for arguments in ({}, {"path": 7, "command": [], "patch": {}, "pattern": None}, "x", []):
            line = session.tool(name, arguments).summarize(arguments)  # type: ignore[arg-type]
            assert "?" in line or line == "list ."
    patch = session.tool("apply_patch")
    assert patch.summarize({"patch": "".join(
        f"*** Add File: {name}\n" for name in ("a", "b\x1b", "c", "d", "e"))}) == \
        "patch a, b␛, c and 2 more"


async def test_only_owned_paths_are_changed(root: Path) -> None:
    session = ToolSession(root, owned_paths=("src/",))
    for arguments in ({"command": "create", "path": "x", "file_text": ""},
                      {"command": "insert", "path": "x", "insert_line": 0, "insert_text": "a"},
                      {"command": "str_replace", "path": "x", "old_str": "a"}):
        with pytest.raises(PathRefused, match="outside of this task's paths"):
            await use(root, EDITOR, arguments, session)
