"""The memory of durable functions: what was about to be done, and the result once it was."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import IllegalTransition
from cockpit_tui.domain.ids import JobId
from cockpit_tui.storage.columns import (
    optional_row,
    parse_optional_time,
    parse_time,
    plain_text,
    time_text,
)
from cockpit_tui.storage.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DurableEntry:
    """One step of a job's durable function. `done`: the effect happened and `result` is known;
    `intent`: whether it happened is for the effect's class to find out."""

    job_id: JobId
    key: str
    effect: EffectClass
    state: Literal["intent", "done"]
    intent: JsonObject
    """What a restart needs to find out whether the effect happened."""
    result: str | None
    """JSON text; None until it is done."""
    started_at: datetime
    finished_at: datetime | None


def get(conn: sqlite3.Connection, job_id: JobId, key: str) -> DurableEntry | None:
    row = optional_row(conn.execute("SELECT * FROM durable_steps WHERE job_id = ? AND key = ?",
                                    (job_id, plain_text(key))))
    return None if row is None else _entry(row)


def intend(tx: Transaction, job_id: JobId, key: str, effect: EffectClass,
           intent: JsonObject) -> None:
    """Write the intent, before the effect; a second intent takes the place of an unfinished one.
    Raises IllegalTransition if the step is done."""
    changed = tx.conn.execute(
        "INSERT INTO durable_steps (job_id, key, effect, state, intent_json, started_at) "
        "VALUES (?, ?, ?, 'intent', ?, ?) ON CONFLICT (job_id, key) DO UPDATE SET "
        "effect = excluded.effect, intent_json = excluded.intent_json, "
        "started_at = excluded.started_at WHERE state = 'intent'",
        (job_id, plain_text(key), effect, json.dumps(intent), time_text(tx.now()))).rowcount
    if changed != 1:
        raise IllegalTransition(f"Durable step {key!r} is done and cannot be intended again.")


def finish(tx: Transaction, job_id: JobId, key: str, effect: EffectClass,
           result_json: str) -> None:
    """Write the result, after the effect. A `read` leaves no mark, so it needs no intent before.
    Raises IllegalTransition if the step is done already, or should have been intended."""
    if effect is EffectClass.READ and get(tx.conn, job_id, key) is None:
        intend(tx, job_id, key, effect, {})
    changed = tx.conn.execute(
        "UPDATE durable_steps SET state = 'done', result_json = ?, finished_at = ? "
        "WHERE job_id = ? AND key = ? AND state = 'intent'",
        (plain_text(result_json), time_text(tx.now()), job_id, plain_text(key))).rowcount
    if changed != 1:
        raise IllegalTransition(f"Durable step {key!r} was not intended, or is done already.")


def delete_prefix(tx: Transaction, job_id: JobId, prefix: str) -> int:
    """Forget the steps whose key starts with `prefix`, so that they are done again; how many."""
    return tx.conn.execute(
        "DELETE FROM durable_steps WHERE job_id = :job_id "
        "AND substr(key, 1, length(:prefix)) = :prefix",
        {"job_id": job_id, "prefix": plain_text(prefix)}).rowcount


def for_job(conn: sqlite3.Connection, job_id: JobId) -> tuple[DurableEntry, ...]:
    """The job's whole memory, oldest first."""
    rows = conn.execute("SELECT * FROM durable_steps WHERE job_id = ? ORDER BY started_at, key",
                        (job_id,))
    return tuple(_entry(row) for row in rows)


def _entry(row: sqlite3.Row) -> DurableEntry:
    return DurableEntry(
        job_id=JobId(row["job_id"]),
        key=row["key"],
        effect=EffectClass(row["effect"]),
        state=row["state"],
        intent=json.loads(row["intent_json"]),
        result=row["result_json"],
        started_at=parse_time(row["started_at"]),
        finished_at=parse_optional_time(row["finished_at"]),
    )
