"""What is shown for approval is all of what lands; what lies on disk is the person's alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from support.repositories import make_repository

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.engine.engine import open_engine
from cockpit_tui.gitops.diffs import diff
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.worktrees import WorktreePool
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far


@pytest.mark.parametrize("attributes", ["* -diff", "* binary", "* -text diff=x", "*.py -diff"])
async def test_attributes_do_not_hide_lines_from_a_diff(tmp_path: Path, attributes: str) -> None:
    """`.gitattributes` of a repository, or of an agent, may call any file binary."""
    repository = make_repository(tmp_path / "repo", {
        ".gitattributes": f"{attributes}\n", "a.py": "honest = 1\n"})
    hub = await Hub.open(tmp_path / "hubs", "p1", repository)
    try:
        base = (await hub.refresh()).commit
        tree = await WorktreePool(hub, tmp_path / "worktrees").acquire(base, name="w")
        (tree.path / "a.py").write_text("evil = 1\n")
        assert "+evil = 1" in await tree.diff(base)
        commit = await tree.commit_all("x", {})
        assert commit is not None
        assert "+evil = 1" in await diff(hub, base, commit)
    finally:
        hub.close()


async def test_40_everything_on_disk_is_the_persons_alone(tmp_path: Path) -> None:
    """Also under a careless umask, and where the folders were made open by somebody before."""
    paths = Paths.from_environment()
    for folder in (paths.data, paths.cache):
        folder.mkdir(parents=True)
        folder.chmod(0o777)
    repository = make_repository(tmp_path / "repo", {"README.md": "x\n"})
    plan = PlanDraft(summary="s", phases=(PhaseDraft(title="P", tasks=(TaskDraft(
        key="a", title="Write", instructions="w", role="BackendDeveloper", owned_paths=("a.txt",),
        acceptance=("test -s a.txt",)),)),))
    provider = ScriptedProvider(plan=plan, task=lambda request: says("Done.") if turns_so_far(
        request) else calls(("write_file", {"path": "a.txt", "content": "x\n"}),
                            ("run_command", {"command": "echo x > $HOME/x"})))
    before = os.umask(0)
    try:
        async with open_engine(paths, is_attended=False,
                               provider_source=lambda _: (provider, "script")) as engine:
            job = await engine.send(SubmitJob(repository=str(repository), request=JobRequest(
                text="Write", policy=Policy(approve=ApproveMode.ALL))))
            assert job is not None
            assert (await engine.wait(job.id)).error is None
            for top in (paths.data, paths.hubs, paths.worktrees, paths.scratch, paths.database):
                assert stat.S_IMODE(top.stat().st_mode) & 0o077 == 0, top
            reachable = [file for file in paths.data.iterdir() if file.is_file()
                         and stat.S_IMODE(file.stat().st_mode) & 0o077]
            assert reachable == []
    finally:
        os.umask(before)
