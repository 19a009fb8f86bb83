"""A ledger in a temporary folder, with a clock that ticks and ids that count."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.storage.database import Database

START = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """One second later at every look."""
    ticks = itertools.count()
    return lambda: START + timedelta(seconds=next(ticks))


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "cockpit.db"


@pytest.fixture
def published() -> list[tuple[RecordedEvent, ...]]:
    """What `on_commit` was called with."""
    return []


@pytest.fixture
async def ledger(ledger_path: Path, clock: Callable[[], datetime],
                 published: list[tuple[RecordedEvent, ...]]) -> AsyncIterator[Database]:
    ids = itertools.count(1)
    async with await Database.open(ledger_path, clock=clock, new_id=lambda: f"ID{next(ids)}",
                                   correlation_id="RUN", on_commit=published.append,
                                   busy_seconds=0.05) as database:
        yield database
