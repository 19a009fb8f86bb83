"""One attempt of one agent at one task: work, commit, prove, judge, land on the phase's lane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cockpit_tui.agents.loop import CANNOT, Conversation, LimitReached
from cockpit_tui.domain import event
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import (
    BudgetReached,
    CockpitError,
    GitError,
    JobParked,
    ProviderError,
    RepositoryError,
    SpendingRefused,
    StorageError,
    ToolError,
    UsageError,
    VerificationFailed,
)
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.ids import ExecutionId
from cockpit_tui.domain.model import ModelProfile, Wire
from cockpit_tui.domain.plan import Task
from cockpit_tui.domain.record import Facts
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.domain.task import ExecutionStatus, Proof, TaskRecord, TaskStatus
from cockpit_tui.engine.begun import Begun, rewound_key, undo_key
from cockpit_tui.engine.bench import WorktreeBench, checkpoint_ref
from cockpit_tui.engine.executions import ExecutionBook
from cockpit_tui.engine.gone_back import GoneBack
from cockpit_tui.engine.judging import judge_commit
from cockpit_tui.engine.lane import Lane
from cockpit_tui.engine.merge_batch import Landed
from cockpit_tui.engine.observer import Observer
from cockpit_tui.engine.passing import until_it_passes
from cockpit_tui.engine.task_prompt import (
    failed_proofs_prompt,
    left_out_words,
    revision_prompt,
    take_over_prompt,
    task_prompt,
)
from cockpit_tui.engine.verification import failures, prove, summarize
from cockpit_tui.engine.workshop import Workshop
from cockpit_tui.gitops.worktrees import Worktree


class AttemptFailed(CockpitError):
    """The attempt ended without a proven commit; the message is the reason."""


class WorktreeLost(CockpitError):
    """The attempt's worktree is gone, and with it what was not committed."""


TASK_FAILURES = (AttemptFailed, VerificationFailed, ProviderError, LimitReached, SpendingRefused,
                 ToolError, GitError, RepositoryError, UsageError, OSError)
"""What fails one attempt and leaves the job running."""

MAX_LOST = 3
"""How often an attempt starts again because somebody removed its worktree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What a commit step made; `sha` empty when nothing had changed."""

    sha: str
    files: int
    left_out: tuple[str, ...] = ()
    """Changed paths that the task does not own: no commit holds them."""


@dataclass(slots=True, kw_only=True)
class _Working:
    """Who works at the moment, and who would take over."""

    conversation: Conversation
    stronger: tuple[ModelProfile, ...]


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

        Raises AttemptFailed, WorktreeLost, MergeConflict, VerificationFailed, ProviderError.
        """
        route = self.shop.route(self.task)
        begun, worktree = await self._begin()
        book = ExecutionBook(ctx=self.ctx, shop=self.shop, task=self.task, number=self.number,
                             agent=self.agent, execution_id=begun.execution_id,
                             worktree=begun.worktree, key=self.key, model=route.first.name)
        await self._become(TaskStatus.RUNNING, event.TaskStarted(
            number=self.record.number, title=self.task.title, role=self.task.role,
            attempt=self.number), begun, *book.start())
        await self.shop.agents.working(self.agent, self.task, begun.execution_id)
        working = _Working(
            conversation=await self._conversation(begun, worktree, route.chain),
            stronger=route.stronger)
        try:
            commit, proofs = await self._work(begun, worktree, working)
            files = tuple(await self.shop.hub.changed_files(begun.base, commit))
            landed = await self._land(begun, commit)
            self._landed = commit
        except (JobParked, BudgetReached):
            raise
        except (CockpitError, OSError) as error:
            if (waits := until_it_passes(error, is_queued=self.shop.is_queued)) is not None:
                raise waits from error
            if isinstance(error, StorageError):
                raise
            if not worktree.is_present:
                raise WorktreeLost(f"The worktree {begun.worktree} was removed.") from error
            await book.end(working.conversation, ExecutionStatus.FAILED, str(error))
            raise
        newest = {proof.command: proof for proof in (*proofs, *landed.proofs)}
        self.record = replace(self.record, commit=landed.commit, files=files,
                              proofs=tuple(newest.values()))
        await self._become(TaskStatus.AWAITING_APPROVAL, event.TaskCompleted(
            number=self.record.number, title=self.task.title, commit=landed.commit,
            files=files), begun)
        await book.end(working.conversation, ExecutionStatus.COMPLETED, "")
        return self.record

    async def let_go(self) -> None:
        """Give the worktree back. Only once the ledger has the attempt's outcome: a restart before
        that goes through the attempt again and needs it."""
        if self._place is not None:
            self._bench(*self._place).discard_scratch()
            await self.shop.give_back(self._place[1], landed=self._landed)

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

    async def _conversation(self, begun: Begun, worktree: Worktree,
                            chain: tuple[ModelProfile, ...],
                            after: Conversation | None = None) -> Conversation:
        """A conversation from scratch; one `after` another counts on from it, as `stronger`."""
        seat = await self.shop.agent(
            self.key if after is None else f"{self.key}/stronger", self.task, chain=chain,
            name=self.agent, commit=self.lane.start, bench=self._bench(begun, worktree),
            execution_id=begun.execution_id, allowed_commands=self.allowed_commands)
        if self.observer is not None:
            seat = replace(seat, news=self.observer.news)
        if after is None:
            return Conversation(self.ctx, seat)
        return Conversation(self.ctx, seat, turns=after.turns, usage=after.usage)

    async def _take_over(self, begun: Begun, worktree: Worktree, working: _Working,
                         failed: Sequence[Proof]) -> str:
        """Seat a stronger model where the first could not make the proofs pass; its first words.

        A fresh context: what the first one thought has led nowhere, what it wrote is there.
        """
        before, chain = working.conversation, working.stronger
        working.conversation = await self._conversation(begun, worktree, chain, before)
        working.stronger = ()
        reason = f"its work still fails: {failed[0].command}"
        await self.ctx.record(f"{self.key}/stronger", Facts(events=(self._about(begun)(
            event.ModelFellBack(agent=self.agent, asked=before.profile.name, used=chain[0].name,
                                reason=reason)),)))
        return take_over_prompt(task_prompt(self.task, self.acceptance), failed)

    async def _work(self, begun: Begun, worktree: Worktree,
                    working: _Working) -> tuple[str, tuple[Proof, ...]]:
        """Ask, commit, prove and judge until it holds; the commit and its proofs."""
        limits = self.shop.job.request.limits
        words = await self._first_words(begun)
        verify_rounds, judge_rounds, round_number = 0, 0, 0
        commit = begun.base
        failed: tuple[Proof, ...] = ()
        while True:
            round_number += 1
            try:
                await self._say(working.conversation, words)
            except AttemptFailed:
                if not failed:
                    raise
                if not working.stronger:  # it cannot mend what the proofs show: they are the reason
                    raise _unproven(failed) from None
                verify_rounds = 0
                words = await self._take_over(begun, worktree, working, failed)
                continue
            made = await self._commit(begun, worktree, round_number)
            new, stray = made.sha, left_out_words(made.left_out)
            if not new and commit == begun.base:
                raise AttemptFailed(f"The agent changed nothing. {stray}".strip())
            commit = new or commit
            await self._become(TaskStatus.VERIFYING, None, begun, step=f"round/{round_number}")
            proofs = await prove(self.ctx, f"{self.key}/verify/{round_number}",
                                 self._bench(begun, worktree), self.acceptance, commit,
                                 self._about(begun))
            self.record = replace(self.record, proofs=proofs, commit=commit)
            if failed := failures(proofs):
                if verify_rounds < limits.verify_rounds and new:
                    verify_rounds += 1
                    words = f"{failed_proofs_prompt(failed)}\n{stray}".strip()
                elif working.stronger:
                    verify_rounds = 0
                    words = await self._take_over(begun, worktree, working, failed)
                else:
                    raise _unproven(failed)
            else:
                await self._become(TaskStatus.JUDGING, None, begun, step=f"judge/{round_number}")
                comment = await judge_commit(
                    self.ctx, self.shop, self.task, self.key, round_number, proofs=proofs,
                    execution_id=begun.execution_id, base=begun.base, commit=commit,
                    about=self._about(begun))
                if not comment:
                    return commit, proofs
                if judge_rounds >= limits.judge_rounds:
                    raise AttemptFailed(f"The judge is not satisfied: {comment}")
                judge_rounds += 1
                words = f"The reviewer of your diff asks for changes:\n{comment}"
            await self._become(TaskStatus.RUNNING, None, begun, step=f"again/{round_number}")

    async def _first_words(self, begun: Begun) -> str:
        words = task_prompt(self.task, self.acceptance)
        if self.sent_back:
            words = revision_prompt(words, self.sent_back)
        if self.gone_back is not None:
            words = await self.gone_back.words(self.shop.hub, words, begun.base)
        return words

    async def _say(self, conversation: Conversation, words: str) -> None:
        closing = await conversation.ask(words)
        if closing.lstrip().startswith(CANNOT):
            raise AttemptFailed(closing.lstrip().removeprefix(CANNOT).strip()
                                or "The agent gave up without a reason.")

    async def _commit(self, begun: Begun, worktree: Worktree, round_number: int) -> Committed:
        """What the task owns, as a new commit; an empty `sha` when none of it changed."""
        step_id = f"{begun.execution_id}/{round_number}"
        trailers = {"Cockpit-Job": f"#{self.shop.job.number} {self.shop.job.id}",
                    "Cockpit-Task": f"{self.record.number} {self.task.id}", "Step-Id": step_id}
        suffix = f" (round {round_number})" if round_number > 1 else ""
        subject = f"{sanitize_line(self.task.title)}{suffix}"

        async def commit() -> Committed:
            sha, left_out = await worktree.commit_owned(subject, trailers,
                                                        owned_paths=self.task.owned_paths)
            return replace(await self._committed(begun, sha), left_out=left_out)

        async def recover(intent: JsonObject) -> Committed | None:
            head = await worktree.head()
            sha = await self.shop.hub.find_trailer(head, begun.base, "Step-Id",
                                                   str(intent["step_id"]))
            return await self._committed(begun, sha) if sha else None

        def facts(made: Committed) -> Facts:
            payloads: list[Payload] = []
            if made.left_out:
                payloads.append(event.TaskProgress(
                    number=self.record.number, status=self.record.status.value,
                    text=left_out_words(made.left_out)))
            if made.sha:
                payloads.append(event.GitCommitted(commit=made.sha, subject=subject,
                                                   files=made.files))
            return Facts(events=tuple(map(self._about(begun), payloads)))

        made = await self.ctx.step(f"{self.key}/commit/{round_number}", EffectClass.COMMIT, commit,
                                   kind=Committed, intent={"step_id": step_id}, recover=recover,
                                   after=facts)
        if made.sha and self.observer is not None:
            await self.observer.kept(made.sha)
        return made

    async def _committed(self, begun: Begun, sha: str | None) -> Committed:
        changed = await self.shop.hub.changed_files(begun.base, sha) if sha else ()
        return Committed(sha=sha or "", files=len(changed))

    async def _land(self, begun: Begun, commit: str) -> Landed:
        await self._become(TaskStatus.LANDING, None, begun, step="landing")
        observer, task_id = self.observer, self.task.id
        return await self.lane.land(
            self.key, number=self.record.number, base=begun.base, commit=commit,
            acceptance=self.acceptance, about=self._about(begun),
            rank=tuple if observer is None else lambda: observer.radar.landing_rank(task_id))

    def sent_back_as(self, failed: Sequence[Proof] = ()) -> GoneBack | None:
        """What the next attempt begins with; None for rules, which do all of it again."""
        if self._place is None or self.shop.route(self.task).first.wire is Wire.RULES:
            return None
        return GoneBack(base=self._place[0].base, commit=self.record.commit, failed=failed)

    async def _become(self, status: TaskStatus, payload: Payload | None, begun: Begun,
                      *facts: Facts, step: str = "") -> None:
        """Write the task's new status with its event; `step` tells repeated ones apart."""
        self.record = replace(self.record, status=status, attempts=self.number, reason="")
        about = self._about(begun)
        shown = payload or event.TaskProgress(number=self.record.number, status=status.value,
                                              text=self.task.title)
        events = (about(shown), *(e for f in facts for e in f.events))
        rows = (self.record, *(r for f in facts for r in f.rows))
        await self.ctx.record(f"{self.key}/is/{status.value}/{step}",
                              Facts(events=events, rows=rows))

    def _about(self, begun: Begun) -> Callable[[Payload], Event]:
        def about(payload: Payload) -> Event:
            return Event(payload=payload, job_id=self.shop.job.id, task_id=self.task.id,
                         execution_id=begun.execution_id)

        return about


def _unproven(failed: Sequence[Proof]) -> VerificationFailed:
    return VerificationFailed(f"{failed[0].command}: {summarize(failed[0])}")
