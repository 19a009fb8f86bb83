"""Runs of jobs: each an asyncio task around the pipeline; how one starts, ends and starts again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cockpit_tui.config.paths import Paths
from cockpit_tui.config.redaction import Redactor
from cockpit_tui.config.settings import load_settings
from cockpit_tui.domain import event
from cockpit_tui.domain.budget import Purse
from cockpit_tui.domain.errors import (
    BudgetReached,
    CockpitError,
    EngineStops,
    JobCancelled,
    JobParked,
    Paused,
    StorageError,
    UsageError,
)
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import IdSource, JobId
from cockpit_tui.domain.job import Job, JobRequest, JobStatus, WaitingOn
from cockpit_tui.domain.policy import Policy
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.record import JobChange
from cockpit_tui.engine.agent_pool import AgentDesk
from cockpit_tui.engine.approvals import ApprovalDesk
from cockpit_tui.engine.budget import BudgetDesk
from cockpit_tui.engine.endings import Endings
from cockpit_tui.engine.hubs import refuse_swapped
from cockpit_tui.engine.local import LocalContext
from cockpit_tui.engine.locks import LockDesk
from cockpit_tui.engine.models import Models
from cockpit_tui.engine.passing import until_it_passes
from cockpit_tui.engine.restart import prepare_retry
from cockpit_tui.engine.room import Room
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.engine.slots import AgentSlots
from cockpit_tui.engine.stops import StopDesk
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.publish import unpublish
from cockpit_tui.storage import events, jobs, projects, queue
from cockpit_tui.storage.database import Database
from cockpit_tui.tools.sandbox import Sandbox

log = logging.getLogger(__name__)

_STOPPED_ON = frozenset({WaitingOn.PERSON, WaitingOn.PAUSED, WaitingOn.BUDGET, WaitingOn.SCHEDULE,
                         WaitingOn.DEPENDENCY, WaitingOn.RATE_LIMIT, WaitingOn.DISK})
"""What a job waits on without a run, until somebody resumes it, or the queue starts it."""

MOST_ENDED = 32
"""Runs that are over and whose end can still be waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnd:
    """How a run ended. `error` is what stopped it, and decides the exit code; None: completed."""

    job: Job
    error: CockpitError | None


@dataclass(slots=True, kw_only=True)
class JobRuns:
    database: Database
    paths: Paths
    desk: ApprovalDesk
    sandbox: Sandbox
    new_id: IdSource
    policies: dict[JobId, Policy]
    models: Callable[[], Models]
    redactor: Redactor
    budgets: BudgetDesk
    locks: LockDesk
    slots: AgentSlots
    stops: StopDesk
    room: Room
    agents: AgentDesk
    _running: dict[JobId, asyncio.Task[JobEnd]] = field(default_factory=dict)
    _has_stopped: bool = False
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a job is started, stopped or undone, so that no job has two runs."""

    def refuse_unusable_models(self, request: JobRequest) -> None:
        """Raise UsageError or ProviderError, before anything is recorded, for a model that nobody
        knows or that there is no key for."""
        models = self.models()
        models.pool.provider_of(models.router.lead(request).first)

    async def start(self, job_id: JobId) -> int:
        """Start or go on with a job; how many steps an earlier run left unfinished."""
        async with self._one_at_a_time:
            return await self._start(job_id)

    async def _start(self, job_id: JobId) -> int:
        running = self._running.get(job_id)
        if running is not None and not running.done():
            return 0
        job = await self._job(job_id)
        if job.waiting_on in _STOPPED_ON:
            await self.database.write(lambda tx: save_rows(
                tx, job_id, (JobChange(waiting_on=WaitingOn.NOTHING, reason=""),)))
        self.policies[job_id] = job.request.policy
        self.slots.priorities[job_id] = await self.database.read(
            lambda conn: queue.priority(conn, job_id))
        ctx = await LocalContext.load(self.database, job_id, self.desk, self.stops)
        if self._has_stopped:  # Nobody would interrupt it any more.
            raise EngineStops("The engine ends; nothing is lost.")
        self._running.pop(job_id, None)  # Then it stands at the end, as the newest.
        self._running[job_id] = asyncio.create_task(self._run(job, ctx), name=f"job {job.number}")
        self._forget_ended()
        return ctx.interrupted_steps

    def _forget_ended(self) -> None:
        """All but the newest: an engine may work for weeks."""
        ended = [job_id for job_id, run in self._running.items() if run.done()]
        for job_id in ended[:-MOST_ENDED]:
            del self._running[job_id]
            self.policies.pop(job_id, None)
            self.slots.priorities.pop(job_id, None)
            self.budgets.forget(job_id)

    def running(self) -> dict[JobId, asyncio.Task[JobEnd]]:
        """The runs that are not over."""
        return {job_id: run for job_id, run in self._running.items() if not run.done()}

    async def wait(self, job_id: JobId) -> JobEnd:
        run = self._running[job_id]
        try:
            return await asyncio.shield(run)
        except asyncio.CancelledError:
            if not run.cancelled():
                raise
            job = await self._job(job_id)
            return JobEnd(job=job, error=JobCancelled(job.reason or "The run was stopped."))

    async def stop(self) -> None:
        """Interrupt every run; what they did is in the ledger and goes on from there. None is
        started after it."""
        self._has_stopped = True
        for run in self._running.values():
            run.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def cancel(self, job_id: JobId, reason: str) -> Job:
        async with self._one_at_a_time:
            job = await self._job(job_id)
            if not job.status.is_final:
                run = self._running.get(job_id)
                if run is not None:
                    run.cancel()
                    await asyncio.gather(run, return_exceptions=True)
            await self._endings.end(job_id, JobStatus.CANCELLED, reason,
                                    event.JobCancelled(reason=reason))
            await self._release_worktrees(job)
            return await self._job(job_id)

    async def _release_worktrees(self, job: Job) -> None:
        from cockpit_tui.engine.workshop import open_workshop

        try:
            async with open_workshop(self.database, self.paths, job, self.sandbox, self.new_id,
                                     self.redactor, self.models(), self._purse(job),
                                     self.locks, self.slots, self.stops, self.room,
                                     self.agents) as shop:
                await shop.release_worktrees()
        except (CockpitError, OSError) as error:
            log.warning("job %s: its worktrees were not given back: %s", job.number, error)

    async def resume(self, job_id: JobId, *, budget_microusd: int | None = None) -> Job:
        """Go on with a job; with `budget_microusd`, under this budget from now on."""
        job = await self._job(job_id)
        if job.status.is_final:
            hint = "" if job.status is JobStatus.COMPLETED else \
                f"Start what failed again: cockpit jobs retry {job.number}"
            raise UsageError(f"Job #{job.number} is {job.status.value}; there is nothing to "
                             "resume.", hint=hint)
        if budget_microusd is not None:
            await self.set_budget(job_id, budget_microusd)
        await self.stops.release_job(job_id)
        # Named by the person, it goes on whoever held it up.
        await self.database.write(lambda tx: queue.set_paused(tx, job_id, None))
        job = await self._job(job_id)  # The run may have recorded its pause meanwhile.
        if job.waiting_on in _STOPPED_ON:
            await self._out_of_the_way(job_id)
        await self.start(job_id)
        return job

    async def set_budget(self, job_id: JobId, budget_microusd: int) -> Job:
        """Also for a run under way, which it holds for at once. Raises UsageError."""
        job = await self._job(job_id)
        if job.status.is_final:
            raise UsageError(f"Job #{job.number} is {job.status.value}; it spends nothing more.")
        await self.desk.set_budget(job_id, budget_microusd)
        job = await self._job(job_id)
        self.budgets.purse(job)
        return job

    async def retry(self, job_id: JobId) -> Job:
        async with self._one_at_a_time:
            job = await self._job(job_id)
            if job.status not in {JobStatus.FAILED, JobStatus.CANCELLED}:
                raise UsageError(f"Job #{job.number} is {job.status.value}; only a failed or "
                                 "cancelled job is retried.")
            await self._out_of_the_way(job_id)
            await self.database.write(lambda tx: prepare_retry(tx, job_id))
            await self.stops.load()
            await self._start(job_id)
            return await self._job(job_id)

    async def _out_of_the_way(self, job_id: JobId) -> None:
        """Until a run whose end is recorded already has let go of everything."""
        run = self._running.get(job_id)
        if run is not None:
            await asyncio.wait({run})

    @asynccontextmanager
    async def standing_still(self, job_id: JobId) -> AsyncIterator[Job]:
        """The job, which no run works on meanwhile. Raises UsageError while one does."""
        async with self._one_at_a_time:
            job = await self._job(job_id)
            if job_id in self.running():
                raise UsageError(f"Job #{job.number} is at work.",
                                 hint=f"First: cockpit jobs pause {job.number}; it stops where its "
                                      "step ends.")
            yield job

    async def undo(self, job_id: JobId) -> Job:
        async with self._one_at_a_time:
            job = await self._job(job_id)
            if not job.status.is_final:
                raise UsageError(f"Job #{job.number} is still {job.status.value}.",
                                 hint=f"First: cockpit jobs cancel {job.number}")
            if job.head_commit == job.base_commit:
                raise UsageError(f"Job #{job.number} put no branch into the repository.")
            project = await self.database.read(lambda conn: projects.get(conn, job.project_id))
            was_there = await unpublish(project.path, branch=job.branch, expected=job.head_commit)
            if not was_there and await self.database.read(
                    lambda conn: events.was_undone(conn, job_id, job.head_commit)):
                raise UsageError(f"Job #{job.number} was undone already; nothing was changed.",
                                 hint=f"What it made: cockpit jobs diff {job.number}")
            undone = event.GitUndone(ref=f"refs/heads/{job.branch}", commit=job.head_commit)
            await self.database.write(lambda tx: tx.emit(Event(payload=undone, job_id=job_id)))
            return job

    async def _run(self, job: Job, ctx: LocalContext) -> JobEnd:
        """The pipeline with every way it can end. Only cancellation comes out as an exception."""
        try:
            while True:
                end = await self._run_to_its_end(job, ctx)
                if not self._may_go_on(end):
                    return end
        except StorageError as broken:
            log.error("job %s: the ledger failed: %s", job.number, broken)
            return JobEnd(job=job, error=until_it_passes(broken) or broken)
        finally:
            self.slots.forget(job.id)

    def _may_go_on(self, end: JobEnd) -> bool:
        """Whether a pause that ended the run was taken back before that was recorded."""
        return (isinstance(end.error, Paused) and not isinstance(end.error, EngineStops)
                and not end.job.status.is_final and end.job.waiting_on is WaitingOn.NOTHING
                and not self.stops.has_pauses(end.job.id))

    async def _run_to_its_end(self, job: Job, ctx: LocalContext) -> JobEnd:
        """Raises StorageError where the ledger cannot be told how it ended: then it can be resumed.
        """
        # Loaded with the first job, not with the engine: a screen that only looks paints sooner.
        from cockpit_tui.engine.pipeline import Pipeline
        from cockpit_tui.engine.workshop import open_workshop

        error: CockpitError | None = None
        try:
            await self.room.require(is_job=True)
            async with open_workshop(self.database, self.paths, job, self.sandbox, self.new_id,
                                     self.redactor, self.models(), self._purse(job),
                                     self.locks, self.slots, self.stops, self.room,
                                     self.agents) as shop:
                try:
                    await refuse_swapped(shop.project)
                    await Pipeline(ctx=ctx, shop=shop).run()
                    await self.stops.load()
                    await self._thin_checkpoints(shop.hub, shop.project)
                    await self._tidy()
                except (JobParked, BudgetReached, StorageError):
                    raise
                except Exception as failure:
                    if (waits := until_it_passes(failure, is_queued=shop.is_queued)) is not None:
                        raise waits from failure
                    await shop.release_worktrees()
                    raise
        except asyncio.CancelledError:
            raise
        except JobParked as parked:
            error = parked
            await self._endings.park(job.id, parked)
        except BudgetReached as reached:
            error = reached
            await self._endings.wait_for(job.id, WaitingOn.BUDGET, reached.message)
        except JobCancelled as cancelled:
            error = cancelled
            await self._endings.end(job.id, JobStatus.CANCELLED, cancelled.message,
                            event.JobCancelled(reason=cancelled.message))
        except Exception as failure:  # the edge of a run: whatever it was, the job must say so
            error = await self._endings.parked_or_failed(job, failure)
        if error is not None:  # Its frames hold all that the run had in memory; this end is kept.
            error.__cause__ = error.__context__ = None
            error.with_traceback(None)
        return JobEnd(job=await self._job(job.id), error=error)

    async def _thin_checkpoints(self, hub: Hub, project: Project) -> None:
        """A job that went well has time for it. A failure is logged only; the next job does it."""
        from cockpit_tui.engine.old_checkpoints import thin_old

        days = load_settings(self.paths.settings_file).limits.checkpoint_days
        try:
            await thin_old(self.database, hub, project.id,
                           datetime.now(UTC) - timedelta(days=days))
        except CockpitError as error:
            log.warning("old checkpoints were not thinned: %s", error)

    async def _tidy(self) -> None:
        """An engine may run for weeks. A failure is logged only; the next job does it."""
        try:
            await self.room.tidy()
        except (CockpitError, OSError) as error:
            log.warning("the trash was not tidied: %s", error)

    @property
    def _endings(self) -> Endings:
        return Endings(database=self.database, stops=self.stops, log_file=self.paths.log_file)

    def _purse(self, job: Job) -> Purse:
        """The job's budgets; what holds over all jobs is as the person's settings have it now."""
        settings = load_settings(self.paths.settings_file)
        self.budgets.day_budget_microusd = settings.day_budget_microusd
        self.slots.limit = settings.limits.agents_overall
        return self.budgets.purse(job)

    async def _job(self, job_id: JobId) -> Job:
        return await self.database.read(lambda conn: jobs.get(conn, job_id))
