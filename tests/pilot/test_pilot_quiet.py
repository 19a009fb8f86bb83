"""The bell, and the person's quiet hours."""

from __future__ import annotations

import pytest
from support.cockpit_app import opened
from support.scenes import waiting_plan

from cockpit_tui.ui.app import CockpitApp


@pytest.mark.parametrize(("is_quiet", "rung"), [(False, 1), (True, 0)])
async def test_the_bell_rings_once_and_not_in_quiet_hours(
        monkeypatch: pytest.MonkeyPatch, is_quiet: bool, rung: int) -> None:
    rings: list[str] = []
    monkeypatch.setattr(CockpitApp, "bell", lambda _: rings.append("bell"))
    async with opened(waiting_plan(), is_quiet=lambda: is_quiet):
        assert len(rings) == rung
