"""What the morning report says of money."""

from __future__ import annotations

import pytest

from cockpit_tui.domain.night_report import JobCost
from cockpit_tui.presentation.night_words import cost_words

KNOWN = JobCost(known_microusd=1_200_000)
GUESSED = JobCost(known_microusd=300_000, estimated_calls=1, estimated_microusd=300_000)
UNPRICED = JobCost(unpriced_calls=2)


@pytest.mark.parametrize(("cost", "words"), [
    (KNOWN, "$1.20"),
    (KNOWN + GUESSED,
     "$1.50 (of it $0.30 estimated for 1 call whose bill was not seen)"),
    (KNOWN + UNPRICED, "$1.20 and 2 calls of unknown price"),
    (KNOWN + GUESSED + GUESSED + UNPRICED,
     "$1.80 (of it $0.60 estimated for 2 calls whose bill was not seen) "
     "and 2 calls of unknown price")])
def test_cost_in_words(cost: JobCost, words: str) -> None:
    assert cost_words(cost) == words
