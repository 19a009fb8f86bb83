"""Opening a project's hub for as long as something is read from it or done to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.ids import ProjectId
from cockpit_tui.gitops.hub import Hub


@asynccontextmanager
async def opened_hub(paths: Paths, project_id: ProjectId, repository: str) -> AsyncIterator[Hub]:
    """The project's hub, let go of on leaving. Raises GitError, RepositoryError."""
    hub = await Hub.open(paths.hubs, project_id, repository)
    try:
        yield hub
    finally:
        hub.close()
