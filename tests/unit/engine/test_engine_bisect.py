"""The search for who breaks a batch, against every way to break one."""

from __future__ import annotations

from math import ceil, log2

from hypothesis import given
from hypothesis import strategies as st

from cockpit_tui.engine.bisect import bisect

MEMBERS = st.integers(0, 12)


def search(count: int, breaks: frozenset[frozenset[int]]) -> tuple[list[int], list[int], int]:
    """Who landed, who is to blame, and in how many trials. A tree breaks where all of one of
    `breaks` are in it."""
    landed: list[int] = []
    trials = 0
    found = bisect(range(count))
    answer = None
    while True:
        try:
            part = found.send(answer)  # type: ignore[arg-type]
        except StopIteration as end:
            return landed, list(end.value), trials
        trials += 1
        assert part, "an empty trial proves nothing"
        assert not set(part) & set(landed), "who landed is not tried again"
        answer = not any(broken <= {*landed, *part} for broken in breaks)
        if answer:
            landed += part


@given(MEMBERS, st.frozensets(st.frozensets(st.integers(0, 11), min_size=1, max_size=3),
                              max_size=4))
def test_what_lands_holds_and_only_who_would_break_it_does_not_land(
        count: int, breaks: frozenset[frozenset[int]]) -> None:
    landed, blamed, trials = search(count, breaks)
    assert sorted([*landed, *blamed]) == list(range(count))
    assert landed == sorted(landed)
    assert not any(broken <= set(landed) for broken in breaks)
    for one in blamed:  # with those before it that landed, it breaks
        before = {other for other in landed if other < one}
        assert any(broken <= {*before, one} for broken in breaks)
    assert trials <= max(1, 2 * count)


@given(st.integers(1, 64), st.integers(0, 63))
def test_one_culprit_costs_about_the_logarithm(count: int, culprit: int) -> None:
    breaks = frozenset({frozenset({culprit})}) if culprit < count else frozenset()
    _, blamed, trials = search(count, breaks)
    assert blamed == ([culprit] if breaks else [])
    assert trials <= (1 if not breaks else 2 + 2 * ceil(log2(count)) if count > 1 else 1)
