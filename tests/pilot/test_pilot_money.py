"""Money on the screen: what is spent, who was asked, and how a job that ran out goes on."""

from __future__ import annotations

from dataclasses import replace

from support import scenes

from cockpit_tui.domain.approval import Answer, Decision
from cockpit_tui.domain.command import AnswerApproval, ResumeJob
from cockpit_tui.domain.event import JobWaiting
from cockpit_tui.domain.ids import JobId


async def test_a_job_without_money_says_so_and_goes_on_with_more(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_money()) as cockpit:
        shown = cockpit.screen_text
        assert "#41 waits for money: Google login" in shown
        assert "! $9.71/10.00" in shown.splitlines()[0]
        assert "● 0 run" in shown.splitlines()[0]
        await cockpit.press("b", *["backspace"] * 5, *"9", "enter")
        assert cockpit.engine.sent == []
        assert "#41 has spent $9.71 already." in cockpit.screen_text
        await cockpit.press("escape", "b", "enter")
        assert cockpit.engine.sent == [ResumeJob(job_id=JobId("J41"), budget_microusd=20_000_000)]
        assert "NEEDS YOU" not in cockpit.screen_text


async def test_an_empty_field_goes_on_with_the_budget_as_it_is(open_cockpit) -> None:
    scene = scenes.waiting_money()
    view = scene.views[1]
    reason = "Today's budget of $20.00 does not allow the next model call: $19.90 is spent."
    scene.views[1] = replace(view, job=replace(view.job, reason=reason))
    async with open_cockpit(scene) as cockpit:
        assert "limits.daily_budget_usd" in cockpit.screen_text
        await cockpit.press("b", *["backspace"] * 5, "enter")
        assert cockpit.engine.sent == [ResumeJob(job_id=JobId("J41"))]


async def test_a_job_that_runs_has_nothing_to_go_on_with(open_cockpit) -> None:
    async with open_cockpit(scenes.paid()) as cockpit:
        await cockpit.press("b")
        assert "This job did not stop for money or for your help." in cockpit.screen_text


async def test_w_and_the_inbox_lead_to_questions_and_to_jobs_that_stopped(open_cockpit) -> None:
    async with open_cockpit(scenes.asking_money()) as cockpit:
        assert "asks: a dear call" in cockpit.screen_text
        await cockpit.press("w")
        assert "#42 Waits for money" in cockpit.screen_text
        await cockpit.press("w")
        assert "asks: a dear call" in cockpit.screen_text
        await cockpit.press("i", "j", "enter")
        assert "#42 Waits for money" in cockpit.screen_text
        assert cockpit.engine.sent == []


async def test_a_page_filled_while_its_pane_is_hidden_is_wrapped(open_cockpit) -> None:
    async with open_cockpit(scenes.asking_budget(), size=(80, 24)) as cockpit:
        await cockpit.press("2", "i")
        cockpit.engine.scene.views = scenes.waiting_money().views
        cockpit.engine.publish(JobWaiting(waiting_on="budget", reason=scenes.BUDGET_REASON),
                               job_id=JobId("J41"))
        await cockpit.settle()
        await cockpit.press("escape", "w")
        assert "call costs up to $0.42." in cockpit.screen_text


async def test_a_dear_call_is_allowed_once(open_cockpit) -> None:
    async with open_cockpit(scenes.asking_money()) as cockpit:
        assert "x deny: a cheaper model is asked; without one it fails" in cockpit.screen_text
        await cockpit.press("a")
        asked = scenes.expensive_approval()
        assert cockpit.engine.sent == [AnswerApproval(
            approval_id=asked.id, action_hash=asked.question.action_hash,
            answer=Answer(decision=Decision.GRANTED, by="person"))]


async def test_all_dear_calls_of_a_job_are_allowed_by_one_key(open_cockpit) -> None:
    async with open_cockpit(scenes.asking_money()) as cockpit:
        assert "A allows this call and all like it" in cockpit.screen_text
        await cockpit.press("A")
        [sent] = cockpit.engine.sent
        assert isinstance(sent, AnswerApproval)
        assert sent.answer == Answer(decision=Decision.GRANTED, by="person", rest_of_job=True)
    async with open_cockpit(scenes.asking_budget()) as cockpit:
        await cockpit.press("A")
        assert cockpit.engine.sent == []


async def test_a_task_shows_model_asked_and_used_tokens_and_variance(open_cockpit) -> None:
    async with open_cockpit(scenes.paid()) as cockpit:
        shown = cockpit.screen_text
        assert "! asked claude-haiku-4-5, used claude-sonnet-4-5" in shown
        assert "$0.31 of ~$0.50 (-38%)" in shown
        await cockpit.press("2", "k")
        shown = cockpit.screen_text
        assert "234k in (141k cached, 60%), 12k out (2.1k thinking)" in shown
        assert "$0.73 of ~$0.50 (+46%)" in shown
        assert "today $10.52" in shown.splitlines()[0]


async def test_an_unknown_price_is_never_a_number(open_cockpit) -> None:
    scene = scenes.paid()
    view = scene.views[1]
    scene.views[1] = replace(view, job=replace(view.job, cost_microusd=None))
    async with open_cockpit(scene) as cockpit:
        assert "?/10.00" in cockpit.screen_text.splitlines()[0]
        assert "tester 9m ?" in cockpit.screen_text


async def test_rules_are_not_taken_for_a_model(open_cockpit) -> None:
    async with open_cockpit(scenes.running()) as cockpit:
        assert "rules, not AI" in cockpit.screen_text.splitlines()[0]
        assert "offline:rules (rules, not AI), step 4" in cockpit.screen_text
