"""The start page after hours without a screen: what happened, why nothing did, and w from there."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from support import scenes
from support.telling_scenes import EVENING, away, idle_night

from cockpit_tui.config.last_seen import away_since, mark_seen

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


async def test_the_start_page_says_what_happened_and_w_goes_on(open_cockpit) -> None:
    async with open_cockpit(away(), away_since=EVENING) as cockpit:
        text = cockpit.screen_text
        for words in ("While you were away  9h20m", "$3.60", "#38 Answer 404", "4 commits",
                      "#39 Rate limits  No model answered: 529 overloaded.",
                      "#39 denied: nobody was there  curl https://example.org",
                      "#40 Checkout page  $2.00 of $2.00 are gone.",
                      "#41 Phase 2: land 3 tasks", "asked 6h ago"):
            assert words in text, words
        assert "It is below, with its question" not in text
        await cockpit.press("w")
        assert cockpit.app.home.approval is not None


async def test_a_night_that_did_nothing_says_why_in_its_first_line(open_cockpit) -> None:
    async with open_cockpit(idle_night(), away_since=EVENING) as cockpit:
        lines = cockpit.screen_text.splitlines()
        at = next(n for n, line in enumerate(lines) if "While you were away" in line)
        assert "Nothing was done: #41 did not start: no cockpit ran the queue." in lines[at + 1]


async def test_without_an_absence_or_news_the_page_is_as_ever(open_cockpit) -> None:
    async with open_cockpit(scenes.empty(), away_since=EVENING) as cockpit:
        assert "While you were away" not in cockpit.screen_text
    async with open_cockpit(away()) as cockpit:
        assert "While you were away" not in cockpit.screen_text


def test_half_an_hour_without_a_screen_is_an_absence(tmp_path: Path) -> None:
    file = tmp_path / "screen-seen"
    assert away_since(file, NOW) is None
    mark_seen(file)
    for minutes, is_away in ((0, False), (30, False), (31, True)):
        seen = NOW - timedelta(minutes=minutes)
        os.utime(file, (seen.timestamp(), seen.timestamp()))
        assert away_since(file, NOW) == (seen if is_away else None)
    mark_seen(file)
    assert away_since(file, datetime.now(UTC)) is None
    mark_seen(tmp_path / "missing" / "screen-seen")
