"""A night of jobs with kills, refusals, conflicts, a question that nobody answers and a full disk:
in the morning the report is right to the cent and to the commit."""

from __future__ import annotations

import random
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.cockpit_process import Cockpit
from support.fault_bench import count, out_of_time, tell_tally
from support.model_server import ModelServer
from support.night import Night, NightJob, small_disk
from support.night_brain import BusyLine, NightBrain
from support.repositories import make_repository

JOBS = count("NIGHT_JOBS", 3, 10)
TASKS = count("NIGHT_TASKS", 4, 6)
"""Of each job."""
KILLS = count("NIGHT_KILLS", 2, 12)
DISK_MEGABYTES = 96


def jobs_of_a_night(places: list[Path], chance: random.Random) -> tuple[NightJob, ...]:
    """Besides those that are done, one that asks: `a` before `b`, the rest by priority."""
    names = "abcdefghijklmnop"[:JOBS]
    working = [NightJob(name=name, repository=places[at % 2], priority=chance.randint(-2, 2),
                        after=names[at - 1] if at in (1, 5) else "")
               for at, name in enumerate(names)]
    return (*working, NightJob(name="q", repository=places[0], priority=5, asks=True))


@pytest.mark.parametrize("seed", range(count("NIGHTS", 1, 3)))
async def test_the_morning_after(seed: int, tmp_path: Path) -> None:
    if out_of_time():
        pytest.skip("the time of this run is over")
    chance = random.Random(seed)
    home = tmp_path / "home"
    home.mkdir()
    places = [make_repository(tmp_path / name, {"README.md": "# Hello\n"}) for name in
              ("first", "second")]
    brain = NightBrain(tasks_per_job=TASKS)
    line = BusyLine(brain, seed)
    with ExitStack() as stack:
        no_disk = stack.enter_context(small_disk(home / "data", DISK_MEGABYTES))
        async with ModelServer(line) as server:
            night = Night(Cockpit(home, places[0], script=None,
                                  extra={"FAKE_KEY": "test-key",
                                         "COCKPIT_LIMITS__FREE_DISK_MB": "0"}), brain,
                          jobs_of_a_night(places, chance), chance)
            night.configure(server.url)
            stack.push(lambda kind, *_: kind and night.keep_evidence(tmp_path))
            await night.queue_all()
            await night.pass_by(kills=KILLS, full_disk=None if no_disk else home / "data")
        report = night.morning()
        night.check(report)
        seen = night.counted()
        assert seen["job:completed"] == JOBS
        assert seen["git:conflicted"] >= 1
        assert night.killed == KILLS
        assert line.refused.total() >= 2
        assert line.cut >= 1
        assert night.left_over() == []
        tell_tally({"kill": night.killed, "refusal": line.refused.total(), "cut": line.cut,
                    "conflict": seen["git:conflicted"], "full disk": len(night.full)})
        print(  # noqa: T201
            f"{JOBS} jobs, {JOBS * TASKS} tasks, {night.killed} kills, {dict(line.refused)} "
            f"refusals, {line.cut} cut answers, {seen['git:conflicted']} conflicts, "
            f"{seen['lock:waiting']} waits for locks, {brain.billed} calls billed, full disk: "
            f"{no_disk or night.full}, {night.waited} times a job waited for room, bills: "
            f"{brain.cost}, cost: {report['cost']}, "
            f"events: {dict(seen)}")
