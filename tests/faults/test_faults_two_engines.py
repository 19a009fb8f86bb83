"""Two cockpits started at the same instant on one ledger: exactly one writes, twenty times over."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

ROUNDS = 20
RACER = """
import asyncio, sys
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.errors import LedgerBusy
from cockpit_tui.engine.engine import open_engine

async def main():
    try:
        async with open_engine(Paths.from_environment(), is_attended=False):
            print("in", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
    except LedgerBusy:
        print("busy", flush=True)

print("ready", flush=True)
sys.stdin.readline()
asyncio.run(main())
"""


def test_of_two_engines_started_at_once_one_writes(own_home: Path) -> None:
    winners = []
    for _ in range(ROUNDS):
        racers = [subprocess.Popen([sys.executable, "-c", RACER], text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                  for _ in range(2)]
        assert [_line(racer) for racer in racers] == ["ready", "ready"]
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        said = {racer.pid: _line(racer) for racer in racers}
        assert sorted(said.values()) == ["busy", "in"]
        winners += [pid for pid, word in said.items() if word == "in"]
        for racer in racers:
            racer.communicate("end\n")
            assert racer.returncode == 0
    with closing(sqlite3.connect(own_home / ".local/share/cockpit/cockpit.db")) as conn:
        rows = conn.execute("SELECT type, payload_json FROM events ORDER BY seq").fetchall()
    assert [kind for kind, _ in rows] == ["engine:started", "engine:stopped"] * ROUNDS
    assert [json.loads(payload)["pid"] for _, payload in rows[::2]] == winners


def _line(racer: subprocess.Popen[str]) -> str:
    assert racer.stdout is not None
    return racer.stdout.readline().strip()
