"""What the person does to jobs that run: pause, go on, give a task up, move, more money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from cockpit_tui.domain.command import (
    AddSchedule,
    CancelTask,
    MoveJob,
    PauseAll,
    PauseJob,
    PauseQueue,
    PauseSchedule,
    PauseTask,
    PutBack,
    QueueCommand,
    RemoveSchedule,
    ResumeAll,
    ResumeQueue,
    ResumeSchedule,
    ResumeTask,
    StopCommand,
)
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.job import Job, JobStatus, WaitingOn
from cockpit_tui.domain.record import JobChange
from cockpit_tui.domain.stop import Wish
from cockpit_tui.domain.task import ExecutionStatus, TaskStatus
from cockpit_tui.domain.transitions import TASK_TRANSITIONS, legal_path
from cockpit_tui.engine.agent_rows import withdraw_questions
from cockpit_tui.engine.queue import QueueKeeper
from cockpit_tui.engine.queue_desk import QueueDesk
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.engine.runs import JobRuns
from cockpit_tui.storage import executions, jobs, queue, stops, tasks
from cockpit_tui.storage.database import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Every method raises UsageError for what makes no sense."""

    database: Database
    runs: JobRuns
    desk: QueueDesk
    keeper: QueueKeeper

    async def stop_or_go(self, command: StopCommand) -> Job | None:
        match command:
            case PauseJob():
                return await self._pause(command.job_id)
            case PauseTask():
                return await self.runs.stops.pause_task(command.task_id)
            case ResumeTask():
                job = await self.runs.stops.resume_task(command.task_id)
                await self._go_on(job.id)
                return job
            case CancelTask():
                job = await self.runs.stops.give_up_task(command.task_id, command.reason)
                if job.id not in self.runs.running():
                    await self.database.write(partial(_mark_given_up, task_id=command.task_id,
                                                      reason=command.reason))
                    await self._go_on(job.id)
                return job
            case PauseAll():
                await self._pause_all()
                return None
            case ResumeAll():
                await self._resume_all()
                return None
            case _:
                assert_never(command)

    async def of_queue(self, command: QueueCommand) -> Job | None:
        match command:
            case MoveJob():
                await self.desk.move(command.job_id, command.to)
                await self._prefer(command.job_id)
            case PutBack():
                await self.desk.put_back(command.job_id)
            case PauseQueue():
                await self.desk.pause(command.job_id)
            case ResumeQueue():
                if command.job_id is not None:
                    await self.runs.stops.release_job(command.job_id)
                await self.desk.resume(command.job_id)
            case AddSchedule():
                await self.desk.add_schedule(
                    command.repository, command.request, command.cron, priority=command.priority,
                    is_overnight=command.is_overnight, schedule_id=command.schedule_id)
            case PauseSchedule():
                await self.desk.pause_schedule(command.number)
            case ResumeSchedule():
                await self.desk.resume_schedule(command.number)
            case RemoveSchedule():
                await self.desk.remove_schedule(command.number)
            case _:
                assert_never(command)
        return None

    async def _pause_all(self) -> None:
        """The queue, and every job that is at work or was left at it."""
        await self.desk.pause()
        running = self.runs.running()
        for job in await self.database.read(jobs.unfinished):
            was_left = job.status is not JobStatus.QUEUED and job.waiting_on is WaitingOn.NOTHING
            if job.id in running or was_left:
                await self._pause(job.id)

    async def _resume_all(self) -> None:
        await self.desk.resume()
        found = await self.database.read(stops.listing)
        for stop in found:
            if stop.task_id is None and stop.wish is Wish.PAUSE:
                await self.runs.stops.release_job(stop.job_id)
                await self._go_on(stop.job_id)

    async def _go_on(self, job_id: JobId) -> None:
        """Let the job go on where it waits for nothing else: in its turn, if it is the queue's;
        else at once, if this engine stays to see it. Where none does, the next one sees to it."""
        if self.runs.stops.is_held_up(job_id):
            return
        is_free, is_queued = await self.database.write(partial(_set_free, job_id=job_id))
        if is_queued:
            if (run := self.runs.running().get(job_id)) is not None:
                run.add_done_callback(self.keeper.wake)  # It may have recorded its pause already.
            self.keeper.wake()
        elif is_free and self.keeper.is_keeping:
            await self.runs.start(job_id)

    async def _pause(self, job_id: JobId) -> Job:
        await self.runs.stops.pause_job(job_id, is_running=job_id in self.runs.running())
        return await self.database.read(lambda conn: jobs.get(conn, job_id))

    async def _prefer(self, job_id: JobId) -> None:
        """A job that runs gets its agents and locks by its new priority from now on; where one is
        put before another, that one's may have changed too."""
        for running in self.runs.running():
            self.runs.slots.priorities[running] = await self.database.read(
                partial(queue.priority, job_id=running))
        job = await self.database.read(lambda conn: jobs.get(conn, job_id))
        await self.runs.locks.reconsider(job.project_id)


def _set_free(tx: Transaction, *, job_id: JobId) -> tuple[bool, bool]:
    """Whether it was paused, and whether it is the queue's."""
    job = jobs.get(tx.conn, job_id)
    was_paused = not job.status.is_final and job.waiting_on is WaitingOn.PAUSED
    if was_paused:
        save_rows(tx, job_id, (JobChange(waiting_on=WaitingOn.NOTHING, reason=""),))
    return was_paused, queue.entry(tx.conn, job_id) is not None


def _mark_given_up(tx: Transaction, *, task_id: TaskId, reason: str) -> None:
    """In a job that does not run: its next run skips what depends on the task."""
    record = tasks.get(tx.conn, task_id)
    withdraw_questions(tx, record, reason)
    for execution in executions.for_task(tx.conn, task_id):
        if execution.finished_at is None:
            executions.save(tx, replace(execution, status=ExecutionStatus.CANCELLED,
                                        reason=reason, finished_at=tx.now()))
    for status in legal_path(TASK_TRANSITIONS, record.status, TaskStatus.CANCELLED):
        record = replace(record, status=status, reason=reason, finished_at=tx.now())
        tasks.save(tx, record)
