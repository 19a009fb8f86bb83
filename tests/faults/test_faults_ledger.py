"""What befalls the ledger's file, its clock and its disk from outside, while a job runs or after it
was killed."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.fault_bench import DIALECTS, LETTERS, FaultBench, count, out_of_time
from support.model_server import Answer, Request

from cockpit_tui.domain.command import CancelJob
from cockpit_tui.domain.errors import (
    LedgerBusy,
    LedgerCorrupt,
    LedgerReadOnly,
    LedgerTooNew,
    StorageError,
)
from cockpit_tui.domain.job import JobStatus

TIMES = count("LEDGER", 1, 20)


@pytest.fixture(autouse=True)
def within_time() -> None:
    if out_of_time():
        pytest.skip("the time of this run is over")


def at_request(bench: FaultBench, number: int, act: Callable[[], Awaitable[None]]) -> None:
    """Do `act` in the middle of the job: before its request `number` is answered."""
    dialect = DIALECTS[bench.wire](bench.brain)
    is_done = False

    async def handler(request: Request) -> Answer:
        nonlocal is_done
        if not is_done and len(bench.server.requests) >= number:  # Two may come at once.
            is_done = True
            bench.injected[act.__name__] += 1
            await act()
        answer: Answer = await dialect(request)
        return answer

    bench.server.handler = handler


@pytest.mark.parametrize("seed", range(TIMES))
async def test_busy_from_outside(seed: int, tmp_path: Path, own_home: Path) -> None:
    async with FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench:

        async def hold() -> None:  # in another process: locks are per process
            holder = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "import sqlite3, sys, time\n"
                "c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)\n"
                "c.execute('BEGIN IMMEDIATE'); time.sleep(1); c.execute('ROLLBACK')",
                str(bench.paths.database), stdout=asyncio.subprocess.PIPE)
            await holder.wait()

        at_request(bench, bench.moment(random.Random(seed)), hold)
        job = await bench.run_here()
        assert job.status is JobStatus.COMPLETED, job.reason
        bench.check_all()


@pytest.mark.parametrize("seed", range(TIMES))
async def test_clock_jumps(seed: int, tmp_path: Path, own_home: Path) -> None:
    chance = random.Random(seed)
    shift = timedelta()

    def clock() -> datetime:
        return datetime.now(UTC) + shift

    async def jump() -> None:
        nonlocal shift
        shift += timedelta(hours=chance.choice((-40 * 24, -5, 5, 40 * 24, 400 * 24)))

    async with FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench:
        at_request(bench, bench.moment(chance), jump)
        async with bench.engine(clock=clock) as engine:
            job = await bench.submit(engine)
            end = await engine.wait(job.id)
        assert shift
        assert end.job.status is JobStatus.COMPLETED, end.job.reason
        bench.check_all()


@pytest.mark.parametrize("seed", range(TIMES))
async def test_a_second_engine(seed: int, tmp_path: Path, own_home: Path) -> None:
    seen: list[int] = []
    async with FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench:

        async def second() -> None:
            from cockpit_tui.engine.engine import open_engine

            with pytest.raises(LedgerBusy):
                async with bench.engine():
                    pass
            async with open_engine(bench.paths, is_attended=True, may_only_read=True) as other:
                job = (await other.jobs())[0]
                seen.append(job.number)
                with pytest.raises(LedgerBusy):
                    await other.send(CancelJob(job_id=job.id, reason="no"))

        at_request(bench, bench.moment(random.Random(seed)), second)
        job = await bench.run_here()
        assert seen == [job.number]
        assert job.status is JobStatus.COMPLETED, job.reason
        bench.check_all()


@pytest.mark.parametrize("seed", range(TIMES))
async def test_a_truncated_log_is_a_ledger_of_an_earlier_moment(
        seed: int, tmp_path: Path, own_home: Path) -> None:
    chance = random.Random(seed)
    async with FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench:
        await bench.live(f"step/model_call/done:{chance.randint(2, 8)}")
        log = bench.paths.database.with_name("cockpit.db-wal")
        whole = log.stat().st_size
        os.truncate(log, chance.randint(whole * 3 // 4, whole - 1))
        bench.acknowledged.clear()  # gone with the file's end; what is left must be healthy
        assert await bench.live() == 0
        bench.check_ends()
        bench.check_effects()
        bench.check_order()


@pytest.mark.parametrize("seed", range(TIMES))
async def test_a_ledger_that_is_not_ours_to_write(seed: int, tmp_path: Path,
                                                  own_home: Path) -> None:
    chance = random.Random(seed)
    async with FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench:
        await bench.live(f"step/model_call/done:{chance.randint(2, 8)}")
        database = bench.paths.database
        with closing(sqlite3.connect(database, isolation_level=None)) as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            names = [row[1] for row in conn.execute("PRAGMA table_info(schema_migrations)")]
            row = ", ".join("999" if name == "version" else name for name in names)
            conn.execute(f"INSERT INTO schema_migrations SELECT {row} FROM schema_migrations "
                         "LIMIT 1")
        await _refused(bench, LedgerTooNew)
        with closing(sqlite3.connect(database, isolation_level=None)) as conn:
            conn.execute("DELETE FROM schema_migrations WHERE version = 999")
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        good = database.read_bytes()
        at = chance.randrange(1, len(good) // 4_096) * 4_096
        database.write_bytes(good[:at] + b"\xa5" * 4_096 + good[at + 4_096:])
        await _refused(bench, LedgerCorrupt)
        database.write_bytes(good)
        assert await bench.live() == 0
        bench.check_all()


async def _refused(bench: FaultBench, why: type[StorageError]) -> None:
    with pytest.raises(why):
        async with bench.engine():
            pass


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[None]:
    """A tmpfs at `place`, or a skip that says why there is none."""
    place.mkdir(parents=True)
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)],
                          capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no small disk can be made here: {made.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs is Linux's")
@pytest.mark.parametrize("seed", range(TIMES))
async def test_a_full_disk(seed: int, tmp_path: Path, own_home: Path) -> None:
    data = own_home / ".local/share"
    _start_with_any_room(own_home)
    with small_disk(data, 48):
        async with FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench:
            ballast = data / "ballast"

            async def fill() -> None:
                await asyncio.to_thread(_fill, ballast)

            at_request(bench, bench.moment(random.Random(seed)), fill)
            job = await bench.run_here()
            bench.check_ledger()
            assert "Internal error" not in job.reason
            bench.killed += 1  # a reply that the ledger had no room for is lost, as by a kill
            ballast.unlink()
            if job.status is not JobStatus.COMPLETED:
                job = await bench.go_on()
            assert job.status is JobStatus.COMPLETED, job.reason
            bench.check_all()


def _start_with_any_room(home: Path) -> None:
    """Else every job would wait: the disk is smaller than what it wants left free."""
    settings = home / ".config/cockpit/config.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("[limits]\nfree_disk_mb = 0\n", encoding="utf-8")


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(b"\0" * size)
            except OSError:
                size //= 2


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs is Linux's")
async def test_a_read_only_disk(tmp_path: Path, own_home: Path) -> None:
    data = own_home / ".local/share"
    _start_with_any_room(own_home)
    with small_disk(data, 48):
        async with FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench:
            await bench.live("step/shell/effect")
            _remount(data, "ro")
            await _refused(bench, LedgerReadOnly)
            _remount(data, "rw")
            assert await bench.live() == 0
            bench.check_all()


def _remount(place: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(place)], check=True)
