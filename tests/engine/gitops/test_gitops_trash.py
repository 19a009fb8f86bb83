"""Work that did not land is never lost: it goes to the trash, says what it is, and comes back."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gitops_repos import run_git, write

from cockpit_tui.domain.errors import GitError, RefMoved, UsageError
from cockpit_tui.engine.task_prompt import left_out_words
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.trash import Trash, TrashEntry
from cockpit_tui.gitops.upkeep import LOOSE_LIMIT, drop_refs, keep_up, needs_upkeep
from cockpit_tui.gitops.worktrees import WorktreePool, held_names

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NAME = "job41-task2.1-1"


@pytest.fixture
def start(person: Path) -> str:
    return run_git(person, "rev-parse", "HEAD")


@pytest.fixture
def dated(pool: WorktreePool, hub: Hub) -> WorktreePool:
    pool.trash = Trash(hub, clock=lambda: AT)
    return pool


async def test_unlanded_work_says_what_it_is_and_comes_back_as_a_branch(
        dated: WorktreePool, hub: Hub, person: Path, start: str) -> None:
    tree = await dated.acquire(start, name=NAME)
    write(tree.path, {"half.txt": "done\n"})
    await dated.release(tree, why="the job was cancelled")
    (entry,) = await dated.trash.entries()
    assert entry == TrashEntry(
        id=f"{NAME}.{entry.commit[:12]}", worktree=NAME, job=41, task="2.1-1", base=start,
        commit=run_git(hub.path, "rev-parse", entry.ref), why="the job was cancelled", at=AT)
    (note,) = dated.trash.folder.glob("*.json")
    assert {key: json.loads(note.read_text())[key] for key in ("job", "task", "base", "at")} == {
        "job": 41, "task": "2.1-1", "base": start, "at": AT.isoformat()}
    await dated.trash.restore_branch(entry, person, "back")
    assert run_git(person, "show", "back:half.txt") == "done"
    with pytest.raises(RefMoved):
        await dated.trash.restore_branch(entry, person, "main")
    await dated.trash.discard(entry)
    assert await dated.trash.entries() == ()
    assert list(dated.trash.folder.iterdir()) == []
    assert run_git(hub.path, "for-each-ref", "refs/cockpit/kept") == ""


async def test_landed_work_leaves_no_trash(dated: WorktreePool, hub: Hub, start: str) -> None:
    tree = await dated.acquire(start, name=NAME)
    write(tree.path, {"a.txt": "a\n"})
    landed = await tree.commit_all("Land it", {})
    assert landed is not None
    await hub.update_ref("refs/heads/cockpit/41-x", landed, None)
    await dated.release(tree)
    assert await dated.trash.entries() == ()


async def test_work_that_only_a_checkpoint_holds_is_kept_for_longer(
        dated: WorktreePool, hub: Hub, start: str) -> None:
    tree = await dated.acquire(start, name=NAME)
    write(tree.path, {"a.txt": "a\n"})
    committed = await tree.commit_all("Not landed", {})
    await hub.update_ref("refs/cockpit/jobs/J/checkpoints/E/1", str(committed), None)
    await hub.update_ref("refs/cockpit/jobs/J/phase-1", start, None)
    await dated.release(tree)
    assert [entry.commit for entry in await dated.trash.entries()] == [committed]
    await hub.update_ref("refs/cockpit/jobs/J/phase-1", str(committed), start)
    again = await dated.acquire(str(committed), name="job41-task2.1-2")
    await dated.release(again)
    assert len(await dated.trash.entries()) == 1


@pytest.mark.parametrize("way", ["release", "acquire"])
async def test_files_that_git_cannot_store_are_moved_aside_whole(
        dated: WorktreePool, tmp_path: Path, start: str, way: str) -> None:
    tree = await dated.acquire(start, name=NAME)
    write(tree.path, {"half.txt": "done\n"})
    with (tree.path / "huge.bin").open("wb") as file:
        file.truncate(2 * 1024**3)
    if way == "release":
        await dated.release(tree, why="cancelled")
    again = await dated.acquire(start, name=NAME)
    assert sorted(path.name for path in again.path.iterdir()) == [
        ".git", ".gitignore", "README.md", "src"]
    (entry,) = await dated.trash.entries()
    assert (entry.commit, entry.base, entry.ref) == ("", start, "")
    assert "huge.bin" in entry.why
    with pytest.raises(UsageError):
        await dated.trash.restore_files(entry, tmp_path)
    await dated.trash.restore_files(entry, tmp_path / "back")
    assert (tmp_path / "back/half.txt").read_text() == "done\n"
    assert not (tmp_path / "back/.git").exists()
    assert await dated.trash.entries() == ()


async def test_discarded_files_are_gone_also_where_an_agent_locked_them(
        dated: WorktreePool, tmp_path: Path, start: str) -> None:
    files = tmp_path / "files"
    write(files, {"shut/in.txt": "x"})
    (files / "shut").chmod(0)
    entry = await dated.trash.keep_files(NAME, files, base=start, why="damaged")
    assert await dated.trash.entries() == (entry,)
    await dated.trash.discard(entry)
    assert list(dated.trash.folder.iterdir()) == []


async def test_a_kept_ref_without_a_note_and_a_note_without_work(
        dated: WorktreePool, hub: Hub, start: str) -> None:
    """The first is of an earlier version, the second of a crash before the work was moved."""
    tree = await dated.acquire(start, name=NAME)
    write(tree.path, {"a.txt": "a\n"})
    await dated.release(tree)
    (entry,) = await dated.trash.entries()
    (note,) = dated.trash.folder.glob("*.json")
    text = note.read_text()
    note.unlink()
    (silent,) = await dated.trash.entries()
    assert (silent.id, silent.ref, silent.job) == (entry.id, entry.ref, 41)
    await dated.trash.discard(silent)
    note.write_text(text)
    assert await dated.trash.entries() == ()


async def test_names_are_found_and_given_back_also_without_their_files(
        dated: WorktreePool, hub: Hub, start: str) -> None:
    tree = await dated.acquire(start, name=NAME)
    write(tree.path, {"a.txt": "a\n"})
    committed = await tree.commit_all("Not landed", {})
    tree.path.rename(tree.path.with_name("elsewhere"))
    assert held_names(hub.path) == (NAME,)
    await dated.release_named(NAME, why="killed")
    assert held_names(hub.path) == ()
    assert [entry.commit for entry in await dated.trash.entries()] == [committed]


async def test_upkeep_packs_keeps_what_is_reached_and_drops_what_is_old(
        dated: WorktreePool, hub: Hub, start: str) -> None:
    tree = await dated.acquire(start, name=NAME)
    write(tree.path, {"a.txt": "a\n"})
    await dated.release(tree)
    (entry,) = await dated.trash.entries()
    lost = run_git(hub.path, "commit-tree", "-m", "lost", f"{start}^{{tree}}").strip()
    shard = hub.path / "objects/17"
    shard.mkdir(exist_ok=True)
    assert not needs_upkeep(hub.path)
    for number in range(LOOSE_LIMIT // 256 + 2):
        (shard / f"{number:038x}").write_bytes(b"")
    assert needs_upkeep(hub.path)
    assert not await keep_up(hub, seconds=0.0)
    assert not needs_upkeep(hub.path)  # It took too long: not again at once.
    for file in shard.iterdir():
        file.unlink()
    assert await keep_up(hub, seconds=60)  # Younger than two weeks: it stays.
    assert await hub.read_ref(lost) == lost
    assert await keep_up(hub, seconds=60, prune="now")
    assert await hub.read_ref(lost) is None
    assert await hub.read_ref(entry.commit) == entry.commit
    assert run_git(hub.path, "fsck", "--no-dangling") == ""
    assert [path.name for path in hub.path.glob("cockpit-*")] == ["cockpit-hub"]


async def test_only_own_refs_below_a_folder_are_dropped(hub: Hub, start: str) -> None:
    for name in ("a/checkpoints/1", "a/checkpoints/2", "a/phase-1", "b/checkpoints/1"):
        await hub.update_ref(f"refs/cockpit/jobs/{name}", start, None)
    assert await drop_refs(hub, ["refs/cockpit/jobs/a/checkpoints/"]) == 2
    assert await drop_refs(hub, ["refs/cockpit/jobs/a/checkpoints/"]) == 0
    with pytest.raises(GitError):
        await drop_refs(hub, ["refs/cockpit/jobs/a"])
    left = run_git(hub.path, "for-each-ref", "--format=%(refname)", "refs/cockpit/jobs").split()
    assert left == ["refs/cockpit/jobs/a/phase-1", "refs/cockpit/jobs/b/checkpoints/1"]


async def test_what_was_committed_outlives_files_that_somebody_removed(
        dated: WorktreePool, start: str) -> None:
    tree = await dated.acquire(start, name=NAME)
    write(tree.path, {"work.txt": "done\n"})
    commit = await tree.commit_all("Work", {})
    shutil.rmtree(tree.path)
    await dated.release(tree)
    assert await dated.remove_idle() == 1
    assert [entry.commit for entry in await dated.trash.entries()] == [commit]


async def test_a_repository_made_in_a_worktree_is_put_away_before_a_proof_would_remove_it(
        dated: WorktreePool, hub: Hub, start: str) -> None:
    tree = await dated.acquire(start, name=NAME)
    write(tree.path, {"made/by/a/generator.txt": "work\n", "a.txt": "a\n"})
    run_git(tree.path / "made", "init", "-q")

    async def keep(path: str) -> None:
        await dated.keep_nested(tree, path, "left out of a commit")

    commit, left_out = await tree.commit_owned("Work", {}, owned_paths=("**",), keep_nested=keep)
    assert (await hub.changed_files(start, commit or ""), left_out) == (("a.txt",), ("made/",))
    assert not (tree.path / "made").exists()
    (entry,) = await dated.trash.entries()
    assert (entry.commit, entry.base, entry.worktree) == ("", start, NAME)
    assert (dated.trash.files_of(entry) / "by/a/generator.txt").read_text() == "work\n"
    assert left_out_words(left_out).startswith("Left out of the commit and put away, because it is "
                                               "a git repository of its own: made/.")
