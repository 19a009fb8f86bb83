"""Runs one job to its end without a screen, telling a face what happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.ids import JobId
from cockpit_tui.engine.engine import Engine
from cockpit_tui.engine.runs import JobEnd
from cockpit_tui.headless.faces import Face
from cockpit_tui.headless.result import job_result

AskPerson = Callable[[JobId], Coroutine[Any, Any, None]]
"""Answers whatever waits in a job, at the terminal."""

EXIT_DONE = 0


async def follow_job(engine: Engine, job_id: JobId, face: Face, *, after: int = 0,
                     ask: AskPerson | None = None) -> int:
    """Show the job's events until its run is over, then its result; the exit code.

    `after`: the `seq` from which on events are shown. `ask`, where there is a terminal, is called
    at once and again after whatever happened: it asks about what waits by then.
    """
    began = time.monotonic()
    seen = after
    news = asyncio.Event()
    async with engine.subscribe() as batches, asyncio.TaskGroup() as group:
        asking: asyncio.Task[None] | None = None
        if ask is not None:
            asking = group.create_task(_keep_asking(ask, job_id, news), name="ask the person")
        ended = group.create_task(engine.wait(job_id), name="wait for the job")
        arriving = group.create_task(_next(batches), name="wait for events")
        while not ended.done():
            await asyncio.wait({ended, arriving}, return_when=asyncio.FIRST_COMPLETED)
            if arriving.done():
                arriving = group.create_task(_next(batches), name="wait for events")
            seen = await _show_new(engine, job_id, face, seen)
            news.set()
        arriving.cancel()
        if asking is not None:
            asking.cancel()
    await _show_new(engine, job_id, face, seen)
    return await tell_result(engine, ended.result(), face, time.monotonic() - began)


async def tell_result(engine: Engine, end: JobEnd, face: Face, seconds: float) -> int:
    """Show the result of a run that is over; the exit code."""
    view = await engine.job_view(end.job.id)
    commits = await engine.job_commits(end.job.id)
    found = tuple({"sha": commit.sha, "subject": commit.subject} for commit in commits)
    variances = await engine.variances(end.job.id)
    face.result(job_result(view, found, end.error, duration_seconds=seconds, variances=variances))
    return EXIT_DONE if end.error is None else end.error.exit_code


async def _keep_asking(ask: AskPerson, job_id: JobId, news: asyncio.Event) -> None:
    """News that come while a question is open are looked at right after its answer."""
    while True:
        news.clear()
        await ask(job_id)
        await news.wait()


async def _next(batches: AsyncIterator[tuple[RecordedEvent, ...]]) -> None:
    await anext(batches)


async def _show_new(engine: Engine, job_id: JobId, face: Face, seen: int) -> int:
    while True:
        batch = await engine.events(after=seen, limit=1_000, job_id=job_id)
        for event in batch:
            face.show(event)
            seen = event.seq
        if len(batch) < 1_000:
            return seen
