"""How long a cancel takes until every process and every request of eight agents is gone.

    python -m bench.cancelling [RUNS]

Each run: one job, eight agents, each in a shell command of three processes that ignore SIGTERM (one
of them in a session of its own); then one job whose eight agents stand in streaming answers. From
the command until the last process is gone, or the server has seen the last connection close.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from bench.report import Figure, percentiles, show
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import CancelJob, SubmitJob
from cockpit_tui.domain.job import Job, JobRequest
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.engine.engine import Engine

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.cancelling import PROCESSES, hanging_stream, living, shell_agents, streaming_agents
from support.repositories import make_repository
from support.scripted_jobs import scripted_engine

AGENTS = 8
RUNS = 10


async def processes(place: Path, run: int) -> tuple[float, float]:
    """Seconds until no process lives, and until the command is answered."""
    mark = f"bench-{os.getpid()}-{run}"
    async with scripted_engine(shell_agents(mark, AGENTS)) as engine:
        job = await _submitted(engine, place)
        while len(await asyncio.to_thread(living, mark)) < AGENTS * PROCESSES:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        began = time.perf_counter()
        cancelling = asyncio.create_task(engine.send(CancelJob(job_id=job.id)))
        while await asyncio.to_thread(living, mark):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        gone = time.perf_counter() - began
        await cancelling
        return gone, time.perf_counter() - began


async def requests(place: Path) -> float:
    """Seconds until the server has seen every connection close."""
    all_there = asyncio.Event()
    async with hanging_stream(all_there, AGENTS) as server, \
            scripted_engine(streaming_agents(server.url, AGENTS)) as engine:
        job = await _submitted(engine, place)
        await all_there.wait()
        began = time.perf_counter()
        cancelling = asyncio.create_task(engine.send(CancelJob(job_id=job.id)))
        await server.all_gone(timeout_seconds=60)
        gone = time.perf_counter() - began
        await cancelling
        return gone


async def _submitted(engine: Engine, place: Path) -> Job:
    job = await engine.send(SubmitJob(repository=str(place), request=JobRequest(
        text="Write files", max_agents=AGENTS, policy=Policy(approve=ApproveMode.ALL))))
    assert job is not None
    return job


async def measure(runs: int) -> None:
    gone, answered, closed = [], [], []
    for run in range(runs):
        with tempfile.TemporaryDirectory() as home:
            for name in ("CONFIG", "DATA", "CACHE"):
                os.environ[f"XDG_{name}_HOME"] = f"{home}/{name.lower()}"
            file = Paths.from_environment().settings_file
            file.parent.mkdir(parents=True)
            file.write_text(f"[limits]\nagents_overall = {AGENTS}\n")
            place = make_repository(Path(home) / "repo", {"README.md": "# Hello\n"})
            dead, told = await processes(place, run)
            gone.append(dead)
            answered.append(told)
            closed.append(await requests(place))
    load = f"load {os.getloadavg()[0]:.1f}"
    count = f"{AGENTS} agents"
    show([Figure(name=f"{AGENTS * PROCESSES} stubborn processes of {count} gone",
                 value=percentiles(gone), target="1 s", note=load),
          Figure(name=f"cancel of {count} answered, worktrees given back",
                 value=percentiles(answered), note=load),
          Figure(name=f"streams of {count} closed", value=percentiles(closed), target="1 s",
                 note=load)])


if __name__ == "__main__":
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS))
