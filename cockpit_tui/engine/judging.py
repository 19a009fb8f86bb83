"""The judge's word on an attempt's commit, once its proofs have passed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cockpit_tui.agents.lead.judge import judge
from cockpit_tui.agents.loop import Conversation
from cockpit_tui.domain import event
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.ids import ExecutionId
from cockpit_tui.domain.plan import Task
from cockpit_tui.domain.record import Facts
from cockpit_tui.domain.task import Proof
from cockpit_tui.engine.workshop import Workshop
from cockpit_tui.gitops import diffs


async def judge_commit(ctx: JobContext, shop: Workshop, task: Task, key: str, round_number: int, *,
                       execution_id: ExecutionId, base: str, commit: str, proofs: Sequence[Proof],
                       about: Callable[[Payload], Event]) -> str:
    """Empty when `base..commit` passes, else what should change. A single agent has the person
    alone. `key` is the attempt's."""
    if shop.job.request.solo is not None:
        return ""
    seat = await shop.lead("judge", f"{key}/judge/{round_number}", None,
                           task_id=task.id, execution_id=execution_id)
    diff = await diffs.diff(shop.hub, base, commit)
    verdict = await judge(Conversation(ctx, seat), task, proofs, diff)
    passes = verdict.verdict == "pass"
    payload = (event.JudgePassed(comment=verdict.comment) if passes
               else event.JudgeRevised(comment=verdict.comment, round=round_number))
    await ctx.record(f"{key}/judged/{round_number}", Facts(events=(about(payload),)))
    return "" if passes else verdict.comment or "It does not do the task."
