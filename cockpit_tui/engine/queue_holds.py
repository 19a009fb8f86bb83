"""What holds the jobs of the queue, written into the ledger whenever it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cockpit_tui.domain import event
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import Job, WaitingOn
from cockpit_tui.domain.queue import NightRules, Placement, QueueEntry, QueueState
from cockpit_tui.domain.queue_order import Hold, hold_of, is_parked
from cockpit_tui.domain.record import JobChange
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import jobs, queue
from cockpit_tui.storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The queue at one moment, and what every job of it waits for."""

    state: QueueState
    holds: Mapping[JobId, Hold]
    """Of those that wait for something else than their turn; parked and paused ones are not in it.
    """

    @property
    def due(self) -> tuple[QueueEntry, ...]:
        """What may start, in order."""
        if self.state.paused_at is not None:
            return ()
        return tuple(entry for entry in self.state.entries if not entry.is_paused
                     and not is_parked(entry) and entry.job_id not in self.holds)


def look(tx: Transaction, rules: NightRules, now: datetime) -> Look:
    """Read the queue, and record what changed in why its jobs wait."""
    state = queue.state(tx.conn)
    spent = 0
    if rules.overnight_budget_microusd is not None:
        spent = queue.overnight_spent(tx.conn, rules.overnight.begin_of(now))
    holds: dict[JobId, Hold] = {}
    for entry in state.entries:
        if entry.is_paused or is_parked(entry):
            continue
        hold = hold_of(entry, now, rules, dependencies=state.dependencies,
                       night_spent_microusd=spent)
        if hold is not None:
            holds[entry.job_id] = hold
        _record(tx, entry, hold)
    return Look(state=state, holds=holds)


def _record(tx: Transaction, entry: QueueEntry, hold: Hold | None) -> None:
    what = WaitingOn.NOTHING if hold is None else hold.waiting_on
    reason = "" if hold is None else hold.reason
    if (what, reason) == (entry.waiting_on, entry.reason):
        return
    save_rows(tx, entry.job_id, (JobChange(waiting_on=what, reason=reason),))
    if hold is not None:
        tx.emit(Event(payload=event.JobWaiting(waiting_on=what.value, reason=reason),
                      job_id=entry.job_id))


def place(tx: Transaction, job: Job, placement: Placement, rules: NightRules) -> None:
    """Put a new job into the queue, and say what it waits for. Raises UsageError."""
    if placement.after is not None and jobs.get(tx.conn, placement.after).id == job.id:
        raise UsageError(f"Job #{job.number} cannot wait for itself.")
    queue.place(tx, job.id, placement)
    entry = queue.entry(tx.conn, job.id)
    assert entry is not None
    dependencies = {} if placement.after is None else \
        {placement.after: queue.dependency(tx.conn, placement.after)}
    _record(tx, entry, hold_of(entry, tx.now(), rules, dependencies=dependencies))
