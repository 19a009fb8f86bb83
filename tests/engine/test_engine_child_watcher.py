from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from cockpit_tui.config.paths import Paths
from cockpit_tui.engine.engine import open_engine
from cockpit_tui.gitops.runner import git


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="pidfd is Linux's")
async def test_an_engine_starts_no_thread_for_a_child(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = Paths(config=tmp_path / "c", data=tmp_path / "d", cache=tmp_path / "k")
    begun: list[str] = []
    start = threading.Thread.start

    def noted(thread: threading.Thread) -> None:
        begun.append(thread.name)
        start(thread)

    async with open_engine(paths, is_attended=False):
        monkeypatch.setattr(threading.Thread, "start", noted)
        for _ in range(3):
            assert "git version" in (await git("--version", cwd=tmp_path)).text
    assert [name for name in begun if name.startswith("waitpid")] == []
