"""Attacks 21-27 by way of the edit tools that name paths within a text or by a command.

Every section of a patch is a path that a malicious model may choose; a refusal of one refuses all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import PathRefused, ToolError
from cockpit_tui.tools.files import FileEdit, FileEdits, apply_edits
from cockpit_tui.tools.session import ToolSession

SECRET = "canary-of-the-person\n"
EDITOR = "str_replace_based_edit_tool"


def contents(folder: Path) -> dict[str, tuple[str, int]]:
    return {str(path.relative_to(folder)): (
                str(path.readlink()) if path.is_symlink() else
                path.read_text() if path.is_file() else "-", path.lstat().st_mode)
            for path in sorted(folder.rglob("*"))}


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """What belongs to the person; unchanged after every test here."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.txt").write_text(SECRET)
    before = contents(folder)
    yield folder
    assert contents(folder) == before


@pytest.fixture
def worktree(tmp_path: Path, outside: Path) -> Path:
    root = tmp_path / "worktree"
    (root / "src").mkdir(parents=True)
    (root / "src/app.py").write_text("a\n")
    (root / ".git").write_text("gitdir: /nowhere\n")
    (root / "link.txt").symlink_to(outside / "secret.txt")
    (root / "folder").symlink_to(outside)
    os.mkfifo(root / "pipe")
    return root


def patches(path: str) -> dict[str, str]:
    """Each way to bring a path into a patch, beside a change that would be fine alone."""
    fine = "*** Update File: src/app.py\n"
    return {name: f"*** Begin Patch\n{body}\n*** End Patch" for name, body in {
        "add": f"{fine}-a\n+b\n*** Add File: {path}\n+owned",
        "update": f"{fine}-a\n+b\n*** Update File: {path}\n-{SECRET}+owned",
        "delete": f"{fine}-a\n+b\n*** Delete File: {path}",
        "move to": f"{fine}*** Move to: {path}\n-a\n+b",
        "move from": f"*** Update File: {path}\n*** Move to: src/stolen",
    }.items()}


def editor_calls(path: str) -> dict[str, JsonObject]:
    return {
        "view": {"command": "view", "path": path},
        "create": {"command": "create", "path": path, "file_text": "owned"},
        "str_replace": {"command": "str_replace", "path": path, "old_str": SECRET,
                        "new_str": "owned"},
        "insert": {"command": "insert", "path": path, "insert_line": 0, "insert_text": "owned"},
    }


async def use(session: ToolSession, name: str, arguments: JsonObject) -> None:
    tool = session.tool(name, arguments)
    if tool.effect is EffectClass.FILE_EDIT:
        apply_edits(session.root, await tool.prepare(arguments))
    elif tool.effect is EffectClass.READ:
        await tool.call(arguments)


async def refusals(session: ToolSession, path: str, *, writing_only: bool = False) -> list[str]:
    """Try every way; each must be refused and change nothing."""
    before = contents(session.root)
    ways: list[tuple[str, JsonObject]] = [("apply_patch", {"patch": patch})
                                          for patch in patches(path).values()]
    ways += [(EDITOR, call) for way, call in editor_calls(path).items()
             if not (writing_only and way == "view")]
    messages = []
    for name, arguments in ways:
        with pytest.raises(ToolError) as refusal:
            await use(session, name, arguments)
        assert SECRET.strip() not in refusal.value.message
        messages.append(refusal.value.message)
    assert contents(session.root) == before
    return messages


@pytest.mark.parametrize(("path", "reason"), [
    ("../outside/secret.txt", "climbs"),
    ("src/../../outside/secret.txt", "climbs"),
    ("%2e%2e/outside/secret.txt", "climbs"),
    ("/etc/passwd", "absolute"),
    ("~/.ssh/authorized_keys", "home"),
    ("..\\outside\\secret.txt", "backslash"),
    ("C:/Windows/win.ini", "absolute"),
    (".git/hooks/pre-commit", "git's own files"),
    (".GIT/config", "git's own files"),
    (".g\u200bit/config", "git's own files"),
    ("src/.git", "git's own files"),
    ("link.txt", "symbolic link"),
    ("folder/secret.txt", "symbolic link"),
    ("pipe", "pipe, socket or device"),
])
async def test_21_to_26_no_section_of_a_patch_leaves_the_worktree(
        worktree: Path, path: str, reason: str) -> None:
    for message in await refusals(ToolSession(worktree), path):
        assert reason in message


async def test_24_a_hard_link_is_neither_changed_nor_moved(worktree: Path, outside: Path) -> None:
    os.link(outside / "secret.txt", worktree / "src/hard.txt")
    for message in await refusals(ToolSession(worktree), "src/hard.txt", writing_only=True):
        assert "hard link" in message


async def test_28_the_cockpits_own_files_are_not_patched(worktree: Path) -> None:
    (worktree / ".cockpit").mkdir()
    (worktree / ".cockpit/config.toml").write_text(SECRET)
    for message in await refusals(ToolSession(worktree), ".cockpit/config.toml",
                                  writing_only=True):
        assert "belongs to the cockpit itself" in message


async def test_a_patch_stays_within_the_tasks_paths(worktree: Path) -> None:
    (worktree / "other.py").write_text(SECRET)
    session = ToolSession(worktree, owned_paths=("src/",))
    for message in await refusals(session, "other.py", writing_only=True):
        assert "outside of this task's paths" in message


async def test_22_a_folder_swapped_for_a_link_before_a_patch_is_made(worktree: Path,
                                                                    outside: Path) -> None:
    (worktree / "gone").mkdir()
    (worktree / "gone/secret.txt").write_text("mine\n")
    session = ToolSession(worktree)
    tool = session.tool("apply_patch")
    assert tool.effect is EffectClass.FILE_EDIT
    edits = await tool.prepare({"patch": "*** Begin Patch\n*** Update File: src/app.py\n-a\n+b\n"
                                         "*** Delete File: gone/secret.txt\n*** End Patch"})
    (worktree / "gone/secret.txt").unlink()
    (worktree / "gone").rmdir()
    (worktree / "gone").symlink_to(outside)
    with pytest.raises(PathRefused, match="symbolic link"):
        apply_edits(worktree, edits)
    assert (worktree / "src/app.py").read_text() == "a\n"


def test_a_forged_deletion_is_refused_when_made(worktree: Path, outside: Path) -> None:
    for path, reason in (("../outside/secret.txt", "climbs"), (".git", "git's own"),
                         ("folder/secret.txt", "symbolic link")):
        edit = FileEdit(path=path, before_sha256="0" * 64, after_sha256=None, after=None, mode=0,
                        added=0, removed=1)
        with pytest.raises(PathRefused, match=reason):
            apply_edits(worktree, FileEdits(edits=(edit,)))
