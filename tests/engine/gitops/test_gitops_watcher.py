"""Which written paths are worth a look at a worktree, and that nothing outside of it is watched."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from cockpit_tui.gitops import watcher
from cockpit_tui.gitops.watcher import WorktreeWatcher, worth_a_look


def test_caches_and_gits_own_files_wake_nobody_and_lock_files_do() -> None:
    root = Path("/w/slot-1")
    written = ["src/a.py", "poetry.lock", "src/__pycache__/a.cpython-311.pyc",
               "node_modules/x/y.js", ".git/index", "src/.a.py.swp", "x.pyc"]
    found = worth_a_look(root, [*(f"{root}/{path}" for path in written), str(root), "/w/slot-2/b"])
    assert found == {"src/a.py", "poetry.lock"}


def folders_watched() -> int:
    """How many inotify watches this process has."""
    found = 0
    for file in Path("/proc/self/fdinfo").iterdir():
        with suppress(OSError):
            found += file.read_text().count("inotify wd:")
    return found


async def until(said: asyncio.Queue[frozenset[str]], path: str) -> None:
    async with asyncio.timeout(20):
        while path not in await said.get():
            pass


async def test_links_lead_no_watch_out_of_the_worktree_and_new_folders_are_watched(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/proc/self/fdinfo").is_dir():
        pytest.skip("only Linux tells what is watched")
    monkeypatch.setattr(watcher, "LOOK_SECONDS", 0.01)
    outside, root, made = tmp_path / "outside", tmp_path / "slot-1", tmp_path / "made"
    for folder in (outside / "a/b/c/d", root / "src", made / "deep"):
        folder.mkdir(parents=True)
    for link in (root / "src/out", made / "deep/out"):
        link.symlink_to(outside)
    said = asyncio.Queue[frozenset[str]]()
    before, watching = folders_watched(), WorktreeWatcher()
    assert await watching.watch(root, said.put)
    assert folders_watched() - before == 2  # The worktree itself, and `src`.

    made.rename(root / "made")
    await until(said, "made/deep")
    (root / "made/deep/new.txt").write_text("new")
    await until(said, "made/deep/new.txt")
    assert folders_watched() - before == 4
    await watching.forget(root)


async def test_a_worktree_of_too_many_folders_is_not_watched(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "MOST_FOLDERS", 2)
    for name in ("a", "node_modules/x/y"):
        (tmp_path / name).mkdir(parents=True)
    told = asyncio.Queue[frozenset[str]]()
    few, many = WorktreeWatcher(), WorktreeWatcher()
    assert await few.watch(tmp_path, told.put)
    await few.forget(tmp_path)
    (tmp_path / "b").mkdir()
    assert not await many.watch(tmp_path, told.put)
