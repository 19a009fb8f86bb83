"""Attack 18: a review runs nothing of a repository that nobody trusted, not even its Python."""

from __future__ import annotations

from pathlib import Path

from support.repositories import make_repository

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.drafts import PlanDraft
from cockpit_tui.domain.job import JobRequest, Until
from cockpit_tui.engine.engine import open_engine
from cockpit_tui.providers.scripted import ScriptedProvider, says


async def test_a_committed_python_is_not_asked_what_it_can_import(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    repository = make_repository(tmp_path / "repo", {
        "pyproject.toml": "[tool.pytest.ini_options]\n", "tests/test_x.py": "def test(): pass\n",
        **{f".venv/bin/{name}": f"#!/bin/sh\ntouch {canary}\n"
           for name in ("python", "python3", "pytest")}})
    for program in (repository / ".venv/bin").iterdir():
        program.chmod(0o755)
    provider = ScriptedProvider(plan=PlanDraft(summary=""), task=lambda _: says(""))
    async with open_engine(Paths.from_environment(), is_attended=False,
                           provider_source=lambda _: (provider, "script")) as engine:
        job = await engine.send(SubmitJob(repository=str(repository), request=JobRequest(
            text="Look", until=Until(stage="review"))))
        assert job is not None
        end = await engine.wait(job.id)
        review = (await engine.job_view(job.id)).review
    assert end.error is None
    assert review is not None
    assert [fact.command for fact in review.facts.commands], "there was something to ask about"
    assert not canary.exists()
