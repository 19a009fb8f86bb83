"""Small real git repositories for tests, made by plain git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C",
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
       for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"),
                           ("DATE", "2026-01-02T03:04:05+00:00"))},
}


def git(*arguments: str, cwd: Path) -> str:
    """Run git with a fixed identity and no configuration; its standard output, stripped."""
    done = subprocess.run(["git", *arguments], cwd=cwd, env={**os.environ, **_ENVIRONMENT},
                          capture_output=True, text=True, check=True)
    return done.stdout.strip()


def make_repository(path: Path, files: dict[str, str], *, message: str = "Start") -> Path:
    """A repository on `main` with one commit that holds `files`."""
    path.mkdir(parents=True, exist_ok=True)
    git("init", "--quiet", "--initial-branch=main", cwd=path)
    write_files(path, files)
    git("add", "--all", cwd=path)
    git("commit", "--quiet", "--allow-empty", "--message", message, cwd=path)
    return path


def write_files(path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")
