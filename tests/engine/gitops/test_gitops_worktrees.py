from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest
from gitops_repos import commit, fingerprint, run_git, write

from cockpit_tui.domain.errors import GitError
from cockpit_tui.gitops import checkpoints
from cockpit_tui.gitops.commits import Identity
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.worktrees import WorktreePool


@pytest.fixture
def start(person: Path) -> str:
    return run_git(person, "rev-parse", "HEAD")


async def test_a_commit_takes_every_kind_of_change_and_nothing_ignored(
        pool: WorktreePool, hub: Hub, start: str) -> None:
    tree = await pool.acquire(start, name="t1")
    assert await tree.commit_all("Nothing", {}) is None
    odd = b"-odd \xff\n'\".txt".decode("utf-8", "surrogateescape")
    write(tree.path, {"src/app.py": "changed\n", "new/deep.py": "x\n", "run.log": "ignored\n",
                      odd: "y\n", "__pycache__/a.pyc": b"\0"})
    (tree.path / "README.md").unlink()
    (tree.path / "README.md").symlink_to("/etc/passwd")
    (tree.path / "tool").write_text("#!/bin/sh\n")
    (tree.path / "tool").chmod(0o755)
    os.mkfifo(tree.path / "fifo")
    expected = ("-odd \udcff\n'\".txt", "README.md", "new/deep.py", "src/app.py", "tool")
    assert await tree.changed_files(start) == expected
    assert await tree.is_dirty()
    made = await tree.commit_all("Change it\n", {"Cockpit-Job": "J1", "Step-Id": "S\n1"})
    assert made is not None
    assert await tree.head() == made
    assert not await tree.is_dirty()
    assert await hub.changed_files(start, made) == expected
    assert run_git(hub.path, "log", "-1", "--format=%P|%an <%ae>|%cn <%ce>|%B", made) == (
        f"{start}|AI Development Cockpit <cockpit@localhost>|"
        "AI Development Cockpit <cockpit@localhost>|"
        "Change it\n\nCockpit-Job: J1\nStep-Id: S 1\n")
    assert await hub.find_trailer(made, start, "Step-Id", "S 1") == made
    assert run_git(hub.path, "ls-tree", made, "README.md", "tool").split()[::4] == [
        "120000", "100755"]


async def test_files_directories_and_links_may_change_places(
        pool: WorktreePool, hub: Hub, person: Path) -> None:
    start = commit(person, {"dir/x": "1\n", "dir/y": "1\n", "file": "1\n", "gone/z": "1\n",
                            "hollow": "1\n"})
    await hub.refresh()
    tree = await pool.acquire(start, name="t1")
    shutil.rmtree(tree.path / "dir")
    write(tree.path, {"elsewhere.log/x": "2\n"})
    (tree.path / "dir").symlink_to("elsewhere.log")
    for name in ("file", "hollow"):
        (tree.path / name).unlink()
        (tree.path / name).mkdir()
    write(tree.path, {"file/inside": "3\n"})
    shutil.rmtree(tree.path / "gone")
    made = await tree.commit_all("Swap", {})
    assert made is not None
    assert run_git(hub.path, "ls-tree", "-r", "--name-only", made).split() == [
        ".gitignore", "README.md", "dir", "file/inside", "src/app.py"]
    assert not await tree.is_dirty()


async def test_the_given_author_signs(pool: WorktreePool, hub: Hub, start: str) -> None:
    tree = await pool.acquire(start, name="t1")
    write(tree.path, {"a": "1"})
    made = await tree.commit_all("", {}, author=Identity(name="Pat", email="pat@example.org"))
    assert made is not None
    assert run_git(hub.path, "log", "-1", "--format=%an %ae %cn %s", made) == (
        "Pat pat@example.org Pat Change files")


async def test_submodules_and_nested_repositories_do_not_break_a_commit(
        pool: WorktreePool, hub: Hub, person: Path) -> None:
    run_git(person, "update-index", "--add", "--cacheinfo",
            f"160000,{run_git(person, 'rev-parse', 'HEAD')},sub")
    run_git(person, "commit", "-q", "-m", "Add a submodule")
    start = run_git(person, "rev-parse", "HEAD")
    await hub.refresh()
    tree = await pool.acquire(start, name="t1")
    assert not await tree.is_dirty()
    (tree.path / "nested").mkdir()
    run_git(tree.path / "nested", "init", "-q")
    write(tree.path, {"nested/file": "x", "a": "1"})
    run_git(tree.path / "sub", "init", "-q")
    commit(tree.path / "sub", {"b": "1"})
    assert await tree.changed_files(start) == ("a",)
    made = await tree.commit_all("Add a", {})
    assert await hub.changed_files(start, made or "") == ("a",)
    assert (await tree.look()) == (False, ("nested",))
    again = await pool.acquire(start, name="t1")
    assert sorted(path.name for path in again.path.iterdir()) == [
        ".git", ".gitignore", "README.md", "src", "sub"]
    (kept,) = [entry for entry in await pool.trash.entries() if not entry.commit]
    assert (pool.trash.files_of(kept) / "file").read_text() == "x"


async def test_looking_at_a_worktree_leaves_nothing_behind(pool: WorktreePool, hub: Hub,
                                                           start: str) -> None:
    tree = await pool.acquire(start, name="t1")
    write(tree.path, {"src/app.py": "def main():\n    return 2\n", "new.txt": "n\n"})
    before = fingerprint(hub.path)
    text = await tree.diff(start)
    assert fingerprint(hub.path) == before
    assert [line for line in text.splitlines() if line[:1] in "+-" or "diff" in line] == [
        "diff --git a/new.txt b/new.txt", "--- /dev/null", "+++ b/new.txt", "+n",
        "diff --git a/src/app.py b/src/app.py", "--- a/src/app.py", "+++ b/src/app.py",
        "-    return 1", "+    return 2"]


async def test_a_released_worktree_is_used_again_and_clean(pool: WorktreePool, hub: Hub,
                                                           start: str) -> None:
    first = await pool.acquire(start, name="t1")
    write(first.path, {"left": "over", "x.log": "ignored"})
    (first.path / "README.md").write_text("changed")
    assert await pool.find("t1") is not None
    await pool.release(first)
    assert await pool.find("t1") is None
    second = await pool.acquire(start, name="t2")
    assert second.path == first.path
    assert sorted(path.name for path in second.path.iterdir()) == [
        ".git", ".gitignore", "README.md", "src"]
    assert (second.path / "README.md").read_text() == "# Sample\n"
    kept = run_git(hub.path, "for-each-ref", "--format=%(refname)", "refs/cockpit/kept").split()
    assert len(kept) == 1
    assert run_git(hub.path, "show", f"{kept[0]}:left") == "over"


async def test_a_killed_run_finds_its_worktree_again_with_its_files(
        tmp_path: Path, pool: WorktreePool, hub: Hub, person: Path, start: str) -> None:
    tree = await pool.acquire(start, name="t1")
    write(tree.path, {"half": "done"})
    for name in ("index.lock", "HEAD.lock"):
        (tree.admin / name).touch()
    hub.close()
    reopened = await Hub.open(tmp_path / "hubs", "P1", person)
    next_pool = WorktreePool(reopened, tmp_path / "worktrees")
    found = await next_pool.find("t1")
    assert found is not None
    assert (found.path, found.name) == (tree.path, "t1")
    assert (found.path / "half").read_text() == "done"
    assert await found.commit_all("Go on", {}) is not None
    assert next_pool.held_names() == ("t1",)
    reopened.close()


async def test_twenty_worktrees_at_once_are_all_different(pool: WorktreePool, start: str) -> None:
    trees = await asyncio.gather(*(pool.acquire(start, name=f"t{n}") for n in range(20)))
    assert len({tree.path for tree in trees}) == 20
    assert {await tree.head() for tree in trees} == {start}


@pytest.mark.parametrize("harm", ["removed", "replaced by a link", "git directory gone",
                                  "index damaged", "link file rewritten"])
async def test_a_worktree_harmed_from_outside_is_named_and_made_again(
        tmp_path: Path, pool: WorktreePool, hub: Hub, start: str, harm: str) -> None:
    tree = await pool.acquire(start, name="t1")
    write(tree.path, {"a": "1"})
    made = await tree.commit_all("Work that nobody landed", {})
    assert made is not None
    outside = tmp_path / "outside"
    write(outside, {"precious": "data"})
    match harm:
        case "removed":
            shutil.rmtree(tree.path)
        case "replaced by a link":
            shutil.rmtree(tree.path)
            tree.path.symlink_to(outside)
        case "git directory gone":
            shutil.rmtree(tree.admin)
        case "index damaged":
            (tree.admin / "index").write_bytes(b"garbage")
        case "link file rewritten":
            (tree.path / ".git").unlink()
            run_git(tree.path, "init", "-q")
    if harm in {"removed", "replaced by a link", "git directory gone"}:
        with pytest.raises(GitError, match="removed from outside"):
            await tree.head()
        assert await pool.find("t1") is None
    again = await pool.acquire(start, name="t1")
    assert await again.head() == start
    assert (again.path / ".git").read_text() == f"gitdir: {again.admin}\n"
    assert not await again.is_dirty()
    assert (outside / "precious").read_text() == "data"
    if harm != "git directory gone":
        assert run_git(hub.path, "for-each-ref", f"--contains={made}", "refs/cockpit/kept")


async def test_a_file_too_large_for_a_commit_is_refused_with_its_name(
        pool: WorktreePool, start: str) -> None:
    tree = await pool.acquire(start, name="t1")
    with (tree.path / "huge.bin").open("wb") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(GitError, match=r"huge\.bin"):
        await tree.commit_all("Huge", {})
    (tree.path / "huge.bin").unlink()


async def test_a_checkpoint_brings_back_exactly_what_was_there(pool: WorktreePool, hub: Hub,
                                                               start: str) -> None:
    tree = await pool.acquire(start, name="t1")
    write(tree.path, {"a": "1"})
    head = await tree.commit_all("A", {})
    write(tree.path, {"a": "2", "untracked": "u"})
    (tree.path / "README.md").unlink()
    index = (tree.admin / "index").read_bytes()
    saved = await checkpoints.save(tree, "refs/cockpit/checkpoints/t1")
    assert (tree.admin / "index").read_bytes() == index
    assert await hub.read_ref("refs/cockpit/checkpoints/t1") == saved

    write(tree.path, {"a": "3", "untracked": "changed", "more": "m", "x.log": "i"})
    (tree.path / "README.md").write_text("back")
    shutil.rmtree(tree.path / "src")
    await tree.commit_all("Later", {})
    for _ in range(2):
        await checkpoints.restore(tree, saved)
        assert await tree.head() == head
        assert sorted(str(path.relative_to(tree.path)) for path in tree.path.rglob("*")) == [
            ".git", ".gitignore", "a", "src", "src/app.py", "untracked"]
        assert (tree.path / "a").read_text() == "2"
        assert await tree.changed_files("HEAD") == ("README.md", "a", "untracked")
    with pytest.raises(GitError):
        await checkpoints.save(tree, "refs/heads/main")


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".git", "-x", "a\nb"])
async def test_a_name_that_is_no_plain_word_is_refused(pool: WorktreePool, start: str,
                                                       name: str) -> None:
    with pytest.raises(GitError, match="Not a worktree name"):
        await pool.acquire(start, name=name)
