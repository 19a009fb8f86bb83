"""What a person does with the queue: order, pauses, schedules. Recorded; the keeper follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cockpit_tui.domain import event
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import IdSource, JobId, ScheduleId
from cockpit_tui.domain.job import Job, JobRequest, JobStatus, WaitingOn
from cockpit_tui.domain.queue import Move, QueueEntry, QueueState, Schedule, check_priority
from cockpit_tui.domain.queue_order import local_minute
from cockpit_tui.domain.record import JobChange
from cockpit_tui.engine.cron import check_cron, next_time
from cockpit_tui.engine.restart import prepare_retry
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.gitops.inspect import inspect_repository
from cockpit_tui.storage import approvals, jobs, queue, schedules
from cockpit_tui.storage.database import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDesk:
    """Every method raises UsageError for what makes no sense, LedgerReadOnly where it only reads.
    """

    database: Database
    clock: Callable[[], datetime]
    new_id: IdSource

    async def state(self) -> QueueState:
        return await self.database.read(queue.state)

    async def move(self, job_id: JobId, to: Move) -> None:
        await self.database.write(lambda tx: _move(tx, job_id, to))

    async def put_back(self, job_id: JobId) -> None:
        """A job that was cancelled before the queue began it is there again as it was."""
        await self.database.write(lambda tx: _put_back(tx, job_id))

    async def pause(self, job_id: JobId | None = None) -> None:
        """One job, or with None the whole queue, starts no more. What runs goes on."""
        await self.database.write(lambda tx: _pause(tx, job_id))

    async def resume(self, job_id: JobId | None = None) -> None:
        """Undo a pause. A job that is not paused starts as soon as there is room, whatever it
        waited for, but for an answer; one that ran by itself becomes the queue's."""
        await self.database.write(lambda tx: _resume(tx, job_id))

    async def add_schedule(self, repository: str, request: JobRequest, cron: str, *,
                           priority: int = 0, is_overnight: bool = False,
                           schedule_id: ScheduleId | None = None) -> Schedule:
        """A new job of `request` at every time that `cron` names; one of this id that is there is
        not made again. Raises RepositoryError too."""
        check_priority(priority)
        cron = check_cron(cron)
        place = await inspect_repository(repository, commits=0, files=0, count_dirty=False)
        now = self.clock()

        def write(tx: Transaction) -> Schedule:
            for there in schedules.listing(tx.conn):
                if there.id == schedule_id:
                    return there
            made = Schedule(
                id=schedule_id or ScheduleId(self.new_id()), number=schedules.next_number(tx.conn),
                repository=place.path, request=request, cron=cron, priority=priority,
                is_overnight=is_overnight, next_at=next_time(cron, now), created_at=now)
            schedules.insert(tx, made)
            _tell(tx, made, "added", f"{cron}, next at {local_minute(made.next_at)}")
            return made

        return await self.database.write(write)

    async def pause_schedule(self, number: int) -> Schedule:
        def write(tx: Transaction) -> Schedule:
            found = schedules.by_number(tx.conn, number)
            schedules.set_paused(tx, found.id, tx.now(), next_at=found.next_at)
            _tell(tx, found, "paused", found.cron)
            return found

        return await self.database.write(write)

    async def resume_schedule(self, number: int) -> Schedule:
        """From its next time on: what came during the pause is not made up for."""
        def write(tx: Transaction) -> Schedule:
            found = schedules.by_number(tx.conn, number)
            next_at = next_time(found.cron, tx.now())
            schedules.set_paused(tx, found.id, None, next_at=next_at)
            _tell(tx, found, "resumed", f"next at {local_minute(next_at)}")
            return schedules.by_number(tx.conn, number)

        return await self.database.write(write)

    async def remove_schedule(self, number: int) -> Schedule:
        """Its jobs stay."""
        def write(tx: Transaction) -> Schedule:
            found = schedules.by_number(tx.conn, number)
            schedules.remove(tx, found.id)
            _tell(tx, found, "removed", found.cron)
            return found

        return await self.database.write(write)


def _tell(tx: Transaction, schedule: Schedule, change: str, text: str) -> None:
    tx.emit(Event(payload=event.ScheduleChanged(
        number=schedule.number, change=change, text=text)))  # type: ignore[arg-type]


def _entry_of(tx: Transaction, job_id: JobId) -> QueueEntry:
    found = queue.entry(tx.conn, job_id)
    if found is None:
        raise UsageError(f"Job #{jobs.get(tx.conn, job_id).number} is not in the queue.",
                         hint="cockpit queue list shows what is.")
    return found


def _move(tx: Transaction, job_id: JobId, to: Move) -> None:
    if to.is_priority_alone and to.priority is not None and queue.entry(tx.conn, job_id) is None:
        _prefer(tx, job_id, to.priority)
        return
    moved = _entry_of(tx, job_id)
    others = [entry for entry in queue.state(tx.conn).entries if entry.job_id != job_id]
    # By place alone: what was begun goes on first anyway, and keeps its place for later.
    others.sort(key=lambda entry: entry.order[1:])
    priority, at = moved.priority if to.priority is None else to.priority, len(others)
    if to.before is not None:
        target = _entry_of(tx, to.before)
        if target.job_id == job_id:
            raise UsageError(f"Job #{moved.number} cannot stand before itself.")
        priority, at = target.priority, next(
            at for at, entry in enumerate(others) if entry.job_id == target.job_id)
    elif to.is_first:
        at = 0
        if to.priority is None and others:
            priority = max(priority, others[0].priority)
    elif not to.is_last:
        at = sum(entry.order[1:] < (-priority, moved.position, moved.number) for entry in others)
    check_priority(priority)
    others.insert(at, moved)
    queue.set_order(tx, job_id, priority)
    queue.renumber(tx, [entry.job_id for entry in others])
    tx.emit(Event(payload=event.QueueChanged(change="moved", text=f"priority {priority}"),
                  job_id=job_id))


def _prefer(tx: Transaction, job_id: JobId, priority: int) -> None:
    """Of a job that runs by itself: for its locks and its agents."""
    check_priority(priority)
    job = jobs.get(tx.conn, job_id)
    if job.status.is_final:
        raise UsageError(f"Job #{job.number} is {job.status.value}; it has no priority any more.",
                         hint="cockpit queue list shows what is in the queue.")
    queue.set_order(tx, job_id, priority)
    tx.emit(Event(payload=event.QueueChanged(change="moved", text=f"priority {priority}"),
                  job_id=job_id))


def _put_back(tx: Transaction, job_id: JobId) -> None:
    job = jobs.get(tx.conn, job_id)
    if job.status is not JobStatus.CANCELLED or not queue.was_never_begun(tx.conn, job_id):
        raise UsageError(f"Job #{job.number} was not taken out of the queue before it began.",
                         hint=f"Start it again: cockpit jobs retry {job.number}")
    prepare_retry(tx, job_id)
    tx.emit(Event(payload=event.QueueChanged(change="added", text="back in its place"),
                  job_id=job_id))


def _pause(tx: Transaction, job_id: JobId | None) -> None:
    if job_id is None:
        queue.set_all_paused(tx, queue.paused_at(tx.conn) or tx.now())
        tx.emit(Event(payload=event.QueueChanged(change="paused", text="nothing is started")))
        return
    _entry_of(tx, job_id)
    queue.set_paused(tx, job_id, tx.now())
    tx.emit(Event(payload=event.QueueChanged(change="paused", text="it is not started"),
                  job_id=job_id))


def _resume(tx: Transaction, job_id: JobId | None) -> None:
    if job_id is None:
        queue.set_all_paused(tx, None)
        tx.emit(Event(payload=event.QueueChanged(change="resumed", text="jobs are started again")))
        return
    job = jobs.get(tx.conn, job_id)
    _refuse_unresumable(tx, job)
    entry = queue.entry(tx.conn, job_id)
    if entry is not None and entry.is_paused:
        queue.set_paused(tx, job_id, None)
    else:
        queue.adopt(tx, job_id)
        queue.clear_holds(tx, job_id)
        save_rows(tx, job_id, (JobChange(waiting_on=WaitingOn.NOTHING, reason=""),))
    tx.emit(Event(payload=event.QueueChanged(change="resumed", text="it may start"),
                  job_id=job_id))


def _refuse_unresumable(tx: Transaction, job: Job) -> None:
    if job.status.is_final:
        raise UsageError(f"Job #{job.number} is {job.status.value}; the queue has nothing to do.",
                         hint=f"Start it again: cockpit jobs retry {job.number}")
    if job.waiting_on is WaitingOn.APPROVAL and approvals.pending(tx.conn, job.id):
        raise UsageError(f"Job #{job.number} waits for an answer, and goes on by itself once it "
                         "has it.", hint=f"cockpit jobs approve {job.number}")
