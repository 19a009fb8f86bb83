"""Opening a project's hub for as long as something is read from it or done to it, and seeing that
its repository is still the one it was made of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.errors import NeedsPerson, RepositoryError
from cockpit_tui.domain.ids import ProjectId
from cockpit_tui.domain.project import Project
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.repository import locate


@asynccontextmanager
async def opened_hub(paths: Paths, project_id: ProjectId, repository: str) -> AsyncIterator[Hub]:
    """The project's hub, let go of on leaving. Raises GitError, RepositoryError."""
    hub = await Hub.open(paths.hubs, project_id, repository)
    try:
        yield hub
    finally:
        hub.close()


async def refuse_swapped(project: Project) -> None:
    """Raise NeedsPerson where another repository lies at the project's path by now: neither its
    code nor the work of this one belong together. One that is gone is told of where it is needed.
    """
    try:
        found = await locate(project.path)
    except RepositoryError:
        return
    if found.identity != project.identity:
        raise NeedsPerson(f"There is another repository at {project.path} than when the job began.",
                          hint="Put the first one back; or, if it is right so: cockpit projects "
                               "add, then resume.")
