"""A conversation that cannot be shortened any more goes on from a written hand-over, also when it
is interrupted anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from support.memory_context import MemoryContext

from cockpit_tui.agents.loop import Conversation
from cockpit_tui.agents.seat import Seat
from cockpit_tui.config.redaction import Redactor
from cockpit_tui.context.handover import fresh_start, handover_request
from cockpit_tui.domain.conversation import ModelReply, ModelRequest, Speaker, user
from cockpit_tui.domain.errors import ContextOverflow
from cockpit_tui.domain.ids import ExecutionId, JobId, TaskId
from cockpit_tui.domain.model import EditFormat, ModelProfile
from cockpit_tui.domain.policy import Limits
from cockpit_tui.domain.record import ModelCall
from cockpit_tui.providers.resilience import RetryNotice
from cockpit_tui.providers.scripted import calls, says
from cockpit_tui.tools.session import ToolSession

TINY = ModelProfile(provider="p", model="tiny", edit_format=EditFormat.SEARCH_REPLACE,
                    context_tokens=10_000)
HUGE = "one line\n" * 3_000  # what a call writes stays whole in the last round


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Pool:
    """Writes a file too large for the window twice, then is done."""

    handover: Callable[[], ModelReply] = lambda: says("## Done\nthe file")
    dies_at: int = 0
    asked: list[ModelRequest] = field(default_factory=list)

    async def complete(self, profile: ModelProfile, request: ModelRequest, *,
                       on_retry: Callable[[RetryNotice], object],
                       fail_fast: bool = False) -> ModelReply:
        self.asked.append(request)
        if len(self.asked) == self.dies_at:
            raise Killed
        last = request.messages[-1].text
        if last.endswith(handover_request()):
            return replace(self.handover(), model="tiny")
        # The first message says how far the work is: so the answer is the same after a resume.
        if "Hand-over" in request.messages[0].text or len(request.messages) > 1:
            return replace(says("done"), model="tiny")
        return replace(calls(("write_file", {"path": "big.txt", "content": HUGE})), model="tiny")

    def ceiling_microusd(self, profile: ModelProfile, request: ModelRequest) -> int | None:
        return 0


def conversation(ctx: MemoryContext, pool: Pool, root: Path) -> Conversation:
    return Conversation(ctx, Seat(
        key="t", agent="a1", purpose="task", models=pool, chain=(TINY,), system="s",
        session=ToolSession(root), bench=None, limits=Limits(),
        redactor=Redactor(frozenset({"s3cr3t-value"})),
        job_id=JobId("job"), task_id=TaskId("task"), execution_id=ExecutionId("execution")))


def numbers(ctx: MemoryContext) -> list[int]:
    return [row.number for row in ctx.rows if isinstance(row, ModelCall) and row.purpose == "task"]


async def test_what_cannot_be_shortened_is_handed_over(tmp_path: Path) -> None:
    ctx, pool = MemoryContext(), Pool(lambda: says("## Done\nthe file, s3cr3t-value"))
    working = conversation(ctx, pool, tmp_path)

    assert await working.ask("the task") == "done"

    write, handover, last = pool.asked
    assert len(write.messages) == 1
    assert handover.messages[-1].text.endswith(handover_request())
    assert handover.messages[-1].speaker is Speaker.USER
    assert handover.tools == write.tools  # the cached prefix holds
    assert last.messages == fresh_start(user("the task"), "## Done\nthe file, [redacted]")
    assert (numbers(ctx), working.turns) == ([1, 2, 3], 3)
    assert "t/handover/2" in ctx.done

    assert await working.ask("still fails") == "done"
    assert pool.asked[-1].messages[-1].text == "still fails"


@pytest.mark.parametrize("dies_at", [1, 2, 3])
async def test_a_run_killed_anywhere_hands_over_once(tmp_path: Path, dies_at: int) -> None:
    first, dying = MemoryContext(), Pool(dies_at=dies_at)
    with pytest.raises(Killed):
        await conversation(first, dying, tmp_path).ask("the task")
    second, pool = MemoryContext(done=first.done, begun=first.begun), Pool()
    resumed = conversation(second, pool, tmp_path)

    assert await resumed.ask("the task") == "done"

    assert len(pool.asked) == 4 - dies_at
    assert resumed.turns == 3
    assert sorted(numbers(first) + numbers(second)) == [1, 2, 3]
    third, nobody = MemoryContext(done=second.done), Pool(dies_at=1)
    assert await conversation(third, nobody, tmp_path).ask("the task") == "done"
    assert resumed.messages == (await replayed(second, tmp_path))


async def replayed(ctx: MemoryContext, root: Path) -> list[object]:
    again = conversation(MemoryContext(done=ctx.done), Pool(dies_at=1), root)
    await again.ask("the task")
    return list(again.messages)


async def test_what_an_earlier_run_did_at_a_number_is_done_again_whatever_the_size(
        tmp_path: Path) -> None:
    """Messages may be longer on a resume than they were: an overflow is not remembered."""
    ctx = MemoryContext()
    await conversation(ctx, Pool(), tmp_path).ask("the task")
    went_on = {key.replace("handover/2", "turn/2"): value for key, value in ctx.done.items()
               if key != "t/turn/3"}
    pool = Pool(dies_at=1)
    assert await conversation(MemoryContext(done=went_on), pool, tmp_path).ask("the task") == (
        "## Done\nthe file")


def _overflow() -> ModelReply:
    raise ContextOverflow("too long")


@pytest.mark.parametrize(("refused", "turns"), [
    (lambda: calls(("list_files", {})), 3), (lambda: says("  "), 3), (_overflow, 2)],
    ids=["calls", "silence", "overflow"])
async def test_who_hands_over_nothing_is_not_asked_again(
        tmp_path: Path, refused: Callable[[], ModelReply], turns: int) -> None:
    ctx, pool = MemoryContext(), Pool(refused)
    working = conversation(ctx, pool, tmp_path)
    assert await working.ask("the task") == "done"
    assert await working.ask("more") == "done"
    assert working.turns == turns + 1
    asked = [request for request in pool.asked
             if request.messages[-1].text.endswith(handover_request())]
    assert len(asked) == 1
    assert pool.asked[-1].messages[0].text == "the task"


async def test_words_of_the_user_that_fill_the_window_are_no_reason_to_hand_over(
        tmp_path: Path) -> None:
    pool = Pool()
    await conversation(MemoryContext(), pool, tmp_path).ask("x" * 40_000)
    assert not any(request.messages[-1].text.endswith(handover_request())
                   for request in pool.asked)
