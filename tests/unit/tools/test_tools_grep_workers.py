"""The processes that search: reused, replaced when they ended, killed with a cancelled search."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cockpit_tui.tools import grep_workers
from cockpit_tui.tools.grep_workers import grep

FOUND = [{"path": "a.txt", "line": 1, "text": "found"}, {"skipped": 0}]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """One searching thread, and the ids of the processes that it starts."""
    pids: list[int] = []
    start = grep_workers._start

    def counted() -> Any:
        process = start()
        pids.append(process.pid)
        return process

    monkeypatch.setattr(grep_workers, "_start", counted)
    with ThreadPoolExecutor(max_workers=1) as threads:
        monkeypatch.setattr(grep_workers, "_threads", threads)
        yield pids
        threads.submit(lambda: grep_workers._drop(grep_workers._mine.process)).result()


def asked(root: Path, pattern: str) -> dict[str, Any]:
    return {"root": str(root), "path": ".", "pattern": pattern, "glob": "", "limit": 10}


async def test_a_process_answers_again_and_again_and_a_dead_one_is_replaced(
        tmp_path: Path, started: list[int]) -> None:
    (tmp_path / "a.txt").write_text("found\n")
    for _ in range(3):
        assert await grep(asked(tmp_path, "found"), timeout_seconds=10) == (FOUND, False)
    assert len(started) == 1
    os.kill(started[0], signal.SIGKILL)
    assert await grep(asked(tmp_path, "found"), timeout_seconds=10) == (FOUND, False)
    assert len(started) == 2


async def test_a_cancelled_search_is_killed_at_once(tmp_path: Path, started: list[int]) -> None:
    (tmp_path / "a.txt").write_text("found\n")
    (tmp_path / "b.txt").write_text("a" * 3_000 + "!")
    assert await grep(asked(tmp_path, "found"), timeout_seconds=10) == (FOUND, False)
    search = asyncio.create_task(grep(asked(tmp_path, "(a+)+$"), timeout_seconds=600))
    await asyncio.sleep(0)
    search.cancel()
    with pytest.raises(asyncio.CancelledError):
        await search
    assert await grep(asked(tmp_path, "found"), timeout_seconds=10) == (FOUND, False)
