"""After a return to an older copy of the ledger: jobs whose work in the hub is newer than that.

Such a job cannot go on from where the copy has it: its agents would find their work done, and its
branch ahead of them. So it is stopped, its branch in the hub goes back to what the copy knows, and
what lies beyond that goes to the trash; a retry begins the phase anew from there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain import event
from cockpit_tui.domain.errors import StorageError
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import Job, JobStatus
from cockpit_tui.engine.endings import Endings
from cockpit_tui.engine.hubs import opened_hub
from cockpit_tui.engine.retention import hub_projects
from cockpit_tui.engine.stops import StopDesk
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.trash import Trash
from cockpit_tui.storage import jobs
from cockpit_tui.storage.connection import open_reader
from cockpit_tui.storage.database import Database


def last_events(conn: sqlite3.Connection) -> Mapping[JobId, int]:
    """The number of each job's newest event."""
    return {JobId(row[0]): int(row[1]) for row in conn.execute(
        "SELECT job_id, max(seq) FROM events WHERE job_id IS NOT NULL GROUP BY job_id")}


def last_events_of(ledger: Path) -> Mapping[JobId, int] | None:
    """Those of the ledger that was in use; None where there is none that can be read."""
    if not ledger.exists():
        return None
    try:
        with closing(open_reader(ledger)) as conn:
            return last_events(conn)
    except (sqlite3.Error, StorageError):
        return None


async def stop_outdated(database: Database, paths: Paths, stops: StopDesk,
                        before: Mapping[JobId, int] | None) -> tuple[Job, ...]:
    """Stop every unfinished job that went on after the copy was made, as far as the hub shows it;
    which. `before` is what `last_events_of` found. Raises GitError, StorageError."""
    now = await database.read(last_events)
    stopped = []
    endings = Endings(database=database, stops=stops, log_file=paths.log_file)
    there = hub_projects(paths)
    for job in await database.read(jobs.unfinished):
        went_on = before is None or before.get(job.id) != now.get(job.id)
        if not went_on or job.project_id not in there:
            continue
        async with opened_hub(paths, job.project_id, "") as hub:
            if not await _has_begun(hub, job):
                continue
            await _bring_back(hub, job)
        reason = ("The ledger was brought back to a copy that is older than this job's work; what "
                  "it did since is in the trash. Begin its phase anew: "
                  f"cockpit jobs retry {job.number}")
        await endings.end(job.id, JobStatus.FAILED, reason,
                          event.JobFailed(reason=reason, error="LedgerRestored"))
        stopped.append(job)
    return tuple(stopped)


async def _has_begun(hub: Hub, job: Job) -> bool:
    listed = await hub.git("for-each-ref", "--format=%(refname)", f"refs/heads/{job.branch}",
                           f"refs/cockpit/jobs/{job.id}/")
    return bool(listed.text.strip())


async def _bring_back(hub: Hub, job: Job) -> None:
    """What stands on a phase's lane is kept when the phase begins anew."""
    ref = f"refs/heads/{job.branch}"
    known = job.head_commit if job.head_commit != job.base_commit else None
    there = await hub.read_ref(ref)
    if there is None or there == known:
        return
    await Trash(hub).keep_commit(f"job{job.number}-branch", there, base=job.head_commit,
                                 why="the ledger was brought back to an older copy")
    if known is None:
        await hub.delete_ref(ref, there)
    else:
        await hub.update_ref(ref, known, there)
