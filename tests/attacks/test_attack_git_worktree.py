"""Attacks by an agent on the engine: what it plants in its worktree is never run or followed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from attack_git_traps import Ground, lay_ground

from cockpit_tui.domain.errors import GitError
from cockpit_tui.gitops import checkpoints
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.worktrees import Worktree, WorktreePool


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    made = lay_ground(tmp_path)
    head = made.git("rev-parse", "HEAD")
    made.git("update-index", "--add", "--cacheinfo", f"160000,{head},sub")
    made.git("commit", "-q", "-m", "Sub")
    return made


@pytest.fixture
async def pool(ground: Ground) -> AsyncIterator[WorktreePool]:
    hub = await Hub.open(ground.hub_root, "P1", ground.root)
    await hub.refresh()
    yield WorktreePool(hub, ground.folder / "worktrees")
    hub.close()


async def use(tree: Worktree, base: str) -> str:
    """All that the engine does with a worktree while an agent works in it."""
    await tree.is_dirty()
    await tree.changed_files(base)
    await tree.diff(base)
    saved = await checkpoints.save(tree, "refs/cockpit/checkpoints/t1")
    made = await tree.commit_all("Work", {})
    await checkpoints.restore(tree, saved)
    return made or ""


def plant_repository(ground: Ground, folder: Path) -> None:
    """A repository with everything armed, in a folder of the worktree."""
    folder.mkdir(exist_ok=True)
    ground.git("init", "-q", cwd=folder)
    (folder / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    (folder / "a.py").write_text("a = 1\n")
    ground.git("add", "-A", cwd=folder)
    ground.git("commit", "-q", "-m", "x", cwd=folder)
    for key in ("core.fsmonitor", "filter.evil.clean", "filter.evil.process", "diff.external",
                "diff.evil.textconv"):
        ground.git("config", key, str(ground.program), cwd=folder)
    (folder / "a.py").write_text("a = 2\n")


@pytest.mark.parametrize("where", ["sub", "nested", "."])
async def test_a_planted_repository_never_runs(ground: Ground, pool: WorktreePool,
                                               where: str) -> None:
    base = ground.git("rev-parse", "HEAD")
    tree = await pool.acquire(base, name="t1")
    if where == ".":
        (tree.path / ".git").unlink()
    plant_repository(ground, tree.path / where)
    (tree.path / "work.py").write_text("work = 1\n")
    (tree.path / ".gitattributes").write_text("*.py filter=evil diff=evil merge=evil\n")
    made = await use(tree, base)
    assert "work.py" in await pool.hub.changed_files(base, made)
    precious = ground.folder / "precious"
    precious.mkdir()
    (precious / "HEAD").write_text("data")
    if where == ".":
        (tree.path / ".git").unlink()
        (tree.path / ".git").symlink_to(precious)
    again = await pool.acquire(base, name="t1")
    await use(again, base)
    await pool.release(again)
    assert not ground.has_fired, (ground.folder / "canary").read_text()
    assert (precious / "HEAD").read_text() == "data"
    plant_repository(ground, ground.root / where)
    ground.git("status", cwd=ground.root / where, check=False)
    assert ground.has_fired


async def test_links_are_stored_as_links_and_never_followed_on_clean_up(
        ground: Ground, pool: WorktreePool) -> None:
    outside = ground.folder / "outside"
    (outside / "src").mkdir(parents=True)
    (outside / "src" / "app.py").write_text("precious\n")
    base = ground.git("rev-parse", "HEAD")
    tree = await pool.acquire(base, name="t1")
    (tree.path / "src" / "app.py").unlink()
    (tree.path / "src").rmdir()
    (tree.path / "src").symlink_to(outside / "src")
    (tree.path / "etc").symlink_to("/etc")
    made = await use(tree, base)
    assert sorted(await pool.hub.changed_files(base, made)) == ["etc", "src", "src/app.py"]
    snapshot = await pool.hub.snapshot(made)
    assert {entry.path: entry.mode for entry in snapshot.entries
            if entry.path in {"etc", "src"}} == {"etc": "120000", "src": "120000"}
    assert b"precious" not in b"".join(snapshot.contents.values())
    again = await pool.acquire(base, name="t1")
    assert not (again.path / "src").is_symlink()
    assert (outside / "src" / "app.py").read_text() == "precious\n"


async def test_a_tree_with_git_inside_is_not_written_out(ground: Ground,
                                                         pool: WorktreePool) -> None:
    """A commit made by hand whose tree holds `.git/config` and a twin of it."""
    blob = ground.git("hash-object", "-w", "README.md")
    hub = pool.hub
    listing = f"100644 blob {blob}\tconfig\n".encode()
    base = ground.git("rev-parse", "HEAD")
    inner = (await hub.git("mktree", stdin=listing, check=False)).line
    for name in (".git", ".GIT", ".g\u200cit", "git~1", ".."):
        tree = (await hub.git("mktree", stdin=f"040000 tree {inner}\t{name}\n".encode())).line
        commit = (await hub.git("commit-tree", tree, "-m", "x")).line
        held = await pool.acquire(base, name="t1")
        before = (held.path / ".git").read_text()
        with pytest.raises(GitError, match=r"could not be made"):
            await pool.acquire(commit, name="t1")
        again = await pool.acquire(base, name="t1")
        assert (again.path / ".git").read_text() == before
        assert not (again.path.parent / "config").exists()
