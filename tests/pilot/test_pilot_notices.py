"""The screen of notifications: what was told and where, muting, a trial, and the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from support import scenes
from support.cockpit_app import Cockpit
from support.scenes import NOW
from support.telling_scenes import told

from cockpit_tui.domain.event import ApprovalRequired
from cockpit_tui.domain.ids import ApprovalId, JobId
from cockpit_tui.domain.notice import Notice, NoticeKind
from cockpit_tui.engine.telling.presence import Presence
from cockpit_tui.ui.screens.home import HomeScreen
from cockpit_tui.ui.screens.notices import NoticesScreen
from cockpit_tui.ui.terminal import BELL_SECONDS
from cockpit_tui.ui.terminal import Notice as Bell


async def _until(cockpit: Cockpit, holds: Callable[[], bool]) -> None:
    """What blocks is read in a thread: let it come back."""
    async with asyncio.timeout(20):
        while not holds():
            await cockpit.pilot.pause()


async def test_it_says_what_was_told_by_which_channel_and_with_what_result(open_cockpit) -> None:
    async with open_cockpit(told()) as cockpit:
        await cockpit.press("g", "n")
        await _until(cockpit, lambda: "#39 is done" in cockpit.screen_text)
        await cockpit.press("j")
        text = cockpit.screen_text
        assert isinstance(cockpit.app.screen, NoticesScreen)
        for words in ("budget", "#41 has used 81% of the job's budget", "desktop: sent "
                      "(by notify-send)", "webhook: failed (it answered with", "3✓ 1✗"):
            assert words in text


async def test_a_kind_is_muted_and_told_again(open_cockpit) -> None:
    muted: list[NoticeKind] = []

    def set_muted(kind: NoticeKind, is_muted: bool) -> None:
        (muted.append if is_muted else muted.remove)(kind)

    async with open_cockpit(told(), set_muted=set_muted, muted=lambda: tuple(muted)) as cockpit:
        await cockpit.press("g", "n")
        await _until(cockpit, lambda: "#39 is done" in cockpit.screen_text)
        await cockpit.press("j", "S")
        await _until(cockpit, lambda: "muted: budget" in cockpit.screen_text)
        assert muted == [NoticeKind.BUDGET]
        await cockpit.press("S")
        await _until(cockpit, lambda: "muted: budget" not in cockpit.screen_text)
        assert muted == []


async def test_a_trial_says_how_each_channel_went(open_cockpit) -> None:
    trial = told().notices[1]

    async def test() -> Notice:
        return trial

    presence = Presence(lambda: NOW, test=test)
    async with open_cockpit(told(), presence=presence) as cockpit:
        await cockpit.press("g", "n", "t")
        await _until(cockpit, lambda: "command: sent (by notify-me)" in cockpit.screen_text)
    async with open_cockpit(told()) as cockpit:
        await cockpit.press("g", "n", "t")
        assert "Nothing can be told from here now" in cockpit.screen_text


async def test_enter_goes_to_what_the_notice_is_about(open_cockpit) -> None:
    async with open_cockpit(told()) as cockpit:
        await cockpit.press("g", "n")
        await _until(cockpit, lambda: "#39 is done" in cockpit.screen_text)
        await cockpit.press("j", "enter")
        assert isinstance(cockpit.app.screen, HomeScreen)
        assert cockpit.app.home.shown_job is not None
        assert cockpit.app.home.shown_job.number == 41


async def test_every_key_says_that_somebody_is_there(open_cockpit) -> None:
    now = [NOW]
    presence = Presence(lambda: now[0])
    async with open_cockpit(scenes.empty(), presence=presence) as cockpit:
        assert presence.last_key_at is None
        await cockpit.press("2")
        assert presence.last_key_at == NOW
        now[0] += timedelta(seconds=5)
        cockpit.engine.publish(ApprovalRequired(
            approval_id=ApprovalId("A9"), gate="command", risk="low", title="x"),
            job_id=JobId("J41"))
        await cockpit.settle()
        assert presence.last_key_at == NOW


def test_the_bell_rings_for_the_first_and_for_a_high_one_but_once_a_minute() -> None:
    now = [0.0]
    bell = Bell(lambda: now[0])

    def rings(waiting: int, high: int) -> bool:
        now[0] += BELL_SECONDS
        return bell.rings(waiting, high)

    assert [rings(1, 0), rings(2, 0), rings(3, 1), rings(2, 1), rings(0, 0), rings(1, 1)] == [
        True, False, True, False, False, True]
    assert not bell.rings(2, 2)


async def test_what_is_not_read_yet_is_not_told_as_nothing(open_cockpit, monkeypatch) -> None:
    async with open_cockpit(told()) as cockpit:
        may_answer, notices = asyncio.Event(), cockpit.engine.notices

        async def slow(*, limit: int = 200) -> tuple[Notice, ...]:
            await may_answer.wait()
            return await notices(limit=limit)

        monkeypatch.setattr(cockpit.engine, "notices", slow)
        await cockpit.pilot.press("g", "n")
        await _until(cockpit, lambda: "Reading what you were told." in cockpit.screen_text)
        assert "You were told nothing" not in cockpit.screen_text
        may_answer.set()
        await _until(cockpit, lambda: "#39 is done" in cockpit.screen_text)
