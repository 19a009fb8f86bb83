"""Checkpoints of steps: the kept index never lies, refs are thinned, old jobs keep two."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.repositories import git, make_repository

from cockpit_tui.domain.errors import NeedsPerson
from cockpit_tui.gitops import checkpoints
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.worktree import Worktree
from cockpit_tui.gitops.worktrees import WorktreePool

PREFIX = "refs/cockpit/jobs/j/checkpoints/e"


@pytest.fixture
async def tree(tmp_path: Path) -> Worktree:
    repository = make_repository(tmp_path / "repo", {
        "README.md": "# Hello\n", "src/app.py": "x = 1\n", ".gitignore": "*.log\n"})
    hub = await Hub.open(tmp_path / "hubs", "p", repository)
    head = await hub.refresh()
    return await WorktreePool(hub, tmp_path / "worktrees").acquire(head.commit, name="t1")


async def files_of(tree: Worktree, commit: str) -> dict[str, str]:
    names = (await tree.hub.git("ls-tree", "-r", "-z", "--name-only", commit)).items
    return {name: (await tree.hub.git("show", f"{commit}:{name}")).text for name in names}


async def test_a_step_is_kept_by_what_changed_since_the_one_before(tree: Worktree) -> None:
    (tree.path / "new.txt").write_text("1\n")
    (tree.path / "x.log").write_text("ignored\n")
    first = await checkpoints.save_step(tree, f"{PREFIX}/1")
    (tree.path / "src/app.py").unlink()
    (tree.path / "new.txt").write_text("2\n")
    second = await checkpoints.save_step(tree, f"{PREFIX}/2", since=first.commit)
    same = await checkpoints.save_step(tree, f"{PREFIX}/3", since=second.commit)
    assert (first.files, second.files, same.files) == (1, 2, 0)
    assert same.commit == second.commit
    assert await files_of(tree, first.commit) == {
        "README.md": "# Hello\n", "src/app.py": "x = 1\n", ".gitignore": "*.log\n",
        "new.txt": "1\n"}
    assert await files_of(tree, second.commit) == {
        "README.md": "# Hello\n", ".gitignore": "*.log\n", "new.txt": "2\n"}
    await checkpoints.restore(tree, first.commit)
    assert (tree.path / "new.txt").read_text() == "1\n"
    assert (tree.path / "src/app.py").exists()


async def test_what_is_ignored_from_now_on_is_not_kept_any_more(tree: Worktree) -> None:
    (tree.path / "data.bin").write_text("large\n")
    first = await checkpoints.save_step(tree, f"{PREFIX}/1")
    (tree.path / ".gitignore").write_text("*.log\n*.bin\n")
    second = await checkpoints.save_step(tree, f"{PREFIX}/2", since=first.commit)
    assert "data.bin" in await files_of(tree, first.commit)
    assert "data.bin" not in await files_of(tree, second.commit)


@pytest.mark.parametrize("damage", ["cut", "garbage", "lock"])
async def test_a_kept_index_that_a_crash_damaged_is_made_anew(tree: Worktree, damage: str) -> None:
    await checkpoints.save_step(tree, f"{PREFIX}/1")
    if damage == "lock":
        tree.kept_index.with_name("cockpit-index.lock").touch()
    else:
        whole = tree.kept_index.read_bytes()
        tree.kept_index.write_bytes(whole[:40] if damage == "cut" else b"x" * 400)
    (tree.path / "new.txt").write_text("1\n")
    saved = await checkpoints.save_step(tree, f"{PREFIX}/2")
    assert (await files_of(tree, saved.commit))["new.txt"] == "1\n"


CHANGES = st.lists(st.tuples(
    st.sampled_from(["write", "remove", "commit", "reset", "ignore"]),
    st.sampled_from(["README.md", "src/app.py", "a", "d/b", "d", "x.log"]),
    st.text("ab\n", max_size=4)), min_size=1, max_size=10)


@settings(max_examples=12, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
async def test_the_kept_index_gives_the_tree_that_a_fresh_one_gives(
        tree: Worktree, changes: list[tuple[str, str, str]]) -> None:
    for what, name, text in changes:
        path = tree.path / name
        if what == "write" and not path.is_dir() and not path.parent.is_file():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        elif what == "remove" and path.is_file():
            path.unlink()
        elif what == "commit":
            await tree.commit_all("c", {})
        elif what == "reset":
            await tree.reset(await tree.head())
        elif what == "ignore":
            (tree.path / ".gitignore").write_text(f"*.log\n{name}\n")
        kept = await checkpoints.save_step(tree, f"{PREFIX}/1")
        found = (await tree.hub.git("rev-parse", f"{kept.commit}^{{tree}}")).line
        assert found == await tree.tree()


async def test_the_middle_refs_go(tree: Worktree) -> None:
    saved = await checkpoints.save_step(tree, f"{PREFIX}/1")
    for step in [*range(2, 13), "before"]:
        await tree.hub.git("update-ref", f"{PREFIX}/{step}", saved.commit)
    assert await checkpoints.thin(tree.hub, PREFIX, keep=8) == 4
    assert await checkpoints.thin(tree.hub, PREFIX, keep=8) == 0
    refs = git("for-each-ref", "--format=%(refname)", PREFIX, cwd=tree.hub.path).splitlines()
    names = [ref.rpartition("/")[2] for ref in refs]
    assert sorted(names, key=lambda name: (name.isdigit(), name.zfill(3))) == [
        "before", "1", "2", "7", "8", "9", "10", "11", "12"]


async def test_refs_of_another_version_clash_with_neither_loss_nor_crash(tree: Worktree) -> None:
    head = await tree.head()
    await tree.hub.git("update-ref", PREFIX, head)
    saved = await checkpoints.save_step(tree, f"{PREFIX}/1")
    assert await tree.hub.read_ref(f"{PREFIX}/1") == saved.commit
    assert await tree.hub.read_ref(f"{PREFIX}.earlier") == head
    with pytest.raises(NeedsPerson, match="Another version of the cockpit"):
        await checkpoints.save(tree, PREFIX)
    assert await tree.hub.read_ref(f"{PREFIX}/1") == saved.commit
