"""What a unit of work writes with: the connection, the event list, the clock and fresh ids."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime

from cockpit_tui.domain.event import Event, RecordedEvent
from cockpit_tui.domain.ids import EventId, IdSource
from cockpit_tui.storage import events


class Transaction:
    """Valid only inside the function that `Database.write` calls with it.

    That function must not begin, commit or roll back; it may raise, and then nothing of it stays.
    """

    def __init__(self, conn: sqlite3.Connection, *, next_seq: int, clock: Callable[[], datetime],
                 new_id: IdSource, correlation_id: str) -> None:
        self.conn = conn
        self.now = clock
        self.new_id = new_id
        self._next_seq = next_seq
        self._correlation_id = correlation_id
        self._emitted: list[RecordedEvent] = []

    @property
    def emitted(self) -> tuple[RecordedEvent, ...]:
        """What this unit of work recorded so far, in order."""
        return tuple(self._emitted)

    def emit(self, event: Event) -> RecordedEvent:
        """Append a fact in the same transaction as the state it describes. What is returned holds
        only once the transaction is committed."""
        recorded = events.append(self.conn, RecordedEvent(
            seq=self._next_seq + len(self._emitted),
            id=EventId(self.new_id()),
            at=self.now(),
            payload=event.payload,
            job_id=event.job_id,
            task_id=event.task_id,
            execution_id=event.execution_id,
            correlation_id=event.job_id or self._correlation_id,
        ))
        self._emitted.append(recorded)
        return recorded
