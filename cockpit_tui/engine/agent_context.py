"""A `JobContext` as one agent has it: what it has to wait for is told of the agent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from cockpit_tui.domain.approval import Answer, Question
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.durable import JobContext, OnWait, Recover
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.event import Event, ModelRetried
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.record import NO_FACTS, Facts
from cockpit_tui.engine.agent_pool import AgentPool

T = TypeVar("T")

WORTH_TELLING_SECONDS = 1.0
"""A provider that is asked again sooner is not worth a word."""


@dataclass(slots=True, kw_only=True)
class AgentContext:
    """`ctx` for `agent`: blocked from where it waits to where it goes on. Where the job parks
    meanwhile it stays so: it is what the job waits for."""

    ctx: JobContext
    pool: AgentPool
    agent: str
    _is_blocked: bool = False

    @property
    def job_id(self) -> JobId:
        return self.ctx.job_id

    async def step(self, key: str, effect: EffectClass, work: Callable[[], Awaitable[T]], *,
                   kind: type[T], intent: JsonObject | None = None,
                   recover: Recover[T] | None = None, before: Facts = NO_FACTS,
                   after: Callable[[T], Facts] | None = None) -> T:
        done = await self.ctx.step(key, effect, work, kind=kind, intent=intent, recover=recover,
                                   before=before, after=after)
        await self._goes_on()
        return done

    async def approval(self, key: str, question: Question, *, task_id: TaskId | None = None,
                       on_wait: OnWait | None = None) -> Answer:
        async def waits() -> None:
            await self._waits(f"an answer: {question.title}")
            if on_wait is not None:
                await on_wait()

        answer = await self.ctx.approval(key, question, task_id=task_id, on_wait=waits)
        await self._goes_on()
        return answer

    async def emit(self, *events: Event) -> None:
        await self.ctx.emit(*events)
        for each in events:
            if isinstance(each.payload, ModelRetried) \
                    and each.payload.wait_seconds >= WORTH_TELLING_SECONDS:
                await self._waits(f"{each.payload.model}, again in "
                                  f"{each.payload.wait_seconds:.0f} s: {each.payload.reason}")

    async def record(self, key: str, facts: Facts) -> None:
        await self.ctx.record(key, facts)

    async def forget(self, prefix: str) -> None:
        await self.ctx.forget(prefix)

    def was_begun(self, key: str) -> bool:
        return self.ctx.was_begun(key)

    def times_begun(self, key: str) -> int:
        return self.ctx.times_begun(key)

    def was_finished(self, key: str) -> bool:
        return self.ctx.was_finished(key)

    async def _waits(self, what: str) -> None:
        self._is_blocked = True
        await self.pool.blocked(self.agent, f"waits for {what}")

    async def _goes_on(self) -> None:
        if self._is_blocked:
            self._is_blocked = False
            await self.pool.goes_on(self.agent)
