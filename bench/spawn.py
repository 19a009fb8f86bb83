"""Agent spawn: task ready until its first model request; and a worktree of the pool, new and used
again, in turn with a bare `git worktree add` on the same repository."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bench.places import base_of, fresh_paths, git, make_repository
from bench.report import Figure, percentiles, show
from bench.steps import plan
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.engine.engine import Engine, open_engine
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.worktrees import WorktreePool
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

SIZES = (200, 2_000, 20_000)
JOBS = 6


async def spawns(files: int) -> tuple[list[float], float]:
    """On a warm hub, and the very first one, in seconds."""
    asked: list[float] = []

    def answer(request: ModelRequest) -> ModelReply:
        if turns_so_far(request) == 0:
            asked.append(time.time())
            return calls(("write_file", {"path": "out0.txt", "content": "x\n"}))
        return says("Done.")

    with fresh_paths() as paths:
        repository = make_repository(base_of(paths) / "repository", files)
        provider = ScriptedProvider(plan=plan(1), task=answer)
        async with open_engine(paths, is_attended=False,
                               provider_source=lambda _: (provider, "script")) as engine:
            took = [await _spawn(engine, repository, asked) for _ in range(JOBS)]
    return took[1:], took[0]


async def worktrees(files: int) -> dict[str, list[float]]:
    """Seconds of getting one: `new` and `again` of the pool, `bare` by git alone."""
    took: dict[str, list[float]] = {"new": [], "again": [], "bare": []}
    with fresh_paths() as paths:
        repository = make_repository(base_of(paths) / "repository", files)
        hub = await Hub.open(paths.hubs, "bench", repository)
        pool = WorktreePool(hub, paths.worktrees / "bench")
        commit = (await hub.refresh()).commit
        for number in range(JOBS):
            began = time.perf_counter()
            used = await pool.acquire(commit, name=f"new{number}")
            took["new"].append(time.perf_counter() - began)
            (used.path / "left-behind.txt").write_text("x\n")
            await pool.release(used)
            began = time.perf_counter()
            await pool.acquire(commit, name=f"again{number}")
            took["again"].append(time.perf_counter() - began)
            took["bare"].append(_bare_add(repository, number))
        hub.close()
    return took


async def _spawn(engine: Engine, repository: Path, asked: list[float]) -> float:
    request = JobRequest(text="Bench", policy=Policy(approve=ApproveMode.ALL))
    job = await engine.send(SubmitJob(repository=str(repository), request=request))
    assert job is not None
    await engine.wait(job.id)
    events = await engine.events(job_id=job.id)
    ready = next(e for e in events if e.type == "task:ready")
    return asked[-1] - ready.at.timestamp()


def _bare_add(repository: Path, number: int) -> float:
    began = time.perf_counter()
    git("worktree", "add", "--quiet", "--detach", str(repository.parent / f"bare{number}"),
        cwd=repository)
    return time.perf_counter() - began


if __name__ == "__main__":
    for size in SIZES:
        warm, first = asyncio.run(spawns(size))
        got = asyncio.run(worktrees(size))
        target = "≤ 300 ms p50" if size == 2_000 else ""
        show([
            Figure(name=f"agent spawn, warm, {size:,} files", value=percentiles(warm),
                   target=target, note=f"first {first * 1000:.0f} ms"),
            Figure(name=f"a worktree of the pool, new, {size:,} files",
                   value=percentiles(got["new"])),
            Figure(name=f"a worktree of the pool, again, {size:,} files",
                   value=percentiles(got["again"])),
            Figure(name=f"bare git worktree add, {size:,} files", value=percentiles(got["bare"])),
        ])
