"""One attempt of one agent at one task: take a worktree, work until it holds, land on the lane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cockpit_tui.agents.loop import Conversation
from cockpit_tui.domain import event
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import BudgetReached, CockpitError, JobParked, StorageError
from cockpit_tui.domain.ids import ExecutionId
from cockpit_tui.domain.model import ModelProfile, Wire
from cockpit_tui.domain.os_words import words_of
from cockpit_tui.domain.plan import Task
from cockpit_tui.domain.task import ExecutionStatus, Proof, TaskRecord, TaskStatus
from cockpit_tui.engine.attempt_failures import WorktreeLost
from cockpit_tui.engine.begun import Begun, rewound_key, undo_key
from cockpit_tui.engine.bench import WorktreeBench, checkpoint_ref
from cockpit_tui.engine.executions import ExecutionBook
from cockpit_tui.engine.gone_back import GoneBack
from cockpit_tui.engine.lane import Lane
from cockpit_tui.engine.merge_batch import Landed
from cockpit_tui.engine.observer import Observer
from cockpit_tui.engine.passing import until_it_passes
from cockpit_tui.engine.standing import Standing
from cockpit_tui.engine.task_prompt import revision_prompt, task_prompt
from cockpit_tui.engine.working import Working
from cockpit_tui.engine.workshop import Workshop
from cockpit_tui.gitops.worktrees import Worktree


@dataclass(slots=True, kw_only=True)
class Attempt:
    """Number `number` at `task`, by `agent`, with further words in `sent_back` for a revision."""

    ctx: JobContext
    shop: Workshop
    lane: Lane
    task: Task
    record: TaskRecord
    number: int
    agent: str
    acceptance: Sequence[str]
    allowed_commands: frozenset[str]
    sent_back: str = ""
    observer: Observer | None = None
    """Told of all that is written; None where no other task runs."""
    gone_back: GoneBack | None = None
    """What the attempt before made, where the merge queue sent it back."""
    _place: tuple[Begun, Worktree] | None = None
    _landed: str = ""
    """Its own commit, once that is on the lane, in whichever form."""

    @property
    def key(self) -> str:
        return f"task/{self.task.id}/{self.number}"

    async def run(self) -> TaskRecord:
        """The task's record with its landed commit and proofs, awaiting approval.

        Raises WorktreeLost, MergeConflict, one of TASK_FAILURES, or the parked form of what passes
        by itself.
        """
        route = self.shop.route(self.task)
        begun, worktree = await self._begin()
        book = ExecutionBook(ctx=self.ctx, shop=self.shop, task=self.task, number=self.number,
                             agent=self.agent, execution_id=begun.execution_id,
                             worktree=begun.worktree, key=self.key, model=route.first.name)
        standing = Standing(ctx=self.ctx, task=self.task, number=self.number, key=self.key,
                            begun=begun, record=self.record)
        await standing.become(TaskStatus.RUNNING, event.TaskStarted(
            number=self.record.number, title=self.task.title, role=self.task.role,
            attempt=self.number), *book.start())
        await self.shop.agents.working(self.agent, self.task, begun.execution_id)
        working = await self._working(standing, worktree, route.chain, route.stronger)
        try:
            landed = await self._work_and_land(standing, working)
        except (JobParked, BudgetReached):
            raise
        except (CockpitError, OSError) as error:
            if (waits := until_it_passes(error, is_queued=self.shop.is_queued)) is not None:
                raise waits from error
            if isinstance(error, StorageError):
                raise
            if not worktree.is_present:
                raise WorktreeLost(f"The worktree {begun.worktree} was removed.") from error
            await book.end(working.conversation, ExecutionStatus.FAILED, words_of(error))
            raise
        finally:
            self.record = standing.record
        await standing.become(TaskStatus.AWAITING_APPROVAL, event.TaskCompleted(
            number=self.record.number, title=self.task.title, commit=landed.commit,
            files=self.record.files))
        await book.end(working.conversation, ExecutionStatus.COMPLETED, "")
        self.record = standing.record
        return self.record

    async def let_go(self) -> None:
        """Give the worktree back. Only once the ledger has the attempt's outcome: a restart before
        that goes through the attempt again and needs it."""
        if self._place is not None:
            await self._bench(*self._place).discard_scratch()
            await self.shop.give_back(self._place[1], landed=self._landed)

    def sent_back_as(self, failed: Sequence[Proof] = ()) -> GoneBack | None:
        """What the next attempt begins with; None for rules, which do all of it again."""
        if self._place is None or self.shop.route(self.task).first.wire is Wire.RULES:
            return None
        return GoneBack(base=self._place[0].base, commit=self.record.commit, failed=failed)

    # -- the place ------------------------------------------------------------------------------

    async def _begin(self) -> tuple[Begun, Worktree]:
        name = f"job{self.shop.job.number}-task{self.record.number}-{self.number}"
        fresh: list[Worktree] = []

        async def take() -> Begun:
            base = await self.lane.head()
            fresh.append(await self.shop.pool.acquire(base, name=name, keeper=self._keeper))
            if self.gone_back is not None:
                await self.gone_back.put_into(fresh[0], base)
            return Begun(execution_id=ExecutionId(self.shop.new_id()), base=base, worktree=name)

        await self.shop.room.require()
        begun = await self.ctx.step(f"{self.key}/begin", EffectClass.READ, take, kind=Begun)
        worktree = fresh[0] if fresh else await self.shop.pool.find(name)
        if self.ctx.was_begun(rewound_key(self.key)):
            worktree = worktree or await self.shop.pool.acquire(begun.base, name=name)
            await self._go_back(begun, worktree)
        if worktree is None:
            raise WorktreeLost(f"The worktree {name} is gone; the attempt starts again.")
        self._place = begun, worktree
        if self.observer is not None:
            await self.observer.begin(begun.base, worktree)
        return begun, worktree

    async def _go_back(self, begun: Begun, worktree: Worktree) -> None:
        """Make the files those of the step that the task was rewound to; its memory is already."""
        bench = self._bench(begun, worktree)

        async def recover(intent: JsonObject) -> bool | None:
            commit = str(intent["commit"])
            await (bench.reset(commit) if commit == begun.base else bench.restore(commit))
            return True

        async def never_begun() -> bool:
            raise AssertionError("a rewind writes its intent")

        await self.ctx.step(rewound_key(self.key), EffectClass.SHELL, never_begun, kind=bool,
                            recover=recover)
        await self.ctx.forget(undo_key(self.key))

    @property
    def _keeper(self) -> str:
        """Whose worktree it is best to take again: what it last held is near to what it needs."""
        return f"job{self.shop.job.number}-{self.agent}"

    def _bench(self, begun: Begun, worktree: Worktree) -> WorktreeBench:
        kept = self.observer.kept if self.observer is not None else None
        return WorktreeBench(shop=self.shop, worktree=worktree, on_checkpoint=kept,
                             checkpoint_ref=checkpoint_ref(self.shop.job.id, begun.execution_id))

    # -- the work -------------------------------------------------------------------------------

    async def _working(self, standing: Standing, worktree: Worktree,
                       chain: tuple[ModelProfile, ...],
                       stronger: tuple[ModelProfile, ...]) -> Working:
        bench = self._bench(standing.begun, worktree)

        async def seat_stronger(chain: tuple[ModelProfile, ...],
                                after: Conversation) -> Conversation:
            return await self._conversation(standing.begun, bench, chain, after)

        return Working(
            standing=standing, shop=self.shop, agent=self.agent, acceptance=self.acceptance,
            bench=bench, conversation=await self._conversation(standing.begun, bench, chain),
            stronger=stronger, seat_stronger=seat_stronger,
            on_commit=self.observer.kept if self.observer is not None else None)

    async def _conversation(self, begun: Begun, bench: WorktreeBench,
                            chain: tuple[ModelProfile, ...],
                            after: Conversation | None = None) -> Conversation:
        """A conversation from scratch; one `after` another counts on from it, as `stronger`."""
        seat = await self.shop.agent(
            self.key if after is None else f"{self.key}/stronger", self.task, chain=chain,
            name=self.agent, commit=self.lane.start, bench=bench,
            execution_id=begun.execution_id, allowed_commands=self.allowed_commands)
        if self.observer is not None:
            seat = replace(seat, news=self.observer.news)
        if after is None:
            return Conversation(self.ctx, seat)
        return Conversation(self.ctx, seat, turns=after.turns, usage=after.usage)

    async def _work_and_land(self, standing: Standing, working: Working) -> Landed:
        base = standing.begun.base
        commit, proofs = await working.until_it_holds(await self._first_words(base))
        files = tuple(await self.shop.hub.changed_files(base, commit))
        await standing.become(TaskStatus.LANDING, step="landing")
        observer, task_id = self.observer, self.task.id
        landed = await self.lane.land(
            self.key, number=self.record.number, base=base, commit=commit,
            acceptance=self.acceptance, about=standing.about,
            rank=tuple if observer is None else lambda: observer.radar.landing_rank(task_id))
        self._landed = commit
        newest = {proof.command: proof for proof in (*proofs, *landed.proofs)}
        standing.record = replace(standing.record, commit=landed.commit, files=files,
                                  proofs=tuple(newest.values()))
        return landed

    async def _first_words(self, base: str) -> str:
        words = task_prompt(self.task, self.acceptance)
        if self.sent_back:
            words = revision_prompt(words, self.sent_back)
        if self.gone_back is not None:
            words = await self.gone_back.words(self.shop.hub, words, base)
        return words
