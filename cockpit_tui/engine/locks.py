"""The lock desk: gives tasks their locks, in turn, and takes back what a dead engine held.

The ledger is the table, and its one writer decides: asking, giving and releasing are transactions.
In memory there is only who waits for the news.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from cockpit_tui.domain import event
from cockpit_tui.domain.errors import StorageError, UsageError
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.ids import IdSource, JobId, LockId, ProjectId, TaskId
from cockpit_tui.domain.lock import Claim, Lock, in_the_way, next_holders, observed
from cockpit_tui.storage import locks
from cockpit_tui.storage.database import Database, Transaction

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
"""How often an engine says that it lives."""
_MOST_COMPARED = 500
"""Paths that one look holds against what others hold; the ledger waits meanwhile. Of more, the
folders are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The task that a lock is for."""

    project_id: ProjectId
    job_id: JobId
    task_id: TaskId
    number: str
    title: str


@dataclass(slots=True, kw_only=True)
class LockDesk:
    database: Database
    new_id: IdSource
    engine_run: str
    """Names this opening of the ledger."""
    _news: dict[LockId, asyncio.Future[None]] = field(default_factory=dict)
    _running: set[TaskId] = field(default_factory=set)
    """Tasks that are inside of `held`."""
    _observed: dict[TaskId, LockId] = field(default_factory=dict)
    """Of running tasks, the lock on what they were seen to write."""

    @asynccontextmanager
    async def held(self, asker: Asker, claim: Claim, *,
                   on_wait: Callable[[], None]) -> AsyncIterator[None]:
        """Hold `claim` until the block is left; `on_wait` is called where it is not free.

        Raises StorageError.
        """
        self._running.add(asker.task_id)
        if claim.is_empty:
            try:
                yield
            finally:
                self._running.discard(asker.task_id)
                await self._leave(self._observed.pop(asker.task_id, None))
            return
        lock_id = LockId(self.new_id())
        self._news[lock_id] = asyncio.get_running_loop().create_future()
        try:
            if not await self._ask(lock_id, asker, claim):
                on_wait()
                await self._news[lock_id]
            yield
        finally:
            self._news.pop(lock_id, None)
            self._running.discard(asker.task_id)
            await self._leave(self._observed.pop(asker.task_id, None), lock_id)

    async def observe(self, asker: Asker, files: Iterable[str]) -> tuple[Lock, ...]:
        """Lock what a running task was seen to write besides its claim, as far as no other task
        holds it; who holds the rest. Raises StorageError.

        Nobody waits here: the task has written already, and two that wait for each other would
        never end. Of a task that does not run any more nothing is locked: nobody would release it.
        """
        if asker.task_id not in self._running:
            return ()
        seen = sorted(files)
        if len(seen) > _MOST_COMPARED:
            seen = list(observed(seen).paths)
        lock_id = self._observed.get(asker.task_id) or LockId(self.new_id())
        self._observed[asker.task_id] = lock_id

        def write(tx: Transaction) -> tuple[Lock, ...]:
            held = [lock for lock in locks.of_project(tx.conn, asker.project_id)
                    if lock.held_at is not None and lock.task_id != asker.task_id]
            free: list[str] = []
            others: dict[LockId, Lock] = {}
            for file in seen:
                wanted = Claim(paths=(file,))
                if owners := [lock for lock in held if wanted.shared_with(lock.claim)]:
                    others |= {lock.id: lock for lock in owners}
                else:
                    free.append(file)
            before = locks.get(tx.conn, lock_id)
            claim = observed((*free, *(before.claim.paths if before is not None else ())))
            if before is not None:
                locks.widen(tx, lock_id, claim)
            elif free:
                locks.ask(tx, lock_id=lock_id, project_id=asker.project_id, job_id=asker.job_id,
                          task_id=asker.task_id, task_number=asker.number, title=asker.title,
                          claim=claim, engine_run=self.engine_run, pid=os.getpid())
                locks.hold(tx, lock_id)
            return tuple(others.values())

        return await self.database.write(write)

    async def _leave(self, *lock_ids: LockId | None) -> None:
        """Give back those there are, each whatever happens to the caller or to the others."""
        leaving = [asyncio.create_task(self.release(lock_id), name="release a lock")
                   for lock_id in filter(None, lock_ids)]
        for one in leaving:
            await asyncio.shield(one)

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        """Keep the leases until the block is left. Only for who holds the engine lock."""
        await self.reap()
        beating = asyncio.create_task(self._beat(), name="keep the locks")
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def release(self, lock_id: LockId, *, reason: str = "") -> bool:
        """Take the lock away, whoever has it; False where it is gone already."""
        def write(tx: Transaction) -> tuple[bool, tuple[Lock, ...]]:
            lock = locks.get(tx.conn, lock_id)
            if lock is None:
                return False, ()
            return True, _taken_away(tx, (lock,), reason)

        found, given = await self.database.write(write)
        self._tell(given)
        return found

    async def reconsider(self, project_id: ProjectId) -> None:
        """A job's priority changed: give what the new order lets somebody have."""
        self._tell(await self.database.write(partial(_give, project_id=project_id)))

    async def reap(self) -> int:
        """Release what other engine runs left behind; how many. Only for who holds the engine lock
        of the ledger: that is the proof that no other engine lives."""
        def write(tx: Transaction) -> int:
            dead = locks.left_behind(tx.conn, self.engine_run)
            _taken_away(tx, dead, "its engine is dead")
            return len(dead)

        return await self.database.write(write)

    async def _beat(self) -> None:
        """Until it is cancelled: say that this engine lives."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                if self._news or self._observed:
                    await self.database.write(lambda tx: locks.beat(tx, self.engine_run))
            except StorageError as error:  # the next beat may come through
                log.warning("the locks' lease was not renewed: %s", error)

    async def take_away(self, lock_id: LockId) -> None:
        """Release a held lock by force: its task runs on without it. Raises UsageError for one
        that nobody holds."""
        lock = await self.database.read(partial(locks.get, lock_id=lock_id))
        if lock is None or lock.held_at is None \
                or not await self.release(lock_id, reason="by force"):
            raise UsageError("That lock is not held any more.",
                             hint="cockpit locks list shows what is.")

    async def _ask(self, lock_id: LockId, asker: Asker, claim: Claim) -> bool:
        def write(tx: Transaction) -> tuple[Lock, ...]:
            lock = locks.ask(tx, lock_id=lock_id, project_id=asker.project_id,
                             job_id=asker.job_id, task_id=asker.task_id,
                             task_number=asker.number, title=asker.title, claim=claim,
                             engine_run=self.engine_run, pid=os.getpid())
            given = _give(tx, asker.project_id)
            if lock_id not in {one.id for one in given}:
                before = in_the_way(lock, locks.of_project(tx.conn, asker.project_id))
                shared = {n for other in before for n in lock.claim.shared_with(other.claim)}
                tx.emit(_about(lock, event.LockWaiting(
                    number=lock.task_number, names=tuple(sorted(shared)),
                    held_by=tuple(one.task_name for one in before))))
            return given

        given = await self.database.write(write)
        self._tell(given)
        return lock_id in {lock.id for lock in given}

    def _tell(self, given: Iterable[Lock]) -> None:
        for lock in given:
            news = self._news.get(lock.id)
            if news is not None and not news.done():
                news.set_result(None)


def _taken_away(tx: Transaction, gone: Iterable[Lock], reason: str) -> tuple[Lock, ...]:
    """Without `gone`; who has become a holder by that."""
    projects = set()
    for lock in gone:
        projects.add(lock.project_id)
        locks.remove(tx, lock.id)
        if lock.held_at is not None:
            tx.emit(_about(lock, event.LockReleased(
                number=lock.task_number, names=lock.claim.names, reason=reason)))
    return tuple(lock for project_id in sorted(projects) for lock in _give(tx, project_id))


def _give(tx: Transaction, project_id: ProjectId) -> tuple[Lock, ...]:
    """Make holders of those whose turn it is."""
    given = next_holders(locks.of_project(tx.conn, project_id))
    for lock in given:
        locks.hold(tx, lock.id)
        waited = (tx.now() - lock.asked_at).total_seconds()
        tx.emit(_about(lock, event.LockAcquired(
            number=lock.task_number, names=lock.claim.names, waited_seconds=max(0.0, waited))))
    return given


def _about(lock: Lock, payload: Payload) -> Event:
    return Event(payload=payload, job_id=lock.job_id, task_id=lock.task_id)
