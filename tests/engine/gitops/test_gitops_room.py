"""What may be thrown away unasked: what a dead process left, and work that branches hold too."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from gitops_repos import run_git, write

from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.proof import bytes_of_kept_commits, is_kept_elsewhere
from cockpit_tui.gitops.temporary_index import (
    remove_left_indexes,
    temporary_index,
    temporary_indexes,
)
from cockpit_tui.gitops.worktrees import WorktreePool

NAME = "job41-task2.1-1"
KILLED = """
import asyncio, os, signal
from cockpit_tui.gitops.temporary_index import temporary_index
async def main():
    async with temporary_index(None):
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


def kill_one_at_work() -> None:
    subprocess.run([sys.executable, "-c", KILLED], check=False)


@pytest.fixture
def start(person: Path) -> str:
    return run_git(person, "rev-parse", "HEAD")


async def test_an_index_of_a_killed_process_is_removed_and_no_other(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    kill_one_at_work()
    (left,) = temporary_indexes()
    unleased = tmp_path / "cockpit-index-old"
    unleased.mkdir()
    (tmp_path / "cockpit-index-link").symlink_to(tmp_path)
    async with temporary_index(None) as environment:
        assert remove_left_indexes() == 1
        assert not left.exists()
        assert Path(str(environment["GIT_INDEX_FILE"])).parent.is_dir()
        os.utime(unleased, (0, 0))
        assert remove_left_indexes() == 1
    assert list(temporary_indexes()) == []


async def test_a_kept_commit_is_proven_by_what_landed_and_by_nothing_less(
        pool: WorktreePool, hub: Hub, start: str) -> None:
    tree = await pool.acquire(start, name=NAME)
    write(tree.path, {"a.txt": "a\n"})
    (tree.path / "README.md").unlink()
    await pool.release(tree, why="cancelled")
    (entry,) = await pool.trash.entries()
    assert not await is_kept_elsewhere(hub, entry)
    assert await bytes_of_kept_commits(hub) > 0
    other = await pool.acquire(start, name="job41-task1.1-1")
    write(other.path, {"a.txt": "a\n", "b.txt": "b\n"})
    half = await other.commit_all("The new file, but README.md stays", {})
    assert half is not None
    await hub.update_ref("refs/heads/cockpit/41-x", half, None)
    assert not await is_kept_elsewhere(hub, entry)
    (other.path / "README.md").unlink()
    whole = await other.commit_all("And README.md goes", {})
    assert whole is not None
    await hub.update_ref("refs/heads/cockpit/41-x", whole, half)
    assert await is_kept_elsewhere(hub, entry)


async def test_kept_files_are_proven_where_a_branch_has_them_all(
        pool: WorktreePool, hub: Hub, start: str, tmp_path: Path) -> None:
    files = tmp_path / "moved"
    write(files, {"README.md": "# Sample\n", ".git": "gitdir: gone\n"})
    entry = await pool.trash.keep_files(NAME, files, base=start, why="damaged")
    assert await is_kept_elsewhere(hub, entry)
    kept = pool.trash.files_of(entry)
    (kept / "built").symlink_to("README.md")
    assert not await is_kept_elsewhere(hub, entry)
    (kept / "built").unlink()
    (kept / "sub").mkdir()
    write(kept, {"sub/new.txt": "only here\n"})
    assert not await is_kept_elsewhere(hub, entry)


async def test_idle_worktrees_go_and_held_ones_stay(pool: WorktreePool, hub: Hub,
                                                    start: str) -> None:
    held = await pool.acquire(start, name=NAME)
    idle = await pool.acquire(start, name="job41-task1.1-1")
    write(idle.path, {"half.txt": "half\n"})
    await pool.release(idle)
    assert await pool.remove_idle() == 1
    assert (held.is_present, idle.path.exists()) == (True, False)
    assert len(await pool.trash.entries()) == 1
    again = await pool.acquire(start, name="job41-task3.1-1")
    assert (again.path / "README.md").is_file()
