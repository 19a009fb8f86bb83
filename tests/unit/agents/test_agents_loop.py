"""The loop against models that fail, refuse, fall silent, overflow: who is asked next, and what it
leaves in the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from support.memory_context import MemoryContext

from cockpit_tui.agents.loop import Conversation, LimitReached
from cockpit_tui.agents.seat import Seat
from cockpit_tui.config.redaction import Redactor
from cockpit_tui.domain import event
from cockpit_tui.domain.approval import Answer, Decision
from cockpit_tui.domain.conversation import (
    Message,
    ModelReply,
    ModelRequest,
    Speaker,
    StopReason,
    ToolCall,
    ToolResult,
)
from cockpit_tui.domain.errors import (
    ContextOverflow,
    MalformedReply,
    ModelRefused,
    ProviderError,
    ProviderUnavailable,
    SpendingRefused,
)
from cockpit_tui.domain.ids import ExecutionId, JobId, TaskId
from cockpit_tui.domain.model import EditFormat, ModelProfile
from cockpit_tui.domain.policy import Gate, Limits
from cockpit_tui.domain.record import ModelCall
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.providers.resilience import RetryNotice
from cockpit_tui.providers.scripted import calls, says, turns_so_far
from cockpit_tui.tools.session import ToolSession

SMALL = ModelProfile(provider="p", model="small", edit_format=EditFormat.WHOLE_FILE)
LARGE = ModelProfile(provider="q", model="large", edit_format=EditFormat.SEARCH_REPLACE)

Answering = Callable[[ModelProfile, ModelRequest], ModelReply]


@dataclass
class Pool:
    """Answers by a function, which may raise; keeps who was asked what."""

    answer: Answering
    ceiling: int | None = 1_000
    asked: list[tuple[str, ModelRequest]] = field(default_factory=list)

    async def complete(self, profile: ModelProfile, request: ModelRequest, *,
                       on_retry: Callable[[RetryNotice], object],
                       fail_fast: bool = False) -> ModelReply:
        self.asked.append((profile.model, request))
        reply = self.answer(profile, request)
        return replace(reply, model=profile.model)

    def ceiling_microusd(self, profile: ModelProfile, request: ModelRequest) -> int | None:
        return self.ceiling


def seat(pool: Pool, *chain: ModelProfile, root: Path | None = None,
         limits: Limits | None = None) -> Seat:
    return Seat(
        key="t", agent="a1", purpose="task", models=pool, chain=chain or (SMALL, LARGE),
        system="s", session=ToolSession(root) if root else None, bench=None,
        limits=limits or Limits(), redactor=Redactor(()), job_id=JobId("job"),
        task_id=TaskId("task"), execution_id=ExecutionId("execution"))


def fallbacks(ctx: MemoryContext) -> list[event.ModelFellBack]:
    return [p for p in ctx.payloads if isinstance(p, event.ModelFellBack)]


async def test_a_model_that_fails_for_good_hands_over_to_the_next_of_its_chain() -> None:
    def answer(profile: ModelProfile, request: ModelRequest) -> ModelReply:
        if profile is SMALL:
            raise ProviderUnavailable("small is overloaded.")
        return says("done")

    ctx, pool = MemoryContext(), Pool(answer)
    conversation = Conversation(ctx, seat(pool))
    assert await conversation.ask("go") == "done"
    assert fallbacks(ctx) == [event.ModelFellBack(agent="a1", asked="p:small", used="q:large",
                                                  reason="small is overloaded.")]
    [row] = [row for row in ctx.rows if isinstance(row, ModelCall)]
    assert (row.model_asked, row.model_used) == ("q:large", "q:large")
    assert await conversation.ask("more") == "done"
    assert [name for name, _ in pool.asked] == ["small", "large", "large"]


async def test_the_last_models_failure_is_the_conversations_and_leaves_no_begun_call() -> None:
    def answer(profile: ModelProfile, request: ModelRequest) -> ModelReply:
        raise ProviderUnavailable(f"{profile.model} is away.")

    ctx = MemoryContext()
    with pytest.raises(ProviderUnavailable, match="large is away"):
        await Conversation(ctx, seat(Pool(answer))).ask("go")
    assert ctx.begun == {}


async def test_the_tools_are_those_of_the_model_that_is_asked(tmp_path: Path) -> None:
    def answer(profile: ModelProfile, request: ModelRequest) -> ModelReply:
        if profile is SMALL:
            raise ProviderUnavailable("away")
        return says("done")

    pool = Pool(answer)
    await Conversation(MemoryContext(), seat(pool, root=tmp_path)).ask("go")
    offered = [{spec.name for spec in request.tools} for _, request in pool.asked]
    assert "edit_file" not in offered[0]
    assert "edit_file" in offered[1]


async def test_a_call_lost_in_a_crash_is_made_again_and_billed_twice() -> None:
    bill = TokenUsage(input=100, output=10)

    def dies(profile: ModelProfile, request: ModelRequest) -> ModelReply:
        raise asyncio.CancelledError

    def answer(profile: ModelProfile, request: ModelRequest) -> ModelReply:
        return says("done", usage=bill, cost_microusd=7)

    first = MemoryContext()
    with pytest.raises(asyncio.CancelledError):
        await Conversation(first, seat(Pool(dies))).ask("go")
    second = MemoryContext(done=first.done, begun=first.begun)
    await Conversation(second, seat(Pool(answer))).ask("go")
    bills = [(row.purpose, row.reissued, row.is_estimated, row.cost_microusd)
             for row in second.rows if isinstance(row, ModelCall)]
    assert bills == [("task", True, False, 7), ("lost", True, True, 7)]


async def test_a_resumed_conversation_goes_on_with_the_model_it_had_fallen_back_to() -> None:
    def answer(profile: ModelProfile, request: ModelRequest) -> ModelReply:
        if profile is SMALL:
            raise ProviderUnavailable("away")
        return says(f"turn {turns_so_far(request)}")

    first = MemoryContext()
    await Conversation(first, seat(Pool(answer))).ask("go")
    pool = Pool(answer)
    again = Conversation(MemoryContext(done=first.done), seat(pool))
    assert await again.ask("go") == "turn 0"
    assert pool.asked == []
    assert await again.ask("more") == "turn 1"
    assert [name for name, _ in pool.asked] == ["large"]


async def test_three_unreadable_calls_in_a_row_are_enough(tmp_path: Path) -> None:
    def answer(profile: ModelProfile, request: ModelRequest) -> ModelReply:
        if profile is LARGE:
            return says("done")
        turn = turns_so_far(request)
        broken = ToolCall(id=f"c{turn}", name="write_file", arguments={}, malformed="No JSON.")
        return ModelReply(message=Message(speaker=Speaker.ASSISTANT, blocks=(broken,)),
                          stop_reason=StopReason.TOOL_CALLS, model="small", cost_microusd=0)

    ctx, pool = MemoryContext(), Pool(answer)
    assert await Conversation(ctx, seat(pool, root=tmp_path)).ask("go") == "done"
    assert [name for name, _ in pool.asked] == ["small", "small", "small", "large"]
    answers = [block for message in pool.asked[-1][1].messages for block in message.blocks
               if isinstance(block, ToolResult)]
    assert [(a.call_id, a.text, a.is_error) for a in answers] == [
        (f"c{i}", "No JSON.", True) for i in range(3)]
    alone = Conversation(MemoryContext(), seat(Pool(answer), SMALL, root=tmp_path))
    with pytest.raises(MalformedReply, match="3 tool calls in a row"):
        await alone.ask("go")


async def test_calls_that_share_an_id_get_a_result_each(tmp_path: Path) -> None:
    def answer(profile: ModelProfile, request: ModelRequest) -> ModelReply:
        if turns_so_far(request):
            return says("done")
        twins = tuple(ToolCall(id=name, name="list_files", arguments={})
                      for name in ("x", "x", "", "x-2", ""))
        return ModelReply(message=Message(speaker=Speaker.ASSISTANT, blocks=twins),
                          stop_reason=StopReason.TOOL_CALLS, model="small", cost_microusd=0)

    pool = Pool(answer)
    await Conversation(MemoryContext(), seat(pool, root=tmp_path)).ask("go")
    _, called, answered = pool.asked[-1][1].messages
    ids = [call.id for call in called.tool_calls]
    assert ids == ["x", "x-2", "call-3", "x-2-4", "call-5"]
    assert [b.call_id for b in answered.blocks if isinstance(b, ToolResult)] == ids


async def test_a_refusal_goes_to_the_next_model_which_never_sees_it() -> None:
    def answer(profile: ModelProfile, request: ModelRequest) -> ModelReply:
        if profile is SMALL:
            return replace(says("I will not."), stop_reason=StopReason.REFUSAL)
        return says(str(len(request.messages)))

    assert await Conversation(MemoryContext(), seat(Pool(answer))).ask("go") == "1"
    with pytest.raises(ModelRefused, match="I will not"):
        await Conversation(MemoryContext(), seat(Pool(answer), SMALL)).ask("go")


@pytest.mark.parametrize("broken", [
    pytest.param(says(""), id="nothing"),
    pytest.param(replace(says("half"), stop_reason=StopReason.MAX_TOKENS), id="cut off"),
])
async def test_a_useless_answer_is_asked_again_and_then_somebody_else(broken: ModelReply) -> None:
    def answer(profile: ModelProfile, request: ModelRequest) -> ModelReply:
        return broken if profile is SMALL else says("done")

    pool = Pool(answer)
    assert await Conversation(MemoryContext(), seat(pool)).ask("go") == "done"
    assert [name for name, _ in pool.asked] == ["small"] * 3 + ["large"]
    with pytest.raises(ProviderError):
        await Conversation(MemoryContext(), seat(Pool(answer), SMALL)).ask("go")


async def test_a_conversation_too_long_for_the_window_is_shortened_and_goes_on(
        tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_text("x" * 60_000)

    def answer(profile: ModelProfile, request: ModelRequest) -> ModelReply:
        size = sum(len(block.text) for message in request.messages for block in message.blocks
                   if isinstance(block, ToolResult))
        if size > 50_000:
            raise ContextOverflow("too long")
        turn = len(pool.asked)
        if turn < 12:
            return calls(("read_file", {"path": "big.txt"}), turn=turn)
        return says("done")

    pool = Pool(answer)
    conversation = Conversation(MemoryContext(), seat(pool, LARGE, root=tmp_path))
    assert await conversation.ask("the task") == "done"
    assert pool.asked[-1][1].messages[0].text == "the task"


async def test_what_cannot_be_shortened_is_said(tmp_path: Path) -> None:
    def answer(profile: ModelProfile, request: ModelRequest) -> ModelReply:
        raise ContextOverflow("too long")

    with pytest.raises(ContextOverflow, match="q:large"):
        await Conversation(MemoryContext(), seat(Pool(answer), LARGE)).ask("x" * 100)


async def test_a_dear_call_is_asked_about_before_it_is_begun() -> None:
    pool = Pool(lambda profile, request: says("done"), ceiling=2_000_000)
    limits = Limits(expensive_microusd=1_000_000)
    granted = MemoryContext()
    assert await Conversation(granted, seat(pool, SMALL, limits=limits)).ask("go") == "done"
    assert [question.gate for question in granted.questions] == [Gate.EXPENSIVE]
    denied = MemoryContext(answer=Answer(decision=Decision.DENIED, by="person"))
    with pytest.raises(SpendingRefused, match=r"\$2\.00"):
        await Conversation(denied, seat(pool, SMALL, limits=limits)).ask("go")
    assert len(pool.asked) == 1
    assert denied.begun == {}


async def test_a_model_that_never_stops_calling_tools_is_stopped(tmp_path: Path) -> None:
    pool = Pool(lambda profile, request: calls(("list_files", {}), turn=turns_so_far(request)))
    with pytest.raises(LimitReached, match="5 steps"):
        await Conversation(MemoryContext(), seat(
            pool, LARGE, root=tmp_path, limits=Limits(steps_per_execution=5))).ask("go")
