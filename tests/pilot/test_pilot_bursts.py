"""Several keys in one read of the terminal: each goes to what the one before it opened."""

from __future__ import annotations

from support import scenes
from support.cockpit_app import API, Cockpit
from textual import events

from cockpit_tui.agents.roles import shipped_roles
from cockpit_tui.domain.approval import Answer, Decision
from cockpit_tui.domain.command import AnswerApproval
from cockpit_tui.domain.diff import parse_diff
from cockpit_tui.domain.roles import ROLE_NAMES
from cockpit_tui.ui.screens.inbox import InboxScreen
from cockpit_tui.ui.screens.sheets import ConfirmSheet, TextSheet

NAMES = {" ": "space", "\r": "enter", "[": "left_square_bracket", "]": "right_square_bracket"}


def send_in_one_go(cockpit: Cockpit, keys: str) -> None:
    """As the driver does after one read: nothing is handled in between."""
    for key in keys:
        cockpit.app.post_message(events.Key(NAMES.get(key, key), key))


async def typed(cockpit: Cockpit, keys: str) -> None:
    cockpit.wait(10)
    send_in_one_go(cockpit, keys)
    await cockpit.pilot.pause()
    await cockpit.settle()


async def test_text_behind_the_key_that_opens_its_box_goes_into_the_box(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        await typed(cockpit, "cadd a test, xri")
        assert isinstance(cockpit.app.screen, TextSheet)
        assert cockpit.app.screen.query_one("#text").text == "add a test, xri"
        await typed(cockpit, "\ra")
        assert "1 comment pending" in cockpit.screen_text
        assert cockpit.engine.sent == []


async def test_pressed_without_a_pause(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        await cockpit.pilot.press("c", *"add a test")
        await cockpit.settle()
        assert cockpit.app.screen.query_one("#text").text == "add a test"
        assert cockpit.engine.sent == []


async def test_a_question_back_takes_its_whole_text(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        await typed(cockpit, "rwhy a?\r")
        assert [c.answer for c in cockpit.engine.sent if isinstance(c, AnswerApproval)] == [
            Answer(decision=Decision.RETURNED, by="person", comment="why a?")]


async def test_a_decision_key_behind_others_in_one_go_is_no_answer(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        await typed(cockpit, "jja")
        assert cockpit.engine.sent == []
        assert "That key came too soon" in cockpit.screen_text
        await cockpit.press("j", "a")
        assert len(cockpit.engine.sent) == 1


async def test_yes_in_one_go_with_the_question_is_no_yes(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        await typed(cockpit, "Xy")
        assert isinstance(cockpit.app.screen, ConfirmSheet)
        assert cockpit.engine.sent == []


async def test_two_strokes_in_one_go(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        await typed(cockpit, "gi")
        assert isinstance(cockpit.app.screen, InboxScreen)
        await typed(cockpit, "gh")
        assert cockpit.app.screen is cockpit.app.home
        view = cockpit.app.home.review.diff_view
        await typed(cockpit, "jjj")
        assert view.cursor_row == 3
        await typed(cockpit, "gg")
        assert view.cursor_row == 0


async def test_a_file_row_drops_all_of_its_hunks(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        first = parse_diff(scenes.DIFF).files[0]
        await cockpit.press("x")
        view = cockpit.app.home.review.diff_view
        assert view.dropped_hunks == tuple(hunk.id for hunk in first.hunks)
        await cockpit.press("space")
        assert view.dropped_hunks == ()


async def test_leaving_with_unsent_marks_asks(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        await cockpit.press("right_square_bracket", "x", "q")
        assert "1 dropped hunk would be lost" in cockpit.screen_text
        await cockpit.press("n")
        assert cockpit.app.screen is cockpit.app.home
        await cockpit.press("q", "y")
        assert cockpit.app.return_code == 0


async def test_esc_and_a_decision_key_in_another_pane_say_where_the_focus_is(
        open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        await cockpit.press("escape")
        assert "The plan pane has the focus now: 4" in cockpit.screen_text
        await cockpit.press("a")
        assert "The plan pane has the focus: 4 goes to the question." in cockpit.screen_text
        assert cockpit.engine.sent == []
        await cockpit.press("4", "a")
        assert len(cockpit.engine.sent) == 1


async def test_outside_of_any_repository_none_is_shown_until_one_is_chosen(
        open_cockpit, monkeypatch) -> None:
    monkeypatch.setattr("support.cockpit_app.API", _Nowhere)
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        assert "Not in a repository" in cockpit.screen_text
        assert cockpit.app.home.shown_project is None
        await cockpit.press("n")
        assert "Not in a repository: 1 goes to" in cockpit.screen_text
        await cockpit.press("1", "enter")
        assert cockpit.app.home.shown_project.id == API.id


class _Nowhere:
    path = "/somewhere/else"


async def test_a_plan_keeps_to_roles_that_exist_and_its_approval_leads_home(
        open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_plan()) as cockpit:
        await cockpit.press("enter", "j", "e", "enter", *"Xyz", *["enter"] * 3)
        assert "There is no role" in cockpit.screen_text
        await cockpit.press("escape", "a")
        assert [c.answer.plan for c in cockpit.engine.sent] == [None]
        assert cockpit.app.screen is cockpit.app.home


def test_the_names_are_those_of_the_shipped_roles() -> None:
    assert tuple(role.name for role in shipped_roles()) == ROLE_NAMES
