"""Attacks 21-28 of the safety design: a malicious model and its paths, against a real tree.

Each expects the refusal, and that nothing outside of the worktree changed.
"""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import PathRefused, ToolError
from cockpit_tui.tools import paths
from cockpit_tui.tools.files import FileEdit, FileEdits, apply_edits, edit_state
from cockpit_tui.tools.paths import Confinement
from cockpit_tui.tools.reading import ListFiles
from cockpit_tui.tools.search import Search
from cockpit_tui.tools.session import ToolSession

SECRET = "canary-of-the-person"


def fingerprint(folder: Path) -> dict[str, tuple[str, int]]:
    return {str(path.relative_to(folder)): (
                hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "-",
                path.stat().st_mode)
            for path in sorted(folder.rglob("*"))}


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """What belongs to the person; unchanged after every test here."""
    folder = tmp_path / "outside"
    (folder / "src").mkdir(parents=True)
    (folder / "secret.txt").write_text(SECRET)
    (folder / "src/app.py").write_text(SECRET)
    before = fingerprint(folder)
    yield folder
    assert fingerprint(folder) == before


@pytest.fixture
def worktree(tmp_path: Path, outside: Path) -> Path:
    root = tmp_path / "worktree"
    (root / "src").mkdir(parents=True)
    (root / "src/app.py").write_text("print('hello')\n")
    (root / ".git").write_text("gitdir: /nowhere\n")
    return root


async def use(session: ToolSession, name: str, arguments: JsonObject) -> None:
    tool = session.tool(name)
    if tool.effect is EffectClass.FILE_EDIT:
        apply_edits(session.root, await tool.prepare(arguments))
    elif tool.effect is EffectClass.READ:
        await tool.call(arguments)


async def attempt(session: ToolSession, name: str, path: str) -> str:
    """Use a tool on a path, edits to the end; the refusal's text. Fails if nothing refuses."""
    arguments = {
        "list_files": {"path": path},
        "read_file": {"path": path},
        "search": {"pattern": ".", "path": path},
        "write_file": {"path": path, "content": "owned"},
        "edit_file": {"path": path, "old_string": SECRET, "new_string": "owned"},
    }[name]
    with pytest.raises(ToolError) as refusal:
        await use(session, name, arguments)
    assert SECRET not in refusal.value.message
    return refusal.value.message


EVERY_TOOL = ["list_files", "read_file", "search", "write_file", "edit_file"]
OPENING_TOOLS = ["read_file", "write_file", "edit_file"]


@pytest.mark.parametrize("tool", EVERY_TOOL)
@pytest.mark.parametrize(("path", "reason"), [
    ("../outside/secret.txt", "climbs"),
    ("src/../../outside/secret.txt", "climbs"),
    ("src/..", "climbs"),
    ("%2e%2e/outside/secret.txt", "climbs"),
    ("..%2foutside%2Fsecret.txt", "hides a separator"),
    ("\uff0e\uff0e/outside/secret.txt", "climbs"),
    ("\u2024\u2024/outside/secret.txt", "climbs"),
    (".\u200b./outside/secret.txt", "climbs"),
    ("src\uff0f..\uff0f..\uff0foutside", "hides a separator"),
    ("/etc/passwd", "absolute"),
    ("//etc/passwd", "absolute"),
    ("C:/Windows/win.ini", "absolute"),
    ("/proc/self/environ", "absolute"),
    ("~/.ssh/id_ed25519", "home"),
    ("~root/.bashrc", "home"),
    ("src/app.py\0.txt", "control character"),
    ("src/app.py\n.txt", "control character"),
    ("..\\outside\\secret.txt", "backslash"),
    ("src\\app.py", "backslash"),
    ("", "empty"),
    ("a/" * 600, "characters"),
])
async def test_21_names_that_climb_or_hide_are_refused(worktree: Path, tool: str, path: str,
                                                       reason: str) -> None:
    assert reason in await attempt(ToolSession(worktree), tool, path)


@pytest.mark.parametrize("tool", EVERY_TOOL)
async def test_22_a_link_is_never_followed(worktree: Path, outside: Path, tool: str) -> None:
    (worktree / "link.txt").symlink_to(outside / "secret.txt")
    (worktree / "folder").symlink_to(outside)
    session = ToolSession(worktree)
    assert "symbolic link" in await attempt(session, tool, "folder/src/app.py")
    assert "symbolic link" in await attempt(session, tool, "link.txt")


async def test_22_links_show_in_a_listing_but_nothing_below_them(worktree: Path,
                                                                outside: Path) -> None:
    (worktree / "folder").symlink_to(outside)
    listing = await ListFiles(Confinement(worktree)).call({})
    assert listing.text.splitlines() == ["folder@", "src/", "src/app.py"]
    found = await Search(Confinement(worktree)).call({"pattern": SECRET})
    assert found.text == "No matches."


async def test_22_a_folder_swapped_for_a_link_after_prepare(worktree: Path, outside: Path) -> None:
    session = ToolSession(worktree)
    tool = session.tool("write_file")
    assert tool.effect is EffectClass.FILE_EDIT
    edit = await tool.prepare({"path": "src/app.py", "content": "owned"})
    (worktree / "src").rename(worktree / "src.old")
    (worktree / "src").symlink_to(outside / "src")
    with pytest.raises(PathRefused, match="symbolic link"):
        apply_edits(worktree, edit)
    with pytest.raises(PathRefused, match="symbolic link"):
        edit_state(worktree, "src/app.py", edit.edits[0].before_sha256,
                   edit.edits[0].after_sha256)


def test_22_a_folder_swapped_between_check_and_use(worktree: Path, outside: Path,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    confinement = Confinement(worktree)
    genuine = paths._refuse_unwritable

    def check_then_swap(folder: int, name: str, path: paths.ConfinedPath) -> None:
        genuine(folder, name, path)
        (worktree / "src").rename(worktree / "src.old")
        (worktree / "src").symlink_to(outside / "src")

    monkeypatch.setattr(paths, "_refuse_unwritable", check_then_swap)
    confinement.write(confinement.resolve("src/app.py"), b"owned", mode=0o644)
    assert (worktree / "src.old/app.py").read_bytes() == b"owned"


def test_23_the_root_itself_may_not_be_a_link(worktree: Path, outside: Path,
                                              tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(outside)
    with pytest.raises(PathRefused, match="not a real folder"):
        ToolSession(link)
    confinement = Confinement(worktree)
    worktree.rename(tmp_path / "moved")
    worktree.symlink_to(outside)
    with pytest.raises(PathRefused, match="not a real folder"):
        confinement.read(confinement.resolve("secret.txt"), limit=100)
    worktree.unlink()
    worktree.mkdir()
    with pytest.raises(PathRefused, match="replaced by another folder"):
        confinement.write(confinement.resolve("x"), b"owned", mode=0o644)


@pytest.mark.parametrize("tool", ["write_file", "edit_file"])
async def test_24_a_hard_link_is_not_written(worktree: Path, outside: Path, tool: str) -> None:
    (worktree / "twin.txt").hardlink_to(outside / "secret.txt")
    assert "hard link" in await attempt(ToolSession(worktree), tool, "twin.txt")


@pytest.mark.parametrize("tool", OPENING_TOOLS)
async def test_25_pipes_sockets_and_devices_are_not_opened(worktree: Path, tool: str) -> None:
    os.mkfifo(worktree / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(worktree / "socket"))
        for name in ("pipe", "socket"):
            assert "pipe, socket or device" in await attempt(ToolSession(worktree), tool, name)


@pytest.mark.parametrize("tool", EVERY_TOOL)
@pytest.mark.parametrize("path", [
    ".git", ".git/config", ".GIT/config", ".Git/hooks/pre-commit", "src/.git/config",
    ".g\uff49t/config", ".\uff47\uff49\uff54/config",
    ".g\u200cit/config", "\ufeff.git/config", ".git\u2060/config", ".git./config", ".git /config",
    "git~1/config", "GIT~1/hooks/x", ".git::$INDEX_ALLOCATION/config", "./.git/config",
    "src//.git/HEAD",
])
async def test_26_git_is_out_of_reach_under_every_name(worktree: Path, tool: str,
                                                       path: str) -> None:
    before = fingerprint(worktree)
    assert "git's own files" in await attempt(ToolSession(worktree), tool, path)
    assert fingerprint(worktree) == before


async def test_27_a_huge_file_is_neither_read_nor_searched(worktree: Path) -> None:
    with (worktree / "huge.txt").open("wb") as file:
        file.truncate(2 * 1024**3)
    for tool in OPENING_TOOLS:
        assert "2,147,483,648 bytes" in await attempt(ToolSession(worktree), tool, "huge.txt")
    found = await Search(Confinement(worktree)).call({"pattern": "hello"})
    assert found.text.splitlines() == [
        "src/app.py:1: print('hello')",
        "[1 files were too large or could not be opened]"]


async def test_27_a_long_line_is_cut(worktree: Path) -> None:
    (worktree / "line.txt").write_text("x" * 1_500_000 + "needle")
    found = await Search(Confinement(worktree)).call({"pattern": "x|needle", "path": "line.txt"})
    assert found.text == f"line.txt:1: {'x' * 300}…"


async def test_27_a_flood_of_files_is_capped(worktree: Path,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit_tui.tools.reading.MAX_ENTRIES_OF_A_FOLDER", 40)
    (worktree / "many").mkdir()
    for number in range(100):
        (worktree / "many" / f"{number:03}").touch()
    listing = await ListFiles(Confinement(worktree), limit=25).call({})
    lines = listing.text.splitlines()
    assert len(lines) == 26
    assert lines[0] == "many/"
    assert "src/" in lines
    assert lines[-1] == "[... 25 entries shown, there are more: list one folder]"


@pytest.mark.parametrize("path", [".cockpit/config.toml", ".COCKPIT.toml", "src/.cockpit-edit-0"])
async def test_28_the_cockpits_own_files_are_not_writable(worktree: Path, path: str) -> None:
    for tool in ("write_file", "edit_file"):
        assert "belongs to the cockpit" in await attempt(ToolSession(worktree), tool, path)


async def test_28_a_link_to_the_ledger_does_not_help(worktree: Path, outside: Path) -> None:
    (worktree / "cockpit.db").symlink_to(outside / "secret.txt")
    for tool in ("write_file", "edit_file"):
        assert "symbolic link" in await attempt(ToolSession(worktree), tool, "cockpit.db")


def test_28_a_planted_link_at_the_temporary_name_is_replaced(worktree: Path,
                                                             outside: Path) -> None:
    confinement = Confinement(worktree)
    name = f".cockpit-edit-{hashlib.sha256(b'app.py').hexdigest()[:16]}"
    (worktree / "src" / name).symlink_to(outside / "secret.txt")
    confinement.write(confinement.resolve("src/app.py"), b"new", mode=0o644)
    assert sorted(path.name for path in (worktree / "src").iterdir()) == ["app.py"]
    assert (worktree / "src/app.py").read_bytes() == b"new"


def test_an_edit_with_a_forged_path_is_refused_when_applied(worktree: Path,
                                                            outside: Path) -> None:
    edit = FileEdit(path="../outside/new.txt", before_sha256=None, after_sha256="0" * 64,
                    after=b"owned", mode=0o644, added=1, removed=0)
    with pytest.raises(PathRefused, match="climbs"):
        apply_edits(worktree, FileEdits(edits=(edit,)))
