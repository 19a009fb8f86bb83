"""The lock desk on a real ledger: any order of asking, leaving, killing and starting again."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.event import LockAcquired, LockReleased, LockWaiting, Payload
from cockpit_tui.domain.glob_overlap import may_overlap
from cockpit_tui.domain.ids import JobId, LockId, ProjectId, TaskId
from cockpit_tui.domain.lock import MOST_OBSERVED, Claim, Lock, next_holders
from cockpit_tui.engine.locks import Asker, LockDesk
from cockpit_tui.storage import locks
from cockpit_tui.storage.database import Database, Transaction

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CLAIMS = (Claim(paths=("src/**",)), Claim(paths=("src/a.py",)), Claim(paths=("src/b.py",)),
          Claim(paths=("docs/*",), resources=("db:test",)), Claim(resources=("db:test",)),
          Claim(paths=("**/a.py", "docs/x")))


class Floor:
    """A ledger with two jobs of one project, its desk, and tasks that hold until told to go."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ids = count(1)
        self.payloads: list[Payload] = []
        self.tasks: dict[str, tuple[asyncio.Task[None], asyncio.Event]] = {}
        self.waited: set[str] = set()
        self.inside: set[str] = set()

    async def open(self) -> None:
        self.database = await Database.open(
            self.path / "cockpit.db", clock=lambda: NOW, new_id=lambda: f"id{next(self.ids)}",
            on_commit=lambda batch: self.payloads.extend(e.payload for e in batch))
        await self.database.write(_two_jobs)
        self.desk = LockDesk(database=self.database, new_id=lambda: f"lock{next(self.ids)}",
                             engine_run=f"run{next(self.ids)}")
        await self.desk.reap()

    async def ask(self, name: str, claim: Claim, job: int = 1) -> None:
        leave = asyncio.Event()
        asker = Asker(project_id=ProjectId("p"), job_id=JobId(f"j{job}"), task_id=TaskId(name),
                      number=name, title="T")

        async def work() -> None:
            async with self.desk.held(asker, claim, on_wait=lambda: self.waited.add(name)):
                self.inside.add(name)
                try:
                    await leave.wait()
                finally:
                    self.inside.discard(name)

        self.tasks[name] = asyncio.create_task(work()), leave
        await self.settled()

    async def leave(self, name: str, *, cancelled: bool = False) -> None:
        task, leave = self.tasks.pop(name)
        if cancelled:
            task.cancel()
        else:
            leave.set()
        await asyncio.gather(task, return_exceptions=True)
        await self.settled()

    async def settled(self) -> None:
        """Every write is done, and who was told by it has gone on."""
        for _ in range(3):
            await self.table()
            await asyncio.sleep(0)

    async def table(self) -> tuple[Lock, ...]:
        """As the ledger has it once all earlier writes are done."""
        return await self.database.write(lambda tx: locks.listing(tx.conn))

    async def die(self) -> None:
        """As by a kill: nothing is released, the rows stay."""
        for task, _ in self.tasks.values():
            task.cancel()
        rows = await self.database.write(
            lambda tx: [tuple(row) for row in tx.conn.execute("SELECT * FROM locks")])
        await asyncio.gather(*(task for task, _ in self.tasks.values()), return_exceptions=True)
        self.tasks.clear()
        self.waited.clear()

        def as_it_was(tx: Transaction) -> None:
            tx.conn.execute("DELETE FROM locks")
            tx.conn.executemany(
                f"INSERT INTO locks VALUES ({', '.join('?' * 13)})", rows)

        await self.database.write(as_it_was)
        await self.database.close()


def _two_jobs(tx: Transaction) -> None:
    tx.conn.execute("INSERT OR IGNORE INTO projects (id, name, path, identity, added_at) "
                    "VALUES ('p', 'p', '/p', 'i', ?)", (NOW.isoformat(),))
    for number, priority in ((1, 0), (2, 5)):
        tx.conn.execute(
            "INSERT OR IGNORE INTO jobs (id, number, project_id, request_json, status, waiting_on, "
            "branch, base_branch, base_commit, head_commit, reason, created_at, priority) "
            "VALUES (?, ?, 'p', '{}', 'building', 'nothing', 'b', 'm', 'c', 'c', '', ?, ?)",
            (f"j{number}", number, NOW.isoformat(), priority))


class LockMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.directory = tempfile.TemporaryDirectory()
        self.floor = Floor(Path(self.directory.name))
        self.names = count(1)
        self.run(self.floor.open())

    def run(self, work: object) -> object:
        return self.loop.run_until_complete(work)  # type: ignore[arg-type]

    def teardown(self) -> None:
        async def end() -> None:
            while self.floor.tasks:  # No lost waiter: everybody comes in once the others leave.
                assert self.floor.inside
                await self.floor.leave(min(self.floor.inside))
            assert await self.floor.table() == ()
            await self.floor.database.close()

        self.run(end())
        self.loop.close()
        self.directory.cleanup()

    @rule(claim=st.sampled_from(CLAIMS), job=st.sampled_from([1, 2]))
    def ask(self, claim: Claim, job: int) -> None:
        self.run(self.floor.ask(f"t{next(self.names)}", claim, job))

    @precondition(lambda self: bool(self.floor.inside))
    @rule(data=st.data(), cancelled=st.booleans())
    def leave(self, data: st.DataObject, cancelled: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.floor.inside)))
        self.run(self.floor.leave(name, cancelled=cancelled))

    @precondition(lambda self: len(self.floor.tasks) > len(self.floor.inside))
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        waiting = sorted(set(self.floor.tasks) - self.floor.inside)
        self.run(self.floor.leave(data.draw(st.sampled_from(waiting)), cancelled=True))

    @rule()
    def die_and_start_again(self) -> None:
        async def again() -> None:
            await self.floor.die()
            await self.floor.open()
            assert await self.floor.table() == ()

        self.run(again())

    @invariant()
    def the_table_is_what_happens(self) -> None:
        async def look() -> tuple[Lock, ...]:
            return await self.floor.table()

        table: tuple[Lock, ...] = self.run(look())  # type: ignore[assignment]
        held = [lock for lock in table if lock.held_at is not None]
        assert {lock.task_number for lock in held} == self.floor.inside
        assert {lock.task_number for lock in table} == set(self.floor.tasks)
        assert not any(one.claim.shared_with(other.claim) or other.claim.shared_with(one.claim)
                       for one in held for other in held if one.id != other.id)
        assert next_holders(table) == ()  # Nobody waits whose turn it is.


LockMachine.TestCase.settings = settings(
    max_examples=15, stateful_step_count=15, deadline=None,
    suppress_health_check=list(HealthCheck))
TestLockMachine = LockMachine.TestCase


async def test_who_waits_is_told_by_whom_and_what_a_dead_engine_held_is_released(
        tmp_path: Path) -> None:
    floor = Floor(tmp_path)
    await floor.open()
    await floor.ask("1.1", CLAIMS[0])
    await floor.ask("1.2", CLAIMS[1], job=2)
    assert (floor.waited, floor.inside) == ({"1.2"}, {"1.1"})
    await floor.leave("1.1")
    assert floor.inside == {"1.2"}
    await floor.die()
    await floor.open()
    await floor.database.close()
    assert floor.payloads == [
        LockAcquired(number="1.1", names=("src/**",), waited_seconds=0.0),
        LockWaiting(number="1.2", names=("src/a.py",), held_by=("#1 1.1",)),
        LockReleased(number="1.1", names=("src/**",)),
        LockAcquired(number="1.2", names=("src/a.py",), waited_seconds=0.0),
        LockReleased(number="1.2", names=("src/a.py",)),
        LockReleased(number="1.2", names=("src/a.py",), reason="its engine is dead")]


async def test_a_person_takes_a_held_lock_by_force_and_no_waiting_one(
        tmp_path: Path) -> None:
    floor = Floor(tmp_path)
    await floor.open()
    await floor.ask("1.1", CLAIMS[0])
    await floor.ask("1.2", CLAIMS[1])
    await floor.ask("1.3", CLAIMS[2])
    first, second, _ = await floor.table()
    for lock_id in (second.id, LockId("of nobody")):
        with pytest.raises(UsageError, match="not held"):
            await floor.desk.take_away(lock_id)
    assert floor.inside == {"1.1"}
    await floor.desk.take_away(first.id)
    await floor.settled()
    assert floor.inside == {"1.1", "1.2", "1.3"}
    for name in ("1.1", "1.2", "1.3"):
        await floor.leave(name)
    assert await floor.table() == ()
    await floor.database.close()


async def test_ten_thousand_stray_files_keep_the_ledger_from_nobody(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each was held against each lock in one transaction: 50,000 of them took 18 seconds."""
    floor, compared = Floor(tmp_path), 0

    def counting(one: str, other: str) -> bool:
        nonlocal compared
        compared += 1
        return may_overlap(one, other)

    monkeypatch.setattr("cockpit_tui.domain.lock.may_overlap", counting)
    await floor.open()
    await floor.ask("1.1", Claim(paths=("src/**",)))
    await floor.ask("1.2", Claim(paths=("docs/**",)))
    asker = Asker(project_id=ProjectId("p"), job_id=JobId("j1"), task_id=TaskId("1.2"),
                  number="1.2", title="T")
    (other,) = await floor.desk.observe(asker, [
        *(f"out/{i % 9}/f{i}.js" for i in range(5_000)), *(f"top{i}.js" for i in range(5_000)),
        "src/x.py"])
    assert other.task_id == "1.1"
    (seen,) = [lock for lock in await floor.table() if lock.claim.is_observed]
    assert len(seen.claim.paths) == MOST_OBSERVED - 1  # `src` is the other one's.
    assert compared < 1_000
    for name in ("1.1", "1.2"):
        await floor.leave(name)
    await floor.database.close()


async def test_a_task_that_is_cancelled_twice_leaves_no_lock_and_is_seen_to_write_no_more(
        tmp_path: Path) -> None:
    floor = Floor(tmp_path)
    await floor.open()
    asker = Asker(project_id=ProjectId("p"), job_id=JobId("j1"), task_id=TaskId("1.1"),
                  number="1.1", title="T")
    is_inside = asyncio.Event()

    async def work() -> None:
        async with floor.desk.held(asker, CLAIMS[0], on_wait=lambda: None):
            await floor.desk.observe(asker, ["elsewhere.py"])
            is_inside.set()
            await asyncio.Event().wait()

    working = asyncio.create_task(work())
    await is_inside.wait()
    assert len(await floor.table()) == 2
    working.cancel()  # The task is given up ...
    await asyncio.sleep(0)
    working.cancel()  # ... and its job cancelled, while it gives its locks back.
    await asyncio.gather(working, return_exceptions=True)
    assert await floor.desk.observe(asker, ["elsewhere.py"]) == ()  # A late look of the watcher.
    await floor.database.write(lambda tx: None)  # Behind everything that was under way.
    assert await floor.table() == ()
    await floor.database.close()
