"""The writer's promises: groups, order, atomicity, cancelled callers, life after a failure."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cockpit_tui.domain.errors import DiskFull, StorageError
from cockpit_tui.domain.event import AgentMessage, Event, RecordedEvent
from cockpit_tui.domain.ids import EventId, ExecutionId, JobId, TaskId
from cockpit_tui.storage import events
from cockpit_tui.storage.database import Database, Transaction

Published = list[tuple[RecordedEvent, ...]]


def said(text: str) -> Event:
    return Event(payload=AgentMessage(agent="a1", text=text))


def saying(text: str) -> Callable[[Transaction], RecordedEvent]:
    return lambda tx: tx.emit(said(text))


def running(sql: str) -> Callable[[Transaction], None]:
    def work(tx: Transaction) -> None:
        tx.conn.execute(sql)
    return work


def texts(recorded: tuple[RecordedEvent, ...]) -> list[str]:
    return [e.payload.text for e in recorded if isinstance(e.payload, AgentMessage)]


async def everything(ledger: Database) -> tuple[RecordedEvent, ...]:
    return await ledger.read(lambda conn: events.after(conn, 0, limit=100_000))


class Gate:
    """A unit of work that keeps the writer busy, so that what follows queues up behind it."""

    def __init__(self, ledger: Database) -> None:
        self._open = threading.Event()
        self._entered = threading.Event()
        self._ledger = ledger

    def _work(self, tx: Transaction) -> None:
        self._entered.set()
        assert self._open.wait(10)

    async def __aenter__(self) -> Gate:
        self._held = asyncio.ensure_future(self._ledger.write(self._work))
        assert await asyncio.to_thread(self._entered.wait, 10)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._open.set()
        await self._held


async def queue_up(ledger: Database, *work: Callable[[Transaction], object],
                   ) -> list[asyncio.Task[object]]:
    """Have all of `work` in the queue, in this order, before the writer gets to any of it."""
    async with Gate(ledger):
        tasks = [asyncio.ensure_future(ledger.write(unit)) for unit in work]
        await asyncio.gather(*(ledger.read(events.last_seq) for _ in tasks))
    await asyncio.wait(tasks)
    return tasks


async def test_an_event_comes_back_as_it_was_recorded(ledger: Database) -> None:
    recorded = await ledger.write(lambda tx: (
        tx.emit(Event(payload=AgentMessage(agent="a1", text="grüße\n\x1b[1m 你"), job_id=JobId("J"),
                      task_id=TaskId("T"), execution_id=ExecutionId("X"))),
        tx.emit(said("about no job"))))
    first, second = recorded
    at = first.at
    assert at.tzinfo is UTC
    assert recorded == (
        RecordedEvent(seq=1, id=EventId("ID1"), at=at, job_id=JobId("J"), task_id=TaskId("T"),
                      execution_id=ExecutionId("X"), correlation_id="J",
                      payload=AgentMessage(agent="a1", text="grüße\n\x1b[1m 你")),
        RecordedEvent(seq=2, id=EventId("ID2"), at=at + timedelta(seconds=1), job_id=None,
                      task_id=None, execution_id=None, correlation_id="RUN",
                      payload=AgentMessage(agent="a1", text="about no job")),
    )
    assert await everything(ledger) == recorded
    assert await ledger.read(
        lambda c: events.after(c, 0, limit=9, job_id=JobId("J"))) == (first,)
    assert await ledger.read(lambda c: events.after(c, 1, limit=9)) == (second,)
    assert await ledger.read(lambda c: events.latest(c, 1)) == (second,)
    assert await ledger.read(events.last_seq) == 2


async def test_text_that_is_not_unicode_is_recorded_visibly(ledger: Database,
                                                            published: Published) -> None:
    recorded = await ledger.write(saying("bad name: x\udcff.py"))
    assert recorded.payload == AgentMessage(agent="a1", text="bad name: x<U+DCFF>.py")
    assert await everything(ledger) == (recorded,)
    assert published == [(recorded,)]


async def test_a_failing_unit_leaves_its_group_alone(ledger: Database,
                                                     published: Published) -> None:
    def fails_late(tx: Transaction) -> None:
        tx.emit(said("lost"))
        tx.emit(said("lost as well"))
        raise KeyError("mine")

    good, bad, broken, also_good = await queue_up(
        ledger, saying("one"), fails_late, running("SELECT nonsense"),
        saying("two"))

    assert isinstance(bad.exception(), KeyError)
    assert isinstance(broken.exception(), StorageError)
    assert "no such column: nonsense" in str(broken.exception())
    assert published == [(good.result(), also_good.result())], "one group, one publication"
    assert texts(published[0]) == ["one", "two"]
    assert [event.seq for event in published[0]] == [1, 2]
    assert await everything(ledger) == published[0]


async def test_a_failing_commit_fails_the_whole_group_and_nothing_else(
        ledger: Database, published: Published) -> None:
    def breaks_the_commit(tx: Transaction) -> None:
        tx.conn.execute("PRAGMA defer_foreign_keys = ON")
        tx.conn.execute("INSERT INTO phases VALUES ('P', 'no such job', 0, 'x')")

    group = await queue_up(ledger, saying("one"), breaks_the_commit, saying("two"))

    errors = [unit.exception() for unit in group]
    assert [type(error) for error in errors] == [StorageError] * 3
    assert all("FOREIGN KEY constraint failed" in str(error) for error in errors)
    assert published == []
    assert await everything(ledger) == ()
    after = await ledger.write(saying("goes on"))
    assert after.seq == 1
    assert published == [(after,)]


async def test_a_full_disk_is_said_and_survived(ledger: Database) -> None:
    def leave_no_room(tx: Transaction) -> None:
        pages = tx.conn.execute("PRAGMA page_count").fetchone()[0]
        tx.conn.execute(f"PRAGMA max_page_count = {pages}")

    await ledger.write(leave_no_room)
    with pytest.raises(DiskFull, match="No room is left"):
        await ledger.write(saying("x" * 100_000))
    await ledger.write(running("PRAGMA max_page_count = 1000000"))
    recorded = await ledger.write(saying("y" * 100_000))
    assert recorded.seq == 1
    assert await everything(ledger) == (recorded,)


async def test_fifty_writers_at_once_leave_no_gap(ledger: Database, published: Published) -> None:
    async def talk(name: str) -> list[RecordedEvent]:
        return [await ledger.write(saying(f"{name}.{i}")) for i in range(20)]

    acknowledged = [e for batch in await asyncio.gather(*(talk(str(n)) for n in range(50)))
                    for e in batch]

    stored = await everything(ledger)
    assert [event.seq for event in stored] == list(range(1, 1_001))
    assert tuple(sorted(acknowledged, key=lambda event: event.seq)) == stored
    assert tuple(event for batch in published for event in batch) == stored, "published in order"


async def test_publication_comes_after_the_commit_and_before_the_answer(
        ledger_path, clock) -> None:
    order: list[str] = []

    def on_commit(recorded: tuple[RecordedEvent, ...]) -> None:
        outside = sqlite3.connect(ledger_path)
        order.append(f"published, {events.last_seq(outside)} on disk")
        outside.close()
        raise RuntimeError("a broken subscriber")

    async with await Database.open(ledger_path, clock=clock, on_commit=on_commit) as ledger:
        await ledger.write(saying("one"))
        order.append("answered")
    assert order == ["published, 1 on disk", "answered"]


async def test_a_cancelled_caller_does_not_cancel_the_transaction(
        ledger: Database, published: Published) -> None:
    async with Gate(ledger):
        caller = asyncio.ensure_future(ledger.write(saying("said anyway")))
        neighbour = asyncio.ensure_future(ledger.write(saying("answered")))
        await ledger.read(events.last_seq)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert published == []
    async with asyncio.timeout(10):
        assert (await neighbour).seq == 2
    assert [texts(batch) for batch in published] == [["said anyway", "answered"]]


async def test_closing_finishes_what_is_queued(ledger_path, clock) -> None:
    ledger = await Database.open(ledger_path, clock=clock)
    writes = [asyncio.ensure_future(ledger.write(saying(str(n)))) for n in range(30)]
    await ledger.read(events.last_seq)
    closing = asyncio.ensure_future(ledger.close())
    assert [event.seq for event in await asyncio.gather(*writes)] == list(range(1, 31))
    await closing
    await ledger.close()
    assert [p.name for p in ledger_path.parent.iterdir()] == ["cockpit.db"], "checkpointed"
    with pytest.raises(StorageError, match="is closed"):
        await ledger.write(saying("too late"))
    with pytest.raises(StorageError, match="is closed"):
        await ledger.read(events.last_seq)


async def test_a_reader_cannot_write_and_sees_one_moment(ledger: Database) -> None:
    await ledger.write(saying("one"))
    with pytest.raises(StorageError, match="readonly"):
        await ledger.read(lambda conn: conn.execute("DELETE FROM events"))
    loop = asyncio.get_running_loop()

    def look_twice(conn: sqlite3.Connection) -> tuple[int, int]:
        before = events.last_seq(conn)
        asyncio.run_coroutine_threadsafe(ledger.write(saying("two")), loop).result(10)
        return before, events.last_seq(conn)

    assert await ledger.read(look_twice) == (1, 1)
    assert await ledger.read(events.last_seq) == 2


async def test_events_are_never_changed_or_deleted(ledger: Database) -> None:
    recorded = await ledger.write(saying("one"))
    for statement in ("UPDATE events SET at = ''", "DELETE FROM events"):
        with pytest.raises(StorageError, match="append-only"):
            await ledger.write(running(statement))
    assert await everything(ledger) == (recorded,)


async def test_a_unit_that_raises_stop_iteration_does_not_hang(ledger: Database) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await ledger.write(lambda tx: next(iter(())))


async def test_a_time_without_a_zone_is_refused(ledger_path) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        await Database.open(ledger_path, clock=lambda: datetime(2026, 1, 1))  # noqa: DTZ001
