from __future__ import annotations

from pathlib import Path

import pytest
from gitops_repos import (
    as_nobody,
    commit,
    fingerprint,
    forbid_writing,
    give_to_nobody,
    new_repository,
    run_git,
    write,
)

from cockpit_tui.domain.errors import GitError, RefMoved, RepositoryError
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.inspect import inspect_repository
from cockpit_tui.gitops.publish import publish, unpublish
from cockpit_tui.gitops.worktrees import WorktreePool

BRANCH = "cockpit/41-add-tests"
REF = f"refs/heads/{BRANCH}"


@pytest.fixture
async def work(pool: WorktreePool, person: Path) -> tuple[str, str]:
    """Two commits on top of the person's head, in the hub only."""
    tree = await pool.acquire(run_git(person, "rev-parse", "HEAD"), name="t1")
    made = []
    for text in ("one\n", "two\n"):
        write(tree.path, {"work.txt": text, "src/app.py": text})
        made.append(await tree.commit_all(text, {}) or "")
    return made[0], made[1]


def rest_of(root: Path) -> dict[str, str]:
    """Everything of the person's that publishing must not touch."""
    allowed = (".git/objects", ".git/refs/heads/cockpit", ".git/logs/refs/heads/cockpit",
               ".git/packed-refs")
    return {path: print_ for path, print_ in fingerprint(root).items()
            if not path.startswith(allowed)}


async def test_the_branch_arrives_and_everything_else_stays_as_it_was(
        hub: Hub, person: Path, work: tuple[str, str]) -> None:
    write(person, {"src/app.py": "# half an edit\n", "untracked": "u\n"})
    run_git(person, "add", "src/app.py")
    (person / ".git" / "FETCH_HEAD").write_text("theirs\n")
    for hook in ("reference-transaction", "post-merge", "pre-push", "post-checkout"):
        (person / ".git" / "hooks").mkdir(exist_ok=True)
        path = person / ".git" / "hooks" / hook
        path.write_text(f"#!/bin/sh\ntouch '{person}/HOOK-RAN'\n")
        path.chmod(0o755)
    before = rest_of(person)
    await publish(hub, person, branch=BRANCH, new=work[0], old=None)
    await publish(hub, person, branch=BRANCH, new=work[0], old=None)
    await publish(hub, person, branch=BRANCH, new=work[1], old=work[0])
    assert rest_of(person) == before
    assert run_git(person, "rev-parse", REF) == work[1]
    assert run_git(person, "show", f"{BRANCH}:work.txt") == "two"
    assert run_git(person, "fsck", "--strict", "--no-dangling") == ""

    await unpublish(person, branch=BRANCH, expected=work[1])
    await unpublish(person, branch=BRANCH, expected=work[1])
    assert rest_of(person) == before
    assert run_git(person, "for-each-ref", "refs/heads/cockpit") == ""


async def test_a_branch_that_the_person_moved_is_left_alone(
        hub: Hub, person: Path, work: tuple[str, str]) -> None:
    await publish(hub, person, branch=BRANCH, new=work[0], old=None)
    run_git(person, "checkout", "-q", BRANCH)
    theirs = commit(person, {"own.txt": "mine\n"})
    run_git(person, "checkout", "-q", "main")
    for attempt in (publish(hub, person, branch=BRANCH, new=work[1], old=work[0]),
                    publish(hub, person, branch=BRANCH, new=work[1], old=None),
                    unpublish(person, branch=BRANCH, expected=work[0])):
        with pytest.raises(RefMoved) as caught:
            await attempt
        assert "git branch -m" in caught.value.hint
    assert run_git(person, "rev-parse", REF) == theirs


async def test_a_branch_that_the_person_deleted_does_not_come_back(
        hub: Hub, person: Path, work: tuple[str, str]) -> None:
    with pytest.raises(RefMoved, match="no longer"):
        await publish(hub, person, branch=BRANCH, new=work[1], old=work[0])
    assert run_git(person, "for-each-ref", "refs/heads/cockpit") == ""


@pytest.mark.parametrize("linked", [False, True])
async def test_a_branch_that_is_checked_out_is_refused(
        tmp_path: Path, hub: Hub, person: Path, work: tuple[str, str], linked: bool) -> None:
    await publish(hub, person, branch=BRANCH, new=work[0], old=None)
    if linked:
        run_git(person, "worktree", "add", "-q", str(tmp_path / "linked\nname"), BRANCH)
    else:
        run_git(person, "checkout", "-q", BRANCH)
    before = fingerprint(person)
    for attempt in (publish(hub, person, branch=BRANCH, new=work[1], old=work[0]),
                    unpublish(person, branch=BRANCH, expected=work[0])):
        with pytest.raises(RepositoryError, match="checked out"):
            await attempt
    assert fingerprint(person) == before


async def test_a_branch_name_in_the_way_is_said(hub: Hub, person: Path,
                                               work: tuple[str, str]) -> None:
    run_git(person, "branch", "cockpit")
    with pytest.raises(RepositoryError, match="could not be written") as caught:
        await publish(hub, person, branch=BRANCH, new=work[0], old=None)
    assert "in the way" in caught.value.hint


async def test_a_lock_that_another_git_holds_is_said(hub: Hub, person: Path,
                                                     work: tuple[str, str]) -> None:
    lock = person / ".git" / f"{REF}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    with pytest.raises(RepositoryError, match="could not be written") as caught:
        await publish(hub, person, branch=BRANCH, new=work[0], old=None)
    assert "holds a lock" in caught.value.hint
    lock.unlink()
    await publish(hub, person, branch=BRANCH, new=work[0], old=None)
    assert run_git(person, "rev-parse", REF) == work[0]


@pytest.mark.parametrize("branch", ["-x", "", "a b", "a..b", "x.lock", "../../HEAD", "a\nb"])
async def test_a_branch_name_that_git_would_not_take_is_refused(
        hub: Hub, person: Path, work: tuple[str, str], branch: str) -> None:
    before = fingerprint(person)
    with pytest.raises(GitError, match="Not a branch name"):
        await publish(hub, person, branch=branch, new=work[0], old=None)
    assert fingerprint(person) == before


async def test_a_repository_that_lost_the_base_gets_all_of_it(
        tmp_path: Path, hub: Hub, person: Path, work: tuple[str, str]) -> None:
    other = tmp_path / "other"
    other.mkdir()
    run_git(other, "init", "-q", "-b", "main")
    commit(other, {"unrelated": "1"})
    await publish(hub, other, branch=BRANCH, new=work[1], old=None)
    assert run_git(other, "show", f"{BRANCH}:README.md") == "# Sample"
    assert run_git(other, "fsck", "--strict", "--no-dangling") == ""


async def test_the_base_itself_can_be_published(hub: Hub, person: Path) -> None:
    head = run_git(person, "rev-parse", "HEAD")
    await publish(hub, person, branch=BRANCH, new=head, old=None)
    assert run_git(person, "rev-parse", REF) == head


async def test_a_bare_and_a_shallow_repository_take_the_branch_too(
        tmp_path: Path, person: Path) -> None:
    commit(person, {"b": "1"})
    for kind in ("--bare", "--depth=1"):
        source = tmp_path / f"source{kind}"
        run_git(tmp_path, "clone", "-q", kind, f"file://{person}", str(source))
        hub = await Hub.open(tmp_path / "hubs", f"P{kind[2:5]}", source)
        head = (await hub.refresh()).commit
        tree = await WorktreePool(hub, tmp_path / f"trees{kind}").acquire(head, name="t1")
        write(tree.path, {"work": "1"})
        made = await tree.commit_all("Work", {}) or ""
        await publish(hub, source, branch=BRANCH, new=made, old=None)
        assert run_git(source, "rev-parse", REF) == made
        assert run_git(source, "fsck", "--no-dangling") == ""
        hub.close()


async def test_a_repository_that_cannot_be_written_is_read_but_not_published_to(
        open_folder: Path) -> None:
    person = new_repository(open_folder / "person")
    (open_folder / "own").mkdir()
    give_to_nobody(open_folder)
    forbid_writing(person)
    before = fingerprint(person)
    try:
        with as_nobody():
            hub = await Hub.open(open_folder / "own" / "hubs", "P1", person)
            head = (await hub.refresh()).commit
            tree = await WorktreePool(hub, open_folder / "own" / "trees").acquire(head, name="t1")
            write(tree.path, {"work": "1"})
            made = await tree.commit_all("Work", {}) or ""
            assert (await inspect_repository(person)).dirty_files == 0
            with pytest.raises(RepositoryError, match="cannot be written") as caught:
                await publish(hub, person, branch=BRANCH, new=made, old=None)
            hub.close()
        assert "permission" in caught.value.hint
        assert fingerprint(person) == before
    finally:
        forbid_writing(person, forbidden=False)
