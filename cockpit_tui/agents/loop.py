"""The loop: ask the model, make the tool calls it wants, hand back the results, until it stops.

Every model turn and every tool call is a durable step, so a conversation interrupted anywhere goes
on from its last finished step; the transcript is rebuilt from the steps, never stored apart.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from cockpit_tui.agents.replies import storable
from cockpit_tui.agents.seat import Seat
from cockpit_tui.agents.tool_calls import ToolCalls
from cockpit_tui.domain import event
from cockpit_tui.domain.conversation import (
    Message,
    ModelReply,
    ModelRequest,
    Speaker,
    StopReason,
    user,
)
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import CockpitError, ContextOverflow, ProviderError
from cockpit_tui.domain.record import Facts, ModelCall
from cockpit_tui.domain.usage import TokenUsage

CANNOT = "CANNOT:"
"""How an agent's last message begins when it gives up; the reason follows."""


class LimitReached(CockpitError):
    """An execution used up its steps, minutes or tokens."""


@dataclass(slots=True)
class Conversation:
    """One seat's exchange with its model. `ask` may be called again to go on with new words."""

    ctx: JobContext
    seat: Seat
    messages: list[Message] = field(default_factory=list)
    turns: int = 0
    usage: TokenUsage = field(default_factory=TokenUsage)
    model_used: str = ""
    _began: float = field(default_factory=time.monotonic)

    async def ask(self, text: str) -> str:
        """Say `text` and let the model work until it stops; its closing words.

        Raises ProviderError, LimitReached.
        """
        self.messages.append(user(self.seat.redactor.redact(text)))
        calls = ToolCalls(self.ctx, self.seat)
        while True:
            reply = await self._turn()
            self.messages.append(reply.message)
            wanted = reply.message.tool_calls
            if not wanted:
                return self._closing_words(reply)
            results = [
                await calls.make(f"{self.seat.key}/turn/{self.turns}/call/{i}", self.turns, call)
                for i, call in enumerate(wanted, 1)
            ]
            self.messages.append(Message(speaker=Speaker.USER, blocks=tuple(results)))

    async def _turn(self) -> ModelReply:
        await self._check_limits()
        self.turns += 1
        seat, number = self.seat, self.turns
        key = f"{seat.key}/turn/{number}"
        reissued = self.ctx.was_begun(key)
        session = seat.session
        request = ModelRequest(
            model=seat.model, purpose=seat.purpose, system=seat.system,
            messages=tuple(self.messages), tools=session.specs if session is not None else (),
        )

        def facts(reply: ModelReply) -> Facts:
            return self._reply_facts(reply, reissued=reissued)

        async def complete() -> ModelReply:
            return storable(await seat.provider.complete(request))

        reply = await self.ctx.step(
            key, EffectClass.MODEL_CALL, complete, kind=ModelReply,
            intent={"model": seat.model}, after=facts,
            before=Facts(events=(seat.event(event.StepStarted(
                agent=seat.agent, number=number, model=seat.model)),)),
        )
        self.usage += reply.usage
        self.model_used = reply.model
        return reply

    def _reply_facts(self, reply: ModelReply, *, reissued: bool) -> Facts:
        seat = self.seat
        events = [
            seat.event(event.StepCompleted(
                agent=seat.agent, number=self.turns, stop_reason=reply.stop_reason.value,
                tool_calls=len(reply.message.tool_calls), reissued=reissued)),
            seat.event(event.UsageRecorded(
                model=reply.model, input_tokens=reply.usage.input,
                output_tokens=reply.usage.output, cost_microusd=reply.cost_microusd)),
        ]
        if reply.message.text and seat.purpose == "task":
            words = seat.redactor.redact(reply.message.text)
            events.append(seat.event(event.AgentMessage(agent=seat.agent, text=words)))
        call = ModelCall(
            number=self.turns, purpose=seat.purpose, model_asked=seat.model,
            model_used=reply.model, stop_reason=reply.stop_reason.value, usage=reply.usage,
            cost_microusd=reply.cost_microusd, reissued=reissued,
            task_id=seat.task_id, execution_id=seat.execution_id,
        )
        return Facts(events=tuple(events), rows=(call,))

    def _closing_words(self, reply: ModelReply) -> str:
        match reply.stop_reason:
            case StopReason.REFUSAL:
                raise ProviderError(f"{reply.model} refused: {reply.message.text[:500]}")
            case StopReason.MAX_TOKENS:
                raise ProviderError(f"{reply.model} was cut off at its output limit.",
                                    hint="Split the task into smaller ones.")
            case StopReason.CONTEXT_FULL:
                raise ContextOverflow(f"{reply.model} ran into its context window.",
                                      hint="Split the task into smaller ones.")
            case StopReason.END_TURN | StopReason.TOOL_CALLS:
                return reply.message.text

    async def _check_limits(self) -> None:
        limits = self.seat.limits
        if self.turns >= limits.steps_per_execution:
            raise LimitReached(f"Stopped after {self.turns} steps, the limit of one attempt.",
                               hint="Raise limits.steps, or split the task.")
        minutes = (time.monotonic() - self._began) / 60
        if minutes > limits.minutes_per_execution:
            raise LimitReached(f"Stopped after {minutes:.0f} minutes, the limit of one attempt.",
                               hint="Raise limits.minutes, or split the task.")
        if self.usage.total > limits.tokens_per_execution:
            raise LimitReached(f"Stopped after {self.usage.total:,} tokens, the limit of one "
                               "attempt.", hint="Raise limits.tokens, or split the task.")
