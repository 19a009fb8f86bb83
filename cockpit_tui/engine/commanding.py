"""Commands: each to the desk that carries it out, or by letter to the engine that may."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import assert_never

from cockpit_tui.domain.approval import Decision
from cockpit_tui.domain.command import (
    AnswerApproval,
    CancelJob,
    Command,
    JobCommand,
    QueueCommand,
    ReleaseLock,
    ResumeJob,
    RetryJob,
    RewindTask,
    SetBudget,
    StopCommand,
    SubmitJob,
    TerminateAgent,
    UndoAnswer,
    UndoJob,
    UndoRewind,
)
from cockpit_tui.domain.diff import parse_diff
from cockpit_tui.domain.errors import LedgerBusy, UsageError
from cockpit_tui.domain.ids import IdSource, JobId
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.queue import Placement
from cockpit_tui.engine import intake, mailbox, queue_holds
from cockpit_tui.engine.approvals import ApprovalDesk
from cockpit_tui.engine.control import Control
from cockpit_tui.engine.going_back import GoingBack
from cockpit_tui.engine.queue import QueueKeeper
from cockpit_tui.engine.queue_desk import QueueDesk
from cockpit_tui.engine.reading import Reading
from cockpit_tui.engine.runs import JobRuns
from cockpit_tui.storage import approvals, jobs

SETTLE_SECONDS = 30.0
"""How long commands under way keep a closing engine."""


@dataclass(slots=True, kw_only=True)
class Commanding(Reading):
    """What `engine.port.EnginePort.send` promises."""

    runs: JobRuns
    desk: ApprovalDesk
    new_id: IdSource
    keeper: QueueKeeper
    queue: QueueDesk
    holder: str = ""
    """Who holds the ledger where this engine only reads; empty where it writes."""
    writes_letters: bool = False
    """Whether what it may not do itself is asked of the engine that holds the ledger."""
    _under_way: set[asyncio.Task[Job | None]] = field(default_factory=set)

    async def send(self, command: Command) -> Job | None:
        if self.writes_letters:
            return await self._by_letter(command)
        self._refuse_if_reading()
        if isinstance(command, SubmitJob):
            return await self._submit(command)
        # Whoever stops waiting, as a screen that is left does, must not leave half of it done: a
        # pause that the ledger knows and nobody obeys, a run that is cut and a job not cancelled.
        doing = asyncio.create_task(self._carry_out(command), name=type(command).__name__)
        self._under_way.add(doing)
        doing.add_done_callback(self._under_way.discard)
        return await asyncio.shield(doing)

    async def settle(self) -> None:
        """Until every command that was begun is done, for so long as an end may take."""
        if self._under_way:
            _, left = await asyncio.wait(self._under_way, timeout=SETTLE_SECONDS)
            for doing in left:
                doing.cancel()

    async def _carry_out(self, command: Command) -> Job | None:
        if isinstance(command, StopCommand):
            return await self._control.stop_or_go(command)
        if isinstance(command, QueueCommand):
            return await self._control.of_queue(command)
        if isinstance(command, JobCommand):
            return await self._to_job(command)
        match command:
            case SubmitJob():
                return await self._submit(command)
            case AnswerApproval():
                await self._refuse_unknown_hunks(command)
                await self._answer(command)
                return None
            case ReleaseLock():
                await self.runs.locks.take_away(command.lock_id)
                return None
            case _:
                assert_never(command)

    async def _answer(self, command: AnswerApproval) -> None:
        await self.desk.answer(command.approval_id, command.action_hash, command.answer)
        found = await self.database.read(lambda conn: approvals.get(conn, command.approval_id))
        if found.job_id not in self.runs.running():
            await self.runs.stops.wait_paused(found.job_id)

    async def _to_job(self, command: JobCommand) -> Job:
        match command:
            case CancelJob():
                return await self.runs.cancel(command.job_id, command.reason)
            case ResumeJob():
                return await self.runs.resume(command.job_id,
                                              budget_microusd=command.budget_microusd)
            case RetryJob():
                return await self.runs.retry(command.job_id)
            case SetBudget():
                return await self.runs.set_budget(command.job_id, command.budget_microusd)
            case UndoJob():
                return await self.runs.undo(command.job_id)
            case UndoAnswer():
                return await self._going_back.undo_answer(command)
            case RewindTask():
                return await self._going_back.rewind(command)
            case UndoRewind():
                return await self._going_back.undo_rewind(command)
            case TerminateAgent():
                await self.runs.agents.terminate(command.job_id, command.agent)
                return await self.database.read(lambda conn: jobs.get(conn, command.job_id))
            case _:
                assert_never(command)

    async def _by_letter(self, command: Command) -> Job | None:
        """Raises what the other engine raised; LedgerBusy where it does not answer."""
        job_id = await mailbox.ask(self.paths.mailbox, command, self.new_id, self.holder)
        if job_id is None:
            return None
        return await self.database.read(lambda conn: jobs.get(conn, job_id))

    async def take_letter(self, command: Command) -> Job | None:
        """Carry out what another process asked for. A job is started only where this engine stays:
        the end of its own job would cut that one off. Raises UsageError."""
        starts = isinstance(command, RetryJob) or (
            isinstance(command, ResumeJob) and command.job_id not in self.runs.running())
        if starts and not self.keeper.is_keeping:
            raise UsageError("The cockpit that works with this ledger runs one job only, and ends "
                             "with it.", hint="Wait for that; or let the queue start this one: "
                                              "cockpit queue resume JOB")
        if isinstance(command, SubmitJob) and command.placement is None:
            command = replace(command, placement=Placement())
        return await self.send(command)

    @property
    def _control(self) -> Control:
        return Control(database=self.database, runs=self.runs, desk=self.queue,
                       keeper=self.keeper)

    @property
    def _going_back(self) -> GoingBack:
        return GoingBack(database=self.database, paths=self.paths, runs=self.runs,
                         clock=self.clock, new_id=self.new_id)

    async def _submit(self, command: SubmitJob) -> Job:
        """Start a job at once; into the queue where one runs, or a place in it is asked for."""
        if (known := await self._known(command.job_id)) is not None:
            return known
        self.runs.refuse_unusable_models(command.request)
        placement = command.placement
        if placement is None and not self.keeper.is_keeping:
            self.runs.models().begin_to_warm(command.request)
            job = await intake.submit(self.database, self.paths, command, self.clock(),
                                      self.new_id, job_id=command.job_id)
            await self.runs.start(job.id)
            return job
        rules = self.keeper.rules()
        return await intake.submit(
            self.database, self.paths, command, self.clock(), self.new_id, job_id=command.job_id,
            also=lambda tx, job: queue_holds.place(tx, job, placement or Placement(), rules))

    async def _known(self, job_id: JobId | None) -> Job | None:
        if job_id is None:
            return None
        found = await self.database.read(lambda conn: jobs.find(conn, job_id))
        return found

    async def _refuse_unknown_hunks(self, command: AnswerApproval) -> None:
        """Raise UsageError where dropping the answer's hunks is impossible, or leaves nothing."""
        dropped = set(command.answer.dropped_hunks)
        if not dropped:
            return
        there = {h.id for h in parse_diff(await self.approval_diff(command.approval_id)).hunks}
        if unknown := sorted(dropped - there):
            raise UsageError(f"The diff has no hunk {unknown[0]!r}.",
                             hint="Look at it again; nothing was answered.")
        if dropped == there and command.answer.decision is Decision.GRANTED:
            raise UsageError("Nothing of the diff would be left.", hint="Say no instead.")

    def _refuse_if_reading(self) -> None:
        if self.holder:
            raise LedgerBusy(self.holder, hint="Do it there, or quit it first.")
