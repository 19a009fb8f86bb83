"""A simulated night: jobs are queued, the runner is killed, the disk fills up; then the morning."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.cockpit_process import Cockpit
from support.fault_brain import COST
from support.night_brain import PRICE, NightBrain
from support.repositories import git

LONGEST_LIFE_SECONDS = 600.0
FULL_SECONDS = 6.0
"""How long a runner may take to notice that the disk is full, before there is room again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightJob:
    """`after`: the name of the job that it waits for. `asks`: nobody answers its question."""

    name: str
    repository: Path
    priority: int = 0
    after: str = ""
    asks: bool = False


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[str]:
    """A file system of its own at `place`; yields why there is none, or nothing."""
    place.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)],
                          check=False, capture_output=True, text=True)
    if done.returncode:
        yield done.stderr.strip() or "mount failed"
        return
    try:
        yield ""
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@dataclass
class Night:
    cockpit: Cockpit
    brain: NightBrain
    jobs: tuple[NightJob, ...]
    chance: random.Random
    numbers: dict[str, int] = field(default_factory=dict)
    killed: int = 0
    waited: int = 0
    """How often a job waited for room on the disk; each went on by itself."""
    full: list[str] = field(default_factory=list)
    """What each runner said that met a full disk, and how many calls it made meanwhile."""

    def configure(self, url: str) -> None:
        config = self.cockpit.home / "config" / "cockpit"
        config.mkdir(parents=True)
        (config / "config.toml").write_text(
            '[providers.fake]\nwire = "anthropic"\nbase_url = "' + url + '"\n'
            'api_key_env = "FAKE_KEY"\ncontext_tokens = 200000\nedit_format = "text_editor"\n'
            f'price = {PRICE}\n[queue]\nconcurrent_jobs = 3\n')

    async def queue_all(self) -> None:
        for job in self.jobs:
            more = ["--after", str(self.numbers[job.after])] if job.after else []
            ran = await asyncio.to_thread(
                self.cockpit.run, "queue", "add", f"Night job {job.name}",
                "--repo", str(job.repository), "--model", "fake:lead",
                "--approve", "manual" if job.asks else "all",
                "--priority", str(job.priority), *more)
            assert (ran.code, ran.err) == (0, ""), ran
            self.numbers[job.name] = len(self.numbers) + 1
            assert ran.out.startswith(f"Job #{self.numbers[job.name]} "), ran.out

    async def pass_by(self, *, kills: int, full_disk: Path | None) -> None:
        """Run the queue to its end: killed `kills` times, in one life more with a full disk."""
        for _ in range(kills):
            await self._killed_life()
        if full_disk is not None:
            await self._life_with(full_disk)
        await self._to_the_end()
        with closing(sqlite3.connect(self.cockpit.database)) as conn:
            (self.waited,) = conn.execute(
                "SELECT count(*) FROM events WHERE type = 'job:waiting' "
                "AND json_extract(payload_json, '$.waiting_on') = 'disk'").fetchone()

    async def _to_the_end(self) -> None:
        runner = await self._start()
        said = (await asyncio.wait_for(runner.communicate(), LONGEST_LIFE_SECONDS))[0].decode()
        if runner.returncode != 3:  # one waits for the person
            report = await asyncio.to_thread(self.morning)
            reasons = [row["job"]["reason"] for row in report["failed"]]
            pytest.fail(f"{reasons}\n{said[-3_000:]}")

    async def _killed_life(self) -> None:
        runner = await self._start()
        mark = self.brain.billed + self.chance.randint(3, 9)
        await self._until(self.brain.reached(mark), runner)
        if runner.returncode is None:
            runner.send_signal(signal.SIGKILL)
            self.killed += 1
        await runner.communicate()

    async def _life_with(self, disk: Path) -> None:
        """The disk fills up while it works; there is room again after a while, and in one night
        the same runner goes on then, in the other one a new one does."""
        runner = await self._start()
        await self._until(self.brain.reached(self.brain.billed + 4), runner)
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file:
            size = 1 << 16
            while size:
                try:
                    file.write(bytes(size))
                except OSError:
                    size //= 2
        before = self.brain.billed
        saying = asyncio.create_task(runner.communicate())
        await asyncio.wait({saying}, timeout=FULL_SECONDS)
        calls = self.brain.billed - before
        filler.unlink()
        if not saying.done() and self.chance.random() < 0.5:
            runner.terminate()
        said = (await asyncio.wait_for(saying, LONGEST_LIFE_SECONDS))[0].decode()
        self.full.append(f"{calls} calls; {said}")

    async def _until(self, happens: Any, runner: asyncio.subprocess.Process) -> None:
        waiting = {asyncio.ensure_future(happens), asyncio.ensure_future(runner.wait())}
        _, left = await asyncio.wait(waiting, timeout=LONGEST_LIFE_SECONDS,
                                     return_when=asyncio.FIRST_COMPLETED)
        for one in left:
            one.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self.cockpit.command("queue", "start", "--until-empty", "--quiet"),
            cwd=self.cockpit.repository, env=self.cockpit.environment,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT)

    def keep_evidence(self, place: Path) -> None:
        """Copy ledger and log of a night that went wrong: their disk goes away with the test."""
        for name in ("cockpit.db", "cockpit.db-wal", "cockpit.log"):
            found = self.cockpit.database.with_name(name)
            if found.exists():
                shutil.copy(found, place / name)

    def morning(self) -> dict[str, Any]:
        ran = self.cockpit.run("jobs", "report", "--json")
        assert (ran.code, ran.err) == (0, "")
        report: dict[str, Any] = json.loads(ran.out)
        return report

    def check(self, report: dict[str, Any]) -> None:
        """Against what is in the repositories, in the ledger, and on the provider's bill."""
        self._check_ends(report)
        for done in report["done"]:
            self._check_commits(done)
        self._check_money(report)
        for place in {job.repository for job in self.jobs}:
            assert git("fsck", "--no-dangling", cwd=place) == ""
            assert git("status", "--porcelain", cwd=place) == ""

    def _check_ends(self, report: dict[str, Any]) -> None:
        ends = {row["job"]["number"]: kind for kind in ("done", "failed", "parked")
                for row in report[kind]}
        assert ends == {self.numbers[job.name]: "parked" if job.asks else "done"
                        for job in self.jobs}, [
                            report["failed"], [row["reason"] for row in report["parked"]]]
        assert [(row["job"]["waiting_on"], bool(row["reason"])) for row in report["parked"]] == [
            ("approval", True) for job in self.jobs if job.asks]
        assert [row["job_number"] for row in report["questions"]] == [
            self.numbers[job.name] for job in self.jobs if job.asks]
        assert report["next"] == []

    def _check_commits(self, done: dict[str, Any]) -> None:
        (job,) = (one for one in self.jobs if self.numbers[one.name] == done["job"]["number"])
        branch, place = done["job"]["branch"], job.repository
        assert git("rev-parse", branch, cwd=place) == done["job"]["head_commit"]
        subjects = git("log", "--format=%s", f"main..{branch}", cwd=place).splitlines()
        tasks = range(1, self.brain.tasks_per_job + 1)
        assert Counter(subjects) == Counter(f"Write {job.name}{n}.txt" for n in tasks)
        assert done["commits"] == len(subjects)
        for number in tasks:
            assert git("show", f"{branch}:{job.name}{number}.txt",
                       cwd=place) == f"{job.name}{number}"
        shared = git("show", f"{branch}:shared-{job.name}.txt", cwd=place).splitlines()
        assert sorted(shared) == [f"{job.name}1", f"{job.name}2"]

    def _check_money(self, report: dict[str, Any]) -> None:
        with closing(sqlite3.connect(self.cockpit.database)) as conn:
            rows = conn.execute(
                "SELECT j.number, sum(NOT is_estimated), sum(is_estimated), "
                "sum(iif(is_estimated, 0, u.cost_microusd)), "
                "sum(iif(is_estimated, u.cost_microusd, 0)), sum(u.cost_microusd IS NULL) "
                "FROM usage u JOIN jobs j ON j.id = u.job_id GROUP BY j.number").fetchall()
        told = {row["job"]["number"]: row["cost"] for kind in ("done", "parked")
                for row in report[kind]}
        assert told == {number: {"known_microusd": sure + guessed, "unpriced_calls": unpriced,
                                 "estimated_calls": estimated, "estimated_microusd": guessed}
                        for number, _, estimated, sure, guessed, unpriced in rows}
        certain, estimated = sum(row[1] for row in rows), sum(row[2] for row in rows)
        assert report["cost"] == {name: sum(cost[name] for cost in told.values())
                                  for name in report["cost"]}
        sure = report["cost"]["known_microusd"] - report["cost"]["estimated_microusd"]
        assert sure == certain * COST, "what is sure is not what the provider billed for it"
        assert certain <= self.brain.billed <= certain + estimated, (
            certain, self.brain.billed, estimated)
        assert report["cost"]["known_microusd"] >= self.brain.cost, "the report is below the bill"

    def counted(self) -> Counter[str]:
        """How many events of each kind the ledger has."""
        with closing(sqlite3.connect(self.cockpit.database)) as conn:
            return Counter(dict(conn.execute("SELECT type, count(*) FROM events GROUP BY type")))

    def left_over(self) -> list[str]:
        """Processes of the night that live on."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                cwd = str((process / "cwd").readlink())
            except OSError:
                continue
            if int(process.name) != os.getpid() and str(self.cockpit.home) in cwd:
                found.append(f"{process.name} {cwd}")
        return found
