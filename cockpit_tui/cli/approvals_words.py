"""One approval in words, and the ways to answer several at once."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from cockpit_tui.cli.output import as_json
from cockpit_tui.domain.approval import Answer, Approval, Decision
from cockpit_tui.domain.command import AnswerApproval
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.policy import Risk
from cockpit_tui.domain.sanitize import sanitize, sanitize_line
from cockpit_tui.engine.engine import Engine

WIDTH = 78


def approval_lines(approval: Approval, job: Job) -> list[str]:
    """The question, why it is asked, what exactly would happen, and the answer if there is one."""
    question = approval.question
    lines = [f"◆ {sanitize_line(question.title)}  ({question.risk.value})",
             f"  job #{job.number}  {sanitize_line(job.title)}",
             f"  {approval.id}  gate {question.gate.value}  asked "
             f"{approval.asked_at.isoformat(timespec='seconds')}"]
    for reason in question.reasons:
        lines += textwrap.wrap(f"· {sanitize_line(reason)}", WIDTH, initial_indent="  ",
                               subsequent_indent="    ")
    lines += ["", *(f"  {line}" for line in sanitize(question.detail).splitlines())]
    if approval.answer is not None:
        lines += ["", f"  {_answered(approval.answer)}"]
    return lines


def _answered(answer: Answer) -> str:
    words = f": {sanitize_line(answer.comment)}" if answer.comment else ""
    dropped = f", without {len(answer.dropped_hunks)} hunks" if answer.dropped_hunks else ""
    return f"{answer.decision.value} by {answer.by}{dropped}{words}"


def approval_wire(approval: Approval, job: Job) -> dict[str, Any]:
    """The approval with its job's number and the hash that an answer covers."""
    wire: dict[str, Any] = as_json(approval)
    return {**wire, "job_number": job.number, "action_hash": approval.question.action_hash}


async def grant_all(engine: Engine, approvals: Sequence[Approval], *, is_confirmed: bool,
                    comment: str = "", dropped: tuple[str, ...] = (),
                    rest_of_job: bool = False) -> None:
    """Grant each, with `rest_of_job` also every call like it from now on. Raises UsageError before
    anything is answered where HIGH is not confirmed."""
    high = [a for a in approvals if a.question.risk is Risk.HIGH]
    if high and not is_confirmed:
        raise UsageError(
            f"{sanitize_line(high[0].question.title)} is HIGH risk: "
            f"{sanitize_line(high[0].question.reasons[-1] if high[0].question.reasons else '')}.",
            hint="Nothing was granted. If that is what you want, say it again with --yes.")
    for approval in approvals:
        await send_answer(engine, approval, Answer(
            decision=Decision.GRANTED, by="person", comment=comment, dropped_hunks=dropped,
            rest_of_job=rest_of_job))


async def send_answer(engine: Engine, approval: Approval, answer: Answer) -> None:
    """Answer exactly what was read: a changed action is refused by the engine."""
    await engine.send(AnswerApproval(approval_id=approval.id, answer=answer,
                                     action_hash=approval.question.action_hash))
