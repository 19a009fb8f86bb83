"""A repository, a fake provider, lives of an engine, and what must hold after every fault."""

from __future__ import annotations

import asyncio
import atexit
import json
import math
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from support.fault_brain import COST, FaultBrain, content, cost_of
from support.fault_job import fault_models, fault_request
from support.model_server import ModelServer
from support.model_server_chat import ChatDialect
from support.model_server_messages import MessagesDialect
from support.repositories import git, make_repository

from cockpit_tui.config.crash_points import VARIABLE
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import ResumeJob, RetryJob, SubmitJob
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.model import Wire
from cockpit_tui.domain.policy import ApproveMode
from cockpit_tui.engine.engine import Engine, open_engine, utc_now
from cockpit_tui.gitops.worktrees import held_names

Clock = Callable[[], datetime]
CHILD = Path(__file__).with_name("fault_job.py")
LONGEST_LIFE_SECONDS = 240.0
PLACES = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
DIALECTS: dict[Wire, Any] = {Wire.MESSAGES: MessagesDialect, Wire.CHAT: ChatDialect}


def count(name: str, short: int, long: int) -> int:
    """How often: FAULTS=long asks for the long column, FAULTS=middle for one in between,
    FAULT_<NAME> for a number of its own."""
    chosen = {"long": long, "middle": round(math.sqrt(short * long))}.get(
        os.environ.get("FAULTS", ""), short)
    return int(os.environ.get(f"FAULT_{name}", chosen))


LETTERS = "abcdef" if os.environ.get("FAULTS") in ("long", "middle") else "ad"
"""The tasks of jobs that meet one fault: few in the short column."""


def out_of_time() -> bool:
    """Whether FAULT_SECONDS have passed since the run began: what is left is not tried."""
    limit = os.environ.get("FAULT_SECONDS")
    return limit is not None and time.monotonic() - _BEGAN > float(limit)


_BEGAN = time.monotonic()


def tell_tally(injected: Mapping[str, int]) -> None:
    """One JSON line for a test that held: its name and what was done in it."""
    if (place := os.environ.get("FAULT_TALLY")) is not None:
        name = os.environ["PYTEST_CURRENT_TEST"].partition(" ")[0].rpartition("::")[2]
        with Path(place).open("a") as file:
            file.write(json.dumps({"test": name, **injected}) + "\n")


class Zygote:
    """Forks lives of the engine, one at a time; one for all tests of this process."""

    shared: Zygote | None = None

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(CHILD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(CHILD.parent.parent)}, text=True)
        atexit.register(self.end)

    @classmethod
    def running(cls) -> Zygote:
        if cls.shared is None:
            cls.shared = cls()
        return cls.shared

    def end(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    async def live(self, out: Path, environment: dict[str, str], *,
                   kill_after: float | None = None) -> int:
        """The exit code of one life; -9 where it was killed, by itself or after the seconds."""
        assert self.process.stdin is not None
        order = {"out": str(out), "environment": environment}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        pid = (await self._word())["pid"]
        ended = asyncio.create_task(self._word())
        done, _ = await asyncio.wait({ended}, timeout=kill_after or LONGEST_LIFE_SECONDS)
        if not done:
            os.kill(pid, signal.SIGKILL)
        code = int((await ended)["code"])
        assert done or kill_after, f"a life did not end: {out.read_text()[-2_000:]}"
        return code

    async def _word(self) -> dict[str, int]:
        assert self.process.stdout is not None
        word: dict[str, int] = json.loads(await asyncio.to_thread(self.process.stdout.readline))
        return word


@dataclass
class FaultBench:
    repository: Path
    home: Path
    server: ModelServer
    brain: FaultBrain
    wire: Wire
    before: str
    acknowledged: dict[int, str] = field(default_factory=dict)
    lives: int = 0
    killed: int = 0
    cut: int = 0
    """Answers that the wire broke off."""
    injected: Counter[str] = field(default_factory=Counter)
    """How often what was done to the job; FAULT_TALLY names a file that is told of it."""

    @classmethod
    @asynccontextmanager
    async def opened(cls, folder: Path, home: Path,
                     wire: Wire = Wire.MESSAGES, *,
                     letters: str = "abcdef") -> AsyncIterator[FaultBench]:
        repository = make_repository(folder / "repo", {"README.md": "# Hello\n"})
        brain = FaultBrain(letters)
        async with ModelServer(DIALECTS[wire](brain)) as server:
            bench = cls(repository, home, server, brain, wire,
                        git("status", "--porcelain=v2", "--branch", cwd=repository))
            yield bench
            tell_tally(bench.injected)

    def moment(self, chance: random.Random, first: int = 1) -> int:
        """The number of one of the job's requests, from `first` on: one in the middle of it."""
        return chance.randint(first, 5 * len(self.brain.letters))

    @property
    def paths(self) -> Paths:
        return Paths.from_environment()

    async def live(self, crash_at: str = "", *, kill_after: float | None = None) -> int:
        """One life of the engine, and what must hold whenever one has ended."""
        self.lives += 1
        out = self.home / f"life-{self.lives}.jsonl"
        code = await Zygote.running().live(out, {
            **{name: value for name, value in os.environ.items() if name in PLACES},
            "FAULT_REPOSITORY": str(self.repository), "FAULT_URL": self.server.url,
            "FAULT_WIRE": self.wire.value, VARIABLE: crash_at}, kill_after=kill_after)
        told = out.read_text() if out.exists() else ""
        assert code in (0, -signal.SIGKILL), told[-4_000:]
        self.killed += code != 0
        self.injected["kill"] += code != 0
        self._remember(told)
        self.check_ledger()
        return code

    @asynccontextmanager
    async def engine(self, *, is_attended: bool = False, clock: Clock = utc_now,
                     **models: Any) -> AsyncIterator[Engine]:
        """An engine in this process, whose models are those of the fake server."""
        async with open_engine(
                self.paths, is_attended=is_attended, clock=clock,
                make_models=lambda: fault_models(self.server.url, self.wire, **models)) as engine:
            yield engine

    async def submit(self, engine: Engine, approve: ApproveMode = ApproveMode.ALL) -> Job:
        job = await engine.send(SubmitJob(repository=str(self.repository),
                                          request=fault_request(approve)))
        assert job is not None
        return job

    async def run_here(self, **models: Any) -> Job:
        """A whole job in this process, as far as it comes; its end."""
        async with self.engine(**models) as engine:
            job = await self.submit(engine)
            return (await engine.wait(job.id)).job

    async def go_on(self, **models: Any) -> Job:
        """Once more, all being well: what failed is retried, what waits is resumed."""
        async with self.engine(**models) as engine:
            job = (await engine.jobs(limit=1))[0]
            command = RetryJob if job.status.is_final else ResumeJob
            await engine.send(command(job_id=job.id))
            return (await engine.wait(job.id)).job

    def _remember(self, told: str) -> None:
        """What was acknowledged, a last line torn by the kill left out."""
        for line in told.splitlines(keepends=True):
            if line.startswith("{") and line.endswith("}\n"):
                event = json.loads(line)
                assert self.acknowledged.setdefault(event["seq"], event["id"]) == event["id"]

    def ledger(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(f"file:{self.paths.database}?mode=ro", uri=True))

    def check_ledger(self) -> None:
        """Healthy, gapless, and it holds every event that was acknowledged."""
        if not self.paths.database.exists():
            assert not self.acknowledged
            return
        with self.ledger() as conn:
            assert conn.execute("PRAGMA quick_check").fetchone() == ("ok",)
            tables = conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").fetchone()
            if tables is None:
                assert not self.acknowledged
                return
            kept = dict(conn.execute("SELECT seq, id FROM events ORDER BY seq"))
        assert list(kept) == list(range(1, len(kept) + 1))
        lost = {seq for seq, name in self.acknowledged.items() if kept.get(seq) != name}
        assert not lost, f"acknowledged and lost: {sorted(lost)[:10]}"

    def check_all(self, *, is_completed: bool = True) -> None:
        """Everything that must hold once nothing more is to be done."""
        self.check_ledger()
        self.check_ends(is_completed=is_completed)
        if is_completed:
            self.check_effects()
        self.check_bills()
        self.check_order()

    def check_ends(self, *, is_completed: bool = True) -> None:
        """The job is over, or waits and says why; no task says it works where no job does."""
        with self.ledger() as conn:
            jobs = conn.execute("SELECT status, waiting_on, reason FROM jobs").fetchall()
            tasks = Counter(row[0] for row in conn.execute("SELECT status FROM tasks"))
        for status, waiting_on, reason in jobs:
            ended = status in {"completed", "failed", "cancelled"}
            assert ended or (waiting_on and reason), (status, waiting_on, reason)
            assert status == "completed" or reason
        if is_completed:
            assert [job[0] for job in jobs] == ["completed"], jobs
            assert tasks == {"done": len(self.brain.letters)}

    def check_effects(self) -> None:
        """Each task landed once, and each of its steps left its mark once."""
        branch = git("for-each-ref", "--format=%(refname:short)", "refs/heads/cockpit/",
                     cwd=self.repository)
        log = git("log", "--format=%s%x09%(trailers:key=Step-Id,valueonly,separator=)",
                  f"main..{branch}", cwd=self.repository).splitlines()
        subjects, steps = zip(*(line.split("\t") for line in log), strict=True)
        assert Counter(subjects) == Counter(f"Write {name}.txt" for name in self.brain.letters)
        assert len(set(steps)) == len(self.brain.letters)
        for name in self.brain.letters:
            assert git("show", f"{branch}:{name}.txt", cwd=self.repository) == content(name)

    def check_bills(self) -> None:
        """What the ledger is sure of, the server has billed; what the server has billed, the
        ledger knows, the calls that a kill lost as estimates told apart."""
        with self.ledger() as conn:
            certain, estimated, unpriced = conn.execute(
                "SELECT coalesce(sum(NOT is_estimated), 0), coalesce(sum(is_estimated), 0), "
                "count(*) - count(cost_microusd) FROM usage").fetchone()
            sure = conn.execute("SELECT coalesce(sum(cost_microusd), 0) FROM usage "
                                "WHERE NOT is_estimated").fetchone()[0]
            jobs_cost, rows_cost = conn.execute(
                "SELECT (SELECT sum(cost_microusd) FROM jobs), "
                "(SELECT coalesce(sum(cost_microusd), 0) FROM usage)").fetchone()
        billed = len(self.brain.bills)
        bills_cost = sum(map(cost_of, self.brain.bills))
        assert (unpriced, sure, jobs_cost) == (0, certain * COST, rows_cost)
        assert certain <= billed, "the ledger is sure of calls that nobody billed"
        assert billed <= certain + estimated, "calls were billed and not told"
        assert estimated <= self.killed * fault_request().max_agents + self.cut
        assert rows_cost >= bills_cost, "the ledger is below the bill"
        if not estimated:
            assert rows_cost == bills_cost

    def check_told(self) -> None:
        """Every call that was billed has its row, and each row has a price."""
        with self.ledger() as conn:
            told, unpriced = conn.execute(
                "SELECT count(*), count(*) - count(cost_microusd) FROM usage").fetchone()
        assert (unpriced, len(self.brain.bills) <= told) == (0, True), (unpriced, told)

    def check_order(self) -> None:
        """git is clean in both places; nothing runs, is held or locked any more; the person's
        files are as they were."""
        hubs = sorted(self.paths.hubs.glob("*.git"))
        for place in (self.repository, *hubs):
            assert git("fsck", "--no-dangling", cwd=place) == ""
        assert [name for hub in hubs for name in held_names(hub)] == []
        assert [lock for place in (self.repository / ".git", *hubs)
                for lock in place.rglob("*.lock")] == []
        assert self.orphans() == []
        assert git("status", "--porcelain=v2", "--branch", cwd=self.repository) == self.before

    def orphans(self) -> list[str]:
        """Processes that work in the folders of this test."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                line = (process / "cmdline").read_bytes().decode("utf-8", "replace")
                cwd = str((process / "cwd").readlink())
            except OSError:
                continue
            if int(process.name) != os.getpid() and any(str(place) in f"{line} {cwd}"
                                for place in (self.repository, self.home)):
                found.append(f"{process.name} {cwd} {line}")
        return found
