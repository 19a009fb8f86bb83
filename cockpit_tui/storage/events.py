"""The append-only list of what happened, with its gapless `seq`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pydantic_core import PydanticSerializationError

from cockpit_tui.domain.boards import RefusedCommand
from cockpit_tui.domain.event import (
    CollisionCleared,
    CollisionForeseen,
    CommandReceived,
    RecordedEvent,
    TaskStrayed,
    payload_adapter,
)
from cockpit_tui.domain.ids import EventId, ExecutionId, JobId, TaskId
from cockpit_tui.storage.columns import from_json, parse_time, plain_text, time_text

_COLUMNS = "seq, id, at, job_id, task_id, execution_id, correlation_id, payload_json"


def append(conn: sqlite3.Connection, event: RecordedEvent) -> RecordedEvent:
    """Write the event and return it as it will be read back. `event.seq` must be the next one."""
    try:
        payload = payload_adapter().dump_json(event.payload).decode()
    except PydanticSerializationError:
        # Lone surrogates: events go to terminals and streams, where they could not be written.
        dumped = payload_adapter().dump_python(event.payload, mode="json")
        payload = plain_text(json.dumps(dumped, ensure_ascii=False))
        event = replace(event, payload=payload_adapter().validate_json(payload))
    conn.execute(
        "INSERT INTO events (seq, id, at, type, job_id, task_id, execution_id, correlation_id, "
        "payload_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (event.seq, event.id, time_text(event.at), event.type, event.job_id, event.task_id,
         event.execution_id, event.correlation_id, payload),
    )
    return event


def after(conn: sqlite3.Connection, seq: int, *, limit: int,
          job_id: JobId | None = None) -> tuple[RecordedEvent, ...]:
    """Events with a greater `seq`, oldest first; of one job where `job_id` is given."""
    if job_id is None:
        rows = conn.execute(f"SELECT {_COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?",
                            (seq, limit))
    else:
        rows = conn.execute(f"SELECT {_COLUMNS} FROM events WHERE job_id = ? AND seq > ? "
                            "ORDER BY seq LIMIT ?", (job_id, seq, limit))
    return tuple(_event(row) for row in rows)


def latest(conn: sqlite3.Connection, limit: int) -> tuple[RecordedEvent, ...]:
    """The newest `limit` events, oldest first."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM events ORDER BY seq DESC LIMIT ?", (limit,))
    return tuple(_event(row) for row in reversed(rows.fetchall()))


def of_types_after(conn: sqlite3.Connection, seq: int,
                   types: Sequence[str]) -> tuple[RecordedEvent, ...]:
    """Events of these types with a greater `seq`, oldest first."""
    marks = ", ".join("?" * len(types))
    rows = conn.execute(f"SELECT {_COLUMNS} FROM events WHERE seq > ? AND type IN ({marks}) "
                        "ORDER BY seq", (seq, *types))
    return tuple(_event(row) for row in rows)


def collisions(conn: sqlite3.Connection, job_id: JobId) -> tuple[CollisionForeseen, ...]:
    """What the job's radar foresees now, oldest first."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM events WHERE job_id = ? AND type IN "
                        "('collision:foreseen', 'collision:cleared') ORDER BY seq", (job_id,))
    foreseen: dict[tuple[str, str], CollisionForeseen] = {}
    for row in rows:
        match _event(row).payload:
            case CollisionForeseen() as clash:
                foreseen[clash.number, clash.other] = clash
            case CollisionCleared() as cleared:
                foreseen.pop((cleared.number, cleared.other), None)
    return tuple(foreseen.values())


def strays(conn: sqlite3.Connection, job_id: JobId) -> tuple[TaskStrayed, ...]:
    """What the job's tasks wrote outside of their paths, oldest first."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM events WHERE job_id = ? "
                        "AND type = 'task:strayed' ORDER BY seq", (job_id,))
    payloads = (_event(row).payload for row in rows)
    return tuple(found for found in payloads if isinstance(found, TaskStrayed))


def refused_commands(conn: sqlite3.Connection, since: datetime, *, limit: int
                     ) -> tuple[RefusedCommand, ...]:
    """What other processes asked for from `since` on and was not done, newest first."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM events WHERE type = 'command:received' "
                        "AND at >= ? AND json_extract(payload_json, '$.outcome') <> 'done' "
                        "ORDER BY at DESC, seq DESC LIMIT ?", (time_text(since), limit))
    events = (_event(row) for row in rows)
    return tuple(RefusedCommand(
        seq=event.seq, at=event.at, command=event.payload.command, sender=event.payload.sender,
        why=event.payload.outcome.removeprefix("refused: "))
        for event in events if isinstance(event.payload, CommandReceived))


def last_seq(conn: sqlite3.Connection) -> int:
    """0 while nothing has happened."""
    return int(conn.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])


def was_undone(conn: sqlite3.Connection, job_id: JobId, commit: str) -> bool:
    """Whether the job's branch at `commit` was taken out of the person's repository."""
    return conn.execute(
        "SELECT 1 FROM events WHERE job_id = ? AND type = 'git:undone' "
        "AND json_extract(payload_json, '$.commit') = ? LIMIT 1",
        (job_id, commit)).fetchone() is not None


def _event(row: sqlite3.Row) -> RecordedEvent:
    seq, event_id, at, job_id, task_id, execution_id, correlation_id, payload = row
    return RecordedEvent(
        seq=seq,
        id=EventId(event_id),
        at=parse_time(at),
        payload=from_json(payload_adapter(), payload, f"Event {seq}"),
        job_id=None if job_id is None else JobId(job_id),
        task_id=None if task_id is None else TaskId(task_id),
        execution_id=None if execution_id is None else ExecutionId(execution_id),
        correlation_id=correlation_id,
    )
