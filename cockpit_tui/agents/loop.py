"""The loop: ask the model, make the tool calls it wants, hand back the results, until it stops.

Every model turn and every tool call is a durable step, so a conversation interrupted anywhere goes
on from its last finished step; the transcript is rebuilt from the steps, never stored apart.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cockpit_tui.agents.again import again_key
from cockpit_tui.agents.asking import Asker
from cockpit_tui.agents.seat import Seat
from cockpit_tui.agents.tool_calls import ToolCalls
from cockpit_tui.agents.window import Window, output_tokens
from cockpit_tui.context.handover import handover_request
from cockpit_tui.domain.conversation import (
    JsonObject,
    Message,
    ModelReply,
    ModelRequest,
    Speaker,
    StopReason,
    TextBlock,
    user,
)
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import (
    CockpitError,
    ContextOverflow,
    MalformedReply,
    ModelRefused,
    ProviderError,
)
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.domain.usage import TokenUsage

CANNOT = "CANNOT:"
"""How an agent's last message begins when it gives up; the reason follows."""

_MAX_MALFORMED = 3
_MAX_NUDGES = 2
_NOTHING = "You answered with nothing. Go on, or say in words what you did."
_CUT_OFF = ("You were cut off at the output limit, and what you were writing is lost. Go on in "
            "smaller pieces: shorter words, one file at a time.")


class LimitReached(CockpitError):
    """An execution used up its steps, minutes or tokens."""


@dataclass(slots=True)
class Conversation:
    """One seat's exchange with its models. `ask` may be called again to go on with new words.

    `turns` and `usage` may start where an earlier conversation of the same execution ended.
    """

    ctx: JobContext
    seat: Seat
    turns: int = 0
    usage: TokenUsage = field(default_factory=TokenUsage)
    model_used: str = ""
    """`provider:model` of the last reply."""
    messages: list[Message] = field(default_factory=list)
    _hands_over: bool = True
    """False once a model was asked for a hand-over and gave none."""
    _began: float = field(default_factory=time.monotonic)
    _asker: Asker = field(init=False)
    _calls: ToolCalls = field(init=False)
    _window: Window = field(init=False)

    def __post_init__(self) -> None:
        self._asker = Asker(self.ctx, self.seat)
        self._calls = ToolCalls(self.ctx, self.seat)
        self._window = Window(self.messages)

    @property
    def profile(self) -> ModelProfile:
        """The model that is asked next."""
        return self._asker.profile

    async def ask(self, text: str, *, schema: JsonObject | None = None) -> str:
        """Say `text` and let the model work until it stops; its closing words.

        With `schema` the closing words are asked for as JSON of this form; whether they are is for
        the caller to see. Raises ProviderError, LimitReached, BudgetReached.
        """
        self._calls.begin_round()
        first = user(self.seat.redactor.redact(text))
        said = await self._said_at_rewind() if self.turns == 0 else ()
        self._window.add(replace(first, blocks=(*first.blocks, *said)))
        nudges = 0
        while True:
            reply = await self._turn(schema)
            if reply.stop_reason is StopReason.CONTEXT_FULL:
                self._window.shrink(self.profile, "it ran out in the middle of an answer")
                continue
            if reply.stop_reason is StopReason.REFUSAL:
                await self._next_model_or_raise(_refusal(reply))
                continue
            if reply.message.blocks:
                self._window.add(reply.message)
            if reply.message.tool_calls:
                await self._make_calls(reply)
                continue
            nudge = _nudge(reply)
            if not nudge:
                return reply.message.text
            nudges += 1
            if nudges > _MAX_NUDGES:
                nudges = 0
                await self._next_model_or_raise(_why_unusable(reply))
            self._window.add(user(nudge))

    async def fall_back(self, reason: str) -> bool:
        """Ask the next model of the chain from now on; False where there is none."""
        return await self._asker.move_on(self.turns, reason)

    async def _make_calls(self, reply: ModelReply) -> None:
        results = [
            await self._calls.make(f"{self.seat.key}/turn/{self.turns}/call/{i}", self.turns, call)
            for i, call in enumerate(reply.message.tool_calls, 1)
        ]
        await self._checkpoint()
        self._window.add(Message(speaker=Speaker.USER,
                                 blocks=(*results, *await self._said_at_rewind(),
                                         *await self._heard())))
        if self._calls.malformed_in_a_row >= _MAX_MALFORMED:
            self._calls.malformed_in_a_row = 0
            await self._next_model_or_raise(MalformedReply(
                f"{reply.model} made {_MAX_MALFORMED} tool calls in a row that cannot be read.",
                hint="Choose a model that knows tools: cockpit models list"))

    async def _checkpoint(self) -> None:
        """After the turn's calls. Not for a turn that an earlier run went past without one: the
        files are not those of that turn any more."""
        key = f"{self.seat.key}/turn/{self.turns}/checkpoint"
        if self.ctx.was_finished(key) or not self._is_past():
            await self._calls.checkpoint(key, self.turns)

    def _is_past(self) -> bool:
        """Whether an earlier run went on from this turn."""
        return any(self._asker.knows(kind, self.turns + 1) for kind in ("turn", "handover"))

    async def _said_at_rewind(self) -> tuple[TextBlock, ...]:
        """What the person said when they brought the work back to where it is now."""
        key = again_key(self.seat.key, self.turns)
        if not self.ctx.was_finished(key):
            return ()
        words = await self.ctx.step(key, EffectClass.READ, _never_said, kind=str)
        return (TextBlock(text=self.seat.redactor.redact(words)),)

    async def _heard(self) -> tuple[TextBlock, ...]:
        """What happened meanwhile; not for a turn that an earlier run went past without it."""
        key = f"{self.seat.key}/turn/{self.turns}/heard"
        words = ""
        if not self.ctx.was_finished(key) and (
                self._is_past() or not (words := self.seat.news())):
            return ()

        async def said() -> str:
            return words

        text = await self.ctx.step(key, EffectClass.READ, said, kind=str)
        return (TextBlock(text=self.seat.redactor.redact(text)),)

    async def _next_model_or_raise(self, failure: ProviderError) -> None:
        if not await self.fall_back(failure.message):
            raise failure

    async def _turn(self, schema: JsonObject | None) -> ModelReply:
        """One reply; a conversation too long for the window is shortened and asked again."""
        self._check_limits()
        await self._make_room()
        self.turns += 1
        while True:
            try:
                reply = await self._asker.turn(
                    self.turns, lambda profile: self._request(profile, schema))
                break
            except ContextOverflow as overflow:
                self._window.shrink(self.profile, overflow.message)
        self._count(reply)
        return reply

    async def _make_room(self) -> None:
        """Shorten the messages; where that is not enough, go on in an empty context from what the
        model hands over, once and for all if it hands over nothing.

        The hand-over is a turn with a number and a key of its own: what an earlier run did at this
        number, and not how long the messages are now, decides whether there is one.
        """
        fits, number = self._window.fit(self.profile), self.turns + 1
        if self._asker.knows("turn", number):
            return
        if not self._asker.knows("handover", number) and (
                fits or not self._hands_over
                or not self._window.is_worth_a_fresh_start(self.profile)):
            return
        *before, last = self.messages
        asked = (*before, replace(last, blocks=(*last.blocks, TextBlock(text=handover_request()))))
        try:
            reply = await self._asker.turn(
                number, lambda profile: self._request(profile, None, asked), "handover")
        except ContextOverflow:
            self._hands_over = False
            return
        self.turns = number
        self._count(reply)
        self._hands_over = not reply.message.tool_calls and bool(reply.message.text.strip())
        if self._hands_over:
            self._window.start_afresh(self.seat.redactor.redact(reply.message.text))

    def _count(self, reply: ModelReply) -> None:
        self.usage += reply.usage
        self.model_used = f"{self.profile.provider}:{reply.model}"

    def _request(self, profile: ModelProfile, schema: JsonObject | None,
                 messages: Sequence[Message] | None = None) -> ModelRequest:
        seat = self.seat
        tools = seat.session.specs_for(profile.edit_format) if seat.session is not None else ()
        return ModelRequest(
            model=profile.model, purpose=seat.purpose, system=seat.system,
            messages=tuple(messages or self.messages), tools=tools, output_schema=schema,
            max_output_tokens=output_tokens(profile), profile=profile)

    def _check_limits(self) -> None:
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


async def _never_said() -> str:
    raise AssertionError("a rewind writes its words as done")


def _nudge(reply: ModelReply) -> str:
    """What to say to a reply that ends nothing; empty where the model is done."""
    if reply.stop_reason is StopReason.MAX_TOKENS:
        return _CUT_OFF
    return "" if reply.message.text.strip() else _NOTHING


def _refusal(reply: ModelReply) -> ModelRefused:
    words = sanitize_line(reply.message.text[:500]) or "without a word"
    return ModelRefused(f"{reply.model} refused: {words}",
                        hint="Put the request differently, or choose another model.")


def _why_unusable(reply: ModelReply) -> ProviderError:
    if reply.stop_reason is StopReason.MAX_TOKENS:
        return ProviderError(f"{reply.model} was cut off at its output limit again and again.",
                             hint="Split the task into smaller ones.")
    return ProviderError(f"{reply.model} answers with nothing.",
                         hint="Choose another model: cockpit models list")
