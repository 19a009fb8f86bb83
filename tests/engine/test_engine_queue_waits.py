"""A run of the queue that has nothing to do says what it waits for."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from datetime import timedelta
from pathlib import Path

from support.repositories import make_repository
from support.scripted_jobs import one_phase, planned_task, scripted_engine, writes_its_file

from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.domain.queue import Placement
from cockpit_tui.domain.queue_order import local_minute
from cockpit_tui.engine.engine import utc_now
from cockpit_tui.headless.faces import Narration
from cockpit_tui.headless.queue_runner import QueueRun
from cockpit_tui.providers.scripted import ScriptedProvider

PLAN = one_phase(planned_task("a", "a.txt"))


async def test_it_says_once_what_it_waits_for_when_all_that_was_due_is_done(
        tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    later, said, stop = utc_now() + timedelta(hours=2), [], asyncio.Event()

    def tell(words: str) -> None:
        said.append(words)
        stop.set()

    async with scripted_engine(ScriptedProvider(plan=PLAN, task=writes_its_file)) as engine:
        for placement in (Placement(), Placement(not_before=later)):
            await engine.send(SubmitJob(
                repository=str(repository), placement=placement, request=JobRequest(
                    text="Write files", policy=Policy(approve=ApproveMode.ALL))))
        await engine.queue.add_schedule(str(repository), JobRequest(text="Nightly"), "0 2 * * *")
        (schedule,) = (await engine.queue.state()).schedules
        out = io.StringIO()
        run = QueueRun(engine=engine, face=Narration(out=out, err=out), ended=Counter(), seen=0,
                       tell=tell)
        async with asyncio.timeout(60):
            result = await run.run(until_empty=True, stop=stop)
        assert (result["completed"], said) == (1, [
            f"Nothing is due. #2: Starts at {local_minute(later)}. "
            f"s1: Starts a job at {local_minute(schedule.next_at)}."])
        await engine.queue.pause()
        stop.clear()
        async with asyncio.timeout(60):
            await run.run(until_empty=False, stop=stop)
    assert said[1:] == ["The queue is paused. Go on: cockpit queue resume"]
