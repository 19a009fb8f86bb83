"""One phase: its tasks on a lane, then one diff for the person, then the job's branch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cockpit_tui.domain import event
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import (
    BudgetReached,
    JobParked,
    MergeConflict,
    NeedsPerson,
    Paused,
    WaitsForTime,
)
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.os_words import words_of
from cockpit_tui.domain.plan import Phase, Plan, Task
from cockpit_tui.domain.record import Facts
from cockpit_tui.domain.task import TaskRecord, TaskStatus
from cockpit_tui.engine.admission import Admission, asker_of
from cockpit_tui.engine.agent_context import AgentContext
from cockpit_tui.engine.agent_pool import AgentSentAway
from cockpit_tui.engine.attempt import Attempt
from cockpit_tui.engine.attempt_failures import MAX_LOST, TASK_FAILURES, WorktreeLost
from cockpit_tui.engine.branch import JobBranch
from cockpit_tui.engine.gone_back import GoneBack
from cockpit_tui.engine.held_up import HeldUp
from cockpit_tui.engine.lane import FailsTogether, Lane
from cockpit_tui.engine.observer import Observer
from cockpit_tui.engine.phase_gate import PhaseGate
from cockpit_tui.engine.promised import promised_later
from cockpit_tui.engine.queries import phase_ref
from cockpit_tui.engine.radar import Radar
from cockpit_tui.engine.rewind_rows import landed_key
from cockpit_tui.engine.scheduler import TaskEnd, run_in_order
from cockpit_tui.engine.workshop import Workshop
from cockpit_tui.gitops.watcher import WorktreeWatcher

MAX_ATTEMPTS = 3
"""How often a task starts again because it does not go together with what others landed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutcome:
    """How a task ended, as the ledger remembers it."""

    end: TaskEnd
    record: TaskRecord
    error: str = ""
    """The error's class name where it failed."""


@dataclass(slots=True, kw_only=True)
class PhaseRun:
    """Phase `index` (0-based) of `plan`."""

    ctx: JobContext
    shop: Workshop
    branch: JobBranch
    plan: Plan
    index: int
    tests: tuple[str, ...] = ()
    """Commands that every merged tree has to pass; all are the plan's, so they are allowed."""
    _watcher: WorktreeWatcher = field(default_factory=WorktreeWatcher)

    @property
    def phase(self) -> Phase:
        return self.plan.phases[self.index]

    @property
    def key(self) -> str:
        return f"phase/{self.index + 1}"

    async def run(self, ended: Mapping[TaskId, TaskEnd]) -> dict[TaskId, TaskOutcome]:
        """Run the phase. Raises JobParked while something waits for a person, BudgetReached."""
        lane = await self._open()
        radar = Radar(ctx=self.ctx, lane=lane, key=self.key, weights={
            task.id: sum(task.id in other.depends_on for other in self.plan.tasks())
            for task in self.phase.tasks})
        outcomes: dict[TaskId, TaskOutcome] = {}
        no_money: list[BudgetReached] = []
        held: list[WaitsForTime | NeedsPerson] = []

        async def run_one(task: Task, agent: str) -> TaskEnd:
            if no_money:
                return TaskEnd.PARKED
            agents = self.shop.agents
            try:
                outcomes[task.id] = outcome = await self._run_task(radar, task, agent)
            except AgentSentAway:
                return TaskEnd.AGAIN
            except Paused:
                await agents.blocked(agent, "paused")
                return TaskEnd.AGAIN
            except BudgetReached as reached:
                # The others come to the end of their calls: one that is cut off is paid and lost.
                no_money.append(reached)
                await agents.blocked(agent, f"waits for money: {reached.message}")
                return TaskEnd.PARKED
            except (WaitsForTime, NeedsPerson) as waits:
                held.append(waits)
                whom = "you" if isinstance(waits, NeedsPerson) else "a time"
                await agents.blocked(agent, f"waits for {whom}: {waits.message}")
                return TaskEnd.PARKED
            await agents.idle(agent, outcome.record.reason)
            return outcome.end

        async def skip(task: Task, because: Task) -> None:
            outcomes[task.id] = await self._skip(task, because)

        async def give_up(task: Task) -> None:
            record = await held_up.end(task, planned_record(self.plan, task))
            outcomes[task.id] = TaskOutcome(end=TaskEnd.FAILED, record=record, error="Cancelled")
            await self.shop.agents.leave_task(task.id)
            await radar.ended(task.id, None)

        held_up = HeldUp(ctx=self.ctx, shop=self.shop)
        admission = Admission(ctx=self.ctx, shop=self.shop, plan=self.plan)
        async with radar.at_work():
            ends = await run_in_order(
                self.phase.tasks, limit=self.shop.job.request.max_agents, ended=ended,
                run=run_one, skip=skip, ready=self._ready, locks=admission.locks,
                slot=admission.slot, seats=self.shop.agents.seats,
                needs_agent=lambda task: not admission.is_over(task), stops=held_up,
                give_up=give_up, is_contested=radar.is_contested)
        if no_money:
            raise no_money[0]
        if held:
            raise min(held, key=_urgency)
        self._raise_if_parked(ends, held_up)
        approved = await self._gate(lane, outcomes)
        await lane.close()
        await self._complete(lane, approved)
        return outcomes

    def _raise_if_parked(self, ends: Mapping[TaskId, TaskEnd], held_up: HeldUp) -> None:
        if (refused := self.shop.agents.seats.refused) is not None:
            raise refused
        if TaskEnd.PARKED not in ends.values():
            return
        if (paused := held_up.parked()) is not None:
            raise paused
        raise JobParked(f"Phase {self.index + 1} waits for an answer.")

    async def _gate(self, lane: Lane, outcomes: dict[TaskId, TaskOutcome]) -> str | None:
        """The commit that the person lets land, which is on the job's branch then; else None."""
        await lane.close()  # They may take their time.
        done = await self._landed(lane, outcomes)
        if await lane.head() == lane.start:
            return None
        gate = PhaseGate(ctx=self.ctx, shop=self.shop, lane=lane, plan=self.plan,
                         index=self.index, records=done)
        approved = await gate.ask()
        if approved is None:
            outcomes.update(await self._rejected(done, gate.why_rejected))
        else:
            await self.branch.advance(f"{self.key}/branch", approved)
            outcomes.update(await self._finish(gate.records))
        return approved

    async def _ready(self, task: Task) -> None:
        record = planned_record(self.plan, task)
        await self.ctx.record(f"task/{task.id}/ready", Facts(
            events=(self._event(event.TaskReady(number=record.number, title=task.title), task),),
            rows=(replace(record, status=TaskStatus.READY),)))

    async def _landed(self, lane: Lane,
                      outcomes: Mapping[TaskId, TaskOutcome]) -> list[TaskRecord]:
        """What this run brought onto the lane, in plan order. After a retry there are tasks besides
        whose work was approved before the phase began again; nobody is asked about them."""
        done = [outcomes[task.id].record for task in self.phase.tasks
                if outcomes[task.id].end is TaskEnd.DONE]
        return [record for record in done
                if not await self.shop.hub.is_ancestor(record.commit, lane.start)]

    async def _open(self) -> Lane:
        start = await self.ctx.step(f"{self.key}/start", EffectClass.READ, self.branch.head,
                                    kind=str)
        ref = phase_ref(self.shop.job.id, self.index)
        lane = Lane(ctx=self.ctx, shop=self.shop, key=f"{self.key}/lane", ref=ref, start=start,
                    tests=self.tests, promised=promised_later(self.plan))

        async def open_lane() -> bool:
            before = await self.shop.hub.read_ref(ref)
            if before is not None:
                await self._keep_unapproved(before, start)
            await self.shop.hub.update_ref(ref, start, before)
            return True

        await self.ctx.step(f"{self.key}/open", EffectClass.READ, open_lane, kind=bool)
        await self.ctx.record(f"{self.key}/started", Facts(events=(self._event(event.PhaseStarted(
            number=self.index + 1, title=self.phase.title, tasks=len(self.phase.tasks))),)))
        return lane

    async def _keep_unapproved(self, before: str, start: str) -> None:
        """What landed on the lane when the phase ran before, and was not approved, lies nowhere
        else: its worktrees were given back without it."""
        hub = self.shop.hub
        if not await hub.is_ancestor(before, start):
            await self.shop.pool.trash.keep_commit(
                f"job{self.shop.job.number}-phase{self.index + 1}", before,
                base=await hub.merge_base(before, start), why="the phase was begun again")

    async def _run_task(self, radar: Radar, task: Task, agent: str) -> TaskOutcome:
        number = self.plan.number(task.id)
        record = planned_record(self.plan, task)

        def facts(outcome: TaskOutcome) -> Facts:
            if outcome.end is TaskEnd.DONE:
                return Facts()
            failed = event.TaskFailed(number=number, title=task.title,
                                      reason=outcome.record.reason)
            return Facts(events=(self._event(failed, task),), rows=(outcome.record,))

        made: list[Attempt] = []
        if self.shop.agents.was_cut(task.id):
            await self.ctx.forget(f"task/{task.id}/")
        try:
            outcome = await self.ctx.step(f"task/{task.id}/outcome", EffectClass.READ,
                                          lambda: self._attempts(radar, task, record, agent, made),
                                          kind=TaskOutcome, after=facts)
        except AgentSentAway:
            if made and not self.ctx.was_finished(landed_key(made[-1].key)):
                await self.ctx.forget(f"{made[-1].key}/")
                for attempt in made:
                    await attempt.let_go()
            raise
        await radar.ended(task.id, outcome.record.files if outcome.end is TaskEnd.DONE else None)
        for attempt in made:
            await attempt.let_go()
        return outcome

    async def _attempts(self, radar: Radar, task: Task, record: TaskRecord, agent: str,
                        made: list[Attempt]) -> TaskOutcome:
        allowed = frozenset(self.plan.commands())
        number, lost = 1, 0
        gone_back: GoneBack | None = None
        while True:
            ctx = AgentContext(ctx=self.ctx, pool=self.shop.agents, agent=agent)
            observer = self._observer(radar, task)
            attempt = Attempt(ctx=ctx, shop=self.shop, lane=radar.lane, task=task,
                              record=record, number=number, agent=agent, acceptance=task.acceptance,
                              allowed_commands=allowed, observer=observer, gone_back=gone_back)
            made.append(attempt)
            await radar.restarted(task.id)
            try:
                done = await self.shop.agents.at_work(agent, attempt.run())
                return TaskOutcome(end=TaskEnd.DONE, record=done)
            except WorktreeLost as error:
                lost += 1
                if lost > MAX_LOST:
                    return _failure(attempt.record, error)
                await self.ctx.forget(f"{attempt.key}/")
            except MergeConflict as error:
                await self.ctx.record(f"{attempt.key}/conflict", Facts(events=(
                    self._event(event.GitConflicted(paths=error.paths), task),)))
                if number >= MAX_ATTEMPTS:
                    return _failure(attempt.record, error)
                gone_back, number = attempt.sent_back_as(), number + 1
            except FailsTogether as error:
                gone_back = attempt.sent_back_as(error.failed)
                if number >= MAX_ATTEMPTS or gone_back is None:
                    return _failure(attempt.record, error)
                number += 1
            except TASK_FAILURES as error:
                return _failure(attempt.record, error)
            finally:
                await observer.end()

    def _observer(self, radar: Radar, task: Task) -> Observer:
        return Observer(
            ctx=self.ctx, task=task, radar=radar, locks=self.shop.locks, watcher=self._watcher,
            asker=asker_of(self.shop.project.id, self.plan, task))

    async def _skip(self, task: Task, because: Task) -> TaskOutcome:
        reason = f"{self.plan.number(because.id)} {because.title!r} did not get done."
        if (why := self.shop.stops.given_up(self.shop.job.id, because.id)) is not None:
            reason = f"{self.plan.number(because.id)} {because.title!r} was {why}."
        if because.id == task.id:
            reason = "What it depends on did not get done."
        record = replace(planned_record(self.plan, task), status=TaskStatus.SKIPPED, reason=reason)
        skipped = event.TaskFailed(number=record.number, title=task.title, reason=reason,
                                   status="skipped")
        await self.ctx.record(f"task/{task.id}/skipped", Facts(
            events=(self._event(skipped, task),), rows=(record,)))
        return TaskOutcome(end=TaskEnd.FAILED, record=record)

    async def _finish(self, records: list[TaskRecord]) -> dict[TaskId, TaskOutcome]:
        done = [replace(record, status=TaskStatus.DONE) for record in records]
        await self.ctx.record(f"{self.key}/done", Facts(rows=tuple(done)))
        return {r.id: TaskOutcome(end=TaskEnd.DONE, record=r) for r in done}

    async def _rejected(self, records: list[TaskRecord],
                        why: str) -> dict[TaskId, TaskOutcome]:
        reason = f"Rejected: {why}" if why else "Rejected by the person."
        gone = [replace(r, status=TaskStatus.CANCELLED, reason=reason) for r in records]
        events = tuple(
            self._event(event.TaskFailed(number=r.number, title=r.title, reason=reason,
                                         status="cancelled"), self.plan.task(r.id))
            for r in gone)
        await self.ctx.record(f"{self.key}/rejected", Facts(events=events, rows=tuple(gone)))
        return {r.id: TaskOutcome(end=TaskEnd.FAILED, record=r, error="JobCancelled")
                for r in gone}

    async def _complete(self, lane: Lane, approved: str | None) -> None:
        await self.ctx.record(f"{self.key}/complete", Facts(events=(self._event(
            event.PhaseComplete(number=self.index + 1, title=self.phase.title,
                                head=approved or lane.start, landed=approved is not None)),)))

    def _event(self, payload: Payload, task: Task | None = None) -> Event:
        return Event(payload=payload, job_id=self.shop.job.id,
                     task_id=task.id if task is not None else None)


def planned_record(plan: Plan, task: Task) -> TaskRecord:
    """The task's row as it stands before anything ran."""
    for index, phase in enumerate(plan.phases):
        if any(candidate.id == task.id for candidate in phase.tasks):
            return TaskRecord(id=task.id, job_id=plan.job_id, phase_id=phase.id, phase_index=index,
                              number=plan.number(task.id), title=task.title, role=task.role,
                              status=TaskStatus.PENDING)
    raise KeyError(task.id)


def _urgency(waits: WaitsForTime | NeedsPerson) -> float:
    """What a person has to do comes first, then what is over soonest."""
    return waits.retry_after_seconds if isinstance(waits, WaitsForTime) else -1.0


def _failure(record: TaskRecord, error: Exception) -> TaskOutcome:
    failed = replace(record, status=TaskStatus.FAILED, reason=words_of(error))
    return TaskOutcome(end=TaskEnd.FAILED, record=failed, error=type(error).__name__)
