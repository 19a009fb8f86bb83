"""How a run ends in the ledger: parked on something, failed, cancelled; and who hears of it."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from pathlib import Path

from cockpit_tui.domain import event
from cockpit_tui.domain.errors import (
    CockpitError,
    EngineStops,
    JobParked,
    NeedsPerson,
    Paused,
    StorageError,
    UsageError,
    WaitsForReset,
    WaitsForRoom,
)
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import Job, JobStatus, WaitingOn
from cockpit_tui.domain.os_words import os_words
from cockpit_tui.domain.record import JobChange
from cockpit_tui.engine.lost_calls import drop_lost_calls
from cockpit_tui.engine.passing import until_it_passes
from cockpit_tui.engine.rate_limits import wait_for_reset
from cockpit_tui.engine.restart import stop_tasks
from cockpit_tui.engine.room import wait_for_room
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.engine.stops import StopDesk, wait_paused
from cockpit_tui.storage import jobs
from cockpit_tui.storage.database import Database, Transaction

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endings:
    database: Database
    stops: StopDesk
    log_file: Path
    """Where the details of an internal error stand."""

    async def park(self, job_id: JobId, parked: JobParked) -> None:
        """Where it waits for an answer, the question's own record says so."""
        if isinstance(parked, Paused):
            if not isinstance(parked, EngineStops):
                await self.database.write(lambda tx: wait_paused(tx, job_id))
        elif isinstance(parked, NeedsPerson):
            await self.wait_for(job_id, WaitingOn.PERSON, parked.message)
        elif isinstance(parked, WaitsForRoom):
            await self.database.write(lambda tx: wait_for_room(tx, job_id, parked))
        elif isinstance(parked, WaitsForReset) and not await self.database.write(
                lambda tx: wait_for_reset(tx, job_id, parked)):
            await self._fail(job_id, parked)

    async def _fail(self, job_id: JobId, failure: CockpitError) -> None:
        reason = f"{failure.message} {failure.hint}".strip()
        await self.end(job_id, JobStatus.FAILED, reason,
                        event.JobFailed(reason=reason, error=type(failure).__name__))

    async def end(self, job_id: JobId, status: JobStatus, reason: str,
                   payload: event.Payload) -> None:
        def write(tx: Transaction) -> None:
            job = jobs.get(tx.conn, job_id)
            if job.status.is_final:  # A run may come to its end while it is being cancelled.
                raise UsageError(f"Job #{job.number} is {job.status.value} already.")
            drop_lost_calls(tx, job_id)
            stop_tasks(tx, job_id, reason)
            save_rows(tx, job_id, (JobChange(status=status, reason=reason,
                                             waiting_on=WaitingOn.NOTHING),))
            tx.emit(Event(payload=payload, job_id=job_id))

        await self.database.write(write)
        await self.stops.load()

    async def wait_for(self, job_id: JobId, what: WaitingOn, reason: str) -> None:
        def write(tx: Transaction) -> None:
            save_rows(tx, job_id, (JobChange(waiting_on=what, reason=reason),))
            waiting = event.JobWaiting(waiting_on=what.value, reason=reason)
            tx.emit(Event(payload=waiting, job_id=job_id))

        await self.database.write(write)

    async def parked_or_failed(self, job: Job, failure: Exception) -> CockpitError:
        """What the job ends with. Raises StorageError for a ledger that is not merely full."""
        error: CockpitError | None = until_it_passes(failure)
        if isinstance(error, JobParked):
            await self.park(job.id, error)
            return error
        if isinstance(failure, StorageError):
            raise failure
        if isinstance(failure, CockpitError):
            error = failure
        else:
            log.error("job %s failed:\n%s", job.number, traceback.format_exc())
            said = f"The system refused: {os_words(failure)}." if isinstance(failure, OSError) \
                else f"Internal error: {type(failure).__name__}: {failure}"
            error = CockpitError(said, hint=f"Details are in {self.log_file}.")
        await self._fail(job.id, error)
        return error
