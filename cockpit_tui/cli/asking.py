"""Questions answered at the terminal, where a job runs without the screen."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

from cockpit_tui.domain.approval import Answer, Approval, Decision
from cockpit_tui.domain.command import AnswerApproval
from cockpit_tui.domain.errors import JobParked, UsageError
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.policy import Gate, Risk
from cockpit_tui.domain.sanitize import sanitize, sanitize_line
from cockpit_tui.engine.engine import Engine

_MONEY = {
    Gate.BUDGET: "[a]llow that  [x] no  [?] details",
    Gate.EXPENSIVE: "[a]llow this call  [j] all such calls of this job  [x] no  [?] details",
}
"""Neither has a diff, and nothing can be changed about it."""


def choices(gate: Gate) -> str:
    """The keys that mean something for a question of `gate`."""
    diff = "[d]iff  " if gate is Gate.PHASE else ""
    return _MONEY.get(gate, f"[a]pprove  [x] reject  [r] send back with words  {diff}[?] details")


@dataclass(slots=True)
class Asking:
    engine: Engine

    async def ask_all(self, job_id: JobId) -> None:
        """Ask about everything that waits in the job, one after the other."""
        view = await self.engine.job_view(job_id)
        for approval in view.pending:
            answer = await self._ask(approval)
            try:
                await self.engine.send(AnswerApproval(
                    approval_id=approval.id, action_hash=approval.question.action_hash,
                    answer=answer))
            except UsageError as refused:  # answered elsewhere, or the job ended meanwhile
                _say(f"{refused.message} {refused.hint}".strip())

    async def _ask(self, approval: Approval) -> Answer:
        question = approval.question
        _say(f"\n◆ {sanitize_line(question.title)}  ({question.risk.value})")
        _say(sanitize(question.detail))
        for reason in question.reasons:
            _say(f"  · {sanitize_line(reason)}")
        while True:
            match (await _read(f"{choices(question.gate)}\n> ")).strip().lower():
                case "a" | "approve" | "y" | "yes":
                    if question.risk is not Risk.HIGH or await _confirmed():
                        return Answer(decision=Decision.GRANTED, by="person")
                case "j" if question.gate is Gate.EXPENSIVE:
                    return Answer(decision=Decision.GRANTED, by="person", rest_of_job=True)
                case "x" | "reject" | "n" | "no":
                    why = await _read("Why (may stay empty)> ")
                    return Answer(decision=Decision.DENIED, by="person", comment=why.strip())
                case "r" if question.gate not in _MONEY:
                    words = (await _read("What should change> ")).strip()
                    if words:
                        return Answer(decision=Decision.RETURNED, by="person", comment=words)
                case "d" if question.gate is Gate.PHASE:
                    _say(sanitize(await self.engine.approval_diff(approval.id)))
                case _:
                    _say(sanitize(question.detail))


async def _confirmed() -> bool:
    return (await _read("This is HIGH risk. Sure? [y/N]> ")).strip().lower() in {"y", "yes"}


async def _read(prompt: str) -> str:
    """A line from the person. Raises JobParked where input ended: then nobody is there."""
    sys.stderr.write(prompt)
    sys.stderr.flush()
    loop = asyncio.get_running_loop()
    arrived: asyncio.Future[str] = loop.create_future()

    def ready() -> None:
        if not arrived.done():
            arrived.set_result(sys.stdin.readline())

    loop.add_reader(sys.stdin, ready)
    try:
        line = await arrived
    finally:
        loop.remove_reader(sys.stdin)
    if not line:
        raise JobParked("Input ended before the question was answered; the job waits.",
                        hint="Answer with cockpit approvals, then go on: cockpit jobs resume last")
    return line


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
