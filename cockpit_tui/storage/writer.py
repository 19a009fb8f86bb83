"""The one writer: a queue, and one thread that owns the only connection that writes.

Everything that waits in the queue goes into one transaction (group commit), so that many small
writes share one `fsync`. Each unit of work stands in a savepoint of its own: one that fails takes
nothing of the others with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from cockpit_tui.config.crash_points import crash_point
from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.ids import IdSource
from cockpit_tui.storage import events
from cockpit_tui.storage.connection import ledger_error
from cockpit_tui.storage.transaction import Transaction

T = TypeVar("T")
Committed = Callable[[tuple[RecordedEvent, ...]], None]

_log = logging.getLogger(__name__)


class _Unit(Generic[T]):
    """One caller's work, and what became of it until the loop hands it back."""

    def __init__(self, work: Callable[[Transaction], T], future: asyncio.Future[T]) -> None:
        self._work = work
        self._future = future
        self._settle: Callable[[], object] = future.cancel

    def run(self, tx: Transaction) -> None:
        try:
            result = self._work(tx)
        except StopIteration as error:  # a future cannot carry it, and the caller would wait on
            raise RuntimeError("The unit of work raised StopIteration.") from error
        self._settle = lambda: self._future.set_result(result)

    def fail(self, error: BaseException) -> None:
        if self._future.cancelled():
            _log.error("A write whose caller was cancelled failed", exc_info=error)
        self._settle = lambda: self._future.set_exception(error)

    def hand_back(self) -> None:
        """Only in the event loop."""
        if not self._future.done():
            self._settle()


class Writer:
    """Started with `start`, fed with `submit`, ended with `stop`; all three in the event loop."""

    def __init__(self, path: Path, *, open_connection: Callable[[], sqlite3.Connection],
                 clock: Callable[[], datetime], new_id: IdSource, correlation_id: str,
                 on_commit: Committed | None) -> None:
        self._path = path
        self._open_connection = open_connection
        self._clock = clock
        self._new_id = new_id
        self._correlation_id = correlation_id
        self._on_commit = on_commit
        self._queue: queue.SimpleQueue[_Unit[Any] | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        # A daemon: SQLite needs no goodbye, and a process that forgot `stop` must still end.
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)

    async def start(self) -> None:
        """Open the connection in its thread. Raises what opening raised."""
        self._thread.start()
        try:
            await asyncio.shield(self._opened)
        except asyncio.CancelledError:
            self._queue.put(None)
            raise

    def submit(self, work: Callable[[Transaction], T]) -> asyncio.Future[T]:
        """Queue `work`. The future may be cancelled; the work may not."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Unit(work, future))
        return future

    async def stop(self) -> None:
        """Finish what is queued, checkpoint, close."""
        self._queue.put(None)
        await asyncio.shield(self._ended)
        self._thread.join()

    def _run(self) -> None:
        try:
            conn = self._open_connection()
        except BaseException as error:
            self._in_loop(self._report_open, error)
            return
        self._in_loop(self._report_open, None)
        try:
            while (group := self._next_group())[-1] is not None:
                self._commit_and_hand_back(conn, group)
            self._commit_and_hand_back(conn, group[:-1])
        finally:
            self._close(conn)
            self._in_loop(self._ended.set_result, None)

    def _next_group(self) -> list[_Unit[Any] | None]:
        """Everything queued, at least one; None stands last, and only when it is time to end."""
        group = [self._queue.get()]
        with contextlib.suppress(queue.Empty):
            while group[-1] is not None:
                group.append(self._queue.get_nowait())
        return group

    def _commit_and_hand_back(self, conn: sqlite3.Connection,
                              group: Sequence[_Unit[Any] | None]) -> None:
        units = [unit for unit in group if unit is not None]
        recorded = self._commit(conn, units)
        self._in_loop(self._hand_back, units, recorded)

    def _commit(self, conn: sqlite3.Connection,
                units: Sequence[_Unit[Any]]) -> tuple[RecordedEvent, ...]:
        recorded: list[RecordedEvent] = []
        try:
            conn.execute("BEGIN IMMEDIATE")
            last_seq = events.last_seq(conn)
            for unit in units:
                tx = Transaction(conn, next_seq=last_seq + len(recorded) + 1, clock=self._clock,
                                 new_id=self._new_id, correlation_id=self._correlation_id)
                if self._run_in_savepoint(unit, tx):
                    recorded += tx.emitted
            crash_point("ledger/before-commit")
            conn.execute("COMMIT")
            crash_point("ledger/committed")
        except Exception as error:  # the thread's edge: whatever it is, callers must hear of it
            _log.error("A group of %d writes was not committed: %s", len(units), error)
            with contextlib.suppress(sqlite3.Error):
                conn.execute("ROLLBACK")
            for unit in units:
                unit.fail(self._in_our_words(error))
            return ()
        return tuple(recorded)

    def _run_in_savepoint(self, unit: _Unit[Any], tx: Transaction) -> bool:
        """False: the unit failed alone. Raises sqlite3.Error where the whole group is lost."""
        tx.conn.execute("SAVEPOINT unit")
        try:
            unit.run(tx)
        except BaseException as error:
            if not tx.conn.in_transaction:
                # SQLite rolls everything back by itself on a full disk and the like.
                raise error if isinstance(error, sqlite3.Error) else sqlite3.OperationalError(
                    f"the transaction ended under a unit of work ({error!r})") from error
            tx.conn.execute("ROLLBACK TO unit")
            tx.conn.execute("RELEASE unit")
            unit.fail(self._in_our_words(error))
            return False
        tx.conn.execute("RELEASE unit")
        return True

    def _in_our_words(self, error: BaseException) -> BaseException:
        if not isinstance(error, sqlite3.Error):
            return error
        ours = ledger_error(error, self._path)
        ours.__cause__ = error
        return ours

    def _close(self, conn: sqlite3.Connection) -> None:
        try:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            conn.close()
        except sqlite3.Error as error:  # everything is committed; the next start checkpoints
            _log.warning("The ledger was not checkpointed: %s", error)

    def _report_open(self, error: BaseException | None) -> None:
        if error is None:
            self._opened.set_result(None)
        else:
            self._opened.set_exception(error)
            self._ended.set_result(None)

    def _hand_back(self, units: Sequence[_Unit[Any]], recorded: tuple[RecordedEvent, ...]) -> None:
        if recorded and self._on_commit is not None:
            try:
                self._on_commit(recorded)
            except Exception:  # a subscriber's failure is not the writer's
                _log.exception("A subscriber of committed events failed")
        for unit in units:
            unit.hand_back()

    def _in_loop(self, callback: Callable[..., object], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:
            _log.warning("The event loop ended before the ledger was closed")
