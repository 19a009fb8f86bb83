"""A provider that answers from a script: shipped, so that anybody can test against the engine."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from cockpit_tui.domain.conversation import (
    Block,
    Message,
    ModelReply,
    ModelRequest,
    Speaker,
    StopReason,
    TextBlock,
    ToolCall,
)
from cockpit_tui.domain.drafts import JudgeDraft, PlanDraft, ReviewDraft
from cockpit_tui.domain.usage import TokenUsage

Script = Callable[[ModelRequest], ModelReply | Awaitable[ModelReply]]


@dataclass(slots=True)
class ScriptedProvider:
    """Answers `review`, `plan`, `task` and `judge` by one function each, and keeps the requests.

    Review and judge have answers of their own; give `plan` a `PlanDraft` and `task` a function
    from the request to a reply (see `says`, `calls`).
    """

    plan: PlanDraft | Script
    task: Script
    review: Script | None = None
    judge: Script | None = None
    requests: list[ModelRequest] = field(default_factory=list)
    name: str = "scripted"
    is_ai: bool = False

    async def complete(self, request: ModelRequest) -> ModelReply:
        self.requests.append(request)
        reply = self._script(request.purpose)(request)
        return reply if isinstance(reply, ModelReply) else await reply

    async def close(self) -> None:
        """Nothing is held."""

    def _script(self, purpose: str) -> Script:
        match purpose:
            case "review":
                return self.review or (lambda _: says(ReviewDraft(summary="Scripted review.")))
            case "plan":
                plan = self.plan
                return (lambda _: says(plan)) if isinstance(plan, PlanDraft) else plan
            case "judge":
                return self.judge or (lambda _: says(JudgeDraft(verdict="pass")))
            case _:
                return self.task


def says(what: object, *, usage: TokenUsage | None = None,
         cost_microusd: int | None = 0) -> ModelReply:
    """A reply that ends the turn: a text, or a draft as JSON."""
    text = what if isinstance(what, str) else json.dumps(asdict(what))  # type: ignore[call-overload]
    return _reply((TextBlock(text=text),), StopReason.END_TURN, usage, cost_microusd)


def calls(*wanted: tuple[str, dict[str, Any]], turn: int = 0) -> ModelReply:
    """A reply that makes tool calls; `turn` keeps their ids apart from those of other turns."""
    blocks = tuple(ToolCall(id=f"call-{turn}-{i}", name=name, arguments=arguments)
                   for i, (name, arguments) in enumerate(wanted, 1))
    return _reply(blocks, StopReason.TOOL_CALLS, None, 0)


def turns_so_far(request: ModelRequest) -> int:
    """How many replies the transcript holds already."""
    return sum(message.speaker is Speaker.ASSISTANT for message in request.messages)


def _reply(blocks: tuple[Block, ...], stop: StopReason, usage: TokenUsage | None,
           cost_microusd: int | None) -> ModelReply:
    return ModelReply(message=Message(speaker=Speaker.ASSISTANT, blocks=blocks), stop_reason=stop,
                      model="script", usage=usage or TokenUsage(), cost_microusd=cost_microusd)
