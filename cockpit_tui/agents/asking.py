"""One model turn as one durable step: money first, then the chain of models, then the bill.

Retries of one model are the pool's; which model is asked next is decided here, and every change
of it is an event. The transcript never depends on who answered.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Literal

from cockpit_tui.agents.bills import LOST, bill_if_lost, bill_of_failure, bill_of_reply
from cockpit_tui.agents.paying import Payer
from cockpit_tui.agents.replies import storable
from cockpit_tui.agents.seat import Seat
from cockpit_tui.domain import event
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.conversation import JsonObject, ModelReply, ModelRequest
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import (
    CockpitError,
    ContextOverflow,
    ProviderError,
    SpendingRefused,
)
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.record import Facts, ModelCall
from cockpit_tui.domain.usage import FailedCall, exact_microusd
from cockpit_tui.providers.measuring import RequestSizes
from cockpit_tui.providers.resilience import RetryNotice, silence_of

RequestFor = Callable[[ModelProfile], ModelRequest]
TurnKind = Literal["turn", "handover"]


@dataclass(slots=True)
class Asker:
    """Asks a seat's chain. `position` moves down it and never back."""

    ctx: JobContext
    seat: Seat
    position: int = 0
    _payer: Payer = field(init=False)
    _sizes: RequestSizes = field(default_factory=RequestSizes)

    def __post_init__(self) -> None:
        self._payer = Payer(self.ctx, self.seat)

    @property
    def profile(self) -> ModelProfile:
        """Who is asked next."""
        return self.seat.chain[self.position]

    @property
    def has_next(self) -> bool:
        return self.position + 1 < len(self.seat.chain)

    def knows(self, kind: TurnKind, number: int) -> bool:
        """Whether an earlier run came as far as this turn, answered or not."""
        key = self._key(kind, number)
        return self.ctx.was_finished(key) or self.ctx.was_begun(key)

    def _key(self, kind: TurnKind, number: int) -> str:
        return f"{self.seat.key}/{kind}/{number}"

    async def turn(self, number: int, request_for: RequestFor,
                   kind: TurnKind = "turn") -> ModelReply:
        """The reply of turn `number`. Raises ProviderError, ContextOverflow, BudgetReached,
        SpendingRefused, JobParked."""
        key = self._key(kind, number)
        if self.ctx.was_finished(key):
            reply = await self.ctx.step(key, EffectClass.MODEL_CALL, _unreachable,
                                        kind=ModelReply)
            self._follow(reply)
            return reply
        lost = self.ctx.times_begun(key)
        async with AsyncExitStack() as held:
            # Before the step: a call that there is no money for was never begun.
            asked = await self._afford(key, request_for, held, bills=1 + lost)

            async def complete() -> ModelReply:
                return await self._complete(key, asked, request_for, held, bills=1 + lost)

            def facts(reply: ModelReply) -> Facts:
                return self._facts(number, reply, lost=lost)

            try:
                return await self.ctx.step(
                    key, EffectClass.MODEL_CALL, complete, kind=ModelReply,
                    intent=self._intent(asked, request_for), after=facts,
                    before=Facts(events=(self.seat.event(event.StepStarted(
                        agent=self.seat.agent, number=number, model=asked.name)),)))
            except CockpitError:
                if not lost:  # It failed for certain: it is not a lost reply.
                    await self.ctx.forget(key)
                raise

    def _intent(self, asked: ModelProfile, request_for: RequestFor) -> JsonObject:
        """With the bill that stays if the work is thrown away while the call is under way."""
        request = request_for(asked)
        sent = self.seat.models.ceiling_microusd(asked, replace(request, max_output_tokens=0))
        bill = bill_if_lost(self.seat, asked, self._sizes.size_bytes(request), sent)
        return {"model": asked.name, "bill": adapter(ModelCall).dump_python(bill, mode="json")}

    async def move_on(self, number: int, reason: str) -> bool:
        """Ask the next model from turn `number` + 1 on; False where there is none.

        Said once: a resumed conversation comes by here again."""
        if not self.has_next:
            return False
        await self.ctx.record(f"{self.seat.key}/moved/{number}",
                              Facts(events=(self._moved(self.position + 1, reason),)))
        return True

    async def _move_to(self, position: int, reason: str) -> None:
        await self.ctx.emit(self._moved(position, reason))

    def _moved(self, position: int, reason: str) -> event.Event:
        before, self.position = self.profile, position
        return self.seat.event(event.ModelFellBack(
            agent=self.seat.agent, asked=before.name, used=self.profile.name,
            reason=self.seat.redactor.redact(reason)))

    async def _complete(self, key: str, afforded: ModelProfile, request_for: RequestFor,
                        held: AsyncExitStack, *, bills: int) -> ModelReply:
        while True:
            if self.profile is not afforded:  # What is held for a model that failed is free again.
                await held.aclose()
                await self._afford(key, request_for, held, bills=bills)
            profile = self.profile

            async def retried(notice: RetryNotice) -> None:
                await self._say_silent(notice.silent_seconds, "asked again")
                await self._retried(key, notice)
                if notice.billed is not None:  # What is left must be enough for the next attempt.
                    await held.aclose()
                    await self._afford(key, request_for, held, bills=bills)

            try:
                reply = await self.seat.models.complete(
                    profile, request_for(profile), on_retry=retried, fail_fast=self.has_next)
            except ProviderError as failure:
                await self._record_failed(key, failure.billed)
                await self._say_silent(silence_of(failure),
                                       "next model" if self.has_next else "given up")
                if not self.has_next or isinstance(failure, ContextOverflow):
                    raise
                await self._move_to(self.position + 1, failure.message)
            else:
                return storable(replace(reply, asked=profile.name))

    async def _afford(self, key: str, request_for: RequestFor, held: AsyncExitStack, *,
                      bills: int = 1) -> ModelProfile:
        """Who is asked: hold what the call can cost until the step is over. Where that is much and
        not allowed, a cheaper model of the chain's rest is asked instead.

        `bills`: more than one where lost calls will be counted beside this one."""
        while True:
            profile = self.profile
            most = self.seat.models.ceiling_microusd(profile, request_for(profile))
            if await self._payer.is_allowed(key, profile, most):
                await self._payer.hold(None if most is None else bills * most, held)
                return profile
            await self._move_to_cheaper(most or 0, request_for)

    async def _move_to_cheaper(self, refused: int, request_for: RequestFor) -> None:
        """Raises SpendingRefused where all that may still be asked can cost as much."""
        before = self.profile.name
        reason = f"up to {exact_microusd(refused)} in one call was not allowed"
        for at, profile in enumerate(self.seat.chain[self.position + 1:], self.position + 1):
            most = self.seat.models.ceiling_microusd(profile, request_for(profile))
            if most is not None and most < refused:
                await self._move_to(at, reason)
                return
        raise SpendingRefused(f"The call to {before} for {reason.replace('in one call ', '')}, "
                              "and no cheaper model stands behind it.",
                              hint="Choose a cheaper model, or allow it.")

    async def _say_silent(self, seconds: float,
                          then: Literal["asked again", "next model", "given up"]) -> None:
        if seconds:
            await self.ctx.emit(self.seat.event(event.AgentStalled(
                agent=self.seat.agent, doing=f"waits for {self.profile.name}", seconds=seconds,
                then=then)))

    async def _retried(self, key: str, notice: RetryNotice) -> None:
        seat, billed = self.seat, notice.billed
        retried = seat.event(event.ModelRetried(
            agent=seat.agent, model=self.profile.name, attempt=notice.attempt,
            reason=seat.redactor.redact(notice.reason), wait_seconds=notice.wait_seconds,
            is_billed=billed is not None,
            cost_microusd=None if billed is None else billed.cost_microusd))
        if billed is None:
            await self.ctx.emit(retried)
        else:
            await self._record_failed(key, billed, retried)

    async def _record_failed(self, key: str, billed: FailedCall | None,
                             *events: event.Event) -> None:
        """The bill of an attempt whose answer broke off, in the name of this step."""
        if billed is None:
            return
        seat = self.seat
        call, usage = bill_of_failure(seat, self.profile, billed)
        number = 1
        while self.ctx.was_finished(f"{key}/failed/{number}"):
            number += 1
        await self.ctx.record(f"{key}/failed/{number}", Facts(
            events=(*events, seat.event(usage)), rows=(call,)))

    def _follow(self, reply: ModelReply) -> None:
        """Take the place in the chain that an earlier run had reached."""
        for at, profile in enumerate(self.seat.chain):
            if profile.name == reply.asked and at > self.position:
                self.position = at

    def _facts(self, number: int, reply: ModelReply, *, lost: int) -> Facts:
        seat = self.seat
        call, usage = bill_of_reply(seat, self.profile, number, reply, reissued=lost > 0)
        completed = event.StepCompleted(
            agent=seat.agent, number=number, stop_reason=reply.stop_reason.value,
            tool_calls=len(reply.message.tool_calls), reissued=lost > 0)
        payloads: list[event.Payload] = [completed, usage]
        rows = [call]
        for _ in range(lost):
            # The reply that a crash lost was billed too. The same question, so about the same bill.
            payloads.append(usage)
            rows.append(replace(call, number=0, is_estimated=True, purpose=LOST))
        if reply.message.text and seat.purpose == "task":
            payloads.append(event.AgentMessage(agent=seat.agent,
                                               text=seat.redactor.redact(reply.message.text)))
        return Facts(events=tuple(map(seat.event, payloads)), rows=tuple(rows))


async def _unreachable() -> ModelReply:
    raise AssertionError("a finished step was run again")
