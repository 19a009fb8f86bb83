"""Which running tasks are worth a trial merge."""

from __future__ import annotations

import pytest

from cockpit_tui.engine.radar import Seen


@pytest.mark.parametrize(("mine", "others", "meets"), [
    ({"a.txt", "b/c.txt"}, {"b/c.txt"}, True),
    ({"b/c.txt"}, {"b/d.txt"}, False),
    ({"b"}, {"b/c/d.txt"}, True),  # a file here, a directory there
    ({"b/c"}, {"b/cd/e.txt"}, False),
    (set(), {"a.txt"}, False)])
def test_who_meets_whom(mine: set[str], others: set[str], meets: bool) -> None:
    one, other = (Seen("1.1", "b", "c", dict.fromkeys(files, "")) for files in (mine, others))
    assert (bool(one.meets(others)), bool(other.meets(mine))) == (meets, meets)
