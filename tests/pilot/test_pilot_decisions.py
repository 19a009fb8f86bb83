"""Decisions: one key when armed, none when not, `y` for HIGH, comments and drops go along."""

from __future__ import annotations

from support import scenes
from support.fake_engine import FakeEngine

from cockpit_tui.domain.approval import Answer, Decision, ReviewComment
from cockpit_tui.domain.command import AnswerApproval, Command
from cockpit_tui.domain.diff import parse_diff
from cockpit_tui.domain.policy import Risk
from cockpit_tui.ui.screens.sheets import ConfirmSheet


def answers(engine: FakeEngine) -> list[Answer]:
    return [command.answer for command in engine.sent if isinstance(command, AnswerApproval)]


async def test_one_key_approves_the_shown_diff(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        await cockpit.press("a")
        asked = scenes.phase_approval()
        expected: list[Command] = [AnswerApproval(
            approval_id=asked.id, action_hash=asked.question.action_hash,
            answer=Answer(decision=Decision.GRANTED, by="person"))]
        assert cockpit.engine.sent == expected


async def test_a_key_that_was_on_its_way_decides_nothing(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        await cockpit.press_at_once("a")
        cockpit.wait(0.3)
        await cockpit.press_at_once("a")
        cockpit.wait(0.3)
        await cockpit.press_at_once("j")
        cockpit.wait(0.3)
        await cockpit.press_at_once("a")
        assert cockpit.engine.sent == []
        cockpit.wait(0.4)
        await cockpit.press_at_once("a")
        assert [a.decision for a in answers(cockpit.engine)] == [Decision.GRANTED]


async def test_a_question_that_another_screen_covered_is_shown_anew(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        for keys in (("g", "l"), ("i",), ("question_mark",)):
            await cockpit.press(*keys)
            cockpit.wait(10)
            await cockpit.press_at_once("escape")
            cockpit.wait(0.1)
            await cockpit.press_at_once("a")
            assert (keys, cockpit.engine.sent) == (keys, [])
        await cockpit.press("a")
        assert [a.decision for a in answers(cockpit.engine)] == [Decision.GRANTED]


async def test_high_risk_needs_y_and_enter_is_the_safe_answer(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff(Risk.HIGH)) as cockpit:
        await cockpit.press("a")
        assert isinstance(cockpit.app.screen, ConfirmSheet)
        await cockpit.press("enter")
        assert answers(cockpit.engine) == []
        await cockpit.press("a")
        await cockpit.press_at_once("a")
        assert answers(cockpit.engine) == []
        await cockpit.press("y")
        assert [a.decision for a in answers(cockpit.engine)] == [Decision.GRANTED]


async def test_dropped_hunk_and_comment_go_along(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        hunk = parse_diff(scenes.DIFF).hunks[0]
        await cockpit.press("right_square_bracket", "x", "j", "j", "c")
        await cockpit.press(*"Why?", "enter")
        assert "2 kept, 1 dropped" in cockpit.screen_text
        assert "1 comment pending" in cockpit.screen_text
        await cockpit.press("r")
        assert answers(cockpit.engine) == [Answer(
            decision=Decision.RETURNED, by="person", dropped_hunks=(hunk.id,),
            comments=(ReviewComment(path="src/auth/callback.py", line=2, text="Why?",
                                    quoted="import hmac"),))]


async def test_undo_takes_a_drop_back_and_all_dropped_is_refused(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        await cockpit.press(*["right_square_bracket", "x"] * 3)
        assert "0 kept, 3 dropped" in cockpit.screen_text
        await cockpit.press("a")
        assert "Every hunk is dropped" in cockpit.screen_text
        assert cockpit.engine.sent == []
        await cockpit.press("u", "a")
        assert [len(a.dropped_hunks) for a in answers(cockpit.engine)] == [2]


async def test_a_command_is_denied_with_one_key(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff()) as cockpit:
        await cockpit.press("w")
        assert "npm install passport-google@1.4" in cockpit.screen_text
        await cockpit.press("x")
        assert answers(cockpit.engine) == [Answer(decision=Decision.DENIED, by="person")]


async def test_another_cockpit_holds_the_engine(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff(), is_read_only=True) as cockpit:
        assert "read only" in cockpit.screen_text.splitlines()[0]
        await cockpit.press("a")
        assert "Another cockpit (process 4711) holds the engine." in cockpit.screen_text
        await cockpit.press("escape")
        assert "process 4711" not in cockpit.screen_text
        assert cockpit.engine.sent == []
