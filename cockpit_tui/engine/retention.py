"""Forgetting by age: finished jobs' working memory, their checkpoints, and what lies in the trash.

What happened, was decided, was paid and was proven stays; see `storage.retention`.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain import event
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import ProjectId
from cockpit_tui.engine.hubs import opened_hub
from cockpit_tui.gitops.hub import is_finished
from cockpit_tui.gitops.trash import Trash, TrashEntry
from cockpit_tui.gitops.upkeep import drop_refs, keep_up, needs_upkeep
from cockpit_tui.storage import retention
from cockpit_tui.storage.database import Database, Transaction
from cockpit_tui.storage.retention import Forgettable

log = logging.getLogger(__name__)

CLOSING_SECONDS = 5.0
"""The most that upkeep may keep a closing engine; a hub that needs longer gets it when asked."""
ASKED_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectTrash:
    project_id: ProjectId
    entries: tuple[TrashEntry, ...]


def hub_projects(paths: Paths) -> tuple[ProjectId, ...]:
    """Whose hubs there are, of removed projects too; not those that a kill left half made."""
    return tuple(ProjectId(place.stem) for place in sorted(paths.hubs.glob("*.git"))
                 if is_finished(place))


async def due(database: Database, now: datetime, days: int) -> tuple[Forgettable, ...]:
    """Jobs that ended more than `days` days ago and still have their working memory."""
    return await database.read(lambda conn: retention.due(conn, now - timedelta(days=days)))


async def compact(database: Database, paths: Paths, now: datetime,
                  days: int) -> tuple[Forgettable, ...]:
    """Forget what is due, job by job, each whole or not at all; which jobs.

    A job's checkpoints go before its memory is marked as gone: a crash between both is mended by
    the next time.
    """
    forgotten = await due(database, now, days)
    for project in {job.project_id for job in forgotten}:
        if project in hub_projects(paths):
            async with opened_hub(paths, project, "") as hub:
                await drop_refs(hub, [f"refs/cockpit/jobs/{job.job_id}/checkpoints/"
                                      for job in forgotten if job.project_id == project])
    for job in forgotten:
        await database.write(partial(_forget, job=job))
    return forgotten


def _forget(tx: Transaction, job: Forgettable) -> None:
    retention.forget(tx, job.job_id)
    tx.emit(Event(payload=event.JobCompacted(steps=job.steps, payload_bytes=job.payload_bytes),
                  job_id=job.job_id))


async def trash(paths: Paths) -> tuple[ProjectTrash, ...]:
    """What lies in every hub's trash."""
    found = []
    for project in hub_projects(paths):
        async with opened_hub(paths, project, "") as hub:
            found.append(ProjectTrash(project_id=project, entries=await Trash(hub).entries()))
    return tuple(found)


async def empty_trash(paths: Paths, older_than: datetime) -> int:
    """Throw away what lay in the trash before `older_than`; how many pieces."""
    gone = 0
    for project in hub_projects(paths):
        async with opened_hub(paths, project, "") as hub:
            place = Trash(hub)
            for entry in await place.entries():
                if entry.at < older_than:
                    await place.discard(entry)
                    gone += 1
    return gone


async def pack_hubs(paths: Paths, *, seconds: float, is_asked: bool = False) -> int:
    """Pack the hubs that need it (`is_asked`: all), in `seconds` together; how many were."""
    packed, ends_at = 0, monotonic() + seconds
    for project in hub_projects(paths):
        left = ends_at - monotonic()
        needed = is_asked or await asyncio.to_thread(needs_upkeep, _hub_path(paths, project))
        if needed and left > 0:
            async with opened_hub(paths, project, "") as hub:
                packed += await keep_up(hub, seconds=left)
    return packed


def _hub_path(paths: Paths, project: ProjectId) -> Path:
    return paths.hubs / f"{project}.git"


async def tidy_on_closing(database: Database, paths: Paths, now: datetime,
                          days: int | None) -> None:
    """What an engine does before it closes: hubs packed, and, with `[retention] days`, what is
    older forgotten. A failure is logged only; the next engine does it."""
    try:
        if days is not None:
            await compact(database, paths, now, days)
            await empty_trash(paths, now - timedelta(days=days))
        await pack_hubs(paths, seconds=CLOSING_SECONDS)
    except (CockpitError, OSError) as error:
        log.warning("upkeep was not finished: %s", error)
