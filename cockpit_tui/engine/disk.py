"""What the cockpit takes of the disk, by kind; looked at, never changed."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.ids import ProjectId
from cockpit_tui.engine.hubs import opened_hub
from cockpit_tui.gitops.proof import bytes_of_kept_commits
from cockpit_tui.gitops.temporary_index import temporary_indexes
from cockpit_tui.gitops.trash import bytes_below

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectUse:
    """What a project takes of the disk, in bytes."""

    project_id: ProjectId
    name: str
    """Empty where the ledger knows no such project."""
    hub: int
    worktrees: int
    trash: int
    """Files that git could not store."""
    kept: int = 0
    """Commits of the trash; part of `hub`."""

    @property
    def total(self) -> int:
        return self.hub + self.worktrees + self.trash


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskUse:
    """All in bytes."""

    ledger: int
    """With its write-ahead log and its lock."""
    copies: int
    """Backups, and what migrations kept."""
    logs: int
    scratch: int
    cache: int
    """Without scratch; can be thrown away at any time."""
    indexes: int
    """Of git, in the machine's temporary folder."""
    projects: tuple[ProjectUse, ...]
    free: int
    """On the disk where the work lies."""

    @property
    def total(self) -> int:
        return (self.ledger + self.copies + self.logs + self.scratch + self.cache + self.indexes
                + sum(project.total for project in self.projects))

    @property
    def trash(self) -> int:
        return sum(project.trash + project.kept for project in self.projects)


async def measured(paths: Paths, names: Mapping[ProjectId, str]) -> DiskUse:
    """`disk_use`, and how much of the hubs is work that did not land."""
    use = await asyncio.to_thread(disk_use, paths, names)
    projects = [replace(project, kept=await kept_bytes(paths, project.project_id))
                for project in use.projects]
    return replace(use, projects=tuple(projects))


async def kept_bytes(paths: Paths, project: ProjectId) -> int:
    """What the commits in a project's trash take; 0 also for a hub that cannot be opened."""
    if not (paths.hubs / f"{project}.trash").is_dir():
        return 0
    try:
        async with opened_hub(paths, project, "") as hub:
            return await bytes_of_kept_commits(hub)
    except (CockpitError, OSError) as error:
        log.warning("the trash of %s was not measured: %s", project, error)
        return 0


def disk_use(paths: Paths, names: Mapping[ProjectId, str]) -> DiskUse:
    """Look at every place; takes a walk over all worktrees. Raises nothing for what vanishes."""
    ledger = {paths.database.with_name(paths.database.name + end)
              for end in ("", "-wal", "-shm", ".lock")}
    copies = set(paths.data.glob(f"{paths.database.stem}*.db*")) - ledger
    scratch = bytes_below(paths.scratch)
    return DiskUse(
        ledger=_bytes_of(ledger), copies=_bytes_of(copies),
        logs=_bytes_of(paths.log_file.parent.glob(f"{paths.log_file.name}*")), scratch=scratch,
        cache=bytes_below(paths.cache) - scratch,
        indexes=sum(bytes_below(folder) for folder in temporary_indexes()),
        projects=tuple(project_use(paths, project, names.get(project, ""))
                       for project in known_projects(paths)),
        free=free_bytes(paths))


def known_projects(paths: Paths) -> tuple[ProjectId, ...]:
    """Who has a hub, worktrees or trash, also where the ledger has forgotten them."""
    found = {place.stem for end in ("git", "trash") for place in paths.hubs.glob(f"*.{end}")}
    found |= {place.name for place in paths.worktrees.glob("*") if place.is_dir()}
    return tuple(ProjectId(name) for name in sorted(found))


def project_use(paths: Paths, project: ProjectId, name: str) -> ProjectUse:
    return ProjectUse(
        project_id=project, name=name, hub=bytes_below(paths.hubs / f"{project}.git"),
        worktrees=bytes_below(paths.worktrees / project),
        trash=bytes_below(paths.hubs / f"{project}.trash"))


def free_bytes(paths: Paths) -> int:
    """Room that is left where the work lies, or will."""
    place = next(place for place in (paths.data, *paths.data.parents) if place.exists())
    return shutil.disk_usage(place).free


def _bytes_of(files: Iterable[Path]) -> int:
    total = 0
    for file in files:
        with suppress(OSError):
            total += file.lstat().st_size
    return total
