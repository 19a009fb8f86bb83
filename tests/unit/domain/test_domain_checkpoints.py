"""Which checkpoints go: the middle ones, the same ones whether they go at once or one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cockpit_tui.domain.checkpoint import to_drop

STEPS = st.lists(st.integers(1, 10_000), max_size=400)


@given(steps=STEPS, keep=st.integers(2, 250))
def test_as_many_stay_as_may_the_oldest_and_the_newest_among_them(steps: list[int],
                                                                  keep: int) -> None:
    there = sorted(set(steps))
    dropped = to_drop(steps, keep)
    stays = [step for step in there if step not in dropped]
    assert len(stays) == min(keep, len(there))
    assert stays[:1] + stays[-1:] == there[:1] + there[-1:]
    gone = [there.index(step) for step in dropped]
    assert gone == list(range(gone[0], gone[0] + len(gone))) if gone else True, "the middle ones"
    assert to_drop(stays, keep) == ()


@given(count=st.integers(1, 300), keep=st.integers(2, 60))
def test_one_by_one_or_at_once_the_same_ones_stay(count: int, keep: int) -> None:
    kept: set[int] = set()
    for step in range(1, count + 1):
        kept.add(step)
        kept -= set(to_drop(kept, keep))
    assert kept == set(range(1, count + 1)) - set(to_drop(range(1, count + 1), keep))
