from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from gitops_repos import commit, fingerprint, new_repository, run_git

from cockpit_tui.domain.errors import GitError, RefMoved, RepositoryError
from cockpit_tui.domain.review import CommitFact
from cockpit_tui.domain.tree import TreeEntry, TreeSnapshot
from cockpit_tui.gitops.hub import Hub, ImportedHead
from cockpit_tui.gitops.runner import GitResult


async def test_refresh_imports_the_head_and_writes_nothing_on_the_persons_side(
        tmp_path: Path, person: Path) -> None:
    before = fingerprint(person)
    hub = await Hub.open(tmp_path / "hubs", "P1", person)
    first = await hub.refresh()
    assert first == ImportedHead(commit=run_git(person, "rev-parse", "HEAD"), branch="main")
    assert await hub.refresh() == first
    assert fingerprint(person) == before

    second = commit(person, {"new.txt": "x\n"})
    assert await hub.refresh() == ImportedHead(commit=second, branch="main")
    run_git(person, "reset", "-q", "--hard", first.commit)
    assert (await hub.refresh()).commit == first.commit
    assert await hub.resolve(second) == second
    assert run_git(hub.path, "fsck", "--strict") == ""
    hub.close()


async def test_nothing_of_the_persons_configuration_comes_along(tmp_path: Path,
                                                                person: Path) -> None:
    other = new_repository(tmp_path / "other")
    run_git(person, "config", "user.name", "Pat")
    run_git(person, "config", "core.hooksPath", "hooks")
    run_git(person, "tag", "v1")
    run_git(person, "branch", "side")
    (person / ".git/objects/info/alternates").write_text(f"{other / '.git/objects'}\n")
    hub = await Hub.open(tmp_path / "hubs", "P1", person)
    head = (await hub.refresh()).commit
    assert {line.partition("=")[0] for line in run_git(
        hub.path, "config", "--list", "--local").splitlines()} <= {
            "core.repositoryformatversion", "core.filemode", "core.bare", "core.ignorecase",
            "core.precomposeunicode", "core.symlinks"}
    assert sorted(path.name for path in hub.path.iterdir()) == [
        "HEAD", "cockpit-hub", "config", "info", "objects", "refs"]
    assert not (hub.path / "objects/info/alternates").exists()
    assert run_git(hub.path, "for-each-ref", "--format=%(refname)").split() == [
        "refs/cockpit/incoming", f"refs/cockpit/source/{head}"]
    assert hub.path.stat().st_mode & 0o077 == 0
    hub.close()


@pytest.mark.parametrize("kind", ["shallow", "bare", "linked", "detached", "odd name"])
async def test_a_hub_is_made_from_every_kind_of_source(tmp_path: Path, person: Path,
                                                       kind: str) -> None:
    last = commit(person, {"b.txt": "b\n"})
    source, branch = tmp_path / "source", "main"
    match kind:
        case "shallow":
            run_git(tmp_path, "clone", "-q", "--depth=1", f"file://{person}", str(source))
        case "bare":
            run_git(tmp_path, "clone", "-q", "--bare", str(person), str(source))
        case "linked":
            run_git(person, "worktree", "add", "-q", "-b", "side", str(source))
            branch = "side"
        case "detached":
            source, branch = person, ""
            run_git(person, "checkout", "-q", "--detach")
        case "odd name":
            source = tmp_path / "--upload-pack=touch é 'x' \udcff\n: $(true)"
            source = person.rename(source)
    hub = await Hub.open(tmp_path / "hubs", "P1", source)
    assert await hub.refresh() == ImportedHead(commit=last, branch=branch)
    assert sorted((await hub.snapshot(last)).contents) == [
        ".gitignore", "README.md", "b.txt", "src/app.py"]
    hub.close()


async def test_history_that_was_missing_comes_with_a_source_that_became_whole(
        tmp_path: Path, person: Path) -> None:
    last = commit(person, {"b.txt": "b\n"})
    source = tmp_path / "source"
    run_git(tmp_path, "clone", "-q", "--depth=1", f"file://{person}", str(source))
    hub = await Hub.open(tmp_path / "hubs", "P1", source)
    await hub.refresh()
    assert len(await hub.recent_commits(last, 10)) == 1
    run_git(source, "fetch", "-q", "--unshallow")
    await hub.refresh()
    assert len(await hub.recent_commits(last, 10)) == 2
    hub.close()


async def test_a_repository_without_commits_is_refused_with_a_way_out(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    run_git(empty, "init", "-q")
    hub = await Hub.open(tmp_path / "hubs", "P1", empty)
    with pytest.raises(RepositoryError, match="no commits") as caught:
        await hub.refresh()
    assert "git commit" in caught.value.hint
    hub.close()


async def test_twenty_refreshes_at_once_from_two_hub_objects_agree(tmp_path: Path,
                                                                   person: Path) -> None:
    first = await Hub.open(tmp_path / "hubs", "P1", person)
    second = await Hub.open(tmp_path / "hubs", "P1", person)
    heads = await asyncio.gather(*(hub.refresh() for hub in [first, second] * 10))
    assert set(heads) == {ImportedHead(commit=run_git(person, "rev-parse", "HEAD"),
                                       branch="main")}
    first.close()
    second.close()


async def test_stale_locks_of_a_killed_run_are_cleared_but_not_while_another_lives(
        tmp_path: Path, person: Path) -> None:
    first = await Hub.open(tmp_path / "hubs", "P1", person)
    lock = first.path / "packed-refs.lock"
    lock.touch()
    second = await Hub.open(tmp_path / "hubs", "P1", person)
    assert lock.exists()
    first.close()
    second.close()
    third = await Hub.open(tmp_path / "hubs", "P1", person)
    assert not lock.exists()
    third.close()


async def test_a_ref_moves_only_from_where_it_was(hub: Hub, person: Path) -> None:
    one = run_git(person, "rev-parse", "HEAD")
    two = commit(person, {"b.txt": "b\n"})
    await hub.refresh()
    ref = "refs/heads/cockpit/41-x"
    assert await hub.read_ref(ref) is None
    await hub.update_ref(ref, one, None)
    await hub.update_ref(ref, one, None)
    with pytest.raises(RefMoved):
        await hub.update_ref(ref, two, None)
    await hub.update_ref(ref, two, one)
    with pytest.raises(RefMoved):
        await hub.delete_ref(ref, one)
    assert await hub.read_ref(ref) == two
    await hub.delete_ref(ref, two)
    await hub.delete_ref(ref, two)
    assert await hub.read_ref(ref) is None


@pytest.mark.parametrize("has_moved", [True, False])
async def test_a_git_that_was_stopped_has_moved_the_ref_or_not(
        hub: Hub, person: Path, monkeypatch: pytest.MonkeyPatch, has_moved: bool) -> None:
    one = run_git(person, "rev-parse", "HEAD")
    run = Hub.git

    async def too_slow(self: Hub, *args: str, **options: Any) -> GitResult:
        if args[0] != "update-ref":
            return await run(self, *args, **options)
        if has_moved:
            await run(self, *args, **options)
        raise GitError("git update-ref did not finish within 120 seconds.")

    monkeypatch.setattr(Hub, "git", too_slow)
    moving = hub.update_ref("refs/heads/cockpit/41-x", one, None)
    if has_moved:
        await moving
    else:
        with pytest.raises(GitError, match="did not finish"):
            await moving
    assert await hub.read_ref("refs/heads/cockpit/41-x") == (one if has_moved else None)


@pytest.mark.parametrize("rev", ["--all", "-1", "", "a..b", "^HEAD", "x y", "HEAD\n", "nothing"])
async def test_a_revision_that_could_be_an_option_or_names_nothing_is_refused(
        hub: Hub, rev: str) -> None:
    with pytest.raises(GitError):
        await hub.resolve(rev)


async def test_snapshot_holds_the_whole_tree_and_the_text_that_fits(
        tmp_path: Path, hub: Hub, person: Path) -> None:
    (person / "link").symlink_to("README.md")
    (person / "tool.sh").write_text("#!/bin/sh\n")
    (person / "tool.sh").chmod(0o755)
    run_git(person, "update-index", "--add", "--cacheinfo",
            f"160000,{run_git(person, 'rev-parse', 'HEAD')},sub")
    (person / "sub").mkdir()
    odd = b"odd \xff \xc3\xa9\n.txt".decode("utf-8", "surrogateescape")
    last = commit(person, {"big.txt": "x" * 2_000, "mid.txt": "y" * 300, "pic.png": b"\x89\0\0",
                           "empty": b"", odd: b"caf\xe9\n"})
    await hub.refresh()
    taken = await hub.snapshot(last, max_file_bytes=1_000, max_total_bytes=200)
    regular = {".gitignore": 6, "README.md": 9, "big.txt": 2_000, "empty": 0, "mid.txt": 300,
               odd: 6 - 1, "pic.png": 3, "src/app.py": 25}
    entries = [TreeEntry(path=path, mode="100644", size=size) for path, size in regular.items()]
    entries += [TreeEntry(path="link", mode="120000", size=9),
                TreeEntry(path="sub", mode="160000", size=0),
                TreeEntry(path="tool.sh", mode="100755", size=10)]
    assert taken == TreeSnapshot(
        commit=last, entries=tuple(sorted(entries, key=lambda entry: entry.path)),
        contents={".gitignore": b"*.log\n", "README.md": b"# Sample\n", "empty": b"",
                  odd: b"caf\xe9\n", "src/app.py": b"def main():\n    return 1\n",
                  "tool.sh": b"#!/bin/sh\n"},
        truncated="Not read: 1 files larger than 0 KiB and 1 files beyond 0 MiB in total.")


async def test_commits_are_listed_with_their_trailers(hub: Hub, person: Path) -> None:
    base = run_git(person, "rev-parse", "HEAD")
    one = commit(person, {"a": "1"}, "One\n\nBody: no trailer here\n\nmore\n\nStep-Id: S1\nX: y")
    two = commit(person, {"a": "2"}, "Two \x1b[31m")
    await hub.refresh()
    found = await hub.commits_between(base, two)
    assert found == (
        (one, "One", {"Step-Id": "S1", "X": "y"}), (two, "Two \x1b[31m", {}))
    assert await hub.find_trailer(two, base, "Step-Id", "S1") == one
    assert await hub.find_trailer(two, base, "Step-Id", "S2") is None
    assert await hub.changed_files(base, two) == ("a",)
    assert await hub.recent_commits(two, 1) == (
        CommitFact(sha=two, subject="Two \x1b[31m", author="Pat", at="2024-05-06T07:08:09Z"),)
    assert await hub.commits_since(two, 90) == 0
    assert await hub.commits_since(two, 18_000) == 3
    assert await hub.is_ancestor(base, two)
    assert not await hub.is_ancestor(two, base)


async def test_a_sha256_repository_gets_a_sha256_hub(tmp_path: Path) -> None:
    path = tmp_path / "person"
    path.mkdir()
    run_git(path, "init", "-q", "--object-format=sha256")
    last = commit(path, {"a": "1"})
    hub = await Hub.open(tmp_path / "hubs", "P1", new_repository(tmp_path / "other"))
    hub.close()
    hub = await Hub.open(tmp_path / "hubs", "P2", path)
    assert (await hub.refresh()).commit == last
    assert len(last) == 64
    hub.close()
