"""What an engine puts right before it begins: what the last one left behind when it was killed.

Commands of agents that still run are killed, worktrees of jobs that ended are given back (their
work goes to the trash), scratch folders of such jobs and git's temporary indexes are removed.
Nothing here may keep an engine from starting, and with nothing to do it costs a few directory
listings. Locks that a killed git left in a hub are removed by `Hub.open`, which knows by a lease
that no process holds it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cockpit_tui.config.crash_points import crash_point
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain import event
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import ProjectId
from cockpit_tui.engine.hubs import opened_hub
from cockpit_tui.gitops.locks import open_lock_file, share_lock, try_lock
from cockpit_tui.gitops.removal import remove_tree
from cockpit_tui.gitops.temporary_index import remove_left_indexes
from cockpit_tui.gitops.worktrees import WorktreePool, held_names
from cockpit_tui.storage import jobs
from cockpit_tui.storage.database import Database
from cockpit_tui.tools.processes import kill_recorded_group

log = logging.getLogger(__name__)

_OF_JOB = re.compile(r"job(\d+)-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    processes: int = 0
    """Commands that were still running, each with all its processes."""
    worktrees: int = 0
    scratch: int = 0


@asynccontextmanager
async def recovered(paths: Paths, database: Database) -> AsyncIterator[Recovered]:
    """Put right what a killed engine left, and say so by an event; hold the scratch folder after.

    Where an engine of another ledger holds the same scratch folder, nothing in it is touched.
    """
    unfinished = {job.number for job in await database.read(jobs.unfinished)}
    with ExitStack() as held:
        processes = scratch = 0
        try:
            lease = open_lock_file(paths.cache / "scratch.lease")
            held.callback(os.close, lease)
            crash_point("recovery/begun")
            if try_lock(lease):
                processes, scratch = await _tidy_scratch(paths.scratch, unfinished)
            await asyncio.to_thread(share_lock, lease)
            await asyncio.to_thread(remove_left_indexes)
        except OSError as error:
            log.warning("the scratch folder was left as it is: %s", error)
        found = Recovered(processes=processes, scratch=scratch,
                          worktrees=await _give_back(paths, unfinished))
        if found.processes or found.worktrees:
            payload = event.EngineRecovered(jobs=0, reissued=0, processes=found.processes,
                                            worktrees=found.worktrees)
            await database.write(lambda tx: tx.emit(Event(payload=payload)))
        crash_point("recovery/done")
        yield found


async def _tidy_scratch(scratch: Path, unfinished: set[int]) -> tuple[int, int]:
    """How many commands were killed, how many folders removed."""
    killed = removed = 0
    for place in sorted(scratch.iterdir()):
        try:
            if place.suffix == ".pgid":
                killed += await kill_recorded_group(place)
            elif place.is_dir() and _has_ended(place.name, unfinished):
                await asyncio.to_thread(remove_tree, place)
                removed += 1
        except OSError as error:
            log.warning("%s was left as it is: %s", place, error)
    return killed, removed


async def _give_back(paths: Paths, unfinished: set[int]) -> int:
    given_back = 0
    for place in sorted(paths.hubs.glob("*.git")):
        orphans = [name for name in held_names(place) if _has_ended(name, unfinished)]
        if not orphans:
            continue
        project = ProjectId(place.stem)
        try:
            async with opened_hub(paths, project, "") as hub:
                pool = WorktreePool(hub, paths.worktrees / project)
                for name in orphans:
                    await pool.release_named(name, why="the cockpit was killed before it was given "
                                                       "back")
                    given_back += 1
        except (CockpitError, OSError) as error:
            log.warning("worktrees of %s were not given back: %s", place.name, error)
    return given_back


def _has_ended(name: str, unfinished: set[int]) -> bool:
    """Whether what is named so belongs to a job that has ended, or that nobody knows."""
    found = _OF_JOB.match(name)
    return found is not None and int(found[1]) not in unfinished
