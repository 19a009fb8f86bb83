"""What the person is told: one row for each fact, and one for each channel that told it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.notice import Channel, Delivery, Draft, Notice, NoticeKind, Told
from cockpit_tui.storage import events
from cockpit_tui.storage.columns import (
    optional_row,
    parse_optional_time,
    parse_time,
    plain_text,
    time_text,
)
from cockpit_tui.storage.transaction import Transaction


def add(tx: Transaction, draft: Draft, *, seq: int, at: datetime) -> int | None:
    """The new row's number; None where the fact was told before."""
    row = optional_row(tx.conn.execute(
        "INSERT INTO notifications (source, kind, subject, text, job_id, task_id, seq, is_night, "
        "at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source) DO NOTHING RETURNING number",
        (draft.source, draft.kind.value, draft.subject, plain_text(draft.text), draft.job_id,
         draft.task_id, seq, draft.is_night, time_text(at))))
    return None if row is None else int(row["number"])


def is_known(conn: sqlite3.Connection, source: str) -> bool:
    """Whether there is a notice of this fact."""
    found = conn.execute("SELECT 1 FROM notifications WHERE source = ?", (source,))
    return found.fetchone() is not None


def settle(tx: Transaction, number: int, by: str) -> None:
    """No channel tells it any more."""
    tx.conn.execute("UPDATE notifications SET settled_at = ?, settled_by = ? "
                    "WHERE number = ? AND settled_at IS NULL",
                    (time_text(tx.now()), by, number))


def begin(tx: Transaction, number: int, channel: Channel) -> bool:
    """Say that the channel is about to tell it; False where it did, or may have."""
    begun = tx.conn.execute(
        "INSERT INTO notification_deliveries (notification, channel, result, detail, at) "
        "VALUES (?, ?, 'sending', '', ?) ON CONFLICT DO NOTHING",
        (number, channel.value, time_text(tx.now())))
    return begun.rowcount == 1


def end(tx: Transaction, number: int, channel: Channel, result: Told, detail: str) -> None:
    tx.conn.execute("UPDATE notification_deliveries SET result = ?, detail = ?, at = ? "
                    "WHERE notification = ? AND channel = ?",
                    (result.value, plain_text(detail), time_text(tx.now()), number, channel.value))


def forget_before(tx: Transaction, at: datetime) -> None:
    """Drop what was settled by then."""
    old = "SELECT number FROM notifications WHERE settled_at < ?"
    tx.conn.execute(f"DELETE FROM notification_deliveries WHERE notification IN ({old})",
                    (time_text(at),))
    tx.conn.execute("DELETE FROM notifications WHERE settled_at < ?", (time_text(at),))


def unsettled(conn: sqlite3.Connection) -> tuple[Notice, ...]:
    """What a channel may have to tell yet, oldest first."""
    rows = conn.execute("SELECT * FROM notifications WHERE settled_at IS NULL ORDER BY number")
    return _notices(conn, rows)


def listing(conn: sqlite3.Connection, limit: int) -> tuple[Notice, ...]:
    """Newest first."""
    rows = conn.execute("SELECT * FROM notifications ORDER BY number DESC LIMIT ?", (limit,))
    return _notices(conn, rows)


def last_told(conn: sqlite3.Connection, subject: str, channel: Channel) -> datetime | None:
    """When the channel told something about the subject last, or tried to."""
    row = conn.execute(
        "SELECT max(d.at) FROM notification_deliveries d JOIN notifications n "
        "ON n.number = d.notification WHERE n.subject = ? AND d.channel = ?",
        (subject, channel.value)).fetchone()
    return parse_optional_time(row[0])


def untold_events(conn: sqlite3.Connection, types: Iterable[str]) -> tuple[RecordedEvent, ...]:
    """Events of these types that nobody looked through yet, oldest first."""
    return events.of_types_after(conn, cursor(conn), tuple(types))


def cursor(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT seq FROM notification_cursor").fetchone()[0])


def move_cursor(tx: Transaction, seq: int) -> None:
    tx.conn.execute("UPDATE notification_cursor SET seq = max(seq, ?)", (seq,))


def _notices(conn: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> tuple[Notice, ...]:
    return tuple(_notice(conn, row) for row in rows)


def _notice(conn: sqlite3.Connection, row: sqlite3.Row) -> Notice:
    told = conn.execute("SELECT * FROM notification_deliveries WHERE notification = ? "
                        "ORDER BY at, channel", (row["number"],))
    draft = Draft(
        source=row["source"], kind=NoticeKind(row["kind"]), subject=row["subject"],
        text=row["text"], is_night=bool(row["is_night"]),
        job_id=None if row["job_id"] is None else JobId(row["job_id"]),
        task_id=None if row["task_id"] is None else TaskId(row["task_id"]))
    return Notice(
        number=row["number"], draft=draft, seq=row["seq"], at=parse_time(row["at"]),
        settled_at=parse_optional_time(row["settled_at"]), settled_by=row["settled_by"],
        deliveries=tuple(Delivery(channel=Channel(d["channel"]), result=Told(d["result"]),
                                  detail=d["detail"], at=parse_time(d["at"])) for d in told))
