"""Repositories as they are met in the wild: each works, or ends with a clear error and code 6."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.cockpit_process import Cockpit, Ran
from support.fingerprint import fingerprint
from support.repositories import git, make_repository

FILES = {"pyproject.toml": '[project]\nname = "thing"\nversion = "1"\n', "thing.py": "x = 1\n"}
REQUEST = "Add a .gitignore"
NOBODY = 65534
PLENTY = 400_000


def plain(path: Path) -> Path:
    return make_repository(path, FILES)


def without_files(path: Path) -> Path:
    return make_repository(path, {})


def detached(path: Path) -> Path:
    plain(path)
    git("commit", "--quiet", "--allow-empty", "--message", "Later", cwd=path)
    git("checkout", "--quiet", "--detach", "HEAD~1", cwd=path)
    return path


def shallow(path: Path) -> Path:
    origin = plain(path.with_name("origin"))
    git("commit", "--quiet", "--allow-empty", "--message", "Later", cwd=origin)
    git("clone", "--quiet", "--depth=1", f"file://{origin}", str(path), cwd=origin)
    return path


def with_submodule(path: Path) -> Path:
    library = make_repository(path.with_name("library"), {"lib.py": "y = 1\n"})
    plain(path)
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library),
        "vendor/library", cwd=path)
    git("commit", "--quiet", "--message", "Take the library in", cwd=path)
    return path


def with_links(path: Path) -> Path:
    plain(path)
    for name, target in (("again.py", "thing.py"), ("outside", "/etc/passwd"),
                         ("dangling", "nowhere"), ("self", "self"), ("up", "..")):
        (path / name).symlink_to(target)
    return commit_all(path)


def with_strange_bytes(path: Path) -> Path:
    """Not UTF-8 in content and in a name, a large binary file and a large source file."""
    plain(path)
    (path / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\nname = 'caf\xe9'\n")
    (path / "blob.bin").write_bytes(bytes(range(256)) * 12_000)
    (path / "large.py").write_bytes(b"x = 1\n" * PLENTY)
    Path(os.fsdecode(os.fsencode(path) + b"/na\xefve.py")).write_bytes(b"z = 1\n")
    return commit_all(path)


def with_strange_names(path: Path) -> Path:
    inner = plain(path / "sp ace & ünï" / "日本 'x' \"y\" $HOME")
    for name in ("ä b.py", "-rf.py", "a;b.py", "tab\there.py", "new\nline.py", "\x1b[31mred.py"):
        (inner / name).write_text("y = 1\n")
    return commit_all(inner)


def bare(path: Path) -> Path:
    origin = plain(path.with_name("origin"))
    bare_path = path.with_name("project.git")
    git("clone", "--quiet", "--bare", str(origin), str(bare_path), cwd=origin)
    return bare_path


def linked_worktree(path: Path) -> Path:
    main = plain(path.with_name("main"))
    git("worktree", "add", "--quiet", "-b", "side", str(path), cwd=main)
    return path


def commit_all(path: Path) -> Path:
    git("add", "--all", cwd=path)
    git("commit", "--quiet", "--message", "Add more", cwd=path)
    return path


@pytest.mark.parametrize(("build", "said"), [
    (plain, "A Python code base: 2 files"),
    (without_files, "The repository is empty."),
    (detached, "One commit so far: 2026-01-02"),
    (shallow, "The clone is shallow: older commits were not read."),
    (with_submodule, "vendor/ 1 file vendored"),
    (with_links, "5 symbolic links"),
    (with_strange_bytes, "Not read: 2 files larger than 512 KiB."),
    (with_strange_names, "3 file names with control or undecodable characters"),
    (bare, "A Python code base: 2 files"),
    (linked_worktree, "A Python code base: 2 files"),
])
def test_it_is_reviewed_and_worked_on_and_stays_as_it_was(
        cockpit: Cockpit, tmp_path: Path, build: Callable[[Path], Path], said: str) -> None:
    path = build(tmp_path / "odd")
    before = fingerprint(path)

    reviewed = cockpit.with_script(None).run("review", "--repo", str(path))
    ran = cockpit.with_script(None).run("run", REQUEST, "--repo", str(path), "--approve", "all",
                                        "--json")

    assert (reviewed.code, reviewed.err) == (0, "")
    assert said in " ".join(reviewed.out.split())
    assert not set(reviewed.out) & {"\x1b", "\x00"}
    assert (ran.code, ran.err) == (0, "")
    assert fingerprint(path) == before
    branch = ran.events[-1]["branch"]
    assert git("diff", "--name-status", f"HEAD...{branch}", cwd=path) == "A\t.gitignore"
    assert git("fsck", "--no-dangling", cwd=path) == ""


def nothing(path: Path) -> Path:
    return path


def directory(path: Path) -> Path:
    path.mkdir()
    return path


def file(path: Path) -> Path:
    path.write_text("")
    return path


def without_commits(path: Path) -> Path:
    path.mkdir()
    git("init", "--quiet", cwd=path)
    (path / "thing.py").write_text("x = 1\n")
    return path


def inside_git_directory(path: Path) -> Path:
    return plain(path) / ".git"


def bare_inside_another(path: Path) -> Path:
    """What a hostile project would ship: its own git directory among its files."""
    plain(path)
    git("init", "--quiet", "--bare", str(path / "vendor"), cwd=path)
    return path / "vendor"


def broken_head(path: Path) -> Path:
    plain(path)
    (path / ".git" / "HEAD").write_text("nonsense\n")
    return path


def lost_objects(path: Path) -> Path:
    plain(path)
    shutil.rmtree(path / ".git" / "objects")
    (path / ".git" / "objects").mkdir()
    return path


@pytest.mark.parametrize(("build", "said"), [
    (nothing, "There is no "),
    (directory, "is not in a git repository.\n  Make it one with: git init"),
    (file, "is a file, not a directory."),
    (without_commits, "The repository has no commits yet.\n  Make one: git add . && git commit"),
    (inside_git_directory, "lies inside a repository's git directory."),
    (bare_inside_another, "is a bare repository inside another repository's files."),
    (broken_head, "is not in a git repository."),
    (lost_objects, "which the repository does not have.\n  It is damaged; git fsck there tells"),
])
def test_what_cannot_be_used_is_refused_with_a_reason(
        cockpit: Cockpit, tmp_path: Path, build: Callable[[Path], Path], said: str) -> None:
    path = build(tmp_path / "odd")
    for command in (("review",), ("run", REQUEST, "--approve", "all")):
        ran = cockpit.with_script(None).run(*command, "--repo", str(path))
        assert (ran.code, ran.out) == (6, "")
        assert said in ran.err


# -- permissions --


@pytest.fixture
def guest() -> Iterator[Cockpit]:
    """The cockpit of a user who is not root, in a place of their own that they can reach."""
    place = Path(tempfile.mkdtemp(prefix="cockpit-guest-"))
    (place / "home").mkdir()
    try:
        yield Cockpit(place / "home", plain(place / "repo"), script=None)
    finally:
        subprocess.run(["chmod", "-R", "u+rwX", str(place)], check=True)
        shutil.rmtree(place)


def give(path: Path) -> None:
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(path)], check=True)


def run_as_guest(cockpit: Cockpit, *arguments: str) -> Ran:
    """Permissions do not bind root, so root runs it as nobody."""
    if os.geteuid() != 0:
        return cockpit.run(*arguments)
    words = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    if shutil.which("setpriv") is None:
        pytest.skip("runs as root, and setpriv is not there to become somebody else")
    can = subprocess.run([*words, sys.executable, "-c", "import cockpit_tui"], check=False,
                         capture_output=True, cwd="/")
    if can.returncode != 0:
        pytest.skip("runs as root, and nobody else may read this Python or the package")
    return cockpit.run(*arguments, before=words)


def test_without_write_permission_it_is_read_and_refused_before_anything_is_done(
        guest: Cockpit) -> None:
    give(guest.home.parent)
    guest.home.parent.chmod(0o755)
    subprocess.run(["chmod", "-R", "a-w", str(guest.repository)], check=True)

    assert run_as_guest(guest, "review").code == 0
    assert run_as_guest(guest, "plan", REQUEST).code == 0
    ran = run_as_guest(guest, "run", REQUEST, "--approve", "all")
    kept = run_as_guest(guest, "run", REQUEST, "--approve", "all", "--land", "none", "--quiet")

    assert (ran.code, ran.out, ran.err) == (
        6, "", f"cockpit: The work could not land: '{guest.repository}/.git' cannot be written.\n"
               "  Give yourself write permission there, or keep the work in the cockpit's own "
               "clone: --land none\n")
    assert (kept.code, kept.err) == (0, ""), kept.out
    assert "in the cockpit's own clone, not in your repository (1 commit on " in kept.out
    assert "git merge" not in kept.out
    assert [each.name for each in (guest.repository / ".git/refs/heads").iterdir()] == ["main"]


@pytest.mark.parametrize(("hidden", "said"), [
    ("", "cannot be entered: permission denied."), (".git", "cannot be read.")])
def test_without_read_permission_it_says_so(guest: Cockpit, hidden: str, said: str) -> None:
    give(guest.home.parent)
    guest.home.parent.chmod(0o755)
    (guest.repository / hidden).chmod(0)
    elsewhere = replace(guest, repository=guest.home)
    ran = run_as_guest(elsewhere, "review", "--repo", str(guest.repository))
    assert (ran.code, ran.out) == (6, "")
    assert said in ran.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a repository of somebody else")
def test_somebody_elses_repository_is_refused_as_git_does(guest: Cockpit) -> None:
    give(guest.home)
    guest.home.parent.chmod(0o755)
    ran = run_as_guest(guest, "review")
    assert (ran.code, ran.out) == (6, "")
    assert "it belongs to another user." in ran.err
    assert f"safe.directory {guest.repository}" in ran.err
