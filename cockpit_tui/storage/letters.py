"""Which commands of other processes were taken in, by the letter's id, and what was answered."""

from __future__ import annotations

import sqlite3

from cockpit_tui.storage.columns import plain_text, time_text
from cockpit_tui.storage.transaction import Transaction

KEPT = 1_000
"""How many of the newest letters are known by their ids."""


def begin(tx: Transaction, letter_id: str, kind: str, sender: str) -> None:
    """The command is about to be carried out."""
    tx.conn.execute("INSERT OR IGNORE INTO letters (id, kind, sender, taken_at) "
                    "VALUES (?, ?, ?, ?)",
                    (letter_id, kind, plain_text(sender), time_text(tx.now())))


def settle(tx: Transaction, letter_id: str, reply_json: str) -> None:
    tx.conn.execute("UPDATE letters SET reply_json = ? WHERE id = ?", (reply_json, letter_id))
    tx.conn.execute("DELETE FROM letters WHERE rowid <= "
                    "(SELECT max(rowid) FROM letters) - ? AND reply_json IS NOT NULL", (KEPT,))


def known(conn: sqlite3.Connection, letter_id: str) -> tuple[bool, str | None]:
    """Whether it was begun by any engine, and the answer; None: that engine was killed at it."""
    row = conn.execute("SELECT reply_json FROM letters WHERE id = ?", (letter_id,)).fetchone()
    return (False, None) if row is None else (True, row[0])
