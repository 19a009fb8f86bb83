"""The merge queue on a real hub: batches, who breaks them, and what a kill in the middle leaves."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.lane_bench import REF, Killed, LaneBench

from cockpit_tui.domain.errors import MergeConflict
from cockpit_tui.domain.event import BatchFailed
from cockpit_tui.engine import merge_batch
from cockpit_tui.engine.lane import FailsTogether
from cockpit_tui.engine.merge_batch import Landed

SUITE = "sh suite.sh"
FILES = {"README.md": "# Hello\n", "suite.sh": "for f in *.check; do sh $f || exit 1; done\n",
         "ok.check": "true\n"}


def same_suite(name: str) -> tuple[str, ...]:
    return (SUITE,)


def own_file(name: str) -> tuple[str, ...]:
    return (f"test -s {name}.txt",)


async def test_those_who_wait_land_together_with_one_run_of_the_checks(tmp_path: Path) -> None:
    async with LaneBench.opened(tmp_path, FILES, tests=(SUITE,)) as bench:
        for name in "abcde":
            await bench.made(name, {f"{name}.txt": "x\n"})
        ends = await bench.land_all(own_file, rank=lambda name: -ord(name))
        head = await bench.lane.head()
        assert await bench.log() == ["a", "e", "d", "c", "b"]  # the first alone, then by rank
        assert bench.ran(SUITE) == 2
        assert [bench.ran(f"test -s {name}.txt") for name in "abcde"] == [0, 1, 1, 1, 1]
        assert await bench.shop.pool.find("job1-phase-1-lane") is not None
        await bench.lane.close()
        assert bench.shop.pool.held_names() == ()
        assert await bench.shop.pool.trash.entries() == ()
    landed = ends["b"]
    assert isinstance(landed, Landed)
    assert landed.commit == head
    assert {(p.command, p.commit, p.passed) for p in landed.proofs} == {
        ("test -s b.txt", head, True), (SUITE, head, True)}
    moves = [p for p in bench.ctx.payloads if p.type == "git:merged"]
    assert len(moves) == 5


async def test_one_of_four_that_breaks_the_batch_goes_back_and_the_others_land(
        tmp_path: Path) -> None:
    async with LaneBench.opened(tmp_path, FILES) as bench:
        await bench.made("first", {"first.txt": "x\n"})
        for name in "abd":
            await bench.made(name, {f"{name}.txt": "x\n"})
        # Passes where it was made; with what the first one landed it does not.
        await bench.made("c", {"c.check": "test ! -e first.txt || { echo no first; false; }\n"})
        ends = await bench.land_all(same_suite, ("first", "a", "b", "c", "d"))
        assert await bench.log() == ["first", "a", "b", "d"]
        told = [p for p in bench.ctx.payloads if isinstance(p, BatchFailed)]
        assert [p.numbers for p in told] == [("a", "b", "c", "d")]
        # All four, the first two, the third alone, and the last after all.
        assert bench.ran(SUITE) == 4
    culprit = ends["c"]
    assert isinstance(culprit, FailsTogether)
    assert [(p.command, p.exit_code) for p in culprit.failed] == [(SUITE, 1)]
    assert "no first" in culprit.failed[0].output


async def test_of_two_that_only_fail_together_the_first_lands(tmp_path: Path) -> None:
    async with LaneBench.opened(tmp_path, FILES) as bench:
        await bench.made("first", {"first.txt": "x\n"})
        await bench.made("a", {"a.txt": "x\n", "a.check": "test ! -e b.txt\n"})
        await bench.made("b", {"b.txt": "x\n"})
        # What breaks is a's own acceptance, in the presence of b: b's says nothing.
        ends = await bench.land_all(
            lambda name: ("sh a.check",) if name == "a" else (f"test -s {name}.txt",),
            ("first", "a", "b"))
        assert await bench.log() == ["first", "a"]
    assert isinstance(ends["b"], FailsTogether)
    assert [p.command for p in ends["b"].failed] == ["sh a.check"]


async def test_who_conflicts_with_the_head_goes_back_who_conflicts_in_the_batch_waits(
        tmp_path: Path) -> None:
    async with LaneBench.opened(tmp_path, FILES) as bench:
        await bench.made("first", {"same.txt": "first\n"})
        await bench.made("a", {"same.txt": "a\n"})
        await bench.made("b", {"other.txt": "b\n", "b.check": "test ! -e same.txt\n"})
        await bench.made("c", {"other.txt": "c\n"})
        ends = await bench.land_all(same_suite, ("first", "a", "b", "c"))
        # b breaks with the first, so c, which conflicts with b alone, can land.
        assert await bench.log() == ["first", "c"]
    assert isinstance(ends["a"], MergeConflict)
    assert ends["a"].paths == ("same.txt",)
    assert isinstance(ends["b"], FailsTogether)
    assert isinstance(ends["c"], Landed)


async def test_a_test_of_the_job_that_failed_before_is_nobodys_fault(tmp_path: Path) -> None:
    async with LaneBench.opened(tmp_path, FILES | {"bad.check": "false\n"},
                                tests=(SUITE,)) as bench:
        await bench.made("a", {"a.txt": "x\n"})
        ends = await bench.land_all(own_file)
        assert isinstance(ends["a"], Landed)
    async with LaneBench.opened(tmp_path / "good", FILES, tests=(SUITE,)) as bench:
        await bench.made("a", {"bad.check": "false\n"})
        ends = await bench.land_all(lambda name: ("true",))
        assert isinstance(ends["a"], FailsTogether)


async def test_who_is_cancelled_while_it_lands_has_landed_who_waits_has_not(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with LaneBench.opened(tmp_path, FILES) as bench:
        for name in ("first", "a", "b", "late"):
            await bench.made(name, {f"{name}.txt": "x\n"})
        tasks = {name: asyncio.create_task(bench.land(name, (SUITE,)))
                 for name in ("first", "a", "b")}

        def crash_point(*name: str) -> None:
            if name == ("lane/landed",) and tasks["first"].done():
                tasks["b"].cancel()  # the ref has moved, nobody has written that it did
            if name == ("lane/proven",) and not tasks["first"].done():
                tasks["late"] = asyncio.create_task(bench.land("late", (SUITE,)))
                tasks["late"].add_done_callback(lambda _: None)
                asyncio.get_running_loop().call_soon(tasks["late"].cancel)

        monkeypatch.setattr(merge_batch, "crash_point", crash_point)
        ends = await asyncio.gather(*tasks.values(), return_exceptions=True)
        late = await asyncio.gather(tasks["late"], return_exceptions=True)
        assert [isinstance(end, Landed) for end in ends] == [True, True, True]
        assert isinstance(late[0], asyncio.CancelledError)
        assert await bench.log() == ["first", "a", "b"]


@pytest.mark.parametrize("point", ["lane/merged", "lane/proven", "lane/landed"])
@pytest.mark.parametrize("times", [1, 2])
async def test_a_kill_in_the_middle_of_a_batch_loses_nothing_and_lands_nothing_twice(
        point: str, times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = times

    def crash_point(*name: str) -> None:
        nonlocal left
        left -= "/".join(name) == point
        if left == 0 and "/".join(name) == point:
            raise Killed

    async with LaneBench.opened(tmp_path, FILES) as bench:
        names = ("first", "a", "b", "bad", "c")
        for name in names:
            await bench.made(name, {f"{name}.txt": f"{name}\n"} | (
                {"bad.check": "test ! -e first.txt\n"} if name == "bad" else {}))
        monkeypatch.setattr(merge_batch, "crash_point", crash_point)
        with pytest.raises(Killed):
            await bench.land_all(same_suite, names)
        before = bench.ran(SUITE)
        bench.born_again()
        ends = await bench.land_all(same_suite, names)
        assert sorted(await bench.log()) == ["a", "b", "c", "first"]
        assert {name for name, end in ends.items() if isinstance(end, Landed)} == {
            "first", "a", "b", "c"}
        assert isinstance(ends["bad"], FailsTogether)
        assert bench.ctx.begun == {}
        # Every landed one points at what is on the lane, and the files are there.
        head = await bench.lane.head()
        for name, end in ends.items():
            if isinstance(end, Landed):
                assert await bench.hub.is_ancestor(end.commit, head), name
        listed = (await bench.hub.git("ls-tree", "--name-only", REF)).text.split()
        assert {"first.txt", "a.txt", "b.txt", "c.txt"} <= set(listed)
        assert "bad.txt" not in listed
        assert before <= 5


async def test_a_test_may_come_before_what_makes_it_pass(tmp_path: Path) -> None:
    """And it is nobody's fault in between; what was promised holds when it is due."""
    async with LaneBench.opened(tmp_path, FILES, tests=(SUITE,)) as bench:
        bench.lane.promised = {"test": frozenset({SUITE})}
        await bench.made("test", {"new.check": "test -s code.txt\n"})
        await bench.made("aside", {"aside.txt": "x\n"})
        await bench.made("code", {"code.txt": "x\n"})
        await bench.land_all(lambda name: ("true",), ("test",))
        await bench.land_all(own_file, ("aside",))
        ends = await bench.land_all(lambda name: (SUITE,), ("code",))
        assert await bench.log() == ["test", "aside", "code"]
        assert isinstance(ends["code"], Landed)
        assert [(p.command, p.passed) for p in ends["code"].proofs] == [(SUITE, True)]
