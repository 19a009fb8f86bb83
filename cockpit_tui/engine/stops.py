"""The stop desk: pauses of jobs and tasks, and tasks given up, kept in the ledger and obeyed.

A pause lets the steps under way come to their end; `check` stands before every further one. In
memory there is the ledger's table again, and who wants to know when it changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from cockpit_tui.domain import event
from cockpit_tui.domain.errors import EngineStops, Paused, UsageError
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.job import Job, WaitingOn
from cockpit_tui.domain.record import JobChange
from cockpit_tui.domain.stop import Stop, Wish
from cockpit_tui.domain.task import TaskRecord, TaskStatus
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import jobs, stops, tasks
from cockpit_tui.storage.database import Database, Transaction

T = TypeVar("T")

BY_PERSON = "Paused."
_STARTS_BY_ITSELF = frozenset({WaitingOn.NOTHING, WaitingOn.SCHEDULE, WaitingOn.DEPENDENCY,
                               WaitingOn.RATE_LIMIT, WaitingOn.DISK})
_PAST_WORK = frozenset({TaskStatus.AWAITING_APPROVAL, TaskStatus.LANDING})


@dataclass(slots=True, kw_only=True)
class StopDesk:
    database: Database
    is_draining: bool = False
    """The engine is about to end: no step of any job is begun."""
    _wishes: dict[tuple[JobId, TaskId | None], Stop] = field(default_factory=dict)
    _watching: dict[JobId, set[asyncio.Event]] = field(default_factory=dict)
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Of two looks at the ledger the later one has to be remembered."""

    # -- for who works --------------------------------------------------------------------------

    async def load(self) -> None:
        """As the ledger has it now; whoever watches is told."""
        async with self._loading:
            found = await self.database.read(stops.listing)
            self._wishes = {(stop.job_id, stop.task_id): stop for stop in found}
        self.tell()

    async def take_over(self) -> None:
        """What an earlier engine left: no job of it runs, so those that are paused wait."""
        def write(tx: Transaction) -> None:
            for stop in stops.listing(tx.conn):
                if stop.task_id is None:
                    wait_paused(tx, stop.job_id)

        await self._write(write)

    async def wait_paused(self, job_id: JobId) -> None:
        """What a paused job without a run waited for has come: now it waits to be resumed."""
        if (job_id, None) in self._wishes:
            await self._write(lambda tx: wait_paused(tx, job_id))

    def drain(self) -> None:
        """Begin no further step of any job: the engine is about to end."""
        self.is_draining = True
        self.tell()

    def tell(self) -> None:
        for changed in [one for some in self._watching.values() for one in some]:
            changed.set()

    @contextmanager
    def watch(self, job_id: JobId, changed: asyncio.Event) -> Iterator[None]:
        """Set `changed` meanwhile whenever something is paused, goes on or is given up."""
        self._watching.setdefault(job_id, set()).add(changed)
        try:
            yield
        finally:
            self._watching[job_id].discard(changed)
            if not self._watching[job_id]:
                del self._watching[job_id]

    def is_held_up(self, job_id: JobId, task_id: TaskId | None = None) -> bool:
        """Whether the job, or this task of it, begins no further step."""
        return (self.is_draining or (job_id, None) in self._wishes
                or (task_id is not None and self._wish(job_id, task_id) is Wish.PAUSE))

    def has_pauses(self, job_id: JobId) -> bool:
        """Of the job itself or of any of its tasks."""
        return any(key[0] == job_id and stop.wish is Wish.PAUSE
                   for key, stop in self._wishes.items())

    def given_up(self, job_id: JobId, task_id: TaskId) -> str | None:
        """Why the person gave the task up; None where they did not."""
        stop = self._wishes.get((job_id, task_id))
        return stop.reason if stop is not None and stop.wish is Wish.CANCEL else None

    def check(self, job_id: JobId, task_id: TaskId | None) -> None:
        """Raise Paused, or EngineStops, where no further step may begin."""
        if self.is_draining:
            raise EngineStops("The engine ends; nothing is lost.")
        if self.is_held_up(job_id, task_id):
            raise Paused(BY_PERSON if (job_id, None) in self._wishes else "A task is paused.")

    def _wish(self, job_id: JobId, task_id: TaskId) -> Wish | None:
        stop = self._wishes.get((job_id, task_id))
        return None if stop is None else stop.wish

    # -- for the person -------------------------------------------------------------------------

    async def pause_job(self, job_id: JobId, *, is_running: bool) -> None:
        """Raises UsageError for a job that is over."""
        await self._write(lambda tx: _pause_job(tx, job_id, is_running=is_running))

    async def release_job(self, job_id: JobId) -> None:
        """Take the job's pause back; nothing where it has none. Its tasks' pauses stay."""
        def write(tx: Transaction) -> None:
            if stops.remove(tx, job_id, None):
                tx.emit(Event(payload=event.JobResumed(), job_id=job_id))

        if (job_id, None) in self._wishes:
            await self._write(write)

    async def pause_task(self, task_id: TaskId) -> Job:
        """Raises UsageError for a task that has nothing more to do."""
        def write(tx: Transaction) -> Job:
            record, job = _unfinished(tx, task_id)
            known = stops.get(tx.conn, job.id, task_id)
            if known is None:
                stops.put(tx, job.id, task_id, Wish.PAUSE, BY_PERSON)
                tx.emit(Event(payload=event.TaskPaused(number=record.number, title=record.title),
                              job_id=job.id, task_id=task_id))
            elif known.wish is Wish.CANCEL:
                raise UsageError(f"Task {record.number} was cancelled.",
                                 hint=f"Start it again: cockpit jobs retry {job.number}")
            return job

        return await self._write(write)

    async def resume_task(self, task_id: TaskId) -> Job:
        """Raises UsageError for a task that is not paused."""
        def write(tx: Transaction) -> Job:
            record = tasks.get(tx.conn, task_id)
            job = jobs.get(tx.conn, record.job_id)
            known = stops.get(tx.conn, job.id, task_id)
            if known is None or known.wish is not Wish.PAUSE:
                raise UsageError(f"Task {record.number} is not paused; it is "
                                 f"{record.status.value}.")
            stops.remove(tx, job.id, task_id)
            tx.emit(Event(payload=event.TaskResumed(number=record.number, title=record.title),
                          job_id=job.id, task_id=task_id))
            return job

        return await self._write(write)

    async def give_up_task(self, task_id: TaskId, reason: str) -> Job:
        """Its run, if there is one, ends it at once; the next one does not begin it. Raises
        UsageError for a task that has nothing more to do."""
        def write(tx: Transaction) -> Job:
            record, job = _unfinished(tx, task_id)
            stops.put(tx, job.id, task_id, Wish.CANCEL, reason)
            tx.emit(Event(payload=event.TaskProgress(
                number=record.number, status="cancelled", text=reason),
                job_id=job.id, task_id=task_id))
            return job

        return await self._write(write)

    async def _write(self, work: Callable[[Transaction], T]) -> T:
        result = await self.database.write(work)
        await self.load()
        return result


def _pause_job(tx: Transaction, job_id: JobId, *, is_running: bool) -> None:
    job = jobs.get(tx.conn, job_id)
    if job.status.is_final:
        raise UsageError(f"Job #{job.number} is {job.status.value}; there is nothing to pause.")
    if stops.get(tx.conn, job_id, None) is not None:
        return
    stops.put(tx, job_id, None, Wish.PAUSE, BY_PERSON)
    said = "what it is at comes to its end" if is_running else "it does not start"
    tx.emit(Event(payload=event.JobPaused(reason=said), job_id=job_id))
    if not is_running:
        wait_paused(tx, job_id)


def wait_paused(tx: Transaction, job_id: JobId) -> bool:
    """Let a job without a run say what it waits for, unless that is an answer or money, and how it
    goes on; False where nothing of it is paused any more."""
    job = jobs.get(tx.conn, job_id)
    if job.status.is_final:  # As an earlier version left it: nothing of it waits.
        stops.clear(tx, job_id)
        return False
    paused = [stop for stop in stops.for_job(tx.conn, job_id) if stop.wish is Wish.PAUSE]
    if not paused:
        return False
    reason = _reason(tx, job, paused)
    if job.waiting_on in _STARTS_BY_ITSELF or (
            job.waiting_on is WaitingOn.PAUSED and job.reason != reason):
        save_rows(tx, job_id, (JobChange(waiting_on=WaitingOn.PAUSED, reason=reason),))
        tx.emit(Event(payload=event.JobWaiting(waiting_on=WaitingOn.PAUSED.value, reason=reason),
                      job_id=job_id))
    return True


def _reason(tx: Transaction, job: Job, paused: list[Stop]) -> str:
    """With the one command that makes it go on now: of the job first, then of its tasks."""
    held = [stop.task_id for stop in paused if stop.task_id is not None]
    if len(held) < len(paused):
        return f"{BY_PERSON} Go on: cockpit jobs resume {job.number}"
    numbers = [tasks.get(tx.conn, task_id).number for task_id in held]
    what = f"Task {numbers[0]} is" if len(numbers) == 1 else f"Tasks {', '.join(numbers)} are"
    return f"{what} paused. Go on: cockpit tasks resume {job.number} {numbers[0]}"


def _unfinished(tx: Transaction, task_id: TaskId) -> tuple[TaskRecord, Job]:
    """Raises UsageError for a task that has nothing more to do."""
    record = tasks.get(tx.conn, task_id)
    job = jobs.get(tx.conn, record.job_id)
    if job.status.is_final:
        raise UsageError(f"Job #{job.number} is {job.status.value}; nothing of it runs.")
    if record.status.is_final:
        raise UsageError(f"Task {record.number} is {record.status.value} already.")
    if record.status in _PAST_WORK:
        raise UsageError(f"Task {record.number} has done its work; its phase asks about it.",
                         hint=f"cockpit jobs show {job.number}")
    return record, job
