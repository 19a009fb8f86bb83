"""What people type for a job, an approval or a project, and which one they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cockpit_tui.cli.output import tell
from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import Job, JobStatus, WaitingOn
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.engine.engine import Engine
from cockpit_tui.presentation.fit import clip_end

_NUMBER = re.compile(r"#?(\d{1,9})")
ULID_CHARACTERS = 26
_LEAST_ID_PART = 4
"""Fewer characters of an id are more likely a slip than a name."""


async def find_job(engine: Engine, name: str) -> Job:
    """`41`, `#41`, a job's id, or the words `last`, `unfinished` and `failed`: the newest such, of
    the repository one stands in where it has one. `unfinished` means none that the person paused,
    and none whose start is the queue's.

    Raises UsageError.
    """
    if (number := job_number(name)) is not None:
        return await engine.job_numbered(number)
    if name == "unfinished":
        return await _newest_to_resume(engine)
    if name in _WORDS:
        return await _newest(engine, name, [job for job in await engine.jobs()
                                            if _WORDS[name](job)])
    if len(name) != ULID_CHARACTERS:
        raise UsageError(f"No job {clip_end(name, 60)!r}.",
                         hint="Jobs go by their number: cockpit jobs list shows what there is.")
    return (await engine.job_view(JobId(name.upper()))).job


_WORDS: Mapping[str, Callable[[Job], bool]] = {
    "last": lambda job: True,
    "failed": lambda job: job.status is JobStatus.FAILED,
}
_BY_ITSELF = frozenset({WaitingOn.SCHEDULE, WaitingOn.DEPENDENCY, WaitingOn.RATE_LIMIT,
                        WaitingOn.DISK})
_NONE = {
    "last": ("There is no job yet.", 'Start one: cockpit run "Add tests"'),
    "unfinished": ("Every job has ended; there is nothing to resume.",
                   "Start what failed again: cockpit jobs retry"),
    "failed": ("No job has failed; there is nothing to retry.",
               "A cancelled one is named: cockpit jobs retry N"),
}


async def _newest_to_resume(engine: Engine) -> Job:
    """Says which one it is: whoever named none may mean another."""
    unfinished = [job for job in await engine.jobs() if not job.status.is_final]
    paused = await engine.paused_jobs()
    queued = {entry.job_id for entry in (await engine.queue.state()).entries}
    held = {job.id: state for job in unfinished if (state := _held(
        job, is_paused=job.id in paused, is_queued=job.id in queued))}
    if unfinished and len(held) == len(unfinished):
        some = ", ".join(f"#{job.number} {held[job.id]}" for job in unfinished[:4])
        more = f", and {len(held) - 4} more" if len(held) > 4 else ""
        raise UsageError(f"No job was stopped in its work: {some}{more}.",
                         hint=f"Go on with one all the same: {_going_on(unfinished[0])}")
    found = await _newest(engine, "unfinished", [job for job in unfinished if job.id not in held])
    tell(f"Goes on with job #{found.number}: {sanitize_line(found.title)}")
    return found


def _held(job: Job, *, is_paused: bool, is_queued: bool) -> str:
    """What keeps a job from going on but by its number; empty: nothing."""
    if is_paused or job.waiting_on is WaitingOn.PAUSED:
        return "is paused"
    if is_queued and (job.status is JobStatus.QUEUED or job.waiting_on in _BY_ITSELF):
        return "is in the queue"
    return ""


def _going_on(job: Job) -> str:
    """As the job's own reason has it, where that says so: of a paused task it is another."""
    return job.reason.partition("Go on: ")[2] if job.waiting_on is WaitingOn.PAUSED \
        and "Go on: " in job.reason else f"cockpit jobs resume {job.number}"


async def _newest(engine: Engine, word: str, fitting: Sequence[Job]) -> Job:
    """The newest of those of the repository one stands in; of another one only where this has
    none, and then it is said."""
    if not fitting:
        message, hint = _NONE[word]
        raise UsageError(message, hint=hint)
    here = Path.cwd()
    project_of = {project.id: project for project in await engine.projects()}
    for job in fitting:
        project = project_of.get(job.project_id)
        if project is not None and here.is_relative_to(project.path):
            return job
    found = fitting[0]
    other = project_of.get(found.project_id)
    if other is not None:
        tell(f"Job #{found.number} belongs to {other.path}.")
    return found


def job_number(name: str) -> int | None:
    """The number in `41` or `#41`; None for anything else."""
    found = _NUMBER.fullmatch(name.strip())
    return int(found[1]) if found else None


async def find_approval(engine: Engine, name: str) -> Approval:
    """An approval by its id, or by a start or end of it that fits one only; what waits goes first.

    Raises UsageError.
    """
    wanted = name.upper()
    for pool in (await engine.pending_approvals(), await _all_approvals(engine)):
        exact = [a for a in pool if a.id == wanted]
        similar = [a for a in pool if len(wanted) >= _LEAST_ID_PART
                   and (a.id.startswith(wanted) or a.id.endswith(wanted))]
        if found := exact or similar:
            return _only(found, name)
    raise UsageError(f"No approval {clip_end(name, 60)!r}.",
                     hint="cockpit approvals list shows what waits.")


def _only(found: Sequence[Approval], name: str) -> Approval:
    if len(found) == 1:
        return found[0]
    ids = ", ".join(a.id for a in found[:4])
    raise UsageError(f"{name!r} fits {len(found)} approvals: {ids}.",
                     hint="Type more of the id; its end tells them apart best.")


async def _all_approvals(engine: Engine) -> tuple[Approval, ...]:
    views = [await engine.job_view(job.id) for job in await engine.jobs()]
    return tuple(approval for view in views for approval in view.approvals)


async def find_project(engine: Engine, name: str) -> Project:
    """A project by id, by name where only one has it, by its path, or by an existing path in it.

    Raises UsageError.
    """
    known = await engine.projects()
    named = [p for p in known if name in (p.id, p.name)]
    if len(named) == 1:
        return named[0]
    if len(named) > 1:
        raise UsageError(f"{len(named)} projects are called {name!r}.",
                         hint="Name the path: " + ", ".join(p.path for p in named[:4]))
    path = Path(name).expanduser().resolve()
    for project in known:
        if path == Path(project.path) or (path.exists() and path.is_relative_to(project.path)):
            return project
    raise UsageError(f"No project {clip_end(name, 60)!r}.",
                     hint="cockpit projects list shows what there is.")
