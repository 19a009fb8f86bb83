"""Rows that a rewind takes out of the ledger, whole, so that they can be put back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cockpit_tui.domain.ids import ExecutionId, JobId
from cockpit_tui.storage.transaction import Transaction

Rows = dict[str, list[dict[str, Any]]]
"""Per table the rows, column by column, as JSON can hold them."""

_KEYED = {"durable_steps": "job_id = ? AND key = ?",
          "steps": "execution_id = ? AND number = ?",
          "tool_calls": "execution_id = ? AND step_number = ?"}


def take_memory(tx: Transaction, job_id: JobId, keys: Iterable[str]) -> Rows:
    """The durable steps under `keys`, and they are gone."""
    return _take(tx, "durable_steps", [(job_id, key) for key in keys])


def take_steps(tx: Transaction, execution_id: ExecutionId, *, after: int) -> Rows:
    """Model turns and tool calls of the execution after step `after`, and they are gone. What they
    cost stays: it was paid."""
    newest = tx.conn.execute("SELECT coalesce(max(number), 0) FROM steps WHERE execution_id = ?",
                             (execution_id,)).fetchone()[0]
    keys = [(execution_id, number) for number in range(after + 1, newest + 1)]
    return _take(tx, "tool_calls", keys) | _take(tx, "steps", keys)


def put_back(tx: Transaction, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """Insert what was taken. Raises StorageError where it is there already."""
    for table in _KEYED:
        for row in rows.get(table, ()):
            known = {name: row[name] for name in _columns(tx.conn, table)}
            tx.conn.execute(f"INSERT INTO {table} ({', '.join(known)}) "
                            f"VALUES ({', '.join('?' * len(known))})", tuple(known.values()))


def _take(tx: Transaction, table: str, keys: Sequence[tuple[str, str | int]]) -> Rows:
    where = _KEYED[table]
    columns = _columns(tx.conn, table)
    taken: list[dict[str, Any]] = []
    for key in keys:
        found = tx.conn.execute(f"SELECT {', '.join(columns)} FROM {table} WHERE {where}", key)
        taken += [dict(zip(columns, row, strict=True)) for row in found]
        tx.conn.execute(f"DELETE FROM {table} WHERE {where}", key)
    return {table: taken}


def _columns(conn: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
