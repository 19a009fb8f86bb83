"""From the ledger's events to notices, and which of them are settled by what happened since."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection

from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.ids import ApprovalId, JobId
from cockpit_tui.domain.job import WaitingOn
from cockpit_tui.domain.notice import (
    TELLING_TYPES,
    Channel,
    Draft,
    Notice,
    NoticeKind,
    Told,
    draft_of,
)
from cockpit_tui.storage import approvals, jobs, notices
from cockpit_tui.storage.database import Transaction

_STOPPED = frozenset({WaitingOn.PERSON, WaitingOn.BUDGET, WaitingOn.DISK})
_WORKS_AGAIN = ("step:completed", "tool:finished", "agent:finished", "task:completed",
                "task:failed")


def take_in(tx: Transaction, *, muted: Collection[NoticeKind], is_on_screen: bool,
            redact: Callable[[str], str]) -> int:
    """Make notices of the events that nobody looked through yet; how many."""
    fresh, count = notices.untold_events(tx.conn, TELLING_TYPES), 0
    for recorded in fresh:
        draft = _draft(tx.conn, recorded, redact)
        if draft is not None and _add(tx, draft, recorded, muted=muted, is_on_screen=is_on_screen):
            count += 1
    if fresh:
        notices.move_cursor(tx, fresh[-1].seq)
    return count


def _add(tx: Transaction, draft: Draft, recorded: RecordedEvent, *,
         muted: Collection[NoticeKind], is_on_screen: bool) -> bool:
    number = notices.add(tx, draft, seq=recorded.seq, at=recorded.at)
    if number is None:
        return False
    if is_on_screen and notices.begin(tx, number, Channel.SCREEN):
        notices.end(tx, number, Channel.SCREEN, Told.SENT, "")
    if draft.kind in muted:
        notices.settle(tx, number, "muted")
    return True


def _draft(conn: sqlite3.Connection, recorded: RecordedEvent,
           redact: Callable[[str], str]) -> Draft | None:
    number, is_night = job_of(conn, recorded.job_id)
    return draft_of(recorded, job_number=number, is_night=is_night, redact=redact,
                    task_number=task_number(conn, recorded.task_id))


def job_of(conn: sqlite3.Connection, job_id: JobId | None) -> tuple[int | None, bool]:
    """Its number, and whether it is one of the night; None where there is no such job."""
    row = conn.execute("SELECT number, is_overnight FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return (None, False) if row is None else (int(row[0]), bool(row[1]))


def task_number(conn: sqlite3.Connection, task_id: str | None) -> str:
    """`2.3`; empty for no task, and for one that has no row yet."""
    row = conn.execute("SELECT number FROM tasks WHERE id = ?", (task_id,)).fetchone()
    return "" if row is None else str(row[0])


def is_over(conn: sqlite3.Connection, notice: Notice) -> str:
    """`answered` or `over` where what it tells needs nobody any more; else empty."""
    draft = notice.draft
    if draft.source.startswith("approval:"):
        approval = approvals.found(conn, ApprovalId(draft.source.removeprefix("approval:")))
        if approval is None:  # It was taken back.
            return "over"
        if approval.answer is not None:
            return "answered"
        return "over" if jobs.get(conn, approval.job_id).status.is_final else ""
    if draft.job_id is None:
        return ""
    if draft.kind is NoticeKind.STALLED:
        marks = ", ".join("?" * len(_WORKS_AGAIN))
        row = conn.execute(f"SELECT 1 FROM events WHERE job_id = ? AND seq > ? "
                           f"AND task_id IS ? AND type IN ({marks}) LIMIT 1",
                           (draft.job_id, notice.seq, draft.task_id, *_WORKS_AGAIN)).fetchone()
        return "" if row is None else "over"
    if draft.kind in {NoticeKind.PARKED, NoticeKind.BUDGET} and not _is_warning(conn, notice):
        job = jobs.get(conn, draft.job_id)
        return "" if job.waiting_on in _STOPPED and not job.status.is_final else "over"
    return ""


def _is_warning(conn: sqlite3.Connection, notice: Notice) -> bool:
    """A budget that is nearly used up: nothing waits."""
    row = conn.execute("SELECT type FROM events WHERE seq = ?", (notice.seq,)).fetchone()
    return row is not None and row[0] == "budget:warned"
