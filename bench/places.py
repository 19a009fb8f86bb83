"""Fresh directories and repositories for a measurement, gone afterwards."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cockpit_tui.config.paths import Paths

GIT_ENVIRONMENT = {
    **os.environ, "GIT_CONFIG_GLOBAL": os.devnull,
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
       for what, value in (("NAME", "bench"), ("EMAIL", "bench@localhost"))},
}


@contextmanager
def fresh_paths() -> Iterator[Paths]:
    with tempfile.TemporaryDirectory(prefix="cockpit-bench-") as directory:
        base = Path(directory)
        yield Paths(config=base / "config/cockpit", data=base / "data/cockpit",
                    cache=base / "cache/cockpit")


def base_of(paths: Paths) -> Path:
    """The directory that `fresh_paths` made; its XDG directories lie below it."""
    return paths.data.parent.parent


def environment_of(paths: Paths) -> dict[str, str]:
    """What makes a started cockpit use these places."""
    base = base_of(paths)
    return {"HOME": str(base), "XDG_CONFIG_HOME": str(base / "config"),
            "XDG_DATA_HOME": str(base / "data"), "XDG_CACHE_HOME": str(base / "cache")}


def git(*arguments: str, cwd: Path) -> str:
    done = subprocess.run(["git", *arguments], cwd=cwd, env=GIT_ENVIRONMENT, check=True,
                          capture_output=True, text=True)
    return done.stdout.strip()


def make_repository(path: Path, files: int) -> Path:
    """A repository with `files` small files, fifty to a directory."""
    path.mkdir(parents=True)
    git("init", "--quiet", "--initial-branch=main", cwd=path)
    for number in range(files):
        file = path / f"d{number // 50}" / f"f{number}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f'"""Module {number}."""\n\n\ndef f{number}():\n    return {number}\n')
    git("add", "--all", cwd=path)
    git("commit", "--quiet", "--message", "Start", cwd=path)
    return path
