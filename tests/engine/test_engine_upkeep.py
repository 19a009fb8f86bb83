"""What an engine tidies up: after a kill when it opens, by age when it closes or is asked."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest
from support.repositories import git, make_repository

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.event import EngineRecovered, JobCompacted
from cockpit_tui.domain.job import Job, JobRequest
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.engine.checkup import check_up
from cockpit_tui.engine.engine import Engine, open_engine, utc_now
from cockpit_tui.engine.hubs import opened_hub
from cockpit_tui.engine.restart import prepare_retry
from cockpit_tui.engine.retention import compact, due, empty_trash, pack_hubs, trash
from cockpit_tui.gitops.locks import open_lock_file, try_lock
from cockpit_tui.gitops.worktrees import WorktreePool, held_names
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far
from cockpit_tui.storage import durable
from cockpit_tui.tools.processes import MARK_VARIABLE, ProcessRecord, boot_id, start_ticks

PLAN = PlanDraft(summary="One file.", phases=(PhaseDraft(title="P", tasks=(
    TaskDraft(key="a", title="Write a.txt", instructions="write", role="Tester",
              owned_paths=("a.txt",), acceptance=("grep -q hello a.txt",),
              commands=("sort a.txt",)),)),))
REQUEST = JobRequest(text="Write", policy=Policy(approve=ApproveMode.ALL))


def writes(request: ModelRequest) -> ModelReply:
    return (calls(("write_file", {"path": "a.txt", "content": "hello\n"}), turn=1),
            calls(("run_command", {"command": "sort a.txt"}), turn=2),
            says("Done."))[turns_so_far(request)]


@pytest.fixture
def paths(own_home: Path) -> Paths:
    return Paths.from_environment()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


@asynccontextmanager
async def engine_at(paths: Paths) -> AsyncIterator[Engine]:
    provider = ScriptedProvider(plan=PLAN, task=writes)
    async with open_engine(paths, is_attended=False,
                           provider_source=lambda _: (provider, "script")) as engine:
        yield engine


async def finished_job(engine: Engine, repository: Path) -> Job:
    job = await engine.send(SubmitJob(repository=str(repository), request=REQUEST))
    assert job is not None
    end = await engine.wait(job.id)
    assert end.error is None
    return end.job


async def recoveries(engine: Engine) -> list[EngineRecovered]:
    return [event.payload for event in await engine.latest_events()
            if isinstance(event.payload, EngineRecovered)]


def left_running(paths: Paths, name: str) -> subprocess.Popen[bytes]:
    """A command of a killed engine, with the file that tells of it."""
    process = subprocess.Popen(["sleep", "600"], start_new_session=True,
                               env={**os.environ, MARK_VARIABLE: name})
    record = ProcessRecord(mark=name, boot=boot_id(), pid=process.pid,
                           started=start_ticks(process.pid))
    (paths.scratch / f"{name}.work.pgid").write_text(json.dumps(
        {"mark": record.mark, "boot": record.boot, "pid": record.pid, "started": record.started}))
    return process


async def test_what_a_killed_engine_left_is_put_right_once(paths: Paths, repository: Path) -> None:
    async with engine_at(paths) as engine:
        job = await finished_job(engine, repository)
        assert await recoveries(engine) == []
        async with opened_hub(paths, job.project_id, "") as hub:
            pool = WorktreePool(hub, paths.worktrees / job.project_id)
            tree = await pool.acquire(job.base_commit, name="job1-task9-1")
            (tree.path / "half.txt").write_text("done\n")
    process = left_running(paths, "job1-task9-1")
    (paths.scratch / "job1-task9-1.work").mkdir()
    (paths.scratch / "job7x").mkdir()
    async with engine_at(paths) as engine:
        assert process.wait(timeout=5) == -9
        assert await recoveries(engine) == [
            EngineRecovered(jobs=0, reissued=0, processes=1, worktrees=1)]
        assert [path.name for path in paths.scratch.iterdir()] == ["job7x"]
        assert held_names(paths.hubs / f"{job.project_id}.git") == ()
        (place,) = await trash(paths)
        (entry,) = place.entries
        assert (entry.job, entry.task, entry.base) == (1, "9-1", job.base_commit)
    async with engine_at(paths) as engine:
        assert len(await recoveries(engine)) == 1
        assert await empty_trash(paths, entry.at) == 0
        assert await empty_trash(paths, utc_now() + timedelta(seconds=2)) == 1
        assert [place.entries for place in await trash(paths)] == [()]


async def test_a_reused_process_id_and_another_engines_scratch_are_left_alone(
        paths: Paths) -> None:
    async with engine_at(paths):
        pass
    (paths.scratch / "job1-lead.work.pgid").write_text(json.dumps(
        {"mark": "m", "boot": boot_id(), "pid": os.getpid(), "started": 1}))
    async with engine_at(paths) as engine:  # Would have ended this very process.
        assert await recoveries(engine) == []
    process = left_running(paths, "job1-task9-1")
    other = open_lock_file(paths.cache / "scratch.lease")
    try:
        assert try_lock(other, shared=True)
        async with engine_at(paths) as engine:
            assert await recoveries(engine) == []
            assert process.poll() is None
    finally:
        os.close(other)
    async with engine_at(paths):
        assert process.wait(timeout=5) == -9


async def test_compaction_forgets_the_memory_and_nothing_that_happened(
        paths: Paths, repository: Path) -> None:
    async with engine_at(paths) as engine:
        job = await finished_job(engine, repository)
        before = (await engine.job_view(job.id), await engine.job_diff(job.id),
                  await engine.job_commits(job.id), await engine.variances(job.id))
        events = await engine.events(limit=5_000)
        assert await compact(engine.database, paths, utc_now(), 1) == ()
        later = utc_now() + timedelta(days=2)
        (wanted,) = await due(engine.database, later, 1)
        assert (wanted.number, wanted.steps > 5, wanted.payload_bytes > 500) == (1, True, True)
        assert await compact(engine.database, paths, later, 1) == (wanted,)
        assert await compact(engine.database, paths, later, 1) == ()
        assert await pack_hubs(paths, seconds=60, is_asked=True) == 1
        after = (await engine.job_view(job.id), await engine.job_diff(job.id),
                 await engine.job_commits(job.id), await engine.variances(job.id))
        assert after == before
        now = await engine.events(limit=5_000)
        assert now[:len(events)] == events
        assert [event.payload for event in now[len(events):]] == [
            JobCompacted(steps=wanted.steps, payload_bytes=wanted.payload_bytes)]
        assert await engine.database.read(lambda conn: durable.for_job(conn, job.id)) == ()
        with pytest.raises(UsageError, match="compacted"):
            await engine.database.write(lambda tx: prepare_retry(tx, job.id))
        hub = paths.hubs / f"{job.project_id}.git"
        refs = git("for-each-ref", "--format=%(refname)", f"refs/cockpit/jobs/{job.id}", cwd=hub)
        assert refs == f"refs/cockpit/jobs/{job.id}/phase-1"
        assert (await check_up(engine.database, paths)).findings == ()


async def test_only_the_persons_own_setting_forgets_by_itself(
        paths: Paths, repository: Path) -> None:
    async with engine_at(paths) as engine:
        job = await finished_job(engine, repository)
    with closing(sqlite3.connect(paths.database)) as conn:
        conn.execute("UPDATE jobs SET finished_at = '2020-01-01T00:00:00.000000Z'")
        conn.commit()

    async def steps() -> int:
        async with engine_at(paths) as engine:
            return len(await engine.database.read(lambda conn: durable.for_job(conn, job.id)))

    assert await steps() > 0
    assert await steps() > 0
    paths.settings_file.parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file.write_text("[retention]\ndays = 30\n")
    assert await steps() > 0  # It is done on closing.
    assert await steps() == 0


async def test_what_belongs_to_no_job_is_found(paths: Paths, repository: Path) -> None:
    async with engine_at(paths) as engine:
        job = await finished_job(engine, repository)
        hub = paths.hubs / f"{job.project_id}.git"
        for ref in ("refs/heads/stray", "refs/cockpit/jobs/NOBODY/phase-1"):
            git("update-ref", ref, job.base_commit, cwd=hub)
        async with opened_hub(paths, job.project_id, "") as opened:
            pool = WorktreePool(opened, paths.worktrees / job.project_id)
            await pool.acquire(job.base_commit, name="job1-task9-1")
        (paths.hubs / "OTHER.git").mkdir()
        git("init", "--quiet", "--bare", cwd=paths.hubs / "OTHER.git")
        (paths.hubs / "OTHER.git/cockpit-hub").touch()
        held = await check_up(engine.database, paths)
    async with open_engine(paths, is_attended=False, only_reads=True) as engine:
        found = await check_up(engine.database, paths)
    words = [(finding.about, finding.text) for finding in found.findings]
    assert words == [
        ("refs", "refs/cockpit/jobs/NOBODY/phase-1 in the hub of repo belongs to no job"),
        ("refs", "refs/heads/stray in the hub of repo belongs to no job"),
        ("worktrees", "the worktree job1-task9-1 is held by no unfinished job"),
        ("hubs", "the hub OTHER.git is of no project")]
    assert [(finding.about, finding.text) for finding in held.findings] == [
        words[0], words[1], words[3]]
    assert [(use.name, use.hub > 0) for use in found.disk.projects] == [("repo", True), ("", True)]


async def test_a_damaged_hub_is_a_finding_and_does_not_hide_the_others(
        paths: Paths, repository: Path) -> None:
    async with engine_at(paths) as engine:
        job = await finished_job(engine, repository)
        hub = paths.hubs / f"{job.project_id}.git"
        git("update-ref", "refs/heads/$(x)", job.base_commit, cwd=hub)
        (paths.hubs / "0.git").mkdir()
        (paths.hubs / "0.git/cockpit-hub").touch()
        found = (await check_up(engine.database, paths)).findings
    assert [finding.about for finding in found] == ["hubs", "hubs", "refs"]
    assert found[1].text.startswith("the hub 0.git cannot be read: ")
    assert f"git fetch {hub} 'refs/heads/$(x)';" in found[2].remedy
