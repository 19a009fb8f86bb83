"""A job that ended long ago keeps the first and the last checkpoint of every execution."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from support.repositories import git, make_repository
from support.scripted_jobs import one_phase, planned_task, scripted_engine, submit

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.engine.hubs import opened_hub
from cockpit_tui.engine.old_checkpoints import thin_old
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far


def four_steps(asked: ModelRequest) -> ModelReply:
    turn = turns_so_far(asked)
    if turn == 4:
        return says("Done.")
    return calls(("write_file", {"path": "a.txt", "content": f"{turn}\n"}), turn=turn)


async def test_only_jobs_that_ended_before_lose_their_middle_ones(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    provider = ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=four_steps)
    paths = Paths.from_environment()
    async with scripted_engine(provider) as engine:
        job = await submit(engine, repository)
        assert (await engine.wait(job.id)).error is None
        (attempt,) = await engine.task_steps((await engine.job_view(job.id)).tasks[0].id)
        prefix = f"refs/cockpit/jobs/{job.id}/checkpoints/{attempt.execution.id}"
        now = datetime.now(UTC)
        async with opened_hub(paths, job.project_id, str(repository)) as hub:
            async def thinned(before: datetime) -> tuple[int, list[str]]:
                count = await thin_old(engine.database, hub, job.project_id, before)
                refs = git("for-each-ref", "--format=%(refname)", prefix, cwd=hub.path)
                return count, [ref.removeprefix(f"{prefix}/") for ref in refs.splitlines()]

            assert await thinned(now - timedelta(days=1)) == (0, ["1", "2", "3", "4"])
            assert await thinned(now + timedelta(days=1)) == (2, ["1", "4"])
