"""The radar on a real hub: what it foresees, what clears, and how few merges it tries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.lane_bench import LaneBench

from cockpit_tui.domain.event import CollisionCleared, CollisionForeseen
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.plan import Task
from cockpit_tui.engine.radar import Radar

FILES = {"README.md": "# Hello\n", "same.txt": "1\n2\n3\n4\n5\n6\n7\n8\n9\n"}


@dataclass
class Sky:
    bench: LaneBench
    radar: Radar
    made: int = 0

    async def wrote(self, name: str, files: dict[str, str], owned: tuple[str, ...] = ()) -> None:
        """A checkpoint of the task, and all that the radar makes of it."""
        self.made += 1
        label = f"{name}{self.made}"
        await self.bench.made(label, files)
        await self.radar.wrote(TaskId(name), name, base=self.bench.start,
                               commit=self.bench.commits[label], owned_paths=owned)
        await self.radar.settled()

    def told(self) -> list[tuple[str, str, str, tuple[str, ...]]]:
        return [(type(p).__name__, p.number, p.other, p.files) for p in self.bench.ctx.payloads
                if isinstance(p, CollisionForeseen | CollisionCleared)]


@pytest.fixture
async def sky(tmp_path: Path) -> AsyncIterator[Sky]:
    async with LaneBench.opened(tmp_path, FILES) as bench:
        radar = Radar(ctx=bench.ctx, lane=bench.lane, key="phase/1",
                      weights={TaskId("a"): 0, TaskId("b"): 2, TaskId("c"): 1})
        async with radar.at_work():
            yield Sky(bench, radar)


def lines(first: str = "1", last: str = "9") -> dict[str, str]:
    return {"same.txt": f"{first}\n2\n3\n4\n5\n6\n7\n8\n{last}\n"}


async def test_a_collision_is_told_once_and_once_that_it_is_over(sky: Sky) -> None:
    await sky.wrote("a", lines(first="a"))
    await sky.wrote("b", lines(last="b"))
    assert sky.told() == []  # one file, two places
    await sky.wrote("b", lines(first="b"))
    await sky.wrote("b", lines(first="b") | {"more.txt": "x\n"})
    await sky.wrote("b", lines(first="b", last="b"))
    assert sky.told() == [("CollisionForeseen", "b", "a", ("same.txt",))]
    contested = Task(id=TaskId("t"), title="T", instructions="", role="R", owned_paths=("*.txt",))
    assert sky.radar.is_contested(contested)
    await sky.wrote("b", lines(last="b"))
    assert sky.told()[1:] == [("CollisionCleared", "b", "a", ("same.txt",))]
    assert not sky.radar.is_contested(contested)
    # A second time is news again; what becomes of one of them ends it.
    await sky.wrote("a", lines(last="a"))
    await sky.radar.ended(TaskId("a"), None)
    assert [word for word, *_ in sky.told()[2:]] == ["CollisionForeseen", "CollisionCleared"]


async def test_what_landed_stays_in_the_way_until_the_other_goes_together_with_it(
        sky: Sky) -> None:
    await sky.wrote("a", lines(first="a"))
    await sky.wrote("b", lines(first="b"))
    await sky.bench.land("a1")
    await sky.radar.ended(TaskId("a"), ["same.txt"])
    await sky.radar.settled()
    assert sky.told() == [("CollisionForeseen", "b", "a", ("same.txt",))]  # no news
    await sky.wrote("b", lines(last="b"))
    assert sky.told()[1:] == [("CollisionCleared", "b", "a", ("same.txt",))]


async def test_what_landed_before_a_restart_is_in_the_way_too(sky: Sky) -> None:
    await sky.bench.made("a", lines(first="a"))
    await sky.bench.land("a")
    await sky.radar.ended(TaskId("a"), ["same.txt"])  # its outcome is known from before
    await sky.wrote("b", lines(first="b"))
    assert sky.told() == [("CollisionForeseen", "b", "", ("same.txt",))]


async def test_only_what_changed_where_both_are_is_tried_again(sky: Sky) -> None:
    for name in "abcdefgh":
        await sky.wrote(name, {f"{name}.txt": "x\n"})
    assert sky.radar.trials == 0  # nobody meets anybody
    await sky.wrote("a", {"b.txt": "from a\n"})
    assert sky.radar.trials == 1
    await sky.wrote("a", {"b.txt": "from a\n", "own.txt": "1\n"})
    await sky.wrote("b", {"b.txt": "x\n", "own-of-b.txt": "2\n"})
    assert sky.radar.trials == 1
    # What no commit will hold collides with nobody.
    await sky.wrote("c", {"c.txt": "x\n", "d.txt": "stray\n"}, owned=("c.txt",))
    assert sky.radar.trials == 1


async def test_who_is_in_no_conflict_lands_first_then_who_holds_up_most(sky: Sky) -> None:
    await sky.wrote("a", lines(first="a"))
    await sky.wrote("b", lines(first="b"))
    await sky.wrote("c", {"c.txt": "x\n"})
    order = sorted((TaskId(name) for name in "abc"), key=sky.radar.landing_rank)
    assert order == ["c", "b", "a"]
