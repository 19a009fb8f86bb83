"""The command line in this process, and checkouts of real packages."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_packages import NoNetwork, Package
from real_saying import Checkout, Said, Say

from cockpit_tui.cli.main import main


@pytest.fixture
def cockpit(capsys: pytest.CaptureFixture[str]) -> Say:
    """`cockpit WORD...`: its exit code and both streams."""
    def say(*words: str | Path) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return say


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A package as a repository of one's own; skips where it was never fetched and cannot be."""
    def of(package: Package) -> Path:
        try:
            return package.copy(tmp_path / package.name)
        except NoNetwork as reason:
            pytest.skip(f"{package.name} {package.version} cannot be downloaded: {reason}")

    return of
