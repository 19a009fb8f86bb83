"""`cockpit ledger`: copies of the ledger, whether it is sound, and what it may forget."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.disk import disk_lines
from cockpit_tui.cli.output import as_json, print_json, print_lines, table
from cockpit_tui.cli.session import engine_session, reading_session, run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.errors import StorageError, UsageError
from cockpit_tui.domain.health import Finding
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.engine.brought_back import last_events_of, stop_outdated
from cockpit_tui.engine.checkup import Checkup, check_up
from cockpit_tui.engine.engine import make_places, utc_now
from cockpit_tui.engine.retention import ASKED_SECONDS, compact, due, pack_hubs
from cockpit_tui.presentation.size import size_words
from cockpit_tui.storage.backup import back_up, restore, shrink
from cockpit_tui.storage.lock import EngineLock
from cockpit_tui.storage.retention import Forgettable

app = App(name="ledger", help=NOUNS["ledger"])

Json = Annotated[bool, Parameter(help="JSON instead of words.")]


@app.command
def backup(file: Annotated[Path | None, Parameter(
        help="A new file; without one, beside the ledger with the time in its name.")] = None,
           /, *, json: Json = False) -> int:
    """Copy the ledger as it is now, also while a cockpit works with it, and check the copy."""
    paths = Paths.from_environment()
    _require_ledger(paths)
    stamp = utc_now().strftime("%Y%m%dT%H%M%SZ")
    target = (file or paths.data / f"cockpit-{stamp}.backup.db").expanduser().absolute()
    size = back_up(paths.database, target)
    if json:
        print_json({"file": str(target), "bytes": size})
    else:
        print_lines([f"{sanitize_line(str(target))}  {size_words(size)}, checked",
                     "To go back to it, with no cockpit running: cockpit ledger restore "
                     f"{sanitize_line(shlex.quote(str(target)))}"])
    return 0


@app.command(name="restore")
def restore_ledger(file: Annotated[Path, Parameter(
        help="A backup, or a copy from before a new schema.")], /, *, json: Json = False) -> int:
    """Go back to a copy of the ledger, once it is checked. The one that was in use is kept.

    Jobs that went on since the copy are stopped; `jobs retry` begins their phase anew. Jobs that
    were asked for since are not known any more; their branches stay. `ledger check` names them.
    """
    paths = Paths.from_environment()
    make_places(paths)
    stamp = utc_now().strftime("%Y%m%dT%H%M%SZ")
    aside = paths.database.with_name(f"{paths.database.stem}-{stamp}.replaced.db")
    with EngineLock(paths.database):
        restore(file.expanduser().absolute(), paths.database, aside=aside)

    async def stop() -> tuple[Job, ...]:
        async with engine_session() as engine:
            return await stop_outdated(engine.database, engine.paths, engine.runs.stops,
                                       last_events_of(aside))

    stopped = run_async(stop())
    if json:
        print_json({"ledger": str(paths.database),
                    "replaced": str(aside) if aside.exists() else None,
                    "stopped": [job.number for job in stopped]})
        return 0
    print_lines([f"{sanitize_line(str(paths.database))} is what {sanitize_line(str(file))} was, "
                 "checked.",
                 *([f"What was there before: {sanitize_line(str(aside))}"]
                   if aside.exists() else []),
                 *(f"Job #{job.number} went on after the copy was made, and is stopped; what it "
                   f"did since is in the trash. Begin its phase anew: cockpit jobs retry "
                   f"{job.number}" for job in stopped),
                 "What ran since is not known any more; its branches stay: cockpit ledger check"])
    return 0


@app.command
def check(*, json: Json = False) -> int:
    """Look whether everything kept is sound; 1 where something is wrong, with what to do."""
    async def work() -> int:
        paths = Paths.from_environment()
        _require_ledger(paths)
        async with reading_session() as engine:
            found = await check_up(engine.database, engine.paths)
        if json:
            print_json({"is_sound": not found.findings, **as_json(found)})
        else:
            print_lines(_checkup_lines(found))
        return 1 if found.findings else 0

    return run_async(work())


@app.command(name="compact")
def compact_ledger(*, older_than: Annotated[int, Parameter(
        help="Days since a job's end.")],
                   dry_run: Annotated[bool, Parameter(
                       help="Only say what would go.")] = False, json: Json = False) -> int:
    """Drop the working memory of jobs that ended long ago; what happened stays.

    Gone for good: every model reply word for word, what tools answered, checkpoints of worktrees.
    So such a job can not be retried any more. Its events, answers, bills, proofs, and commits stay.
    """
    if older_than < 1:
        raise UsageError(f"--older-than takes days, 1 or more, not {older_than}")
    paths = Paths.from_environment()
    _require_ledger(paths)

    async def look() -> tuple[Forgettable, ...]:
        async with reading_session() as engine:
            return await due(engine.database, utc_now(), older_than)

    async def work() -> tuple[Forgettable, ...]:
        async with engine_session() as engine:
            jobs = await compact(engine.database, engine.paths, utc_now(), older_than)
            await pack_hubs(engine.paths, seconds=ASKED_SECONDS, is_asked=True)
        return jobs

    jobs = run_async(look() if dry_run else work())
    freed = 0
    if not dry_run:
        with EngineLock(paths.database):
            freed = shrink(paths.database)
    if json:
        print_json({"jobs": [as_json(job) for job in jobs], "freed_bytes": freed,
                    "dry_run": dry_run})
        return 0
    rows = [(f"#{job.number}", str(job.steps), str(job.tool_calls), size_words(job.payload_bytes))
            for job in jobs]
    would = "Would drop" if dry_run else "Dropped"
    lines = table(rows, header=("job", "steps", "tool calls", "size")) if rows else []
    freed_words = f" The ledger is {size_words(max(0, freed))} smaller." if not dry_run else ""
    print_lines([*lines, f"{would} the working memory of {len(jobs)} "
                         f"job{'' if len(jobs) == 1 else 's'}.{freed_words}"])
    return 0


def _checkup_lines(found: Checkup) -> list[str]:
    lines = [*disk_lines(found.disk), "", f"{found.jobs} jobs, {found.events} events"]
    if not found.findings:
        return [*lines, "", "Everything is sound."]
    lines += ["", *(line for finding in _summed(found.findings) for line in (
        f"{finding.about}: {sanitize_line(finding.text)}",
        f"  {sanitize_line(finding.remedy)}"))]
    return lines


def _summed(findings: Sequence[Finding]) -> list[Finding]:
    """Many of one project as one finding, where the first of them stood."""
    alike: dict[object, list[Finding]] = {}
    for at, finding in enumerate(findings):
        alike.setdefault((finding.about, finding.project) if finding.project else at,
                         []).append(finding)
    return [group[0] if len(group) == 1 else Finding(
        about=group[0].about, project=group[0].project,
        text=f"{len(group)} in the hub of {group[0].project} belong to no job",
        remedy="Each with what removes it: cockpit ledger check --json")
        for group in alike.values()]


def _require_ledger(paths: Paths) -> None:
    if not paths.database.exists():
        raise StorageError(f"There is no ledger at {str(paths.database)!r} yet.",
                           hint="The first job or project makes it.")
