"""A check-up of everything the cockpit keeps: ledger, hubs, worktrees, and the room they take."""

from __future__ import annotations

import re
import shlex
import sqlite3
from dataclasses import dataclass

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.errors import GitError, RepositoryError
from cockpit_tui.domain.health import Finding
from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.domain.job import JobStatus
from cockpit_tui.engine.disk import DiskUse, measured
from cockpit_tui.engine.hubs import opened_hub
from cockpit_tui.engine.retention import hub_projects
from cockpit_tui.gitops.worktrees import held_names
from cockpit_tui.storage import events, health
from cockpit_tui.storage.database import Database
from cockpit_tui.storage.lock import EngineLock

_JOB_REF = re.compile(r"refs/cockpit/jobs/([^/]+)/")
_HELD = re.compile(r"job(\d+)-(task)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    findings: tuple[Finding, ...]
    events: int
    jobs: int
    disk: DiskUse


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    job_ids: frozenset[JobId]
    branches: frozenset[str]
    unfinished: frozenset[int]
    worktrees: frozenset[str]
    names: dict[ProjectId, str]


async def check_up(database: Database, paths: Paths) -> Checkup:
    """Look at everything; nothing is changed. Raises StorageError where nothing can be read."""
    is_held = not EngineLock(paths.database).is_free()
    found = list(await database.read(lambda conn: health.findings(conn, is_held=is_held)))
    known = await database.read(_known)
    for project in hub_projects(paths):
        if project not in known.names:
            found.append(Finding(about="hubs", text=f"the hub {project}.git is of no project",
                                 remedy=f"Remove it: {_hub(paths, project)}"))
        found += await _strange_refs(paths, project, known)
        if not is_held:
            found += _strange_worktrees(paths, project, known)
    return Checkup(
        findings=tuple(found), events=await database.read(events.last_seq),
        jobs=len(known.job_ids),
        disk=await measured(paths, known.names))


async def _strange_refs(paths: Paths, project: ProjectId, known: _Known) -> list[Finding]:
    """Refs in the hub that belong to no job; or that it cannot be read."""
    place = _hub(paths, project)
    try:
        async with opened_hub(paths, project, "") as hub:
            listed = await hub.git("for-each-ref", "--format=%(refname)", "refs/heads",
                                   "refs/cockpit/jobs")
    except (GitError, RepositoryError) as error:
        return [Finding(about="hubs", text=f"the hub {project}.git cannot be read: {error.message}",
                        remedy=f"See what of it can be saved: git --git-dir={place} fsck")]
    strange = []
    for ref in listed.text.splitlines():
        job = _JOB_REF.match(ref)
        is_known = (job[1] in known.job_ids if job else ref in known.branches)
        if not is_known:
            name = known.names.get(project, project)
            strange.append(Finding(
                about="refs", text=f"{ref} in the hub of {name} belongs to no job", project=name,
                remedy="After a restore it may be all that is left of a job. Bring it home: "
                       f"git fetch {place} {shlex.quote(ref)}; let go of it: "
                       f"git --git-dir={place} update-ref -d {shlex.quote(ref)}"))
    return strange


def _strange_worktrees(paths: Paths, project: ProjectId, known: _Known) -> list[Finding]:
    """Worktrees that are held although no engine runs, by what is not going on."""
    strange = []
    for name in held_names(paths.hubs / f"{project}.git"):
        held = _HELD.match(name)
        if held is None or int(held[1]) not in known.unfinished:
            strange.append(Finding(
                about="worktrees", text=f"the worktree {name} is held by no unfinished job",
                remedy="The next command that writes gives it back: cockpit ledger compact"))
        elif held[2] and name not in known.worktrees:
            strange.append(Finding(
                about="worktrees", text=f"no execution knows the worktree {name}",
                remedy=f"cockpit jobs resume {held[1]}, or cancel it: both give it back"))
    return strange


def _hub(paths: Paths, project: ProjectId) -> str:
    """Where it lies, as a word for a shell."""
    return shlex.quote(str(paths.hubs / f"{project}.git"))


def _known(conn: sqlite3.Connection) -> _Known:
    rows = conn.execute("SELECT id, number, branch, status FROM jobs").fetchall()
    return _Known(
        job_ids=frozenset(JobId(row["id"]) for row in rows),
        branches=frozenset(f"refs/heads/{row['branch']}" for row in rows),
        unfinished=frozenset(row["number"] for row in rows
                             if not JobStatus(row["status"]).is_final),
        worktrees=frozenset(row[0] for row in conn.execute("SELECT worktree FROM executions")),
        names={ProjectId(row["id"]): row["name"]
               for row in conn.execute("SELECT id, name FROM projects")})
