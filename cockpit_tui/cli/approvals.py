"""`cockpit approvals`: what waits for a decision, and the decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.approvals_words import (
    approval_lines,
    approval_wire,
    grant_all,
    send_answer,
)
from cockpit_tui.cli.diff_output import print_diff
from cockpit_tui.cli.lookup import find_approval, find_job, job_number
from cockpit_tui.cli.output import print_json, print_lines, table, tell
from cockpit_tui.cli.session import commanding_session, reading_session, run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.domain.approval import Answer, Approval, Decision
from cockpit_tui.domain.command import UndoAnswer
from cockpit_tui.domain.diff import parse_diff
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.policy import Gate
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.engine.engine import Engine, utc_now
from cockpit_tui.presentation.time import age

app = App(name="approvals", help=NOUNS["approvals"])

Name = Annotated[str, Parameter(help="An approval's id, or a unique start or end of it.")]
Json = Annotated[bool, Parameter(help="JSON instead of words.")]
Comment = Annotated[str, Parameter(help="Words that go along.")]


@app.command(name="list")
def list_approvals(*, json: Json = False) -> int:
    """Everything that waits, in the order it should be answered."""
    async def work() -> int:
        async with reading_session() as engine:
            pending = await engine.pending_approvals()
            jobs = {a.job_id: (await engine.job_view(a.job_id)).job for a in pending}
        if json:
            print_json([approval_wire(a, jobs[a.job_id]) for a in pending])
        elif not pending:
            print_lines(["Nothing waits for you."])
        else:
            rows = [(a.id, f"#{jobs[a.job_id].number}", a.question.risk.value,
                     age(a.asked_at, utc_now()), a.question.gate.value, a.question.title)
                    for a in pending]
            print_lines(table(rows, header=("approval", "job", "risk", "age", "gate", "question")))
            tell("\ncockpit approvals show ID, then: grant ID | deny ID | return ID --comment TEXT")
        return 0

    return run_async(work())


@app.command
def show(approval: Name, /, *, json: Json = False) -> int:
    """The question, its reasons, the exact commands, and a phase's diff."""
    async def work() -> int:
        async with reading_session() as engine:
            found, job = await _found(engine, approval)
            text = await engine.approval_diff(found.id)
        if json:
            print_json({**approval_wire(found, job), "diff": text})
            return 0
        print_lines(approval_lines(found, job))
        if text:
            print_lines(["", "Hunks (for --drop):"])
            print_lines(table([(h.id, file.path, f"@@ {h.new_start},{h.new_count}",
                                f"+{h.added} -{h.removed}")
                               for file in parse_diff(text).files for h in file.hunks],
                              header=("hunk", "file", "at", "lines")))
            print_lines([""])
            print_diff(text)
        return 0

    return run_async(work())


@app.command
def grant(
    approval: Annotated[str, Parameter(help="An approval's id, or a job (41, #41) for all that "
                                            "waits in it.")], /, *,
    comment: Comment = "",
    drop: Annotated[tuple[str, ...], Parameter(
        consume_multiple=True, help="Hunks of a phase's diff that must not land.")] = (),
    yes: Annotated[bool, Parameter(help="Also where it is HIGH risk.")] = False,
    rest_of_job: Annotated[bool, Parameter(
        help="An expensive call: also every later one of this job to the same model.")] = False,
) -> int:
    """Say yes; the job goes on with `cockpit jobs resume`."""
    async def work() -> int:
        async with commanding_session() as engine:
            found, job = await _some(engine, approval)
            if drop:
                await _check_hunks(engine, found, drop)
            await grant_all(engine, found, is_confirmed=yes, comment=comment, dropped=drop,
                            rest_of_job=rest_of_job)
        _said("Granted", found, job, goes_on=engine.writes_letters)
        return 0

    return run_async(work())


@app.command
def deny(approval: Name, /, *, comment: Comment = "") -> int:
    """Say no: a plan ends its job, a phase does not land, a command is not run."""
    return _answer(approval, Answer(decision=Decision.DENIED, by="person", comment=comment),
                   "Denied")


@app.command(name="return")
def send_back(approval: Name, /, *,
              comment: Annotated[str, Parameter(help="What should change.")]) -> int:
    """Send a plan or a phase back with words; the next draft follows them."""
    if not comment.strip():
        raise UsageError("Sending back needs words.", hint='For example: --comment "Smaller tasks"')
    return _answer(approval, Answer(decision=Decision.RETURNED, by="person", comment=comment),
                   "Sent back")


@app.command
def undo(approval: Name, /) -> int:
    """Take an answer back while nothing was done with it; the question waits again."""
    async def work() -> int:
        async with commanding_session() as engine:
            found, _ = await _found(engine, approval)
            await engine.send(UndoAnswer(approval_id=found.id))
        print_lines([f"Taken back: {sanitize_line(found.question.title)}",
                     f"It waits again: cockpit approvals show {found.id}"])
        return 0

    return run_async(work())


def _answer(name: str, answer: Answer, said: str) -> int:
    async def work() -> int:
        async with commanding_session() as engine:
            found, job = await _found(engine, name)
            await send_answer(engine, found, answer)
        _said(said, [found], job, goes_on=engine.writes_letters)
        return 0

    return run_async(work())


async def _found(engine: Engine, name: str) -> tuple[Approval, Job]:
    approval = await find_approval(engine, name)
    return approval, (await engine.job_view(approval.job_id)).job


async def _some(engine: Engine, name: str) -> tuple[Sequence[Approval], Job]:
    """One approval, or all that waits in a job named by its number."""
    if job_number(name) is None:
        approval, job = await _found(engine, name)
        return [approval], job
    job = await find_job(engine, name)
    pending = (await engine.job_view(job.id)).pending
    if not pending or job.status.is_final:
        raise UsageError(f"Nothing waits in job #{job.number}; it is {job.status.value}.")
    return pending, job


async def _check_hunks(engine: Engine, approvals: Sequence[Approval],
                       dropped: tuple[str, ...]) -> None:
    """Raise UsageError for hunks that the one phase's diff does not have."""
    if len(approvals) != 1 or approvals[0].question.gate is not Gate.PHASE:
        raise UsageError("--drop is for the approval of one phase.",
                         hint="cockpit approvals list shows the ids.")
    there = {hunk.id for hunk in parse_diff(await engine.approval_diff(approvals[0].id)).hunks}
    if unknown := [hunk for hunk in dropped if hunk not in there]:
        raise UsageError(f"The diff has no hunk {unknown[0]!r}.",
                         hint=f"cockpit approvals show {approvals[0].id} lists them.")
    if there == set(dropped):
        raise UsageError("Nothing of the diff would be left.",
                         hint="Say no instead: cockpit approvals deny")


def _said(word: str, approvals: Sequence[Approval], job: Job, *, goes_on: bool) -> None:
    """`goes_on`: another cockpit was told, and acts on it by itself."""
    print_lines([f"{word}: {sanitize_line(a.question.title)}" for a in approvals])
    if not goes_on:
        print_lines([f"Go on: cockpit jobs resume {job.number}"])
