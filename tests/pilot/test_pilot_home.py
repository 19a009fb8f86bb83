"""Home: moving between what waits, what runs and what is there; nothing moves by itself."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from support import scenes

from cockpit_tui.domain.command import CancelJob, RetryJob
from cockpit_tui.domain.event import AgentMessage, ApprovalRequired, CodeGenerated
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.ui.screens.request import RequestScreen
from cockpit_tui.ui.shown_time import YOUNG_SECONDS, ShownTime


async def test_w_visits_what_waits_in_every_job_and_ctrl_o_returns(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        home = cockpit.app.home
        assert home.approval == scenes.phase_approval()
        await cockpit.press("w")
        assert (home.approval, home.shown_job.number) == (scenes.command_approval(), 42)
        assert "web › #42" in cockpit.screen_text.splitlines()[0]
        await cockpit.press("w")
        assert home.approval == scenes.phase_approval()
        await cockpit.press("ctrl+o")
        assert home.approval == scenes.command_approval()


async def test_an_arriving_question_takes_no_focus_and_no_keystroke(open_cockpit) -> None:
    async with open_cockpit(scenes.running()) as cockpit:
        await cockpit.press("n")
        letters = random.Random(7).choices("axrycswu qd", k=200)
        for at, letter in enumerate(letters):
            await cockpit.pilot.press("space" if letter == " " else letter)
            if at == 100:
                asked = replace(scenes.command_approval(), job_id=JobId("J41"))
                cockpit.engine.ask(asked)
                cockpit.engine.publish(ApprovalRequired(
                    approval_id=asked.id, gate="command", risk="MED", title="npm install"),
                    job_id=asked.job_id)
        await cockpit.settle()
        assert isinstance(cockpit.app.screen, RequestScreen)
        assert cockpit.app.screen.goal.text == "".join(letters)
        assert "1 NEEDS YOU" in cockpit.screen_text
        assert cockpit.engine.sent == []


async def test_the_cursor_stays_where_the_person_put_it(open_cockpit) -> None:
    async with open_cockpit(scenes.running()) as cockpit:
        await cockpit.press("2", "j", "j")
        chosen = cockpit.app.home.plan.rows.cursor
        asked = replace(scenes.command_approval(), job_id=JobId("J41"))
        cockpit.engine.ask(asked)
        cockpit.engine.publish(ApprovalRequired(approval_id=asked.id, gate="command", risk="MED",
                                                title="npm install"), job_id=asked.job_id)
        await cockpit.settle()
        assert cockpit.app.home.plan.rows.cursor == chosen
        assert cockpit.app.home.approval is None


async def test_live_events_reach_log_and_live_diff(open_cockpit) -> None:
    async with open_cockpit(scenes.running()) as cockpit:
        assert "hmac" in cockpit.screen_text
        task = TaskId("T22")
        cockpit.engine.scene.live_diffs[task] = scenes.DIFF.replace("hmac", "secrets")
        cockpit.engine.publish(AgentMessage(agent="a2", text="Now the expiry."),
                               CodeGenerated(agent="a2", path="x.py", added=1, removed=0),
                               job_id=JobId("J41"), task_id=task)
        await cockpit.settle()
        assert "Now the expiry." in cockpit.screen_text
        assert "import secrets" in cockpit.screen_text


async def test_stop_asks_and_retry_does_not(open_cockpit) -> None:
    async with open_cockpit(scenes.running()) as cockpit:
        await cockpit.press("2", "X", "n")
        assert cockpit.engine.sent == []
        await cockpit.press("X", "y")
        assert cockpit.engine.sent == [CancelJob(job_id=JobId("J41"))]
        await cockpit.press("R")
        assert cockpit.engine.sent[1:] == [RetryJob(job_id=JobId("J41"))]


async def test_a_key_that_cannot_work_says_why(open_cockpit) -> None:
    async with open_cockpit(scenes.empty()) as cockpit:
        await cockpit.press("a")
        assert "Nothing waits for an answer here." in cockpit.screen_text
        await cockpit.press("w")
        assert "Nothing waits for you." in cockpit.screen_text


async def test_two_strokes_and_their_popup(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_plan()) as cockpit:
        await cockpit.press("g", "p")
        assert cockpit.screen_text.splitlines()[0].startswith(" PLAN")
        await cockpit.press("g", "h")
        assert cockpit.screen_text.splitlines()[0].startswith(" COCKPIT")
        await cockpit.press("g", "escape", "g", "v")
        assert "Nothing is on gv." in cockpit.screen_text


async def test_a_storm_of_sizes_leaves_the_selection(open_cockpit) -> None:
    sizes = [(60, 16), (200, 60), (40, 10), (80, 24), (120, 36), (100, 29), (99, 40), (30, 8)]
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        before = cockpit.app.home.plan.rows.cursor
        for width, height in sizes * 3:
            await cockpit.pilot.resize_terminal(width, height)
        await cockpit.pilot.resize_terminal(120, 36)
        await cockpit.settle()
        assert cockpit.app.home.plan.rows.cursor == before
        assert cockpit.app.home.approval == scenes.phase_approval()
        assert "Phase 2: Provider flow" in cockpit.screen_text


async def test_add_a_repository_by_path(open_cockpit) -> None:
    async with open_cockpit(scenes.empty()) as cockpit:
        await cockpit.press("1", "o", *"/nowhere", "enter")
        assert "holds no git repository" in cockpit.screen_text
        await cockpit.press("escape", "o", *"/home/ada/src/infra", "enter")
        assert [p.name for p in cockpit.engine.scene.projects] == ["api", "web", "infra"]
        assert "infra  main" in cockpit.screen_text.splitlines()[0]


async def test_a_persons_key_replaces_the_usual_one(open_cockpit) -> None:
    keymap = {"request.new": "f5", "no.such": "k"}
    async with open_cockpit(scenes.empty(), keymap=keymap) as cockpit:
        await cockpit.press("n")
        assert not isinstance(cockpit.app.screen, RequestScreen)
        await cockpit.press("f5")
        assert isinstance(cockpit.app.screen, RequestScreen)


async def test_without_colour_everything_is_still_told(open_cockpit, monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_cockpit(scenes.waiting_diff(), glyphs="ascii") as cockpit:
        text = cockpit.screen_text
        assert text.isascii() or {c for c in text if not c.isascii()} <= {"·", "…"}
        assert "! 2 NEED YOU" in text
        assert "NEEDS YOU diff 2m" in text


async def test_q_leaves_with_work_safe(open_cockpit) -> None:
    async with open_cockpit(scenes.running()) as cockpit:
        await cockpit.press("i", "q")
        assert cockpit.app.is_running
        await cockpit.press("q")
        assert cockpit.app.return_code == 0
        assert cockpit.engine.sent == []


async def test_a_filter_narrows_list_and_log_until_esc(open_cockpit) -> None:
    async with open_cockpit(scenes.running()) as cockpit:
        await cockpit.press("2", "slash", *"tests", "enter")
        assert [row.key for row in cockpit.app.home.plan.rows.rows] == ["task:T26"]
        await cockpit.press("escape", "3", "slash", *"expiry", "enter")
        assert len(cockpit.app.home.plan.rows.rows) > 10
        assert cockpit.app.home.events_log.row_count == 1
        await cockpit.press("escape")
        assert cockpit.app.home.events_log.row_count == 10


async def test_every_theme_shows_the_screen(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        before = cockpit.screen_text
        for name in cockpit.app.available_themes:
            cockpit.app.theme = name
            await cockpit.settle()
            assert cockpit.screen_text == before


async def test_an_unknown_theme_is_said_and_replaced(open_cockpit) -> None:
    async with open_cockpit(scenes.empty(), theme="no-such") as cockpit:
        assert cockpit.app.theme == "cockpit-dark"
        assert "There is no theme 'no-such'" in cockpit.screen_text


async def test_a_repository_with_jobs_is_not_called_empty(open_cockpit) -> None:
    async with open_cockpit(scenes.running()) as cockpit:
        await cockpit.press("1", "g", "g", "k", "k", "k")
        assert cockpit.app.home.shown_job is None
        assert "2 jobs here, none chosen." in cockpit.screen_text
        assert "No job here yet." not in cockpit.screen_text


async def test_the_hint_names_no_key_that_does_nothing_where_the_focus_is(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_plan()) as cockpit:
        assert "a starts the work" in cockpit.screen_text
        await cockpit.press("1")
        assert "a starts the work" not in cockpit.screen_text
        assert "The Repos pane has the focus: 4 goes to the question." in cockpit.screen_text
        await cockpit.press("4")
        assert "a starts the work" in cockpit.screen_text


async def test_every_age_moves_on_together(open_cockpit) -> None:
    later = timedelta()
    asked_at = scenes.command_approval().asked_at
    async with open_cockpit(scenes.waiting_diff(), clock=lambda: asked_at + later) as cockpit:
        await cockpit.press("w")
        assert "Waits 0s" in cockpit.screen_text
        later = timedelta(seconds=50)
        await cockpit.press("2", "4")
        assert "Waits 0s" in cockpit.screen_text  # Nothing moves alone.
        cockpit.app._ticked()
        await cockpit.settle()
        assert "Waits 50s" in cockpit.screen_text
        assert cockpit.screen_text.count("50s") >= 2


def test_the_screen_ticks_sooner_for_an_age_that_counts_seconds() -> None:
    now = scenes.NOW.replace(second=20)
    shown = ShownTime(lambda: now)
    assert shown.seconds_to_next([]) == 40
    assert shown.seconds_to_next([now - timedelta(minutes=3)]) == 40
    assert shown.seconds_to_next([now - timedelta(seconds=3)]) == YOUNG_SECONDS
