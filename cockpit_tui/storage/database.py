"""The ledger's door: `write` through the one writer, `read` through a few pooled readers."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from cockpit_tui.domain.errors import LedgerReadOnly, StorageError
from cockpit_tui.domain.ids import IdSource, new_ulid
from cockpit_tui.storage.connection import (
    BUSY_SECONDS,
    check_health,
    ledger_error,
    make_durable,
    open_reader,
    open_writer,
)
from cockpit_tui.storage.migrations import check_schema, migrate, schema_version
from cockpit_tui.storage.transaction import Transaction
from cockpit_tui.storage.writer import Committed, Writer

__all__ = ["Database", "Transaction"]

READERS = 3

T = TypeVar("T")


class Database:
    """One SQLite file. All methods belong to the event loop it was opened in."""

    def __init__(self, path: Path, *, writer: Writer | None, busy_seconds: float) -> None:
        self.path = path
        self._writer = writer
        self._busy_seconds = busy_seconds
        self._pool = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="ledger-reader")
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, path: Path, *, clock: Callable[[], datetime], new_id: IdSource = new_ulid,
                   correlation_id: str = "", on_commit: Committed | None = None,
                   read_only: bool = False, busy_seconds: float = BUSY_SECONDS) -> Database:
        """Open (and make, and migrate) the file; `read_only` leaves it exactly as it is.

        `on_commit` is called in the event loop with committed events only, in `seq` order, just
        before the writes they came from return. `correlation_id` stands in events of no job.
        Raises StorageError's children.
        """
        if read_only:
            database = cls(path, writer=None, busy_seconds=busy_seconds)
            try:
                await database.read(lambda conn: check_schema(conn, path))
            except BaseException:
                await database.close()
                raise
            return database
        writer = Writer(path, open_connection=lambda: _open_ledger(path, clock, busy_seconds),
                        clock=clock, new_id=new_id, correlation_id=correlation_id,
                        on_commit=on_commit)
        await writer.start()
        return cls(path, writer=writer, busy_seconds=busy_seconds)

    @property
    def is_read_only(self) -> bool:
        return self._writer is None

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a transaction and return its result once that is on the disk.

        If `work` raises, nothing of it stays and the error comes out here. A caller that is
        cancelled leaves the transaction to complete by itself.
        """
        self._refuse_if_closed()
        if self._writer is None:
            raise LedgerReadOnly(f"The ledger {str(self.path)!r} was opened for reading only.",
                                 hint="Another cockpit writes it; ask there, or stop it first.")
        return await self._writer.submit(work)

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run `query` in a thread, on one consistent state of the file. Rows are `sqlite3.Row`."""
        self._refuse_if_closed()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._query, query)

    async def close(self) -> None:
        """Finish every queued write, then close. Readers go first: the writer closes last, as the
        one that checkpoints. It completes even if the caller is cancelled; twice is harmless."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(), name="ledger-close")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown)
        while not self._idle.empty():
            self._idle.get().close()
        if self._writer is not None:
            await self._writer.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        traceback: TracebackType | None) -> None:
        await self.close()

    def _refuse_if_closed(self) -> None:
        if self._closing is not None:
            raise StorageError(f"The ledger {str(self.path)!r} is closed.")

    def _query(self, query: Callable[[sqlite3.Connection], T]) -> T:
        try:
            conn = self._borrow()
            try:
                conn.execute("BEGIN")
                return query(conn)
            finally:
                if conn.in_transaction:
                    conn.execute("ROLLBACK")
                self._idle.put(conn)
        except sqlite3.Error as error:
            raise ledger_error(error, self.path) from error

    def _borrow(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return open_reader(self.path, busy_seconds=self._busy_seconds)


def _open_ledger(path: Path, clock: Callable[[], datetime],
                 busy_seconds: float) -> sqlite3.Connection:
    """The writing connection to a healthy file of the newest schema; raises StorageError."""
    try:
        conn = open_writer(path, busy_seconds=busy_seconds)
        try:
            check_health(conn, path)
            schema_version(conn, path)  # before anything is changed: the file may not be ours
            make_durable(conn)
            migrate(conn, path, at=clock())
        except BaseException:
            conn.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise ledger_error(error, path) from error
    return conn
