"""One model turn as one durable step: money first, then the chain of models, then the bill.

Retries of one model are the pool's; which model is asked next is decided here, and every change
of it is an event. The transcript never depends on who answered.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from cockpit_tui.agents.replies import storable
from cockpit_tui.agents.seat import Seat
from cockpit_tui.domain import event
from cockpit_tui.domain.approval import Decision, Question
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import BudgetReached, CockpitError, ContextOverflow, ProviderError
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.policy import Gate, Risk
from cockpit_tui.domain.record import Facts, ModelCall
from cockpit_tui.domain.usage import format_microusd
from cockpit_tui.providers.resilience import RetryNotice

RequestFor = Callable[[ModelProfile], ModelRequest]


@dataclass(slots=True)
class Asker:
    """Asks a seat's chain. `position` moves down it and never back."""

    ctx: JobContext
    seat: Seat
    position: int = 0

    @property
    def profile(self) -> ModelProfile:
        """Who is asked next."""
        return self.seat.chain[self.position]

    @property
    def has_next(self) -> bool:
        return self.position + 1 < len(self.seat.chain)

    async def turn(self, number: int, request_for: RequestFor) -> ModelReply:
        """The reply of turn `number`. Raises ProviderError, ContextOverflow, BudgetReached."""
        key = f"{self.seat.key}/turn/{number}"
        if self.ctx.was_finished(key):
            reply = await self.ctx.step(key, EffectClass.MODEL_CALL, _unreachable,
                                        kind=ModelReply)
            self._follow(reply)
            return reply
        was_lost = self.ctx.was_begun(key)
        async with AsyncExitStack() as held:
            # Before the step: a call that there is no money for was never begun.
            await self._afford(key, self.profile, request_for(self.profile), held,
                               bills=2 if was_lost else 1)
            asked = self.profile

            async def complete() -> ModelReply:
                return await self._complete(key, asked, request_for, held)

            def facts(reply: ModelReply) -> Facts:
                return self._facts(number, reply, was_lost=was_lost)

            try:
                return await self.ctx.step(
                    key, EffectClass.MODEL_CALL, complete, kind=ModelReply,
                    intent={"model": asked.name}, after=facts,
                    before=Facts(events=(self.seat.event(event.StepStarted(
                        agent=self.seat.agent, number=number, model=asked.name)),)))
            except CockpitError:
                await self.ctx.forget(key)  # It failed for certain: it is not a lost reply.
                raise

    async def move_on(self, reason: str) -> bool:
        """Ask the next model from now on; False where there is none."""
        if not self.has_next:
            return False
        before = self.profile
        self.position += 1
        await self.ctx.emit(self.seat.event(event.ModelFellBack(
            agent=self.seat.agent, asked=before.name, used=self.profile.name,
            reason=self.seat.redactor.redact(reason))))
        return True

    async def _complete(self, key: str, afforded: ModelProfile, request_for: RequestFor,
                        held: AsyncExitStack) -> ModelReply:
        while True:
            profile = self.profile
            request = request_for(profile)
            if profile is not afforded:
                await self._afford(key, profile, request, held)
            try:
                reply = await self.seat.models.complete(
                    profile, request, on_retry=self._retried, fail_fast=self.has_next)
            except ContextOverflow:
                raise
            except ProviderError as failure:
                if not await self.move_on(failure.message):
                    raise
            else:
                return storable(replace(reply, asked=profile.name))

    async def _afford(self, key: str, profile: ModelProfile, request: ModelRequest,
                      held: AsyncExitStack, *, bills: int = 1) -> None:
        """Hold what the call can cost until the step is over; ask first where that is much.

        `bills`: two where a lost call will be counted beside this one."""
        most = self.seat.models.ceiling_microusd(profile, request)
        threshold = self.seat.limits.expensive_microusd
        if threshold is not None and most is not None and most > threshold:
            await self._ask_for_expensive(key, profile, most)
        await held.enter_async_context(
            self.seat.purse.reserve(None if most is None else bills * most,
                                    task_id=self.seat.task_id))

    async def _ask_for_expensive(self, key: str, profile: ModelProfile, most: int) -> None:
        seat = self.seat
        question = Question(
            gate=Gate.EXPENSIVE, risk=Risk.MED,
            title=f"{seat.agent} asks {profile.name}: up to {format_microusd(most)} in one call",
            detail=f"A {seat.purpose} call of {seat.agent} to {profile.name}.",
            action={"model": profile.name, "step": key},
            reasons=(f"one call may cost more than "
                     f"{format_microusd(seat.limits.expensive_microusd)}",))
        answer = await self.ctx.approval(f"{key}/expensive", question, task_id=seat.task_id)
        if answer.decision is not Decision.GRANTED:
            raise BudgetReached(f"The call to {profile.name} for up to {format_microusd(most)} was "
                                "not allowed.", hint="Choose a cheaper model, or allow it.")

    async def _retried(self, notice: RetryNotice) -> None:
        seat = self.seat
        await self.ctx.emit(seat.event(event.ModelRetried(
            agent=seat.agent, model=self.profile.name, attempt=notice.attempt,
            reason=seat.redactor.redact(notice.reason), wait_seconds=notice.wait_seconds)))

    def _follow(self, reply: ModelReply) -> None:
        """Take the place in the chain that an earlier run had reached."""
        for at, profile in enumerate(self.seat.chain):
            if profile.name == reply.asked and at > self.position:
                self.position = at

    def _facts(self, number: int, reply: ModelReply, *, was_lost: bool) -> Facts:
        seat = self.seat
        used = f"{self.profile.provider}:{reply.model}"
        call = ModelCall(
            number=number, purpose=seat.purpose, model_asked=reply.asked, model_used=used,
            stop_reason=reply.stop_reason.value, usage=reply.usage,
            cost_microusd=reply.cost_microusd, is_estimated=not reply.is_usage_known,
            task_id=seat.task_id, execution_id=seat.execution_id, reissued=was_lost)
        usage = event.UsageRecorded(
            model=used, model_asked=reply.asked, input_tokens=reply.usage.input,
            cached_tokens=reply.usage.cache_read, output_tokens=reply.usage.output,
            cost_microusd=reply.cost_microusd)
        completed = event.StepCompleted(
            agent=seat.agent, number=number, stop_reason=reply.stop_reason.value,
            tool_calls=len(reply.message.tool_calls), reissued=was_lost)
        payloads: list[event.Payload] = [completed, usage]
        rows = [call]
        if was_lost:
            # The reply that a crash lost was billed too. The same question, so about the same bill.
            payloads.append(usage)
            rows.append(replace(call, number=0, is_estimated=True, purpose="lost"))
        if reply.message.text and seat.purpose == "task":
            payloads.append(event.AgentMessage(agent=seat.agent,
                                               text=seat.redactor.redact(reply.message.text)))
        return Facts(events=tuple(map(seat.event, payloads)), rows=tuple(rows))


async def _unreachable() -> ModelReply:
    raise AssertionError("a finished step was run again")
