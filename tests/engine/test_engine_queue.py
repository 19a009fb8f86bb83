"""The queue over scripted jobs: order, limits, times, dependencies, limits of providers, nights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.repositories import make_repository
from support.scripted_jobs import GRANT, give, one_phase, planned_task, writes_its_file

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import CancelJob, SubmitJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.errors import ProviderUnavailable, RateLimited
from cockpit_tui.domain.event import JobStarted, JobWaiting, ScheduleChanged
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import Job, JobRequest, JobStatus, WaitingOn
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.domain.queue import Move, Placement
from cockpit_tui.engine import letters
from cockpit_tui.engine.engine import Engine, open_engine
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

NOON = datetime(2026, 11, 21, 12, 0).astimezone()


@dataclass
class Night:
    """A clock that moves only where the queue sleeps, or a test says so."""

    now: datetime = NOON
    is_asleep: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        self.now += timedelta(seconds=seconds)

    async def never(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.Event().wait()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


def settings(text: str) -> None:
    file = Paths.from_environment().settings_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


PROVIDER = ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=writes_its_file)


@asynccontextmanager
async def engine_at(night: Night, provider: ScriptedProvider = PROVIDER, *, sleeps: bool = True,
                    attended: bool = False) -> AsyncIterator[Engine]:
    async with open_engine(Paths.from_environment(), is_attended=attended, clock=night.clock,
                           sleep=night.sleep if sleeps else night.never,
                           provider_source=lambda _: (provider, "script")) as engine:
        yield engine


async def add(engine: Engine, repository: Path, text: str = "Write files", *,
              approve: ApproveMode = ApproveMode.ALL, **place: object) -> Job:
    job = await engine.send(SubmitJob(
        repository=str(repository), placement=Placement(**place),  # type: ignore[arg-type]
        request=JobRequest(text=text, policy=Policy(approve=approve))))
    assert job is not None
    return job


async def run_empty(engine: Engine) -> None:
    async with engine.keeping_queue() as keeper, asyncio.timeout(60):
        await keeper.drained.wait()


async def started(engine: Engine) -> list[int]:
    numbers = {job.id: job.number for job in await engine.jobs()}
    return [numbers[e.job_id] for e in await engine.events()
            if isinstance(e.payload, JobStarted) and e.payload.status == "reviewing" and e.job_id]


async def states(engine: Engine) -> list[tuple[int, JobStatus, WaitingOn]]:
    return [(j.number, j.status, j.waiting_on) for j in reversed(await engine.jobs())]


async def test_jobs_start_by_priority_then_place_and_no_more_than_allowed(
        repository: Path) -> None:
    settings("[queue]\nconcurrent_jobs = 1\n")
    night = Night()
    async with engine_at(night) as engine:
        first, second, third, urgent = [await add(engine, repository, priority=p)
                                        for p in (0, 0, 0, 5)]
        assert await started(engine) == []
        await engine.queue.move(third.id, Move(before=second.id))
        await engine.queue.move(first.id, Move(is_last=True))
        await run_empty(engine)
        assert await started(engine) == [urgent.number, third.number, second.number,
                                         first.number]
        assert {s for _, s, _ in await states(engine)} == {JobStatus.COMPLETED}


async def test_what_has_a_time_waits_for_it_and_says_so(repository: Path) -> None:
    night = Night()
    async with engine_at(night) as engine:
        await add(engine, repository, not_before=NOON + timedelta(hours=2))
        assert await states(engine) == [(1, JobStatus.QUEUED, WaitingOn.SCHEDULE)]
        await run_empty(engine)
        (job,) = await engine.jobs()
        assert (job.status, job.reason) == (JobStatus.COMPLETED, "")
        assert job.started_at is not None
        assert job.started_at >= NOON + timedelta(hours=2)
        waits = [e.payload for e in await engine.events() if isinstance(e.payload, JobWaiting)]
        assert waits == [JobWaiting(waiting_on="schedule", reason="Starts at 2026-11-21 14:00.")]
    assert max(night.asked) <= 60


async def test_a_job_after_another_starts_when_that_is_completed(repository: Path) -> None:
    def agent(asked: ModelRequest) -> ModelReply:
        return writes_its_file(asked)

    night = Night()
    async with engine_at(night, ScriptedProvider(
            plan=one_phase(planned_task("a", "a.txt")), task=agent)) as engine:
        first = await add(engine, repository)
        second = await add(engine, repository, after=first.id)
        third = await add(engine, repository, after=second.id)
        assert [w for _, _, w in await states(engine)][1:] == [WaitingOn.DEPENDENCY] * 2
        await engine.send(CancelJob(job_id=second.id, reason="not wanted"))
        await run_empty(engine)
        assert await states(engine) == [
            (1, JobStatus.COMPLETED, WaitingOn.NOTHING),
            (2, JobStatus.CANCELLED, WaitingOn.NOTHING),
            (3, JobStatus.QUEUED, WaitingOn.PERSON)]
        assert (await engine.job_numbered(3)).reason == (
            "#2, which it waits for, is cancelled: not wanted "
            "Go on without it: cockpit queue resume 3")
        await engine.queue.resume(third.id)
        await run_empty(engine)
        assert (await engine.job_numbered(3)).status is JobStatus.COMPLETED


async def test_paused_jobs_and_a_paused_queue_start_nothing(repository: Path) -> None:
    night = Night()
    async with engine_at(night) as engine:
        first, second = [await add(engine, repository) for _ in range(2)]
        await engine.queue.pause(first.id)
        await run_empty(engine)
        assert await started(engine) == [second.number]
        await engine.queue.resume(first.id)
        await engine.queue.pause()
        await run_empty(engine)
        assert await started(engine) == [second.number]
        await engine.queue.resume()
        await run_empty(engine)
        assert await started(engine) == [second.number, first.number]


async def test_missed_times_of_a_schedule_are_made_up_for_once(repository: Path) -> None:
    night = Night()
    async with engine_at(night) as engine:
        await engine.queue.add_schedule(str(repository), JobRequest(
            text="Nightly", policy=Policy(approve=ApproveMode.ALL)), "0  2 * * *")
        await run_empty(engine)
        assert await engine.jobs() == ()
    night.now += timedelta(days=3)
    async with engine_at(night, sleeps=False) as engine:
        async with engine.keeping_queue(), engine.subscribe() as batches:
            while not [j for j in await engine.jobs() if j.status is JobStatus.COMPLETED]:
                await anext(batches)
        (job,) = await engine.jobs()
        told = [e.payload.text for e in await engine.events()
                if isinstance(e.payload, ScheduleChanged) and e.payload.change == "fired"]
        assert told == ["queued #1 for 2026-11-22 02:00; 2 more came while no queue ran"]
        (schedule,) = (await engine.queue.state()).schedules
        assert (schedule.last_job_id, schedule.next_at) == (
            job.id, datetime(2026, 11, 25, 2, 0).astimezone())


async def test_a_provider_out_of_order_is_waited_for(repository: Path) -> None:
    mended, night = NOON + timedelta(minutes=12), Night()

    def agent(asked: ModelRequest) -> ModelReply:
        if turns_so_far(asked) == 1 and night.now < mended:
            raise ProviderUnavailable("It has a failure (503).", retry_after_seconds=90)
        return writes_its_file(asked)

    provider = ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=agent)
    async with engine_at(night, provider) as engine:
        await add(engine, repository)
        await run_empty(engine)
        (job,) = await engine.jobs()
        assert job.status is JobStatus.COMPLETED, job.reason
        told = [e.payload for e in await engine.events() if isinstance(e.payload, JobWaiting)]
        assert [payload.waiting_on for payload in told] == ["rate_limit"] * 3
        assert all("It has a failure (503)." in payload.reason for payload in told)


async def test_a_limit_with_a_known_end_is_waited_for(repository: Path) -> None:
    reset, night = NOON + timedelta(hours=2), Night()

    def agent(asked: ModelRequest) -> ModelReply:
        if turns_so_far(asked) == 1 and night.now < reset:
            raise RateLimited("The limit is reached.",
                              retry_after_seconds=(reset - night.now).total_seconds())
        return writes_its_file(asked)

    provider = ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=agent)
    async with engine_at(night, provider) as engine:
        await add(engine, repository)
        await run_empty(engine)
        (job,) = await engine.jobs()
        assert job.status is JobStatus.COMPLETED
        (wait,) = [e for e in await engine.events() if isinstance(e.payload, JobWaiting)]
        assert isinstance(wait.payload, JobWaiting)
        assert wait.payload.waiting_on == "rate_limit"
        assert night.now >= reset


async def test_a_parked_job_leaves_its_place_and_goes_on_once_answered(repository: Path) -> None:
    settings("[queue]\nconcurrent_jobs = 1\n")
    night = Night()
    async with engine_at(night) as engine:
        asks = await add(engine, repository, approve=ApproveMode.MANUAL)
        other = await add(engine, repository)
        await run_empty(engine)
        assert (await engine.job_numbered(other.number)).status is JobStatus.COMPLETED
        while (await engine.job_numbered(asks.number)).status is not JobStatus.COMPLETED:
            (question,) = await engine.pending_approvals()
            await give(engine, question, GRANT)
            await run_empty(engine)


@pytest.mark.parametrize(("away", "ends"), [
    ("wait", [(JobStatus.PLANNING, WaitingOn.APPROVAL), (JobStatus.QUEUED, WaitingOn.NOTHING)]),
    ("deny", [(JobStatus.CANCELLED, WaitingOn.NOTHING), (JobStatus.COMPLETED, WaitingOn.NOTHING)]),
])
async def test_while_the_person_is_away(repository: Path, away: str,
                                        ends: list[tuple[JobStatus, WaitingOn]]) -> None:
    settings(f'[queue]\nconcurrent_jobs = 1\naway = "{away}"\n')
    night = Night()
    async with engine_at(night) as engine:
        await add(engine, repository, approve=ApproveMode.MANUAL)
        await add(engine, repository)
        await run_empty(engine)
        assert [(s, w) for _, s, w in await states(engine)] == ends


async def test_the_night_has_hours_and_a_budget(repository: Path) -> None:
    settings('[queue]\nconcurrent_jobs = 1\novernight = "22:00-06:00"\n'
             'overnight_budget_usd = 1.0\n')

    def agent(asked: ModelRequest) -> ModelReply:
        if turns_so_far(asked) == 0:
            return calls(("write_file", {"path": "a.txt", "content": "a\n"}))
        return says("Done.", cost_microusd=700_000)

    provider = ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=agent)
    night = Night()
    async with engine_at(night, provider) as engine:
        for _ in range(3):
            await add(engine, repository, is_overnight=True)
        await run_empty(engine)
        begins = [job.started_at.astimezone() for job in reversed(await engine.jobs())
                  if job.started_at is not None]
        assert [(at.day, at.hour) for at in begins] == [(21, 22), (21, 22), (22, 22)]


async def test_projects_take_turns(tmp_path: Path) -> None:
    settings("[queue]\nconcurrent_jobs = 1\n")
    one, two = (make_repository(tmp_path / name, {"a.md": name}) for name in ("one", "two"))
    async with engine_at(Night()) as engine:
        for repository in (one, one, one, two):
            await add(engine, repository)
        await run_empty(engine)
        assert await started(engine) == [1, 4, 2, 3]


async def test_a_job_that_another_process_left_is_taken_in_once(repository: Path) -> None:
    place, command = Paths.from_environment().mailbox, SubmitJob(
        repository=str(repository), placement=Placement(priority=4), job_id=JobId("left"),
        request=JobRequest(text="Left", policy=Policy(approve=ApproveMode.ALL)))
    letters.open_place(place)
    letter = letters.post(place, "LETTER0001", letters.seal(command))
    letters.post(place, "LETTER0002", letters.seal(
        replace(command, repository="/nowhere", job_id=JobId("wrong"))))
    text = letter.read_bytes()
    for _ in range(2):
        async with engine_at(Night()) as engine:
            await run_empty(engine)
            assert [(job.id, job.status) for job in await engine.jobs()] == [
                ("left", JobStatus.COMPLETED)]
        letter.touch(mode=0o600)
        letter.write_bytes(text)  # as a kill between recording it and removing it leaves it
    answer = letters.collect(place, "LETTER0002")
    assert answer is not None
    assert "'/nowhere'" in answer.error


async def test_an_interrupted_queue_goes_on_and_finishes_everything(repository: Path) -> None:
    held = asyncio.Event()
    is_second = False

    async def agent(asked: ModelRequest) -> ModelReply:
        if not is_second:
            held.set()
            await asyncio.Event().wait()
        return writes_its_file(asked)

    provider = ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=agent)
    night = Night()
    async with engine_at(night, provider) as engine:
        for _ in range(3):
            await add(engine, repository)
        async with engine.keeping_queue():
            await held.wait()
    is_second = True
    async with engine_at(night, provider) as engine:
        assert await engine.resume_unfinished() == 0
        await run_empty(engine)
        assert [s for _, s, _ in await states(engine)] == [JobStatus.COMPLETED] * 3
        assert sorted(await started(engine)) == [1, 2, 3]


