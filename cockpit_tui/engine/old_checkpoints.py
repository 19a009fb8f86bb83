"""Thinning checkpoints of jobs that ended long ago: an execution keeps its first and its last."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from cockpit_tui.domain.checkpoint import to_drop
from cockpit_tui.domain.ids import ProjectId
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.storage import jobs
from cockpit_tui.storage.database import Database

_KEPT_OF_OLD = 2


async def thin_old(database: Database, hub: Hub, project_id: ProjectId, before: datetime) -> int:
    """Drop the middle checkpoints of the project's jobs that ended before `before`; how many."""
    old = await database.read(lambda conn: jobs.ended_before(conn, project_id, before))
    if not old:
        return 0
    listed = await hub.git("for-each-ref", "--format=%(refname)", "refs/cockpit/jobs/")
    steps: dict[str, list[int]] = defaultdict(list)
    for ref in listed.text.splitlines():
        prefix, _, name = ref.rpartition("/")
        parts = prefix.split("/")  # refs cockpit jobs JOB checkpoints EXECUTION
        if len(parts) == 6 and parts[3] in old and parts[4] == "checkpoints" and name.isdigit():
            steps[prefix].append(int(name))
    doomed = [f"delete {prefix}/{step}\n" for prefix, numbers in steps.items()
              for step in to_drop(numbers, _KEPT_OF_OLD)]
    if doomed:
        await hub.git("update-ref", "--stdin", stdin="".join(doomed).encode())
    return len(doomed)
