"""What survives `kill -9`: every acknowledged event, and the next engine's right to the lock."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from cockpit_tui.domain.errors import LedgerBusy
from cockpit_tui.domain.event import AgentMessage, Event
from cockpit_tui.storage import events
from cockpit_tui.storage.database import Database
from cockpit_tui.storage.lock import EngineLock

WRITE_FOREVER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from cockpit_tui.domain.event import AgentMessage, Event
from cockpit_tui.storage.database import Database

async def talk(ledger, name):
    n = 0
    while True:
        n += 1
        said = Event(payload=AgentMessage(agent=name, text=str(n)))
        recorded = await ledger.write(lambda tx: tx.emit(said))
        print(recorded.seq, name, n, flush=True)

async def main():
    ledger = await Database.open(Path(sys.argv[1]), clock=lambda: datetime.now(UTC))
    await asyncio.gather(*(talk(ledger, f"a{i}") for i in range(8)))

asyncio.run(main())
"""

HOLD_THE_ENGINE_LOCK = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from cockpit_tui.storage.lock import EngineLock
lock = EngineLock(Path(sys.argv[1]), clock=lambda: datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC))
lock.acquire()
print("held", flush=True)
sys.stdin.readline()
"""


def write_until_killed(path: Path, lines: int) -> set[tuple[str, ...]]:
    """What the child said was recorded, as (seq, agent, text), until it was killed mid-work."""
    with subprocess.Popen([sys.executable, "-c", WRITE_FOREVER, str(path)],
                          stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        heard = [child.stdout.readline() for _ in range(lines)]
        child.send_signal(signal.SIGKILL)
        heard += child.stdout.readlines()
    return {tuple(line.split()) for line in heard if line.endswith("\n")}


@pytest.mark.parametrize("lines", [1, 400])
async def test_kill_9_loses_no_acknowledged_event(
        ledger_path: Path, clock: Callable[[], datetime], lines: int) -> None:
    acknowledged = write_until_killed(ledger_path, lines)
    assert len(acknowledged) >= lines

    async with await Database.open(ledger_path, clock=clock) as ledger:
        stored = await ledger.read(lambda conn: events.after(conn, 0, limit=1_000_000))
        assert [event.seq for event in stored] == list(range(1, len(stored) + 1))
        facts = {(str(e.seq), e.payload.agent, e.payload.text) for e in stored
                 if isinstance(e.payload, AgentMessage)}
        assert acknowledged <= facts
        following = await ledger.write(
            lambda tx: tx.emit(Event(payload=AgentMessage(agent="b", text="on"))))
        assert following.seq == len(stored) + 1


def test_one_engine_per_ledger_also_after_kill_9(ledger_path: Path,
                                                 clock: Callable[[], datetime]) -> None:
    lock = EngineLock(ledger_path, clock=clock)
    with subprocess.Popen([sys.executable, "-c", HOLD_THE_ENGINE_LOCK, str(ledger_path)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LedgerBusy) as caught:
            lock.acquire()
        assert caught.value.message == (
            f"Another cockpit (process {other.pid}, since 2026-05-06 07:08 UTC) works with "
            "this ledger.")
        assert not lock.is_held
        other.send_signal(signal.SIGKILL)
    with lock, pytest.raises(LedgerBusy, match="Another cockpit"):
        EngineLock(ledger_path, clock=clock).acquire()
    with EngineLock(ledger_path, clock=clock) as second:
        assert second.is_held


def test_a_lock_file_full_of_nonsense_can_be_taken(ledger_path: Path,
                                                   clock: Callable[[], datetime]) -> None:
    ledger_path.parent.mkdir()
    ledger_path.with_name("cockpit.db.lock").write_bytes(b"\xff{" * 900)
    with EngineLock(ledger_path, clock=clock) as lock:
        assert lock.is_held
