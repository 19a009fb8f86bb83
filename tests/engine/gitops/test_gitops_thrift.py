"""Git is a process each time: what is known, or lies in a file, is not asked of one."""

from __future__ import annotations

from pathlib import Path

import pytest
from gitops_repos import commit, run_git, write

from cockpit_tui.gitops import checkpoints, merges
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.runner import command_log
from cockpit_tui.gitops.worktrees import WorktreePool


@pytest.fixture
def start(person: Path) -> str:
    return run_git(person, "rev-parse", "HEAD")


def verbs() -> list[str]:
    """What git was asked since the last time."""
    asked = [next((arg for arg in call.args if not arg.startswith(("-", "core."))), "")
             for call in command_log]
    command_log.clear()
    return asked


async def test_a_task_costs_few_processes(pool: WorktreePool, hub: Hub, start: str) -> None:
    verbs()
    tree = await pool.acquire(start, name="t1")
    assert verbs() == ["rev-parse", "worktree"]
    write(tree.path, {"src/app.py": "changed\n"})
    kept = "refs/cockpit/jobs/J1/checkpoints/E1"
    first = await checkpoints.save_step(tree, f"{kept}/1")
    assert verbs() == ["ls-files", "update-index", "write-tree", "diff-tree", "commit-tree",
                       "update-ref"]
    again = await checkpoints.save_step(tree, f"{kept}/2", since=first.commit)
    assert (again.commit, again.files) == (first.commit, 0)
    assert verbs() == ["ls-files", "update-ref"]
    write(tree.path, {"src/app.py": "changed again\n", "src/new.py": "x\n"})
    more = await checkpoints.save_step(tree, f"{kept}/3", since=first.commit)
    assert more.files == 2
    assert verbs() == ["ls-files", "update-index", "write-tree", "commit-tree", "update-ref"]
    (tree.path / "src/new.py").unlink()
    command_log.clear()
    made = await tree.commit_all("Change it", {}, owned_paths=("src/**",))
    assert made is not None
    assert verbs() == ["ls-files", "update-index", "diff-index", "write-tree", "commit-tree",
                       "update-ref"]
    assert await hub.changed_files(start, made) == ("src/app.py",)
    assert await hub.changed_files(start, made) == ("src/app.py",)
    assert await tree.head() == made
    await hub.update_ref("refs/cockpit/jobs/J1/phase-0", made, None)
    assert await hub.read_ref("refs/cockpit/jobs/J1/phase-0") == made
    assert verbs() == ["diff-tree", "update-ref"]
    await pool.release(tree)
    assert verbs() == ["ls-files", "diff-index", "for-each-ref"]
    await pool.acquire(start, name="t2")
    assert verbs() == ["rev-parse", "reset", "clean"]


async def test_a_ref_reads_the_same_loose_packed_and_by_another_name(
        hub: Hub, start: str) -> None:
    await hub.update_ref("refs/cockpit/jobs/J1/phase-0", start, None)
    run_git(hub.path, "symbolic-ref", "refs/cockpit/also", "refs/cockpit/jobs/J1/phase-0")
    for _ in range(2):
        assert [await hub.read_ref(f"refs/cockpit/{name}") for name in (
            "jobs/J1/phase-0", "also", "jobs/J1", "jobs/J1/phase-1")] == [start, start, None, None]
        run_git(hub.path, "pack-refs", "--all")


async def test_what_a_commit_left_out_is_told_and_stays_on_the_disk(
        pool: WorktreePool, start: str) -> None:
    tree = await pool.acquire(start, name="t1")
    write(tree.path, {"mine/a": "1\n", "other/b": "2\n", "README.md": "changed\n"})
    made, left_out = await tree.commit_owned("Mine", {}, owned_paths=("mine/**",))
    assert made is not None
    assert left_out == ("README.md", "other/b") == await tree.changed_files("HEAD")
    assert await tree.is_dirty()
    assert await tree.commit_owned("Again", {}, owned_paths=("mine/**",)) == (None, left_out)
    assert await tree.head() == made


async def test_a_checkpoint_that_broke_off_leaves_nothing_out(
        pool: WorktreePool, hub: Hub, start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index has the files already, no commit has them yet."""
    tree = await pool.acquire(start, name="t1")
    kept = "refs/cockpit/jobs/J1/checkpoints/E1"
    write(tree.path, {"a": "1\n"})
    first = await checkpoints.save_step(tree, f"{kept}/1")
    write(tree.path, {"a": "2\n", "b": "2\n"})
    with monkeypatch.context() as broken:
        broken.setattr(checkpoints, "commit_tree", None)
        with pytest.raises(TypeError):
            await checkpoints.save_step(tree, f"{kept}/2", since=first.commit)
    second = await checkpoints.save_step(tree, f"{kept}/2", since=first.commit)
    assert second.files == 2
    assert run_git(hub.path, "show", f"{second.commit}:a", f"{second.commit}:b") == "2\n2"


async def test_what_landed_as_another_commit_is_no_trash(
        pool: WorktreePool, hub: Hub, start: str) -> None:
    tree = await pool.acquire(start, name="t1")
    write(tree.path, {"a": "1\n"})
    made = await tree.commit_all("One", {})
    assert made is not None
    verbs()
    await pool.release(tree, landed=made)
    assert verbs() == ["ls-files", "diff-index"]
    tree = await pool.acquire(made, name="t2")
    write(tree.path, {"a": "2\n"})
    await pool.release(tree, landed=made)
    assert [entry.worktree for entry in await pool.trash.entries()] == ["t2"]


async def test_staged_work_is_work_though_the_files_are_as_staged(
        pool: WorktreePool, start: str) -> None:
    tree = await pool.acquire(start, name="t1")
    write(tree.path, {"src/app.py": "changed\n"})
    await tree.git("update-index", "src/app.py")
    assert await tree.is_dirty()


async def test_bringing_onto_a_head_looks_for_the_shared_commit_once(
        pool: WorktreePool, hub: Hub, person: Path, start: str) -> None:
    on_start = commit(person, {"one": "1\n"})
    run_git(person, "checkout", "-q", "-b", "side", start)
    beside = commit(person, {"two": "2\n"})
    run_git(hub.path, "fetch", "-q", str(person), "main", "side")
    verbs()
    onto = {"base": start, "commit": on_start}
    assert await merges.bring_onto(hub, head=start, **onto) == on_start
    assert await merges.bring_onto(hub, head=on_start, **onto) == on_start
    merged = await merges.bring_onto(hub, head=beside, **onto)
    assert await merges.bring_onto(hub, head=beside, **onto) == merged
    assert verbs() == ["merge-base", "merge-base", "merge-tree", "log", "commit-tree"]
    assert await hub.changed_files(beside, merged) == ("one",)
