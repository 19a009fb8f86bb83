"""The queue's keeper: starts due jobs in order, up to the person's limit, then sleeps.

It keeps nothing in memory that the ledger does not have, but which runs are its own: after a kill
the next keeper reads the same queue and goes on. What starts a job is written before the start.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cockpit_tui.config.crash_points import crash_point
from cockpit_tui.config.paths import Paths
from cockpit_tui.config.settings import load_settings
from cockpit_tui.domain import event
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.errors import (
    CockpitError,
    EngineStops,
    JobParked,
    LedgerCorrupt,
    StorageError,
    WaitsForRoom,
)
from cockpit_tui.domain.event import Event, RecordedEvent
from cockpit_tui.domain.ids import IdSource, JobId, ProjectId
from cockpit_tui.domain.job import Job, WaitingOn
from cockpit_tui.domain.queue import AwayPolicy, NightRules, Placement, QueueEntry, Schedule
from cockpit_tui.domain.queue_order import is_parked, local_minute, pick
from cockpit_tui.domain.record import JobChange
from cockpit_tui.engine import intake
from cockpit_tui.engine.cron import next_time, times_missed
from cockpit_tui.engine.queue_holds import Look, look, place
from cockpit_tui.engine.room import wait_for_room
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.engine.runs import JobEnd, JobRuns
from cockpit_tui.storage import jobs, queue, schedules
from cockpit_tui.storage.database import Database, Transaction

log = logging.getLogger(__name__)

LONGEST_SLEEP_SECONDS = 60.0
"""A machine that was asleep, or whose clock was set, is noticed this soon while something is due
later."""
AFTER_TROUBLE_SECONDS = 30.0
MOST_PARKINGS = 100
"""A job that stops at a question this often, each time answered, is no longer believed."""

_WAKES = frozenset({"job:queued", "job:completed", "job:failed", "job:cancelled", "job:waiting",
                    "approval:granted", "approval:denied", "queue:changed", "schedule:changed"})


@dataclass(slots=True, kw_only=True)
class QueueKeeper:
    """One per engine. `committed` must see every committed event."""

    database: Database
    paths: Paths
    runs: JobRuns
    clock: Callable[[], datetime]
    new_id: IdSource
    is_attended: bool
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    is_keeping: bool = False
    drained: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while nothing runs, nothing is due, and nothing will be by the clock but schedules."""
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _own: dict[JobId, asyncio.Task[JobEnd]] = field(default_factory=dict)
    """The runs that the keeper started and has not seen the end of."""
    _parkings: Counter[JobId] = field(default_factory=Counter)

    def rules(self) -> NightRules:
        """The person's settings as they are now. Raises UsageError."""
        return load_settings(self.paths.settings_file).queue.rules()

    def committed(self, batch: Iterable[RecordedEvent]) -> None:
        if any(recorded.type in _WAKES for recorded in batch):
            self.wake()

    def wake(self, _: object = None) -> None:
        self.drained.clear()
        self._woken.set()

    async def keep(self) -> None:
        """Until cancelled."""
        self.is_keeping = True
        try:
            while True:
                self._woken.clear()
                try:
                    again = await self.turn()
                except CockpitError as error:
                    log.warning("the queue could not go on: %s", error)
                    again = self.clock() + timedelta(seconds=AFTER_TROUBLE_SECONDS)
                except Exception:  # the edge of a task: the queue must not end for one bad job
                    log.exception("the queue failed")
                    again = self.clock() + timedelta(seconds=AFTER_TROUBLE_SECONDS)
                await self._until(again)
        finally:
            self.is_keeping = False

    async def turn(self) -> datetime | None:
        """Do what is due now; when to look again, None: once something happens."""
        rules = self.rules()
        await self._settle_ended()
        found, tried_at = await self._look(rules), self.clock()
        if found.state.paused_at is None and await self._fire(found, rules):
            found = await self._look(rules)
        running = self.runs.running()
        busy = await self._busy(found, rules, set(running))
        due = [entry for entry in found.due if entry.job_id not in running]
        chosen = pick(due, rules.concurrent_jobs - sum(busy.values()), running=busy,
                      last_started=found.state.last_started)
        for entry in chosen:
            await self._start(entry)
        self._tell_drained(found, is_busy=bool(running or chosen))
        return _next_look(found, tried_at)

    async def _look(self, rules: NightRules) -> Look:
        return await self.database.write(lambda tx: look(tx, rules, self.clock()))

    async def _busy(self, found: Look, rules: NightRules, running: set[JobId]
                    ) -> Counter[ProjectId]:
        """Jobs of each project that take up room: at work, or, with `away = "wait"` and nobody
        there, stopped at a question."""
        def read(tx_jobs: Iterable[Job]) -> Counter[ProjectId]:
            return Counter(job.project_id for job in tx_jobs
                           if not job.status.is_final and job.waiting_on is WaitingOn.NOTHING)

        at_work = await self.database.read(
            lambda conn: read([jobs.get(conn, job_id) for job_id in running]))
        if rules.away is AwayPolicy.WAIT and not self.is_attended:
            at_work += Counter(entry.project_id for entry in found.state.entries
                               if entry.waiting_on is WaitingOn.APPROVAL)
        return at_work

    async def _start(self, entry: QueueEntry) -> None:
        def take(tx: Transaction) -> bool:
            now = queue.entry(tx.conn, entry.job_id)
            if now is None or now.is_paused or is_parked(now):
                return False
            queue.take(tx, entry.job_id)
            return True

        if not await self.database.write(take):
            return
        crash_point("queue/taken")
        try:
            await self.runs.start(entry.job_id)
        except Exception as error:  # whatever it is of one job must not be in the way of others
            is_of_all = isinstance(error, (StorageError, EngineStops))
            if is_of_all and not isinstance(error, LedgerCorrupt):
                raise
            log.exception("job %s was not started", entry.number)
            await self.database.write(partial(_park_odd, job_id=entry.job_id, why=str(error)))
            return
        crash_point("queue/started")
        run = self.runs.running().get(entry.job_id)
        if run is not None:
            self._own[entry.job_id] = run
            run.add_done_callback(self.wake)
        else:
            self.wake()

    async def _settle_ended(self) -> None:
        """A run that ended without a word in the ledger is not started again and again."""
        for job_id, run in list(self._own.items()):
            if not run.done():
                continue
            del self._own[job_id]
            end = None if run.cancelled() else run.result()
            if end is not None and isinstance(end.error, WaitsForRoom):
                parked = end.error  # The ledger may have had no room to say so.
                await self.database.write(partial(_see_it_waits, job_id=job_id, parked=parked))
                continue
            if end is not None and isinstance(end.error, JobParked):
                self._parkings[job_id] += 1
                if self._parkings[job_id] <= MOST_PARKINGS:
                    continue
            self._parkings.pop(job_id, None)
            why = end.error.message if end is not None and end.error is not None else "stopped"
            await self.database.write(partial(_park_odd, job_id=job_id, why=why))

    # -- schedules ------------------------------------------------------------------------------

    async def _fire(self, found: Look, rules: NightRules) -> int:
        """Submit a job for every schedule whose time came; how many schedules that were."""
        now = self.clock()
        due = [s for s in found.state.schedules if not s.is_paused and s.next_at <= now]
        for schedule in due:
            await self._submit(schedule, now, rules)
        return len(due)

    async def _submit(self, schedule: Schedule, now: datetime, rules: NightRules) -> None:
        next_at = next_time(schedule.cron, now)
        missed = times_missed(schedule.cron, schedule.next_at, now)
        placement = Placement(priority=schedule.priority, is_overnight=schedule.is_overnight)

        def fired(tx: Transaction, job: Job) -> None:
            if not schedules.advance(tx, schedule, next_at, job.id):
                raise _FiredAlready("This time was taken care of.")
            place(tx, job, placement, rules)
            more = f"; {missed} more came while no queue ran" if missed else ""
            _say(tx, schedule, "fired", f"queued #{job.number} for "
                 f"{local_minute(schedule.next_at)}{more}")

        command = SubmitJob(repository=schedule.repository, request=schedule.request)
        try:
            await intake.submit(self.database, self.paths, command, now, self.new_id, also=fired)
        except (_FiredAlready, StorageError) as error:
            log.warning("schedule s%s: %s", schedule.number, error)
        except CockpitError as error:
            message = error.message

            def failed(tx: Transaction) -> None:
                if schedules.advance(tx, schedule, next_at, None):
                    _say(tx, schedule, "failed", message)

            await self.database.write(failed)

    # -- sleeping -------------------------------------------------------------------------------

    def _tell_drained(self, found: Look, *, is_busy: bool) -> None:
        waits = any(hold.until is not None for hold in found.holds.values())
        if is_busy or (waits and found.state.paused_at is None):
            self.drained.clear()
        else:
            self.drained.set()

    async def _until(self, at: datetime | None) -> None:
        """Until `at`, or until woken."""
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._woken.wait())]
        if at is not None:
            seconds = max(0.0, (at - self.clock()).total_seconds())
            waits.append(asyncio.ensure_future(self.sleep(min(seconds, LONGEST_SLEEP_SECONDS))))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


class _FiredAlready(CockpitError):
    """The time of a schedule was taken care of meanwhile."""


def _say(tx: Transaction, schedule: Schedule, change: str, text: str) -> None:
    tx.emit(Event(payload=event.ScheduleChanged(
        number=schedule.number, change=change, text=text)))  # type: ignore[arg-type]


def _see_it_waits(tx: Transaction, *, job_id: JobId, parked: WaitsForRoom) -> None:
    entry = queue.entry(tx.conn, job_id)
    if entry is not None and entry.waiting_on is WaitingOn.NOTHING:
        wait_for_room(tx, job_id, parked)


def _park_odd(tx: Transaction, *, job_id: JobId, why: str) -> None:
    entry = queue.entry(tx.conn, job_id)
    if entry is None or entry.waiting_on is not WaitingOn.NOTHING:
        return
    reason = f"Its run ended without a result ({why}). Go on: cockpit queue resume {entry.number}"
    save_rows(tx, job_id, (JobChange(waiting_on=WaitingOn.PERSON, reason=reason),))
    tx.emit(Event(payload=event.JobWaiting(waiting_on=WaitingOn.PERSON.value, reason=reason),
                  job_id=job_id))


def _next_look(found: Look, tried_at: datetime) -> datetime | None:
    if found.state.paused_at is not None:
        return None
    times = [hold.until for hold in found.holds.values() if hold.until is not None]
    # A time that was due then and still is could not be taken care of: not again at once.
    later = tried_at + timedelta(seconds=AFTER_TROUBLE_SECONDS)
    times += [s.next_at if s.next_at > tried_at else later
              for s in found.state.schedules if not s.is_paused]
    return min(times, default=None)
