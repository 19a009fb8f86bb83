"""A cockpit with directories of its own, and a repository for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.cockpit_process import Cockpit
from support.repositories import make_repository


@pytest.fixture
def cockpit(tmp_path: Path) -> Cockpit:
    home = tmp_path / "home"
    home.mkdir()
    return Cockpit(home, make_repository(tmp_path / "repo", {"README.md": "# Hello\n"}))
