from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from gitops_repos import new_repository

from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.worktrees import WorktreePool


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The machine's own git configuration must not decide a test."""
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def person(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "person", {
        "README.md": "# Sample\n", "src/app.py": "def main():\n    return 1\n",
        ".gitignore": "*.log\n"})


@pytest.fixture
async def hub(tmp_path: Path, person: Path) -> AsyncIterator[Hub]:
    opened = await Hub.open(tmp_path / "hubs", "P1", person)
    await opened.refresh()
    yield opened
    opened.close()


@pytest.fixture
def pool(tmp_path: Path, hub: Hub) -> WorktreePool:
    return WorktreePool(hub, tmp_path / "worktrees")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
