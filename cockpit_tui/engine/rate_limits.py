"""A provider's limit that is over at a known time: the job waits for it instead of failing."""

from __future__ import annotations

from datetime import timedelta

from cockpit_tui.domain import event
from cockpit_tui.domain.errors import RateLimited, WaitsForReset
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import WaitingOn
from cockpit_tui.domain.queue import MAX_RESETS
from cockpit_tui.domain.queue_order import local_minute
from cockpit_tui.domain.record import JobChange
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import queue
from cockpit_tui.storage.database import Transaction

SHORTEST_WAIT_SECONDS = 60.0
"""Shorter ones are waited out where the call is made (`providers.resilience`)."""
LONGEST_WAIT_SECONDS = 8 * 24 * 3600.0
"""Weekly limits exist; more is a mistake, or no answer worth waiting for."""


def until_reset(error: BaseException) -> WaitsForReset | None:
    """The parked form of a limit with a known end; None for everything else."""
    if not isinstance(error, RateLimited) or error.retry_after_seconds is None:
        return None
    seconds = error.retry_after_seconds
    if not SHORTEST_WAIT_SECONDS < seconds <= LONGEST_WAIT_SECONDS:
        return None
    return WaitsForReset(error.message, retry_after_seconds=seconds,
                         hint="It goes on by itself where the queue runs: cockpit queue start")


def wait_for_reset(tx: Transaction, job_id: JobId, limited: WaitsForReset) -> bool:
    """Have the queue go on with the job once the limit is over; False where it waited too often
    already."""
    if queue.resets(tx.conn, job_id) >= MAX_RESETS:
        return False
    until = tx.now() + timedelta(seconds=limited.retry_after_seconds + 1)
    reason = f"{limited.message} Goes on at {local_minute(until)}."
    queue.adopt(tx, job_id)
    queue.wait_for_reset(tx, job_id, until)
    save_rows(tx, job_id, (JobChange(waiting_on=WaitingOn.RATE_LIMIT, reason=reason),))
    waiting = event.JobWaiting(waiting_on=WaitingOn.RATE_LIMIT.value, reason=reason)
    tx.emit(Event(payload=waiting, job_id=job_id))
    return True
