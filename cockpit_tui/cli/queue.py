"""`cockpit queue`: what runs when: order, times, schedules, pauses, and running it unattended."""

from __future__ import annotations

import asyncio
import re
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.job_request import build_request
from cockpit_tui.cli.lookup import find_job
from cockpit_tui.cli.output import as_json, print_json, print_lines, tell
from cockpit_tui.cli.queue_adding import Add, add_to_queue
from cockpit_tui.cli.queue_runner import marked_as_runner, stop_runner
from cockpit_tui.cli.queue_words import queue_lines, run_lines
from cockpit_tui.cli.run import ApproveChoice, ModeChoice, Repo
from cockpit_tui.cli.session import (
    commanding_session,
    engine_session,
    own_settings,
    reading_session,
    run_async,
)
from cockpit_tui.cli.telling import telling_here
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import (
    MoveJob,
    PauseQueue,
    PauseSchedule,
    RemoveSchedule,
    ResumeQueue,
    ResumeSchedule,
)
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.queue import Move
from cockpit_tui.engine.engine import Engine, utc_now
from cockpit_tui.headless.faces import Face, JsonLines, Narration
from cockpit_tui.headless.queue_runner import DRAIN_SECONDS, QueueRun, exit_code
from cockpit_tui.presentation.names import ShortNames

app = App(name="queue", help=NOUNS["queue"])

Json = Annotated[bool, Parameter(help="JSON instead of words.")]
Which = Annotated[str, Parameter(help="A job (41, #41), or a schedule (s3).")]
_SCHEDULE = re.compile(r"s(\d{1,9})")


@app.command(name="list")
def list_queue(*, json: Json = False) -> int:
    """What runs next and what it waits for, then the schedules."""
    async def work() -> int:
        async with reading_session() as engine:
            state, paused = await engine.queue.state(), await engine.paused_jobs()
            refused = await engine.refused_commands()
            names = {project.id: project.name for project in await engine.projects()}
        if json:
            print_json({**as_json(state), "refused": [as_json(one) for one in refused]})
        else:
            print_lines(queue_lines(state, names, now=utc_now(), refused=refused,
                                    paused=paused))
        return 0

    return run_async(work())


@app.command
def add(
    request: Annotated[str, Parameter(help="What should be done.")],
    /,
    *,
    repo: Repo = ".",
    at: Annotated[str, Parameter(help="Not before: 23:00, +2h, 2026-11-22T07:30.")] = "",
    cron: Annotated[str, Parameter(help="A new job at each of these times: \"0 2 * * *\".")] = "",
    after: Annotated[str, Parameter(help="Once this job is completed: 41.")] = "",
    priority: Annotated[int, Parameter(help="Higher starts first.")] = 0,
    overnight: Annotated[bool, Parameter(help="In the night only (queue.overnight).")] = False,
    mode: Annotated[ModeChoice | None, Parameter(help="Cost against strength.")] = None,
    model: Annotated[str | None, Parameter(help="provider:model of lead and agents.")] = None,
    budget: Annotated[float | None, Parameter(help="Dollars the job may spend.")] = None,
    approve: Annotated[ApproveChoice | None, Parameter(help="Who answers gates.")] = None,
    until: Annotated[str, Parameter(help="review, plan, phase:N or all.")] = "all",
) -> int:
    """Record a job without starting it here; `cockpit queue start` or an open cockpit runs it."""
    wanted = build_request(request, own_settings(), mode=mode, model=model, budget=budget,
                           approve=approve, until=until)
    return run_async(add_to_queue(wanted, Add(
        repository=repo, at=at, cron=cron, after=after, priority=priority, overnight=overnight)))


@app.command
def move(job: Annotated[str, Parameter(help="A job: 41 or #41.")], /, *,
         first: Annotated[bool, Parameter(help="To the first place.")] = False,
         last: Annotated[bool, Parameter(help="To the last place.")] = False,
         before: Annotated[str, Parameter(help="Before this job, with its priority.")] = "",
         priority: Annotated[int | None, Parameter(help="Its new priority.")] = None) -> int:
    """Change a job's place in the queue, or its priority, also while it runs."""
    if sum((first, last, bool(before))) > 1 or not (first or last or before
                                                    or priority is not None):
        raise UsageError("Say one place: --first, --last, --before JOB or --priority N.")

    async def work(engine: Engine) -> int:
        found = await find_job(engine, job)
        target = (await find_job(engine, before)).id if before else None
        were = {entry.number: entry.priority for entry in (await engine.queue.state()).entries}
        await engine.send(MoveJob(job_id=found.id, to=Move(
            priority=priority, is_first=first, is_last=last, before=target)))
        entries = (await engine.queue.state()).entries
        at, now = next(((place, entry.priority) for place, entry in enumerate(entries, start=1)
                        if entry.number == found.number), (0, priority))
        where = f"number {at} of {len(entries)} in the queue" if at else f"at priority {priority}"
        was = were.get(found.number, now)
        print_lines([f"Job #{found.number} is {where}"
                     + (f"; its priority is {now} now, it was {was}." if was != now else ".")])
        return 0

    return _writing(work)


@app.command
def pause(which: Which = "", /) -> int:
    """Start nothing more, or not this job or schedule; what runs goes on."""
    async def work(engine: Engine) -> int:
        if (number := _schedule_number(which)) is not None:
            await engine.send(PauseSchedule(number=number))
        else:
            await engine.send(PauseQueue(
                job_id=(await find_job(engine, which)).id if which else None))
        print_lines([f"Paused: {which or 'the whole queue'}. "
                     f"Go on: {f'cockpit queue resume {which}'.strip()}"])
        return 0

    return _writing(work)


@app.command
def resume(which: Which = "", /) -> int:
    """Undo a pause; a job that is not paused starts next, whatever it waited for."""
    async def work(engine: Engine) -> int:
        if (number := _schedule_number(which)) is not None:
            await engine.send(ResumeSchedule(number=number))
        else:
            await engine.send(ResumeQueue(
                job_id=(await find_job(engine, which)).id if which else None))
        how = "" if engine.writes_letters else " Run it: cockpit queue start"
        print_lines([f"Goes on: {which or 'the whole queue'}.{how}"])
        return 0

    return _writing(work)


@app.command
def remove(schedule: Annotated[str, Parameter(help="A schedule: s3.")], /) -> int:
    """Forget a schedule; its jobs stay. (A job is taken out by `cockpit jobs cancel`.)"""
    number = _schedule_number(schedule)
    if number is None:
        raise UsageError(f"{schedule!r} is no schedule.",
                         hint="A job is taken out by: cockpit jobs cancel N")

    async def work(engine: Engine) -> int:
        await engine.send(RemoveSchedule(number=number))
        print_lines([f"Schedule s{number} is removed."])
        return 0

    return _writing(work)


@app.command
def start(*, until_empty: Annotated[bool, Parameter(
              help="End once nothing is left that could start by itself.")] = False,
          json: Annotated[bool, Parameter(help="One event a line, the result last.")] = False,
          quiet: Annotated[bool, Parameter(help="Only the result.")] = False) -> int:
    """Run the queue here, without questions, until it is stopped (Ctrl-C, `queue stop`).

    Exit codes: 0 all done, 1 a job failed, 3 a job waits for you.
    """
    async def work() -> int:
        stop, at_once, loop = asyncio.Event(), asyncio.Event(), asyncio.get_running_loop()

        def stopped() -> None:
            if stop.is_set():
                at_once.set()
                return
            stop.set()
            tell(f"Stopping: steps under way come to their end, for {DRAIN_SECONDS:.0f} s at most. "
                 "Once more ends them at once.")

        names = ShortNames()
        face: Face = JsonLines() if json else Narration(is_quiet=quiet, jobs=names)
        async with engine_session(is_attended=False) as engine, \
                telling_here(engine, is_unattended=True):
            for which in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.add_signal_handler(which, stopped)
            for entry in (await engine.queue.state()).entries:
                names.add_job(entry.job_id, entry.number)
            newest = await engine.latest_events(limit=1)
            run = QueueRun(engine=engine, face=face, ended=Counter(),
                           seen=newest[-1].seq if newest else 0,
                           tell=(lambda words: None) if quiet or json else tell)
            with marked_as_runner(Paths.from_environment()):
                result = await run.run(until_empty=until_empty, stop=stop, at_once=at_once)
        if json:
            print_json(result)
        else:
            print_lines(run_lines(result))
        return exit_code(result)

    return run_async(work())


@app.command
def stop() -> int:
    """Stop the cockpit that runs the queue once its steps under way are over; again: at once."""
    print_lines([stop_runner(Paths.from_environment())])
    return 0


def _schedule_number(name: str) -> int | None:
    found = _SCHEDULE.fullmatch(name.strip().lower())
    return int(found[1]) if found else None


def _writing(work: Callable[[Engine], Awaitable[int]]) -> int:
    async def opened() -> int:
        async with commanding_session() as engine:
            return await work(engine)

    return run_async(opened())
