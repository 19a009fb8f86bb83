"""Opening the screen goes on with unfinished jobs, or does not, and says which."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from cockpit_tui.cli.late_engine import LateEngine
from cockpit_tui.cli.screen import _Opening


@pytest.mark.parametrize(("goes_on", "left", "said"), [
    (True, 1, ["Resumed 1 job: what runs may cost money. job.resume_on_start = false lets them "
               "wait instead."]),
    (False, 2, ["2 jobs left unfinished: b lets one go on."]),
    (True, 0, []), (False, 0, [])])
async def test_it_says_what_became_of_unfinished_jobs(goes_on: bool, left: int,
                                                      said: list[str]) -> None:
    done: list[str] = []

    async def resume() -> int:
        done.append("resumed")
        return left

    async def park() -> int:
        done.append("parked")
        return left

    told: list[str] = []
    opening = _Opening(engine=LateEngine(), repository=".", first=None, tell=told.append,
                       goes_on=goes_on)
    await opening._go_on(cast(Any, SimpleNamespace(resume_unfinished=resume,
                                                   park_unfinished=park)))
    assert (told, done) == (said, ["resumed" if goes_on else "parked"])
