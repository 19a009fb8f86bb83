"""Real repositories for the git tests: made by plain git, as a person would."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ENVIRONMENT = {
    "PATH": os.environ["PATH"], "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Pat", "GIT_AUTHOR_EMAIL": "pat@example.org",
    "GIT_COMMITTER_NAME": "Pat", "GIT_COMMITTER_EMAIL": "pat@example.org",
    "GIT_AUTHOR_DATE": "2024-05-06T07:08:09+00:00",
    "GIT_COMMITTER_DATE": "2024-05-06T07:08:09+00:00",
}


NOBODY = 65534


def run_git(folder: Path, *args: str, data: bytes | None = None, check: bool = True) -> str:
    """Plain git in `folder`, its output without the last line end."""
    done = subprocess.run(["git", *args], cwd=folder, input=data, env=_ENVIRONMENT,
                          capture_output=True, check=False)
    assert not check or done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")


def write(root: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def commit(root: Path, files: dict[str, str | bytes], message: str = "Change") -> str:
    write(root, files)
    run_git(root, "add", "-A")
    run_git(root, "commit", "-q", "--allow-empty", "-m", message)
    return run_git(root, "rev-parse", "HEAD")


def new_repository(path: Path, files: dict[str, str | bytes] | None = None) -> Path:
    """A repository on branch `main` with one commit of `files`."""
    path.mkdir(parents=True, exist_ok=True)
    run_git(path, "init", "-q", "-b", "main")
    commit(path, {"README.md": "# Sample\n"} if files is None else files, "Start")
    return path


def fingerprint(root: Path) -> dict[str, str]:
    """Every path below `root` with its mode and content hash (links: where they lead)."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = f"link {path.readlink()}"
        elif path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[name] = f"{path.stat().st_mode:o} {digest}"
        else:
            found[name] = f"{path.stat().st_mode:o}"
    return found


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read and write everything: act as a user who may not."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def give_to_nobody(root: Path) -> None:
    """Make `root` and all below it belong to the user of `as_nobody`."""
    if os.geteuid() == 0:
        for path in (root, *root.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def forbid_writing(root: Path, *, forbidden: bool = True) -> None:
    for path in (root, *root.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222 if forbidden else path.stat().st_mode | 0o200)
