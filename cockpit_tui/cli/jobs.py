"""`cockpit jobs`: what was asked for, how it goes, and how it is stopped, resumed or undone."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.approvals_words import approval_lines, grant_all
from cockpit_tui.cli.diff_output import print_diff
from cockpit_tui.cli.jobs_terminal import follow_command
from cockpit_tui.cli.jobs_words import job_lines, job_rows, job_wire, report_markdown
from cockpit_tui.cli.lookup import find_job, find_project
from cockpit_tui.cli.output import as_json, output_width, print_json, print_lines, table
from cockpit_tui.cli.session import (
    Interrupted,
    commanding_session,
    engine_session,
    has_terminal,
    reading_session,
    run_async,
)
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.domain.command import (
    CancelJob,
    PauseAll,
    PauseJob,
    ResumeAll,
    ResumeJob,
    RetryJob,
    SetBudget,
    UndoJob,
)
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.event import event_to_wire
from cockpit_tui.domain.job import Job, LandMode, WaitingOn
from cockpit_tui.domain.policy import Gate
from cockpit_tui.domain.usage import MICROUSD_PER_USD, format_microusd
from cockpit_tui.engine.engine import Engine, utc_now
from cockpit_tui.presentation.event_line import event_line
from cockpit_tui.presentation.night_words import report_lines

app = App(name="jobs", help=NOUNS["jobs"])

JobName = Annotated[str, Parameter(help="A job: 41, #41, its id, or last.")]
Json = Annotated[bool, Parameter(help="JSON instead of words.")]
Quiet = Annotated[bool, Parameter(help="Only the result.")]
PAGE = 1_000


@app.command(name="list")
def list_jobs(*, project: Annotated[str | None, Parameter(help="Name, id or path.")] = None,
              json: Json = False) -> int:
    """All jobs, the newest first."""
    async def work() -> int:
        async with reading_session() as engine:
            known = {p.id: p.name for p in await engine.projects()}
            only = (await find_project(engine, project)).id if project is not None else None
            jobs = await engine.jobs(project_id=only)
            paused = await engine.paused_jobs()
        if json:
            print_json([job_wire(job, known.get(job.project_id, "")) for job in jobs])
        elif not jobs:
            print_lines(['No jobs yet. Start one: cockpit run "Add tests for the parser"',
                         "Or look around first: cockpit demo"])
        else:
            header, rows = job_rows(jobs, known, now=utc_now(), paused=paused)
            print_lines(table(rows, header=header))
        return 0

    return run_async(work())


@app.command
def show(job: JobName, /, *, json: Json = False) -> int:
    """One job: status, plan, tasks with their proofs, what waits, where the work is."""
    async def work(engine: Engine, found: Job) -> int:
        view = await engine.job_view(found.id)
        if json:
            print_json(as_json(view))
        else:
            print_lines(job_lines(view, await engine.variances(found.id), now=utc_now()))
        return 0

    return _reading(job, work)


@app.command
def events(job: JobName, /, *,
           after: Annotated[int, Parameter(help="Only events with a greater seq.")] = 0,
           replay: Annotated[bool, Parameter(
               help="Show it as it happened, at its own pace.")] = False,
           speed: Annotated[float, Parameter(
               help="With --replay: how many times as fast; 0: without pauses.")] = 10.0,
           first: Annotated[int, Parameter(
               name="--from", help="With --replay: the seq to begin at.")] = 1,
           screen: Annotated[bool, Parameter(
               help="With --replay: on the screen, with a time slider.")] = False,
           json: Json = False) -> int:
    """What happened in a job, oldest first; with --replay once more, as it happened."""
    if not 0 <= speed <= 1_000_000:
        raise UsageError(f"--speed takes a factor, 0 or more, not {speed}")

    if screen and (json or not replay):
        raise UsageError("--screen goes with --replay alone.")

    async def again(engine: Engine, found: Job) -> int:
        from cockpit_tui.cli.replay import replay_job, replay_on_screen

        if screen:
            return await replay_on_screen(engine, found)
        return await replay_job(engine, found, speed=speed, after=max(after, first - 1), json=json)

    if replay:
        try:
            return _reading(job, again)
        except Interrupted as stopped:  # Nothing was interrupted but the showing.
            return stopped.exit_code

    async def work(engine: Engine, found: Job) -> int:
        seen = after
        while batch := await engine.events(after=seen, limit=PAGE, job_id=found.id):
            for event in batch:
                if json:
                    print_json(event_to_wire(event))
                else:
                    print_lines([event_line(event).plain(min(output_width(), 200))])
            seen = batch[-1].seq
        return 0

    return _reading(job, work)


@app.command
def diff(job: JobName, /) -> int:
    """What was approved; while a phase waits for its approval, that phase's diff."""
    async def work(engine: Engine, found: Job) -> int:
        view = await engine.job_view(found.id)
        waiting = [a for a in view.pending if a.question.gate is Gate.PHASE]
        if waiting and not found.status.is_final:
            text = await engine.approval_diff(waiting[0].id)
        else:
            text = await engine.job_diff(found.id)
        print_diff(text)
        if not text:
            sys.stderr.write(f"Job #{found.number} has no approved changes.\n")
        return 0

    return _reading(job, work)


@app.command
def approve(job: JobName, /, *,
            yes: Annotated[bool, Parameter(help="Also what is HIGH risk.")] = False) -> int:
    """Grant everything that waits in a job, showing each; go on with `jobs resume`."""
    async def work(engine: Engine, found: Job) -> int:
        view = await engine.job_view(found.id)
        if not view.pending or found.status.is_final:
            hint = "" if found.status.is_final else f"Go on: cockpit jobs resume {found.number}"
            raise UsageError(f"Nothing waits in job #{found.number}; it is {found.status.value}.",
                             hint=hint)
        for approval in view.pending:
            print_lines(approval_lines(approval, view.job))
        await grant_all(engine, view.pending, is_confirmed=yes)
        then = f"cockpit jobs resume {found.number}"
        after = f"Go on: {then}"
        if view.is_paused:
            after = f"The job is paused; go on: {then}"
        elif engine.writes_letters:
            after = "The cockpit that runs it goes on."
        print_lines(["", f"Granted {len(view.pending)}. {after}"])
        return 0

    return _commanding(job, work)


@app.command
def cancel(job: JobName, /) -> int:
    """Stop a job for good; what was approved stays on its branch."""
    async def work(engine: Engine, found: Job) -> int:
        ended = await engine.send(CancelJob(job_id=found.id))
        assert ended is not None
        print_lines([f"Job #{ended.number} is {ended.status.value}."])
        return 0

    return _commanding(job, work)


@app.command
def pause(job: Annotated[str, Parameter(help="A job: 41, #41, its id, or last.")] = "", /, *,
          every: Annotated[bool, Parameter(
              name="--all", help="Every job at work, and the queue starts nothing more.")] = False
          ) -> int:
    """Let what a job is at come to its end, and begin nothing further; `jobs resume` goes on."""
    if bool(job) == every:
        raise UsageError("Say one job, or --all.", hint="For example: cockpit jobs pause 41")

    async def work(engine: Engine, found: Job) -> int:
        paused = await engine.send(PauseJob(job_id=found.id))
        assert paused is not None
        state = "is paused" if paused.waiting_on is WaitingOn.PAUSED else \
            "pauses once the steps under way are over"
        print_lines([f"Job #{found.number} {state}. Go on: cockpit jobs resume {found.number}"])
        return 0

    async def all_of_them(engine: Engine) -> int:
        await engine.send(PauseAll())
        print_lines(["Paused: every job once its steps under way are over, and the queue. "
                     "Go on: cockpit jobs resume --all"])
        return 0

    return _of_all(all_of_them) if every else _commanding(job, work)


@app.command
def budget(job: JobName, dollars: Annotated[float, Parameter(
        help="What the whole job may spend from now on.")], /) -> int:
    """Another budget for a job that is not over, also while it runs."""
    microusd = _microusd(dollars, "A budget is in")

    async def work(engine: Engine, found: Job) -> int:
        await engine.send(SetBudget(job_id=found.id, budget_microusd=microusd))
        after = "" if found.waiting_on is not WaitingOn.BUDGET else \
            f" Go on: cockpit jobs resume {found.number}"
        print_lines([f"Job #{found.number} may spend {format_microusd(microusd)} now; "
                     f"{format_microusd(found.cost_microusd)} is spent.{after}"])
        return 0

    return _commanding(job, work)


@app.command
def retry(job: Annotated[str, Parameter(
        help="A job: 41, #41 or its id; without one, the newest that failed.")] = "failed",
          /, *, json: Json = False, quiet: Quiet = False) -> int:
    """Start the failed and skipped tasks of a finished job again."""
    async def work(engine: Engine, found: Job) -> int:
        return await _follow(engine, RetryJob(job_id=found.id), json=json, quiet=quiet)

    return _commanding(job, work, is_attended=has_terminal() and not json)


@app.command
def resume(job: Annotated[str, Parameter(
        help="A job: 41, #41 or its id; without one, the newest unfinished.")] = "unfinished",
           /, *, budget: Annotated[float | None, Parameter(
               help="Dollars that the whole job may spend from now on.")] = None,
           every: Annotated[bool, Parameter(
               name="--all", help="Every paused job, and the queue.")] = False,
           json: Json = False, quiet: Quiet = False) -> int:
    """Go on with a paused, parked or interrupted job, from where it stopped."""
    microusd = None if budget is None else _microusd(budget, "--budget takes")
    if every and (budget is not None or job != "unfinished"):
        raise UsageError("--all goes with no job and no budget.")

    async def work(engine: Engine, found: Job) -> int:
        command = ResumeJob(job_id=found.id, budget_microusd=microusd)
        return await _follow(engine, command, json=json, quiet=quiet)

    async def all_of_them(engine: Engine) -> int:
        await engine.send(ResumeAll())
        how = "" if engine.writes_letters else " Run it: cockpit queue start"
        print_lines([f"Goes on: every job that was paused, and the queue.{how}"])
        return 0

    if every:
        return _of_all(all_of_them)
    return _commanding(job, work, is_attended=has_terminal() and not json)


@app.command
def undo(job: JobName, /, *,
         dry_run: Annotated[bool, Parameter(help="Only say what would happen.")] = False) -> int:
    """Take a job's branch out of the repository again, if nobody committed on it."""
    async def look(engine: Engine, found: Job) -> int:
        _refuse_without_branch(found)
        project = (await engine.job_view(found.id)).project
        if not found.status.is_final:
            raise UsageError(f"Job #{found.number} is still {found.status.value}.",
                             hint=f"First: cockpit jobs cancel {found.number}")
        print_lines([f"Would delete the branch {found.branch} at {found.head_commit[:10]} "
                     f"from {project.path}, if it is still there."])
        return 0

    async def work(engine: Engine, found: Job) -> int:
        _refuse_without_branch(found)
        await engine.send(UndoJob(job_id=found.id))
        print_lines([f"The branch {found.branch} is gone from the repository. The work is kept in "
                     f"the cockpit's own copy at {found.head_commit[:10]}."])
        return 0

    return _reading(job, look) if dry_run else _writing(job, work)


@app.command
def report(job: Annotated[str, Parameter(help="A job: 41, #41, its id, or last.")] = "", /, *,
           since: Annotated[float, Parameter(
               help="Without a job: over so many hours.")] = 24.0,
           json: Json = False) -> int:
    """A job as Markdown; without one, the morning report: done, cost, what waits, what is next."""
    if not job:
        return _morning_report(since, json=json)
    if json:
        raise UsageError("A job's report is Markdown.", hint=f"cockpit jobs show {job} --json")

    async def work(engine: Engine, found: Job) -> int:
        view = await engine.job_view(found.id)
        commits, patch, variances = await asyncio.gather(
            engine.job_commits(found.id), engine.job_diff(found.id), engine.variances(found.id))
        print_lines(report_markdown(view, commits, patch, variances))
        return 0

    return _reading(job, work)


def _morning_report(hours: float, *, json: bool) -> int:
    if not 0 < hours <= 24 * 366:
        raise UsageError(f"--since takes hours, more than 0, not {hours}")

    async def work() -> int:
        async with reading_session() as engine:
            found = await engine.night_report(utc_now() - timedelta(hours=hours))
        if json:
            print_json(as_json(found))
        else:
            print_lines(report_lines(found))
        return 0

    return run_async(work())


def _refuse_without_branch(job: Job) -> None:
    if job.head_commit == job.base_commit or job.request.land is LandMode.NONE:
        raise UsageError(f"Job #{job.number} put no branch into the repository; there is nothing "
                         "to undo.")


Work = Callable[[Engine, Job], Awaitable[int]]


def _reading(name: str, work: Work) -> int:
    async def opened() -> int:
        async with reading_session() as engine:
            return await work(engine, await find_job(engine, name))

    return run_async(opened())


def _writing(name: str, work: Work) -> int:
    async def opened() -> int:
        async with engine_session() as engine:
            return await work(engine, await find_job(engine, name))

    return run_async(opened())


def _commanding(name: str, work: Work, *, is_attended: bool = False) -> int:
    """As `_writing`; beside another cockpit, which then carries the command out."""
    async def opened() -> int:
        async with engine_session(is_attended=is_attended, may_write_letters=True) as engine:
            return await work(engine, await find_job(engine, name))

    return run_async(opened())


def _of_all(work: Callable[[Engine], Awaitable[int]]) -> int:
    async def opened() -> int:
        async with commanding_session() as engine:
            return await work(engine)

    return run_async(opened())


async def _follow(engine: Engine, command: ResumeJob | RetryJob, *, json: bool,
                  quiet: bool) -> int:
    """Follow the job here; where another cockpit runs it, say where it is to be seen."""
    if not engine.writes_letters:
        return await follow_command(engine, command, json=json, quiet=quiet,
                                    can_ask=has_terminal() and not json)
    job = await engine.send(command)
    assert job is not None
    if json:
        print_json({"job": job.number, "status": job.status.value})
    else:
        print_lines([f"Job #{job.number} goes on in the cockpit that works with this ledger.",
                     f"Look: cockpit jobs show {job.number}"])
    return 0


def _microusd(dollars: float, what: str) -> int:
    if not 0 < dollars < 1_000_000:
        raise UsageError(f"{what} dollars, more than 0, not {dollars}")
    return round(dollars * MICROUSD_PER_USD)
