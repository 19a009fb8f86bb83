"""The engine: one per ledger. It takes commands, runs jobs, publishes what happened.

`open_engine` is how faces get one. A second process on the same ledger gets a reading engine: it
shows everything and follows along, and every command raises LedgerBusy.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import (
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cockpit_tui import __version__
from cockpit_tui.config.paths import Paths
from cockpit_tui.config.redaction import Redactor
from cockpit_tui.config.settings import load_settings
from cockpit_tui.domain import event
from cockpit_tui.domain.errors import LedgerBusy
from cockpit_tui.domain.event import Event, RecordedEvent
from cockpit_tui.domain.ids import IdSource, JobId, ProjectId, new_ulid
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.policy import Policy
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.queue import AwayPolicy
from cockpit_tui.engine import intake, mailbox
from cockpit_tui.engine.agent_pool import AgentDesk
from cockpit_tui.engine.agent_rows import stand_down
from cockpit_tui.engine.approvals import ApprovalDesk
from cockpit_tui.engine.budget import BudgetDesk
from cockpit_tui.engine.bus import Bus
from cockpit_tui.engine.child_watcher import watch_without_threads
from cockpit_tui.engine.commanding import Commanding
from cockpit_tui.engine.locks import LockDesk
from cockpit_tui.engine.models import (
    AskPassphrase,
    LazyModels,
    MakeModels,
    Models,
    models_of_settings,
)
from cockpit_tui.engine.queue import QueueKeeper
from cockpit_tui.engine.queue_desk import QueueDesk
from cockpit_tui.engine.recovery import recovered
from cockpit_tui.engine.restart import park_left
from cockpit_tui.engine.retention import tidy_on_closing
from cockpit_tui.engine.room import Room
from cockpit_tui.engine.runs import JobEnd, JobRuns
from cockpit_tui.engine.slots import AgentSlots
from cockpit_tui.engine.stops import StopDesk
from cockpit_tui.gitops.inspect import inspect_repository
from cockpit_tui.providers.registry import ProviderSource
from cockpit_tui.storage import jobs, projects
from cockpit_tui.storage.database import Database, Transaction
from cockpit_tui.storage.lock import EngineLock
from cockpit_tui.tools.sandbox import Sandbox, probe_sandbox

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[object]]

def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Engine(Commanding):
    """See `engine.port.EnginePort`, which it implements, for what each method promises."""

    contained: Sandbox
    policies: dict[JobId, Policy] = field(default_factory=dict)

    @property
    def is_read_only(self) -> bool:
        return bool(self.holder)

    @property
    def sandbox(self) -> str:
        return self.contained.name

    @asynccontextmanager
    async def keeping_queue(self) -> AsyncIterator[QueueKeeper]:
        """Run the queue meanwhile: start what is due, and what will be."""
        self._refuse_if_reading()
        self.desk.denies_unattended = self.keeper.rules().away is AwayPolicy.DENY
        self.keeper.wake()
        keeping = asyncio.create_task(self.keeper.keep(), name="keep the queue")
        self.keeper.is_keeping = True  # from now on, not from the task's first step on
        try:
            yield self.keeper
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            self.keeper.is_keeping = False

    async def drain(self, seconds: float, at_once: asyncio.Event) -> bool:
        """Let every step under way come to its end and begin none after it; False where some did
        not within `seconds`, or before `at_once` was set. For an engine that is about to close."""
        self.runs.stops.drain()
        runs = set(self.runs.running().values())
        waiting = asyncio.create_task(at_once.wait(), name="wait for an end at once")
        try:
            async with asyncio.timeout(seconds):
                while runs and not waiting.done():
                    over, _ = await asyncio.wait({*runs, waiting},
                                                 return_when=asyncio.FIRST_COMPLETED)
                    runs -= over
        except TimeoutError:
            return False
        finally:
            waiting.cancel()
        return not runs

    async def wait(self, job_id: JobId) -> JobEnd:
        """Until the job's run is over: finished, parked, or failed to run at all."""
        return await self.runs.wait(job_id)

    async def resume_unfinished(self) -> int:
        """Go on with every job that an earlier engine left and that is not the queue's; how many.
        """
        unfinished = await self._left_unfinished()
        interrupted = 0
        for job in unfinished:
            interrupted += await self.runs.start(job.id)
        if unfinished:
            recovered = event.EngineRecovered(jobs=len(unfinished), reissued=interrupted)
            await self.database.write(lambda tx: tx.emit(Event(payload=recovered)))
        return len(unfinished)

    async def park_unfinished(self) -> int:
        """Let every such job wait for the person instead; how many wait now."""
        unfinished = await self._left_unfinished()
        await self.database.write(lambda tx: park_left(tx, unfinished))
        return len(unfinished)

    async def _left_unfinished(self) -> tuple[Job, ...]:
        self._refuse_if_reading()
        unfinished = await self.database.read(jobs.unfinished)
        held = {entry.job_id for entry in (await self.queue.state()).entries}
        return tuple(job for job in unfinished
                     if job.id not in held and not self.runs.stops.is_held_up(job.id))

    async def add_project(self, path: str) -> Project:
        self._refuse_if_reading()
        state = await inspect_repository(path, commits=0, files=0, count_dirty=False)
        return await self.database.write(
            lambda tx: intake.save_project(tx, state, self.clock(), self.new_id))

    async def remove_project(self, project_id: ProjectId) -> None:
        self._refuse_if_reading()
        await self.database.write(lambda tx: projects.remove(tx, project_id))

    async def trust_project(self, project_id: ProjectId) -> None:
        self._refuse_if_reading()
        now = self.clock()
        await self.database.write(lambda tx: intake.trust(tx, project_id, now))


@asynccontextmanager
async def open_engine(paths: Paths, *, is_attended: bool, may_only_read: bool = False,
                      only_reads: bool = False, may_write_letters: bool = False,
                      provider_source: ProviderSource | None = None,
                      make_models: MakeModels | None = None, record: Path | None = None,
                      ask_passphrase: AskPassphrase | None = None,
                      clock: Callable[[], datetime] = utc_now,
                      new_id: IdSource = new_ulid,
                      sleep: Sleep = asyncio.sleep) -> AsyncIterator[Engine]:
    """An engine on the ledger at `paths`; closed, with its jobs interrupted, on leaving.

    `is_attended`: somebody can answer approvals while it runs; otherwise jobs park. With
    `may_only_read`, a ledger that another process holds gives a reading engine instead of
    LedgerBusy; with `only_reads` it is one in any case: a look leaves no trace and is in nobody's
    way. With `may_write_letters`, an engine that only reads because another one holds the ledger
    has that one carry commands out. `provider_source` answers for every model; `make_models` is
    asked with the first job; without either, models are those of the person's settings and keys,
    and `record` is the file that every exchange with them is written to, `ask_passphrase` who
    unlocks the file of keys.
    Raises StorageError.
    """
    make_places(paths)
    watch_without_threads()
    lock = EngineLock(paths.database)
    holder = "This engine was opened for reading only." if only_reads else ""
    writes_letters = False
    if not only_reads:
        try:
            lock.acquire()
        except LedgerBusy as busy:
            if not (may_only_read or may_write_letters):
                raise
            holder, writes_letters = busy.message, may_write_letters
    redactor = Redactor.from_environment()
    if provider_source is not None:
        make_models = partial(Models.single, provider_source)
    try:
        async with _assembled(
                paths, holder=holder, is_attended=is_attended, redactor=redactor, clock=clock,
                make_models=make_models or partial(models_of_settings, paths, redactor, record,
                                                   ask_passphrase),
                new_id=new_id, sleep=sleep) as engine:
            engine.writes_letters = writes_letters
            yield engine
    finally:
        if not holder:
            lock.release()


def make_places(paths: Paths) -> None:
    """Make the engine's directories. Raises StorageError that says which and why."""
    from cockpit_tui.storage.connection import ledger_error

    try:
        paths.create()
    except OSError as error:
        raise ledger_error(error, paths.data) from error


@asynccontextmanager
async def _assembled(paths: Paths, *, holder: str, is_attended: bool,
                     make_models: MakeModels, redactor: Redactor,
                     clock: Callable[[], datetime], new_id: IdSource,
                     sleep: Sleep) -> AsyncIterator[Engine]:
    bus = Bus()
    books: list[BudgetDesk] = []
    keepers: list[QueueKeeper] = []

    def committed(batch: tuple[RecordedEvent, ...]) -> None:
        for book in books:  # First: a bill counts before its call gives back what it held.
            book.committed(batch)
        bus.publish(batch)
        for keeper in keepers:
            keeper.committed(batch)

    database = await Database.open(paths.database, clock=clock, new_id=new_id,
                                   correlation_id=f"engine-{new_id()}", on_commit=committed,
                                   read_only=bool(holder))
    budgets = BudgetDesk(database, clock)
    books.append(budgets)
    policies: dict[JobId, Policy] = {}
    sandbox = await probe_sandbox()
    desk = ApprovalDesk(database, policy_of=policies.__getitem__, clock=clock, new_id=new_id,
                        is_attended=is_attended)
    models = LazyModels(make_models)
    locks = LockDesk(database=database, new_id=new_id, engine_run=new_id())
    runs = JobRuns(database=database, paths=paths, desk=desk, sandbox=sandbox, new_id=new_id,
                   policies=policies, models=models.get, redactor=redactor, budgets=budgets,
                   locks=locks, slots=AgentSlots(limit=1), stops=StopDesk(database=database),
                   room=Room(paths=paths, database=database), agents=AgentDesk(database=database))
    keeper = QueueKeeper(database=database, paths=paths, runs=runs, clock=clock, new_id=new_id,
                         is_attended=is_attended, sleep=sleep)
    keepers.append(keeper)
    engine = Engine(paths=paths, database=database, bus=bus, runs=runs, desk=desk,
                    contained=sandbox, clock=clock, new_id=new_id, holder=holder,
                    policies=policies, keeper=keeper,
                    queue=QueueDesk(database=database, clock=clock, new_id=new_id))
    following: asyncio.Task[None] | None = None
    opened = AsyncExitStack()
    try:
        if holder:
            following = asyncio.create_task(engine.follow(), name="follow the ledger")
        else:
            started = event.EngineStarted(version=__version__, pid=os.getpid())
            await database.write(lambda tx: _between_lives(tx, started))
            await opened.enter_async_context(locks.alive())
            await opened.enter_async_context(recovered(paths, database))
            await runs.stops.take_over()
            post = mailbox.Mailbox(place=paths.mailbox, database=database,
                                   send=engine.take_letter)
            await opened.enter_async_context(post.served())
        yield engine
    finally:
        if following is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        await runs.stop()
        await engine.settle()
        await models.close()
        if not holder:
            with suppress(Exception):  # the ledger may be what broke; closing must go on
                days = load_settings(paths.settings_file).retention.days
                await tidy_on_closing(database, paths, clock(), days)
                await runs.room.tidy()
            with suppress(Exception):
                stopped = event.EngineStopped(reason="closed")
                await database.write(lambda tx: _between_lives(tx, stopped))
        await opened.aclose()
        await database.close()


def _between_lives(tx: Transaction, payload: event.EngineStarted | event.EngineStopped) -> None:
    """No agent works while no engine does."""
    tx.emit(Event(payload=payload))
    stand_down(tx)
