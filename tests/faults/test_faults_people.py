"""What people and other programs do to a job's files, refs, locks and questions while it runs."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.fault_bench import DIALECTS, LETTERS, FaultBench, count, out_of_time
from support.model_server import Answer, Request
from support.repositories import git

from cockpit_tui.domain.approval import Answer as Yes
from cockpit_tui.domain.approval import Decision
from cockpit_tui.domain.command import AnswerApproval
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.policy import ApproveMode

TIMES = count("PEOPLE", 1, 20)


@pytest.fixture(autouse=True)
def within_time() -> None:
    if out_of_time():
        pytest.skip("the time of this run is over")


class Meddler:
    """Answers as the dialect does; before that, tries at each request until it has meddled once."""

    def __init__(self, bench: FaultBench, first: int = 1) -> None:
        self.bench = bench
        self.first = first
        self.has_meddled = False
        self.dialect = DIALECTS[bench.wire](bench.brain)
        bench.server.handler = self

    async def __call__(self, request: Request) -> Answer:
        if not self.has_meddled and len(self.bench.server.requests) >= self.first:
            self.has_meddled = self.meddle()
        answer: Answer = await self.dialect(request)
        return answer

    def meddle(self) -> bool:
        raise NotImplementedError


class RemovesWorktree(Meddler):
    def meddle(self) -> bool:
        places = sorted(self.bench.paths.worktrees.glob("*/slot-*"))
        for place in places[-1:]:
            shutil.rmtree(place)
        return bool(places)


@pytest.mark.parametrize("seed", range(TIMES))
async def test_a_worktree_removed_by_a_person(seed: int, tmp_path: Path, own_home: Path) -> None:
    async with FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench:
        meddler = RemovesWorktree(bench, bench.moment(random.Random(seed), 5))
        job = await bench.run_here()
        assert meddler.has_meddled
        if job.status is not JobStatus.COMPLETED:
            bench.check_ends(is_completed=False)
            job = await bench.go_on()
        assert job.status is JobStatus.COMPLETED, job.reason
        bench.check_all()


class MovesBranch(Meddler):
    moved_to = ""

    def meddle(self) -> bool:
        repository = self.bench.repository
        branch = git("for-each-ref", "--format=%(refname)", "refs/heads/cockpit/", cwd=repository)
        if branch:
            tree = git("rev-parse", "main^{tree}", cwd=repository)
            self.moved_to = git("commit-tree", tree, "-p", branch, "-m", "Mine", cwd=repository)
            git("update-ref", branch, self.moved_to, cwd=repository)
        return bool(branch)


@pytest.mark.parametrize("seed", range(TIMES))
async def test_a_branch_moved_by_a_person(seed: int, tmp_path: Path, own_home: Path) -> None:
    async with FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench:
        meddler = MovesBranch(bench)
        job = await bench.run_here()
        assert meddler.has_meddled
        assert job.waiting_on is WaitingOn.PERSON
        bench.check_ends(is_completed=False)
        branch = f"refs/heads/{job.branch}"
        assert git("rev-parse", branch, cwd=bench.repository) == meddler.moved_to
        git("branch", "-m", job.branch, "mine", cwd=bench.repository)
        job = await bench.go_on()
        assert job.status is JobStatus.COMPLETED, job.reason
        assert git("rev-parse", "mine", cwd=bench.repository) == meddler.moved_to
        bench.check_all()


class HoldsLocks(Meddler):
    """As an editor or a killed git of the person's leaves them: theirs, so they stay."""

    def meddle(self) -> bool:
        place = self.bench.repository / ".git"
        branch = git("for-each-ref", "--format=%(refname)", "refs/heads/cockpit/",
                     cwd=self.bench.repository)
        self.locks = [place / "index.lock", place / "HEAD.lock"]
        if branch:
            self.locks.append(place / f"{branch}.lock")
        for lock in self.locks:
            lock.touch()
        return bool(branch)


@pytest.mark.parametrize("seed", range(TIMES))
async def test_locks_held_in_the_persons_repository(seed: int, tmp_path: Path,
                                                    own_home: Path) -> None:
    async with FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench:
        meddler = HoldsLocks(bench)
        job = await bench.run_here()
        assert job.status is not JobStatus.COMPLETED
        bench.check_ends(is_completed=False)
        assert all(lock.exists() for lock in meddler.locks)
        for lock in meddler.locks:
            lock.unlink()
        job = await bench.go_on()
        assert job.status is JobStatus.COMPLETED, job.reason
        bench.check_all()


@pytest.mark.parametrize("seed", range(TIMES))
async def test_stale_locks_of_a_killed_git(seed: int, tmp_path: Path, own_home: Path) -> None:
    chance = random.Random(seed)
    async with FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench:
        await bench.live(chance.choice(("step/shell/effect", "commit/written", "lane/merged")))
        hub = next(bench.paths.hubs.glob("*.git"))
        refs = [hub / line for line in git("for-each-ref", "--format=%(refname)",
                                           cwd=hub).splitlines()]
        for place in (hub / "packed-refs", hub / "config", hub / "HEAD", *refs,
                      *hub.glob("worktrees/*/index"), *hub.glob("worktrees/*/HEAD")):
            place.with_name(f"{place.name}.lock").touch()
        assert await bench.live() == 0
        bench.check_all()


@pytest.mark.parametrize("seed", range(TIMES))
async def test_an_approval_altered_after_it_was_asked(seed: int, tmp_path: Path,
                                                      own_home: Path) -> None:
    async with (FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench,
                bench.engine() as engine):
        job = await bench.submit(engine, ApproveMode.MANUAL)
        await engine.wait(job.id)
        asked = (await engine.pending_approvals())[0]
        with closing(sqlite3.connect(bench.paths.database)) as conn, conn:
            changed = conn.execute(
                "UPDATE approvals SET question_json = "
                "json_set(question_json, '$.action.extra', ?)", (seed,)).rowcount
        assert changed == 1
        with pytest.raises(UsageError, match="changed after it was shown"):
            await engine.send(AnswerApproval(
                approval_id=asked.id, action_hash=asked.question.action_hash,
                answer=Yes(decision=Decision.GRANTED, by="person")))
        assert len(await engine.pending_approvals()) == 1
        bench.check_ends(is_completed=False)
        branch = git("for-each-ref", "refs/heads/cockpit/", cwd=bench.repository)
        assert branch == ""
