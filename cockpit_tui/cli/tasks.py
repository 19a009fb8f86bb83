"""`cockpit tasks`: a job's tasks, what one did step by step, and the way back to a step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.lookup import find_job
from cockpit_tui.cli.output import as_json, print_json, print_lines, table, tell
from cockpit_tui.cli.session import commanding_session, reading_session, run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.domain.command import (
    CancelTask,
    PauseTask,
    ResumeTask,
    RewindTask,
    UndoRewind,
)
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.domain.task import TaskRecord
from cockpit_tui.domain.usage import format_microusd
from cockpit_tui.engine.engine import Engine, utc_now
from cockpit_tui.engine.rewind_memory import can_go_back
from cockpit_tui.engine.task_steps import AttemptSteps
from cockpit_tui.presentation.fit import clip_end
from cockpit_tui.presentation.time import when

app = App(name="tasks", help=NOUNS["tasks"])

JobName = Annotated[str, Parameter(help="A job: 41, #41, its id, or last.")]
TaskName = Annotated[str, Parameter(help="A task's number in its plan, like 1.2.")]
Json = Annotated[bool, Parameter(help="JSON instead of words.")]


@app.command(name="list")
def list_tasks(job: JobName = "last", /, *, json: Json = False) -> int:
    """The tasks of a job: how each stands, and how often it was tried."""
    async def work() -> int:
        async with reading_session() as engine:
            found = await find_job(engine, job)
            records = (await engine.job_view(found.id)).tasks
        if json:
            print_json(as_json(records))
        elif not records:
            print_lines([f"Job #{found.number} has no tasks yet; it is {found.status.value}."])
        else:
            print_lines(table(
                [(r.number, _status(r), str(r.attempts), format_microusd(r.cost_microusd),
                  r.role, r.title) for r in records],
                header=("task", "status", "attempts", "cost", "role", "title")))
        return 0

    return run_async(work())


@app.command
def show(job: JobName, task: TaskName, /, *, json: Json = False) -> int:
    """What a task did, step by step; one with a commit can be gone back to."""
    async def work() -> int:
        async with reading_session() as engine:
            found, record = await _found(engine, job, task)
            attempts = await engine.task_steps(record.id)
            goes_back = await engine.database.read(lambda conn: can_go_back(conn, record.id))
        if json:
            print_json({"task": as_json(record), "attempts": as_json(attempts)})
            return 0
        print_lines(_lines(record, attempts))
        if goes_back:
            tell(f"\ncockpit tasks rewind {found.number} {record.number} --to STEP")
        return 0

    return run_async(work())


@app.command
def rewind(job: JobName, task: TaskName, /, *,
           to: Annotated[int | None, Parameter(
               help="The step to go back to, as `tasks show` counts; 0: the beginning.")] = None,
           again: Annotated[str, Parameter(
               help="What the agent is told when it goes on from there.")] = "",
           undo: Annotated[bool, Parameter(
               help="Take the last rewind back, while the task has not gone on.")] = False) -> int:
    """Bring a task of a stopped job back to one of its steps; then resume or retry the job."""
    if (to is None) == (not undo) or (undo and again):
        raise UsageError("Name a step with --to, or take the last rewind back with --undo.",
                         hint="The steps: cockpit tasks show JOB TASK")
    if to is not None and to < 0:
        raise UsageError(f"Steps are counted from 0, not {to}.")

    async def work() -> int:
        async with commanding_session() as engine:
            found, record = await _found(engine, job, task)
            if to is None:
                await engine.send(UndoRewind(task_id=record.id))
                said = f"Task {record.number} stands where it was before it was rewound."
            else:
                await engine.send(RewindTask(task_id=record.id, step=to, words=again))
                said = f"Task {record.number} is back at step {to}."
        verb = "retry" if found.status.is_final else "resume"
        lines = [said, f"Go on: cockpit jobs {verb} {found.number}"]
        if to is not None:
            lines.append(f"Undo:  cockpit tasks rewind {found.number} {record.number} --undo")
        print_lines(lines)
        return 0

    return run_async(work())


@app.command
def pause(job: JobName, task: TaskName, /) -> int:
    """Let the step that a task is at come to its end, and begin no further one of it."""
    async def work(engine: Engine, found: Job, record: TaskRecord) -> list[str]:
        await engine.send(PauseTask(task_id=record.id))
        return [f"Task {record.number} pauses; what depends on it waits, the rest goes on.",
                f"Go on: cockpit tasks resume {found.number} {record.number}"]

    return _commanding(job, task, work)


@app.command
def resume(job: JobName, task: TaskName, /) -> int:
    """Let a paused task go on."""
    async def work(engine: Engine, found: Job, record: TaskRecord) -> list[str]:
        await engine.send(ResumeTask(task_id=record.id))
        lines = [f"Task {record.number} may go on."]
        if found.id in await engine.paused_jobs():
            lines.append(f"Its job is paused, too. Go on: cockpit jobs resume {found.number}")
        elif not engine.writes_letters:
            lines.append(f"Run it: cockpit jobs resume {found.number}")
        return lines

    return _commanding(job, task, work)


@app.command
def cancel(job: JobName, task: TaskName, /) -> int:
    """Stop a task for good; what depends on it is skipped, the rest of its job goes on."""
    async def work(engine: Engine, found: Job, record: TaskRecord) -> list[str]:
        await engine.send(CancelTask(task_id=record.id))
        return [f"Task {record.number} is cancelled; what depends on it is skipped.",
                f"Later, if you want: cockpit jobs retry {found.number}"]

    return _commanding(job, task, work)


Work = Callable[[Engine, Job, TaskRecord], Awaitable[list[str]]]


def _commanding(job: str, task: str, work: Work) -> int:
    """Carry out `work`, and print the lines that it comes to."""
    async def opened() -> int:
        async with commanding_session() as engine:
            print_lines(await work(engine, *await _found(engine, job, task)))
        return 0

    return run_async(opened())


def _status(record: TaskRecord) -> str:
    return f"paused ({record.status.value})" if record.is_paused else record.status.value


def _lines(record: TaskRecord, attempts: Sequence[AttemptSteps]) -> list[str]:
    lines = [f"Task {record.number}  {sanitize_line(record.title)}  {_status(record)}"]
    if record.reason:
        lines.append(f"  {sanitize_line(record.reason)}")
    for attempt in attempts:
        ran = attempt.execution
        lines += ["", f"Attempt {ran.attempt}  {ran.status.value}  "
                      f"{format_microusd(ran.cost_microusd)}  {sanitize_line(ran.model_asked)}"]
        rows = []
        for step in attempt.steps:
            kept = step.checkpoint
            rows.append((str(step.number), when(step.at, utc_now()),
                         clip_end(", ".join(step.tools) or "words", 40),
                         str(kept.files) if kept else "", format_microusd(step.cost_microusd),
                         kept.commit[:10] if kept else ""))
        lines += table(rows, header=("step", "at", "calls", "files", "cost", "commit"))
    if not attempts:
        lines.append("  It has not begun.")
    return lines


async def _found(engine: Engine, job_name: str, number: str) -> tuple[Job, TaskRecord]:
    job = await find_job(engine, job_name)
    records = (await engine.job_view(job.id)).tasks
    for record in records:
        if record.number == number.strip():
            return job, record
    there = ", ".join(record.number for record in records[:20]) or "none yet"
    raise UsageError(f"Job #{job.number} has no task {clip_end(sanitize_line(number), 20)!r}.",
                     hint=f"It has: {there}")
