"""Source distributions of well-known packages, fetched once, as git repositories.

The ordinary clients fetch them, at fixed versions, into `tests/.cache/`, which git ignores.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from support.repositories import git

CACHE = Path(__file__).parents[1] / ".cache" / "real"
_DOWNLOAD_SECONDS = 300
_NO_NETWORK = (
    "NewConnectionError", "NameResolutionError", "Network is unreachable", "Temporary failure",
    "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "timed out", "ProxyError",
    "Max retries exceeded", "(from versions: none)")


class NoNetwork(Exception):
    """The registry cannot be reached; the text says how the client put it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    name: str
    version: str
    is_node: bool = False

    @property
    def repository(self) -> Path:
        """A git repository with one commit that holds the distribution, made if missing.

        Raises NoNetwork, or AssertionError where the client fails for any other reason.
        """
        place = CACHE / f"{self.name}-{self.version}"
        if not place.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            fresh = CACHE / f"{place.name}.{os.getpid()}"
            shutil.rmtree(fresh, ignore_errors=True)
            _unpack(self._archive(), fresh)
            git("init", "--quiet", "--initial-branch=main", cwd=fresh)
            git("add", "--all", "--force", cwd=fresh)
            git("commit", "--quiet", "--message", f"Import {self.name} {self.version}", cwd=fresh)
            if place.exists():  # another test process was faster
                shutil.rmtree(fresh)
            else:
                fresh.rename(place)
        return place

    def copy(self, place: Path) -> Path:
        """A checkout of one's own."""
        return shutil.copytree(self.repository, place, symlinks=True)

    def _archive(self) -> Path:
        folder = CACHE / "downloads" / f"{self.name}-{self.version}"
        if not _archives(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _fetch(self._command(folder), folder)
        (archive,) = _archives(folder)
        return archive

    def _command(self, folder: Path) -> list[str]:
        if self.is_node:
            npm = shutil.which("npm")
            if npm is None:
                raise NoNetwork("npm is not installed")
            return [npm, "pack", "--loglevel=error", f"{self.name}@{self.version}"]
        return [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary",
                ":all:", "--dest", str(folder), f"{self.name}=={self.version}"]


def _archives(folder: Path) -> list[Path]:
    return [*folder.glob("*.tar.gz"), *folder.glob("*.tgz")]


def _fetch(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                          timeout=_DOWNLOAD_SECONDS)
    if done.returncode != 0:
        for line in done.stderr.splitlines():
            if any(sign in line for sign in _NO_NETWORK):
                raise NoNetwork(line.strip()[:200])
    assert done.returncode == 0, done.stderr


def _unpack(archive: Path, place: Path) -> None:
    """The one folder in the archive becomes `place`; files belong to whoever runs this."""
    with tarfile.open(archive) as packed:
        packed.extractall(place, filter="data")  # keeps no owners and no dangerous paths
    (inner,) = place.iterdir()
    moved = place.with_name(f"{place.name}.inner")
    inner.rename(moved)
    place.rmdir()
    moved.rename(place)


REQUESTS = Package(name="requests", version="2.32.3")
FLASK = Package(name="flask", version="3.0.3")
CLICK = Package(name="click", version="8.1.7")
ATTRS = Package(name="attrs", version="24.2.0")
SPHINX = Package(name="sphinx", version="8.1.3")
EXPRESS = Package(name="express", version="4.21.2", is_node=True)
