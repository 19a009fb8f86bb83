"""A session's tools as a model meets them: specifications, arguments, reading, searching."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import ToolError
from cockpit_tui.domain.globs import is_owned, matches_glob
from cockpit_tui.tools.base import ToolOutcome
from cockpit_tui.tools.paths import Confinement
from cockpit_tui.tools.search import Search
from cockpit_tui.tools.session import ToolSession


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "src/deep").mkdir(parents=True)
    (tmp_path / ".git/hooks").mkdir(parents=True)
    (tmp_path / "src/app.py").write_bytes("a = 1\r\nb = 'ü'\r\nlast".encode())
    (tmp_path / "src/deep/x.ts").write_text("let b = 2\n")
    (tmp_path / "src.txt").write_text("")
    (tmp_path / ".gitignore").write_text("*.pyc\n")
    return tmp_path


async def read(root: Path, name: str, arguments: JsonObject) -> ToolOutcome:
    tool = ToolSession(root).tool(name)
    assert tool.effect is EffectClass.READ
    return await tool.call(arguments)


async def test_a_read_only_session_has_nothing_that_writes_or_runs(root: Path) -> None:
    whole, reading = ToolSession(root), ToolSession(root, read_only=True)
    names = [spec.name for spec in whole.specs]
    assert names == ["list_files", "read_file", "search", "write_file", "edit_file", "run_command"]
    assert [whole.tool(name).effect.value for name in names] == [
        "read", "read", "read", "file_edit", "file_edit", "shell"]
    assert [spec.name for spec in reading.specs] == ["list_files", "read_file", "search"]
    with pytest.raises(ToolError) as refusal:
        reading.tool("write_file")
    assert refusal.value.message == \
        "There is no tool 'write_file'. There are: list_files, read_file, search."


@pytest.mark.parametrize(("arguments", "message"), [
    ({}, "read_file: argument 'path' is missing. It takes path (string), start_line (integer, "
         "optional), end_line (integer, optional)."),
    ({"path": "x", "lines": 1}, "read_file: unknown argument 'lines'. It takes path (string), "
                                "start_line (integer, optional), end_line (integer, optional)."),
    ({"path": None}, "read_file: argument 'path' must be a string, not null."),
    ({"path": "x", "start_line": "three"},
     "read_file: argument 'start_line' must be an integer, not string."),
    ("path=x", "read_file: arguments must be a JSON object. It takes path (string), start_line "
               "(integer, optional), end_line (integer, optional)."),
    ({"path": ["x"]}, "read_file: argument 'path' must be a string, not array."),
    ({"path": "x", "start_line": True},
     "read_file: argument 'start_line' must be an integer, not boolean."),
    ({"path": "x", "start_line": 1.5},
     "read_file: argument 'start_line' must be an integer, not number."),
    ({"path": "x", "start_line": 0}, "read_file: argument 'start_line' must be at least 1."),
    ({"path": "\ud800"}, "read_file: argument 'path' holds half a surrogate pair at character 0, "
                         "which is not text."),
    ({"path": "x" * 2_000_001}, "read_file: argument 'path' has 2,000,001 characters; at most "
                                "2,000,000 are taken."),
    ([], "read_file: arguments must be a JSON object. It takes path (string), start_line "
         "(integer, optional), end_line (integer, optional)."),
])
async def test_arguments_are_checked_to_the_letter(root: Path, arguments: JsonObject,
                                                   message: str) -> None:
    with pytest.raises(ToolError) as refusal:
        await read(root, "read_file", arguments)
    assert refusal.value.message == message


async def test_a_command_is_parsed_but_not_run(root: Path) -> None:
    tool = ToolSession(root).tool("run_command")
    assert tool.effect is EffectClass.SHELL
    assert tool.parse({"command": " touch x\n"}) == "touch x"
    assert tool.summarize({"command": "echo \x1b[31m\u202e\nx"}) == "run echo ␛[31m<U+202E>␊x"
    assert tool.summarize({"command": 7}) == "run ?"
    for command, words in ((" ", "must not be empty"), ("", "must not be empty"),
                           ("a\0b", "NUL"), ("x" * 10_001, "at most 10,000")):
        with pytest.raises(ToolError, match=words):
            tool.parse({"command": command})
    assert not (root / "x").exists()


async def test_a_listing_is_a_sorted_tree(root: Path) -> None:
    (root / "odd\n\x1b[2J").touch()
    assert await read(root, "list_files", {}) == ToolOutcome(
        text=".gitignore\nodd␊␛[2J\nsrc/\nsrc/app.py\nsrc/deep/\nsrc/deep/x.ts\nsrc.txt",
        summary="7 entries in .")
    assert (await read(root, "list_files", {"path": "src/deep/"})).text == "src/deep/x.ts"
    (root / "empty").mkdir()
    assert (await read(root, "list_files", {"path": "empty"})).text == "(empty folder)"


async def test_a_whole_file_is_verbatim_and_a_range_is_numbered(root: Path) -> None:
    assert await read(root, "read_file", {"path": "src/app.py"}) == ToolOutcome(
        text="a = 1\r\nb = 'ü'\r\nlast", summary="3 lines of src/app.py")
    assert await read(root, "read_file", {"path": "src/app.py", "start_line": 2, "end_line": 99}) \
        == ToolOutcome(text="     2\tb = 'ü'\n     3\tlast", summary="lines 2-3 of src/app.py")
    for arguments, words in (({"start_line": 4}, "has 3 lines; there is no line 4"),
                             ({"start_line": 3, "end_line": 2}, "comes before")):
        with pytest.raises(ToolError, match=words):
            await read(root, "read_file", {"path": "src/app.py", **arguments})


async def test_what_cannot_be_read_says_what_it_is(root: Path) -> None:
    (root / "logo.png").write_bytes(b"\x89PNG\0\0")
    (root / "latin.txt").write_bytes(b"one\ntw\xf6\n")
    (root / "wide.txt").write_bytes("x".encode("utf-16"))
    for path, message in (
            ("logo.png", "'logo.png' is a binary file (6 bytes); only text is read."),
            ("latin.txt", "'latin.txt' is not UTF-8: byte 0xf6 in line 2. It is a binary file or "
                          "in another encoding, such as Latin-1."),
            ("wide.txt", "'wide.txt' is UTF-16 text; only UTF-8 is read and edited."),
            ("none.txt", "There is no 'none.txt'. See what there is with list_files."),
            ("src", "'src' is a folder, not a file.")):
        with pytest.raises(ToolError) as refusal:
            await read(root, "read_file", {"path": path})
        assert refusal.value.message == message


async def test_a_long_file_comes_with_its_middle_cut(root: Path) -> None:
    (root / "long.txt").write_text("head\n" + "x" * 400_000 + "\ntail")
    text = (await read(root, "read_file", {"path": "long.txt"})).text
    assert text.startswith("head\n")
    assert text.endswith("\ntail")
    assert "[... 137,866 characters cut ...]" in text


async def test_search_finds_lines(root: Path) -> None:
    assert await read(root, "search", {"pattern": r"\bb = "}) == ToolOutcome(
        text="src/app.py:2: b = 'ü'\nsrc/deep/x.ts:1: let b = 2", summary="2 matches")
    assert (await read(root, "search", {"pattern": "b", "glob": "*.ts"})).text == \
        "src/deep/x.ts:1: let b = 2"
    assert (await read(root, "search", {"pattern": "b", "path": "src/app.py"})).text == \
        "src/app.py:2: b = 'ü'"
    assert (await read(root, "search", {"pattern": "nowhere"})).text == "No matches."
    with pytest.raises(ToolError, match="not a regular expression: missing \\)"):
        await read(root, "search", {"pattern": "("})
    with pytest.raises(ToolError, match="no 'none'"):
        await read(root, "search", {"pattern": "x", "path": "none"})


async def test_search_is_capped(root: Path) -> None:
    (root / "many.txt").write_text("hit\n" * 300)
    lines = (await read(root, "search", {"pattern": "hit"})).text.splitlines()
    assert (len(lines), lines[-1]) == (
        201, "[more than 200 matches: narrow the pattern, the path or the glob]")


async def test_a_hopeless_pattern_is_given_up(root: Path) -> None:
    (root / "a.txt").write_text("found\n")
    (root / "b.txt").write_text("a" * 3_000 + "!")
    tool = Search(Confinement(root), timeout_seconds=1.0)
    outcome = await tool.call({"pattern": "found|(a+)+$", "glob": "[ab].txt".replace("[ab]", "?")})
    assert outcome.text == ("a.txt:1: found\n[stopped after 1 s: search a smaller folder or with a "
                            "simpler pattern]")


async def test_search_runs_nothing_that_lies_in_the_tree(root: Path) -> None:
    for name in ("re.py", "json.py", "sitecustomize.py", "cockpit_tui.py"):
        (root / name).write_text(f"open({str(root / 'owned')!r}, 'w')\n")
    assert (await read(root, "search", {"pattern": "let"})).text == "src/deep/x.ts:1: let b = 2"
    assert not (root / "owned").exists()


@pytest.mark.parametrize(("path", "glob", "owned"), [
    ("src/a.py", "src/*.py", True), ("src/x/a.py", "src/*.py", False),
    ("src/x/a.py", "src/**/*.py", True), ("src/a.py", "src/**/*.py", True),
    ("src/x/y", "src/**", True), ("src", "src/**", False), ("src/x", "src", True),
    ("src/x", "./src/", True), ("srcs/x", "src", False), ("a.b", "a?b", True),
    ("a/b", "a?b", False), ("axb", "a.b", False), ("any/thing", ".", True),
    ("tests/test_x.py", "**/test_*.py", True), ("test_x.py", "**/test_*.py", True),
])
def test_owned_globs(path: str, glob: str, owned: bool) -> None:
    assert is_owned(path, [glob]) is owned


def test_search_globs_name_a_file_or_a_path() -> None:
    assert matches_glob("src/deep/x.ts", "*.ts")
    assert matches_glob("src/deep/x.ts", "src/**/*.ts")
    assert not matches_glob("src/deep/x.ts", "src/*.ts")
    assert not matches_glob("src/deep/x.ts", "src")
