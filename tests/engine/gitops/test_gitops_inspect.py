from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from gitops_repos import as_nobody, commit, fingerprint, new_repository, run_git, write

from cockpit_tui.domain.errors import NotARepository, RepositoryError
from cockpit_tui.domain.project import RepositoryState
from cockpit_tui.domain.review import CommitFact
from cockpit_tui.gitops import runner
from cockpit_tui.gitops.inspect import inspect_repository


def identity(*folders: Path) -> str:
    return "|".join(f"{folder}:{folder.stat().st_dev}:{folder.stat().st_ino}"
                    for folder in folders)


async def test_the_state_is_read_whole_and_nothing_is_written(person: Path) -> None:
    write(person, {"src/app.py": "# edit\n", "new/a": "1", "new/b": "1", "x.log": "ignored"})
    (person / "README.md").unlink()
    before = fingerprint(person)
    head = run_git(person, "rev-parse", "HEAD")
    state = await inspect_repository(person / "src", files=2)
    assert state == RepositoryState(
        path=str(person), name="person", identity=identity(person / ".git"), branch="main",
        head=head, dirty_files=4, files=(".gitignore", "README.md"), file_count=3,
        recent_commits=(CommitFact(sha=head, subject="Start", author="Pat",
                                   at="2024-05-06T07:08:09Z"),))
    assert fingerprint(person) == before
    assert (await inspect_repository(person, count_dirty=False)).dirty_files == -1


@pytest.mark.parametrize("kind", ["link", "linked worktree", "detached", "shallow", "bare",
                                  "no commits", "submodule", "odd name", "separate"])
async def test_every_kind_of_repository_is_read(tmp_path: Path, person: Path, kind: str) -> None:
    head = commit(person, {"b": "1"})
    path, expected = tmp_path / "other", {"branch": "main", "head": head, "name": "other"}
    match kind:
        case "link":
            path.symlink_to(person)
            expected["name"] = "person"
        case "linked worktree":
            run_git(person, "worktree", "add", "-q", "-b", "side", str(path))
            expected |= {"branch": "side",
                         "identity": identity(person / ".git/worktrees/other", person / ".git")}
        case "detached":
            run_git(person, "checkout", "-q", "--detach")
            path, expected = person, {"branch": "", "head": head, "name": "person"}
        case "shallow":
            run_git(tmp_path, "clone", "-q", "--depth=1", f"file://{person}", str(path))
        case "bare":
            path = tmp_path / "other.git"
            run_git(tmp_path, "clone", "-q", "--bare", str(person), str(path))
        case "no commits":
            path.mkdir()
            run_git(path, "init", "-q", "-b", "trunk")
            expected |= {"branch": "trunk", "head": ""}
        case "submodule":
            new_repository(path)
            run_git(path, "-c", "protocol.file.allow=always", "submodule", "add", "-q",
                    str(person), "sub")
            write(path, {"sub/b": "changed inside"})
            run_git(path, "commit", "-q", "-m", "Sub")
            expected["head"] = run_git(path, "rev-parse", "HEAD")
        case "odd name":
            path = person.rename(tmp_path / "-é 'x' \udcff\n")
            expected["name"] = path.name
        case "separate":
            run_git(tmp_path, "clone", "-q", "--separate-git-dir", str(tmp_path / "apart"),
                    str(person), str(path))
            expected["identity"] = identity(tmp_path / "apart")
    state = await inspect_repository(path)
    assert {name: getattr(state, name) for name in expected} == expected
    assert state.dirty_files == 0
    assert state.path == str(path.resolve())


async def test_the_persons_own_ignore_file_counts(tmp_path: Path, person: Path) -> None:
    write(tmp_path / "home", {".config/git/ignore": ".idea/\n"})
    write(person, {".idea/x": "1"})
    assert (await inspect_repository(person)).dirty_files == 0
    write(tmp_path / "home", {".gitconfig": "[core]\n\texcludesFile = ~/mine\n", "mine": "y\n"})
    write(person, {"y": "1"})
    assert (await inspect_repository(person)).dirty_files == 1


async def test_another_directory_put_in_place_of_the_git_directory_is_another_identity(
        tmp_path: Path, person: Path) -> None:
    before = (await inspect_repository(person)).identity
    commit(person, {"more": "1"})
    assert (await inspect_repository(person)).identity == before
    shutil.copytree(person / ".git", tmp_path / "copy")
    (person / ".git").rename(tmp_path / "away")
    (tmp_path / "copy").rename(person / ".git")
    assert (await inspect_repository(person)).identity != before


@pytest.mark.parametrize(("make", "message"), [
    (lambda path: None, "There is no"),
    (lambda path: path.mkdir(), "is not in a git repository"),
    (lambda path: path.write_text("x"), "is a file"),
    (lambda path: path.symlink_to(path), "is not a usable path|There is no"),
    (lambda path: (path / ".git").mkdir(parents=True), "is not in a git repository"),
], ids=["missing", "plain directory", "file", "link to itself", "empty .git"])
async def test_what_is_no_repository_is_said_so(tmp_path: Path, make: object,
                                                message: str) -> None:
    path = tmp_path / "x\x1b[31m"
    make(path)  # type: ignore[operator]
    with pytest.raises(NotARepository, match=message) as caught:
        await inspect_repository(path)
    assert "\x1b" not in caught.value.message
    with pytest.raises(NotARepository):
        await inspect_repository("a\0b")


async def test_inside_the_git_directory_is_not_a_project(person: Path) -> None:
    with pytest.raises(NotARepository, match="git directory"):
        await inspect_repository(person / ".git" / "refs")


async def test_a_damaged_repository_is_said_so(person: Path) -> None:
    (person / ".git" / "config").write_text("[core\n")
    with pytest.raises(RepositoryError, match="bad config line"):
        await inspect_repository(person)


@pytest.mark.parametrize("closed", [".", ".git"])
async def test_no_read_permission_is_said_so(open_folder: Path, closed: str) -> None:
    path = new_repository(open_folder / "person")
    (path / closed).chmod(0)
    try:
        with as_nobody(), pytest.raises(
                RepositoryError, match=r"permission denied|cannot be read"):
            await inspect_repository(path)
    finally:
        (path / closed).chmod(0o755)


async def test_a_repository_of_another_user_is_refused_until_the_person_allows_it(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, person: Path) -> None:
    real = runner._environment
    # Git's own switch for its tests: take every directory for somebody else's.
    monkeypatch.setattr(runner, "_environment", lambda extra: {
        **real(extra), "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})
    with pytest.raises(RepositoryError, match="belongs to another user") as caught:
        await inspect_repository(person)
    assert f"safe.directory {person}" in caught.value.hint
    write(tmp_path / "home", {".gitconfig": f"[safe]\n\tdirectory = {person}\n"})
    assert (await inspect_repository(person)).branch == "main"


async def test_a_missing_and_an_old_git_are_said_so(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, person: Path) -> None:
    write(tmp_path, {"bin/git": "#!/bin/sh\necho git version 2.34.1\n"})
    monkeypatch.setenv("PATH", f".:{tmp_path / 'bin'}")
    with pytest.raises(RepositoryError, match="git was not found") as caught:
        await inspect_repository(person)
    assert "Install git" in caught.value.hint
    (tmp_path / "bin" / "git").chmod(0o755)
    with pytest.raises(RepositoryError, match=r"2\.34\.1 is too old"):
        await inspect_repository(person)
