"""The live side of the ledger: recorded events handed to whoever listens, after the commit.

A subscriber's queue is bounded. When it is full the oldest batch goes; the reader sees the gap in
`seq` and reads the ledger. So a slow screen never slows an agent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from cockpit_tui.domain.event import RecordedEvent

MAX_WAITING_BATCHES = 256

Batch = tuple[RecordedEvent, ...]


class Bus:
    """Publishes batches of events to any number of subscribers, in one event loop."""

    def __init__(self) -> None:
        self._subscribers: set[_Subscriber] = set()

    def publish(self, batch: Batch) -> None:
        for subscriber in self._subscribers:
            subscriber.put(batch)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[Batch]]:
        """Batches from now on. The iterator never ends by itself: leave the context to stop."""
        with self._attached() as subscriber:
            yield subscriber.batches()

    @contextmanager
    def _attached(self) -> Iterator[_Subscriber]:
        subscriber = _Subscriber()
        self._subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)


class _Subscriber:
    def __init__(self) -> None:
        self._waiting: deque[Batch] = deque(maxlen=MAX_WAITING_BATCHES)
        self._arrived = asyncio.Event()

    def put(self, batch: Batch) -> None:
        self._waiting.append(batch)
        self._arrived.set()

    async def batches(self) -> AsyncIterator[Batch]:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            merged: list[RecordedEvent] = []
            while self._waiting:
                merged.extend(self._waiting.popleft())
            if merged:
                yield tuple(merged)
