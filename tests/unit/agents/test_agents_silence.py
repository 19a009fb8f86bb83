"""What is said of a model that was broken off for its silence, and of a command that says nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field

import pytest
from support.memory_context import MemoryContext

from cockpit_tui.agents.loop import Conversation
from cockpit_tui.agents.seat import Seat
from cockpit_tui.config.redaction import Redactor
from cockpit_tui.domain import event
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.errors import ProviderSilent
from cockpit_tui.domain.ids import ExecutionId, JobId, TaskId
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.policy import Limits
from cockpit_tui.providers.resilience import RetryNotice
from cockpit_tui.providers.scripted import says

FIRST, SECOND = ModelProfile(provider="p", model="one"), ModelProfile(provider="p", model="two")


@dataclass
class Silent:
    """The named models say nothing, at the first attempt and at the second."""

    silent: tuple[str, ...]
    asked: list[str] = field(default_factory=list)

    async def complete(self, profile: ModelProfile, request: ModelRequest, *,
                       on_retry: Callable[[RetryNotice], Awaitable[None]],
                       fail_fast: bool = False) -> ModelReply:
        self.asked.append(profile.name)
        if profile.name not in self.silent:
            return says("done")
        await on_retry(RetryNotice(attempt=1, reason="nothing", wait_seconds=1.0,
                                   silent_seconds=300))
        raise ProviderSilent("It said nothing.", seconds=300)

    def ceiling_microusd(self, profile: ModelProfile, request: ModelRequest) -> int | None:
        return 0


class NoPurse:
    def reserve(self, amount_microusd: int | None, *,
                task_id: TaskId | None) -> AbstractAsyncContextManager[None]:
        return nullcontext()


def conversation(ctx: MemoryContext, models: Silent) -> Conversation:
    return Conversation(ctx, Seat(
        key="t", agent="a3", purpose="task", models=models, chain=(FIRST, SECOND), system="s",
        session=None, bench=None, limits=Limits(), redactor=Redactor(), job_id=JobId("job"),
        purse=NoPurse(), task_id=TaskId("task"), execution_id=ExecutionId("execution")))


def stalled(model: str, then: str) -> event.AgentStalled:
    return event.AgentStalled(agent="a3", doing=f"waits for {model}", seconds=300,
                              then=then)  # type: ignore[arg-type]


async def test_a_silent_model_is_asked_again_then_the_next_one() -> None:
    ctx, models = MemoryContext(), Silent(("p:one",))

    assert await conversation(ctx, models).ask("go") == "done"

    assert [p for p in ctx.payloads if isinstance(p, event.AgentStalled)] == [
        stalled("p:one", "asked again"), stalled("p:one", "next model")]
    assert models.asked == ["p:one", "p:two"]


async def test_where_all_are_silent_it_is_given_up() -> None:
    ctx, models = MemoryContext(), Silent(("p:one", "p:two"))

    with pytest.raises(ProviderSilent):
        async with asyncio.timeout(10):
            await conversation(ctx, models).ask("go")

    assert [p for p in ctx.payloads if isinstance(p, event.AgentStalled)] == [
        stalled("p:one", "asked again"), stalled("p:one", "next model"),
        stalled("p:two", "asked again"), stalled("p:two", "given up")]
