"""`JobContext` over SQLite: each step's intent is on disk before its effect, its result after.

A job's memory is read once when it starts or resumes; from then on a step costs one write (reads)
or two (everything else), and none where its result is known already.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cockpit_tui.config.crash_points import crash_point
from cockpit_tui.domain.approval import Answer, Question
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.durable import OnWait, Recover
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import LedgerCorrupt, NeedsPerson
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.record import NO_FACTS, Facts
from cockpit_tui.engine.approvals import ApprovalDesk
from cockpit_tui.engine.lost_calls import AGAIN, drop_lost_calls
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.engine.stops import StopDesk
from cockpit_tui.storage import durable
from cockpit_tui.storage.columns import from_json, to_json
from cockpit_tui.storage.database import Database, Transaction

T = TypeVar("T")

log = logging.getLogger(__name__)

_HELD_UP = frozenset({EffectClass.MODEL_CALL, EffectClass.SHELL, EffectClass.FILE_EDIT})
"""What a pause stands before: what costs money or time, or changes files; and what an answer leads
to. What such a step leads to is recorded without asking."""


class LocalContext:
    """One job's durable memory. Not shared between runs: a resume makes a new one."""

    def __init__(self, database: Database, job_id: JobId, approvals: ApprovalDesk,
                 stops: StopDesk, *, done: dict[str, str], begun: dict[str, JsonObject]) -> None:
        self._database = database
        self._job_id = job_id
        self._approvals = approvals
        self._stops = stops
        self._done = done
        self._begun = begun

    @classmethod
    async def load(cls, database: Database, job_id: JobId, approvals: ApprovalDesk,
                   stops: StopDesk) -> LocalContext:
        """The job's memory as the ledger has it."""
        entries = await database.read(lambda conn: durable.for_job(conn, job_id))
        done = {e.key: e.result or "null" for e in entries if e.state == "done"}
        begun = {e.key: e.intent for e in entries if e.state == "intent"}
        return cls(database, job_id, approvals, stops, done=done, begun=begun)

    @property
    def job_id(self) -> JobId:
        return self._job_id

    @property
    def interrupted_steps(self) -> int:
        """How many steps were begun by an earlier run and not finished."""
        return len(self._begun)

    def was_begun(self, key: str) -> bool:
        return key in self._begun

    def times_begun(self, key: str) -> int:
        return 1 + int(self._begun[key].get(AGAIN, 0)) if key in self._begun else 0

    def was_finished(self, key: str) -> bool:
        return key in self._done

    async def step(
        self,
        key: str,
        effect: EffectClass,
        work: Callable[[], Awaitable[T]],
        *,
        kind: type[T],
        intent: JsonObject | None = None,
        recover: Recover[T] | None = None,
        before: Facts = NO_FACTS,
        after: Callable[[T], Facts] | None = None,
    ) -> T:
        if key in self._done:
            return self._remembered(key, kind)
        if effect in _HELD_UP:
            self._stops.check(self._job_id, _task_of(key))
        if key in self._begun:
            if recover is not None:
                recovered = await self._recovered(key, recover)
                if recovered is not None:
                    return await self._finish(key, effect, recovered, kind, after)
        elif effect is not EffectClass.READ:
            await self._intend(key, effect, intent or {}, before)
            crash_point("step", effect, "intent")
        value = await self._again(key, work) if key in self._begun \
            and effect is EffectClass.MODEL_CALL else await work()
        crash_point("step", effect, "effect")
        return await self._finish(key, effect, value, kind, after)

    def _remembered(self, key: str, kind: type[T]) -> T:
        try:
            return from_json(adapter(kind), self._done[key], f"Step {key!r}")
        except LedgerCorrupt as error:
            raise _of_another_version(key) from error

    async def _recovered(self, key: str, recover: Recover[T]) -> T | None:
        try:
            return await recover(self._begun[key])
        except (KeyError, TypeError) as error:  # what the intent holds, another version wrote
            log.exception("step %r could not be taken up", key)
            raise _of_another_version(key) from error

    async def record(self, key: str, facts: Facts) -> None:
        async def nothing() -> bool:
            return True

        await self.step(key, EffectClass.READ, nothing, kind=bool, after=lambda _: facts)

    async def approval(self, key: str, question: Question, *, task_id: TaskId | None = None,
                       on_wait: OnWait | None = None) -> Answer:
        answer = await self._approvals.ask(self._job_id, key, question, task_id=task_id,
                                           on_wait=on_wait)
        # What a yes leads to may be a branch in the person's repository.
        self._stops.check(self._job_id, task_id)
        return answer

    async def forget(self, prefix: str) -> None:
        def write(tx: Transaction) -> None:
            if prefix.endswith("/"):  # A step forgotten by its key is known to have failed.
                drop_lost_calls(tx, self._job_id, prefix)
            durable.delete_prefix(tx, self._job_id, prefix)

        await self._database.write(write)
        for memory in (self._done, self._begun):
            for key in [key for key in memory if key.startswith(prefix)]:
                del memory[key]

    async def emit(self, *events: Event) -> None:
        def write(tx: Transaction) -> None:
            for event in events:
                tx.emit(event)

        await self._database.write(write)

    async def _again(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        """Make a model call whose reply was lost: one more that may be billed and lost again."""
        begun, effect = self._begun[key], EffectClass.MODEL_CALL
        await self._intend(key, effect, {**begun, AGAIN: self.times_begun(key)}, NO_FACTS)
        try:
            return await work()
        except Exception:  # then it is known to have failed, and is not lost
            await self._intend(key, effect, begun, NO_FACTS)
            raise

    async def _intend(self, key: str, effect: EffectClass, intent: JsonObject,
                      before: Facts) -> None:
        def write(tx: Transaction) -> None:
            durable.intend(tx, self._job_id, key, effect, intent)
            save_rows(tx, self._job_id, before.rows)
            for event in before.events:
                tx.emit(event)

        await self._database.write(write)

    async def _finish(self, key: str, effect: EffectClass, value: T, kind: type[T],
                      after: Callable[[T], Facts] | None) -> T:
        result = to_json(adapter(kind), value)
        facts = after(value) if after is not None else NO_FACTS

        def write(tx: Transaction) -> None:
            durable.finish(tx, self._job_id, key, effect, result)
            save_rows(tx, self._job_id, facts.rows)
            for event in facts.events:
                tx.emit(event)

        await asyncio.shield(self._database.write(write))
        crash_point("step", effect, "done")
        self._done[key] = result
        self._begun.pop(key, None)
        return value


def _task_of(key: str) -> TaskId | None:
    """Whose step it is; None for one of the job itself."""
    head, _, rest = key.partition("/")
    return TaskId(rest.partition("/")[0]) if head == "task" else None


def _of_another_version(key: str) -> NeedsPerson:
    return NeedsPerson(
        f"Another version of the cockpit began this job: it wrote the step {key!r} in a form that "
        "this one cannot read. What was done is kept. Go on with that version; or start the "
        "unfinished tasks again: cockpit jobs cancel, then cockpit jobs retry; or send the request "
        "again.")
