"""Replay: the job as it was at the moment that the slider stands at."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from support.replay_scene import replayed

from cockpit_tui.domain.event import AgentMessage
from cockpit_tui.domain.ids import JobId
from cockpit_tui.ui.screens.replay import ReplayScreen

TO_REPLAY = ("1", "j", "enter", "z", "r")


async def test_the_slider_shows_the_job_as_it_was(open_cockpit) -> None:
    async with open_cockpit(replayed()) as cockpit:
        await cockpit.press(*TO_REPLAY)
        assert "x 2.2 Token store" in cockpit.screen_text.replace("✗", "x")
        await cockpit.press("home", "right_square_bracket")
        text = cockpit.screen_text
        assert "event 6 of 107" in text
        assert "◆ Plan" in text
        assert "Plan of 10 tasks in 3 phases" in text
        assert "$0.00/10.00" in text
        await cockpit.press("l")
        assert "◆ Plan" not in cockpit.screen_text
        await cockpit.press("h", "h")
        assert "event 5 of 107" in cockpit.screen_text
        await cockpit.press("left_square_bracket")
        assert "No question and no failure before this." in cockpit.screen_text


async def test_play_goes_on_at_its_speed_and_ends_at_the_end(open_cockpit) -> None:
    async with open_cockpit(replayed()) as cockpit:
        await cockpit.press(*TO_REPLAY, "home", "less_than_sign", "space")
        screen = cockpit.app.screen
        assert isinstance(screen, ReplayScreen)
        cockpit.wait(2)
        screen.tick()
        await cockpit.settle()
        assert "02:48:10" in cockpit.screen_text
        assert "event 3 of 107" in cockpit.screen_text
        for _ in range(40):
            await cockpit.press("greater_than_sign")
        assert "x600" in cockpit.screen_text
        for _ in range(60):
            cockpit.wait(3)
            screen.tick()
        await cockpit.settle()
        assert "event 107 of 107" in cockpit.screen_text
        assert "Space play" in cockpit.screen_text


async def test_a_typed_time_is_gone_to_and_a_wrong_one_is_told(open_cockpit) -> None:
    async with open_cockpit(replayed()) as cockpit:
        await cockpit.press(*TO_REPLAY, "T", *"25:00", "enter")
        assert "is no time" in cockpit.screen_text
        await cockpit.press("escape", "T", *"-99999999h", "enter")  # before the year 1
        assert "is no time" in cockpit.screen_text
        await cockpit.press("escape", "T", *"01:00", "enter")
        assert "it went from 02:48:00 to" in " ".join(cockpit.screen_text.split())
        await cockpit.press("escape", "T", *"02:50", "enter")
        assert "event 4 of 107" in cockpit.screen_text
        await cockpit.press("T", *"+40s", "enter")
        assert "event 6 of 107" in cockpit.screen_text


async def test_the_end_of_a_job_at_work_is_asked_for_again(open_cockpit) -> None:
    async with open_cockpit(replayed()) as cockpit:
        await cockpit.press(*TO_REPLAY)
        cockpit.engine.publish(AgentMessage(agent="a2", text="One word more."),
                               job_id=JobId("J41"))
        await cockpit.settle()
        assert "One word more." not in cockpit.screen_text
        await cockpit.press("end")
        assert "event 108 of 108" in cockpit.screen_text
        assert "One word more." in cockpit.screen_text
        await cockpit.press("escape")
        assert not isinstance(cockpit.app.screen, ReplayScreen)


async def test_a_job_without_stages_and_one_without_events_are_shown(open_cockpit) -> None:
    scene = replayed()
    scene.events = [replace(event, seq=seq) for seq, event in enumerate(scene.events[12:20], 1)]
    async with open_cockpit(scene) as cockpit:
        await cockpit.press(*TO_REPLAY)
        assert "event 8 of 8" in cockpit.screen_text
    scene = replayed()
    scene.events = []
    async with open_cockpit(scene) as cockpit:
        await cockpit.press(*TO_REPLAY, "l", "space", "T", "right_square_bracket")
        assert "No event of this job is here yet." in cockpit.screen_text


async def test_the_palette_replays_any_job_of_the_list(open_cockpit) -> None:
    async with open_cockpit(replayed()) as cockpit:
        job = cockpit.app.bridge.snapshot.jobs[-1]
        await cockpit.press("colon", *f"replay: #{job.number}")
        async with asyncio.timeout(8):
            while f"replay: #{job.number} {job.title}" not in cockpit.screen_text:
                await cockpit.settle()
        await cockpit.press("enter")
        async with asyncio.timeout(8):
            while not isinstance(cockpit.app.screen, ReplayScreen):
                await cockpit.settle()
        assert cockpit.app.screen.job_id == job.id
