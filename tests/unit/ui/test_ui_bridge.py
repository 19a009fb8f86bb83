"""The bridge: batches instead of single events, gaps filled, views read once, errors said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from support import scenes
from support.fake_engine import FakeEngine
from textual.message import Message

from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.event import AgentMessage, JobStarted
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.view import JobView
from cockpit_tui.ui.bridge import Bridge, DiffLoaded, EngineFailed, EventsArrived, SnapshotChanged
from cockpit_tui.ui.snapshot import DiffSource

JOB = JobId("J41")


class CountingEngine(FakeEngine):
    views_read = 0
    failure: CockpitError | None = None

    async def job_view(self, job_id: JobId) -> JobView:
        self.views_read += 1
        if self.failure is not None:
            raise self.failure
        return await super().job_view(job_id)


@asynccontextmanager
async def bridged(interval: float = 0.0) -> AsyncIterator[
        tuple[Bridge, CountingEngine, list[Message]]]:
    engine = CountingEngine(scenes.running())
    seen: list[Message] = []
    bridge = Bridge(engine, seen.append, interval=interval)
    bridge.watch_job(JOB)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(bridge.run(), name="bridge")
        await settled()
        seen.clear()
        engine.views_read = 0
        yield bridge, engine, seen
        running.cancel()


async def settled() -> None:
    for _ in range(30):
        await asyncio.sleep(0)


async def test_many_events_are_one_batch_and_one_read() -> None:
    async with bridged() as (_, engine, seen):
        for _ in range(50):
            engine.publish(JobStarted(base="4f2c91aa"), job_id=JOB)
        await settled()
        batches = [m.events for m in seen if isinstance(m, EventsArrived)]
        assert [event.seq for batch in batches for event in batch] == list(range(11, 61))
        assert len(batches) <= 3
        assert engine.views_read == len([m for m in seen if isinstance(m, SnapshotChanged)]) <= 3


async def test_agents_words_reread_no_view() -> None:
    async with bridged() as (_, engine, seen):
        engine.publish(AgentMessage(agent="a2", text="still at it"), job_id=JOB)
        await settled()
        assert [type(message) for message in seen] == [EventsArrived]
        assert engine.views_read == 0


async def test_a_gap_in_seq_is_read_from_the_ledger() -> None:
    async with bridged() as (_, engine, seen):
        queues, engine._queues = engine._queues, []
        engine.publish(*[AgentMessage(agent="a2", text=str(i)) for i in range(3)])
        engine._queues = queues
        engine.publish(AgentMessage(agent="a2", text="3"))
        await settled()
        arrived = [e.seq for m in seen if isinstance(m, EventsArrived) for e in m.events]
        assert arrived == [11, 12, 13, 14]


async def test_the_live_diff_is_read_again_only_when_its_task_moves() -> None:
    async with bridged() as (bridge, engine, seen):
        source = DiffSource.of_task(TaskId("T22"))
        bridge.watch_diff(source)
        await settled()
        engine.publish(AgentMessage(agent="a2", text="x"), job_id=JOB, task_id=TaskId("T22"))
        await settled()
        assert [m.source for m in seen if isinstance(m, DiffLoaded)] == [source]
        engine.publish(scenes.CodeGenerated(agent="a2", path="x", added=1, removed=0),
                       job_id=JOB, task_id=TaskId("T22"))
        await settled()
        assert [m.source for m in seen if isinstance(m, DiffLoaded)] == [source, source]


async def test_a_failed_read_is_said_and_what_is_shown_stays() -> None:
    async with bridged() as (bridge, engine, seen):
        before = bridge.snapshot
        engine.failure = CockpitError("The ledger cannot be read.")
        engine.publish(JobStarted(base="4f2c91aa"), job_id=JOB)
        await settled()
        assert [m.error for m in seen if isinstance(m, EngineFailed)] == [engine.failure]
        assert bridge.snapshot == before
