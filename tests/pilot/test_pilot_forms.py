"""The request form and the plan editor: what is typed is what the engine gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from support import scenes
from support.cockpit_app import Cockpit
from textual.widgets import Static

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.approval import Answer, Decision
from cockpit_tui.domain.command import AnswerApproval, SubmitJob
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.job import JobRequest, Mode
from cockpit_tui.domain.plan import delete_task, edit_task, move_task
from cockpit_tui.domain.policy import ApproveMode, Gate, Limits, Policy, Verdict
from cockpit_tui.domain.queue import Placement
from cockpit_tui.presentation.model_words import load_model_book
from cockpit_tui.ui.screens.plan import PlanScreen
from cockpit_tui.ui.screens.queue import QueueScreen
from cockpit_tui.ui.screens.request import RequestScreen
from cockpit_tui.ui.screens.sheets import FieldsSheet


def _note(cockpit: Cockpit) -> str:
    """What stands under the model's name."""
    return str(cockpit.app.screen.query_one("#model-note", Static).content)


async def test_a_request_with_mode_gates_and_limits(open_cockpit) -> None:
    async with open_cockpit(scenes.empty()) as cockpit:
        await cockpit.press("n", *"Add CI", "tab", "tab", "right", "tab", "right", "space", "tab")
        await cockpit.press("backspace", "2", "tab", *["backspace"] * 5, *"3.50", "ctrl+r")
        assert cockpit.engine.sent == [SubmitJob(
            repository=scenes.API.path,
            request=JobRequest(
                text="Add CI", mode=Mode.PERFORMANCE, max_agents=2,
                policy=Policy(approve=ApproveMode.MANUAL, verdicts={Gate.PHASE: Verdict.ALLOW}),
                limits=Limits(budget_microusd=3_500_000)))]
        assert "#41 Add CI" in cockpit.screen_text.splitlines()[0]


def _sent_start(cockpit: Cockpit) -> Placement | None:
    command = cockpit.engine.sent[-1]
    assert isinstance(command, SubmitJob)
    return command.placement


async def test_a_request_for_a_time_goes_to_the_queue(open_cockpit) -> None:
    async with open_cockpit(scenes.empty()) as cockpit:
        await cockpit.press("n", *"Add CI")
        cockpit.app.screen.query_one("#start").focus()
        await cockpit.press("right", "tab", *"+2x")
        assert "'+2x' is no time. A time of day (23:00), from now (+2h" in cockpit.screen_text
        await cockpit.press("ctrl+r")
        assert "'+2x' is no time." in cockpit.app.screen.hint.text
        assert cockpit.engine.sent == []
        await cockpit.press("escape", "backspace", "h")
        assert "starts " in cockpit.screen_text
        await cockpit.press("ctrl+r")
        assert _sent_start(cockpit) == Placement(not_before=scenes.NOW + timedelta(hours=2))
        assert isinstance(cockpit.app.screen, QueueScreen)
        assert "The job is in the queue and starts " in cockpit.screen_text


async def test_a_request_after_another_job(open_cockpit) -> None:
    async with open_cockpit(scenes.running()) as cockpit:
        await cockpit.press("n", *"Add CI")
        cockpit.app.screen.query_one("#start").focus()
        await cockpit.press("left", "tab", *"999")
        assert "There is no job '999'. Its number, like #41, or last." in cockpit.screen_text
        await cockpit.press(*["backspace"] * 3, *"last", "ctrl+r")
        newest = (await cockpit.engine.jobs())[1]
        assert _sent_start(cockpit) == Placement(after=newest.id)


async def test_o_on_the_queue_asks_for_a_job_of_the_night(open_cockpit) -> None:
    async with open_cockpit(scenes.running()) as cockpit:
        await cockpit.press("g", "q", "o", *"Add CI")
        assert "22:00-06:00; if it asks something: the job" in cockpit.screen_text
        await cockpit.press("ctrl+r")
        assert _sent_start(cockpit) == Placement(is_overnight=True)


async def test_what_cannot_be_read_is_said_and_the_draft_is_kept(open_cockpit) -> None:
    async with open_cockpit(scenes.empty()) as cockpit:
        await cockpit.press("n", "ctrl+r")
        assert "Say what should be done." in cockpit.screen_text
        await cockpit.press("escape", *"Add CI", "escape")
        assert not isinstance(cockpit.app.screen, RequestScreen)
        await cockpit.press("n")
        assert cockpit.app.screen.goal.text == "Add CI"
        assert cockpit.engine.sent == []


async def test_a_started_request_is_no_draft_of_the_next(open_cockpit) -> None:
    async with open_cockpit(scenes.empty()) as cockpit:
        await cockpit.press("n", *"Add CI", "ctrl+r", "n")
        assert cockpit.app.screen.goal.text == ""
        await cockpit.press(*"Add docs", "ctrl+r")
        assert [c.request.text for c in cockpit.engine.sent] == ["Add CI", "Add docs"]


async def test_a_refused_request_stays_in_the_form(open_cockpit) -> None:
    async with open_cockpit(scenes.empty()) as cockpit:
        cockpit.engine.refuse = UsageError("No.")
        await cockpit.press("n", *"Add CI", "ctrl+r", "escape", "escape", "n")
        assert cockpit.app.screen.goal.text == "Add CI"


async def test_an_edited_plan_is_approved_as_edited(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_plan()) as cockpit:
        await cockpit.press("enter")
        assert isinstance(cockpit.app.screen, PlanScreen)
        # Title of 1.1, then 2.1 one down, then 3.3 away; one delete too many is taken back.
        await cockpit.press("j", "e", *"Settings", *["enter"] * 4)
        await cockpit.press("j", "j", "j", "J", "G", "D", "D", "u", "a")
        edited = edit_task(scenes.plan(), TaskId("T11"), title="Settings")
        edited = delete_task(move_task(edited, TaskId("T21"), 1), TaskId("T33"))
        asked = scenes.plan_approval()
        assert cockpit.engine.sent == [AnswerApproval(
            approval_id=asked.id, action_hash=asked.question.action_hash,
            answer=Answer(decision=Decision.GRANTED, by="person", plan=edited))]


async def test_an_untouched_plan_is_approved_without_a_copy(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_plan()) as cockpit:
        await cockpit.press("a")
        assert [c.answer for c in cockpit.engine.sent] == [
            Answer(decision=Decision.GRANTED, by="person")]


async def test_the_planner_is_asked_again_with_a_comment(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_plan()) as cockpit:
        await cockpit.press("g", "p", "c", *"Fewer tasks", "enter", "r")
        assert [c.answer for c in cockpit.engine.sent] == [
            Answer(decision=Decision.RETURNED, by="person", comment="Fewer tasks")]


async def test_refusing_a_plan_asks_first(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_plan()) as cockpit:
        await cockpit.press("x", "escape")
        assert cockpit.engine.sent == []
        await cockpit.press("X", "y")
        assert [c.answer.decision for c in cockpit.engine.sent] == [Decision.DENIED]


async def test_a_plan_that_waits_for_nobody_can_only_be_read(open_cockpit) -> None:
    async with open_cockpit(scenes.running()) as cockpit:
        await cockpit.press("g", "p", "j", "D", "a")
        assert "Nothing waits for an answer here." in cockpit.screen_text
        assert cockpit.engine.sent == []
        assert replace(scenes.plan()) == cockpit.app.screen._draft.plan


async def test_a_task_gets_a_model_and_a_budget_of_its_own(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_plan()) as cockpit:
        await cockpit.press("enter", "j", "e", "enter", "enter", *"haiku", "enter", *"2.5",
                            "enter")
        assert "backend/claude-haiku-4-5" in cockpit.screen_text
        await cockpit.press("a")
        assert [c.answer.plan for c in cockpit.engine.sent] == [edit_task(
            scenes.plan(), TaskId("T11"), model="anthropic:claude-haiku-4-5",
            budget_microusd=2_500_000)]


async def test_a_task_takes_no_model_that_nobody_knows(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_plan()) as cockpit:
        await cockpit.press("enter", "j", "e", "enter", "enter", *"nobody", "enter", "enter")
        assert "There is no model 'nobody'." in cockpit.screen_text
        await cockpit.press("escape")
        assert cockpit.app.screen._draft.edits == 0


async def test_a_wrong_field_keeps_the_sheet_open_with_the_cursor_there(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_plan()) as cockpit:
        await cockpit.press("enter", "j", "e", *"New", "enter", "enter", "enter", *"abc", "home")
        await cockpit.press("shift+tab", "shift+tab", "ctrl+r")
        sheet = cockpit.app.screen
        assert isinstance(sheet, FieldsSheet)
        assert "Budget takes a number above 0, not 'abc'." in cockpit.screen_text
        assert sheet.focused.id == "field-budget"
        await cockpit.press(*["delete"] * 3, *"2", "enter", "a")
        assert [c.answer.plan for c in cockpit.engine.sent] == [edit_task(
            scenes.plan(), TaskId("T11"), title="New", budget_microusd=2_000_000)]


async def test_a_sheet_says_what_enter_does_in_the_field_it_is_in(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_plan()) as cockpit:
        await cockpit.press("enter", "j", "e")
        assert "Enter next field   ctrl+r save   Esc leave" in cockpit.screen_text
        await cockpit.press("enter", "enter", "enter")
        assert "Enter save   ctrl+r save   Esc leave" in cockpit.screen_text


async def test_a_plan_to_be_read_offers_no_edit(open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_plan(), size=(200, 36)) as cockpit:
        await cockpit.press("enter", "j")
        assert "Enter edit" in cockpit.screen_text.splitlines()[-1]
        await cockpit.press("X", "y")
        assert "it can only be read" in cockpit.screen_text
        assert "Enter read" in cockpit.screen_text.splitlines()[-1]


async def test_the_form_completes_a_model_and_sends_its_full_name(open_cockpit) -> None:
    async with open_cockpit(scenes.empty()) as cockpit:
        await cockpit.press("n", *"Add CI", "tab", *["backspace"] * 13, *"claude")
        assert "↓ takes anthropic:claude-sonnet-4-5 and 1 more" in cockpit.screen_text
        await cockpit.press("down", "down")
        assert _note(cockpit) == (
            "small, 200k tokens at once, Anthropic, key in ANTHROPIC_API_KEY.")
        await cockpit.press("up", *["backspace"] * 27, *"sonnet", "ctrl+r")
        assert [c.request.model for c in cockpit.engine.sent] == ["anthropic:claude-sonnet-4-5"]


async def test_the_form_completes_models_of_own_endpoints_and_settings(open_cockpit) -> None:
    file = Paths.from_environment().settings_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('[job]\nmodel = "mine:lead-9"\n'
                    '[providers.mine]\nbase_url = "http://localhost:9/v1"\n'
                    '[models."mine:own-8"]\ncontext_tokens = 8000\n'
                    '[routing]\nfallback = ["mine:spare-7"]\n')
    file.chmod(0o600)
    async with open_cockpit(scenes.empty(), models=load_model_book) as cockpit:
        await cockpit.press("n", *"Add CI", "tab", *["backspace"] * 13, *"mine:")
        assert cockpit.app.screen.model.choices == ("mine:own-8", "mine:lead-9", "mine:spare-7")


async def test_the_form_says_what_stands_in_a_models_way(open_cockpit) -> None:
    async with open_cockpit(scenes.empty()) as cockpit:
        await cockpit.press("n", *"Add CI", "tab")
        assert "Rules, not AI: no model is asked" in _note(cockpit)
        for name, said in (("openai:gpt-5", "No key for OpenAI: cockpit keys set openai"),
                           ("anthropic:claude-2", "was retired on 2026-01-05"),
                           ("anthropic:new", "its price is unknown"),
                           ("ollama:qwen3:8b", "no bill; ollama serve starts it")):
            cockpit.app.screen.model.value = name
            await cockpit.settle()
            assert said in _note(cockpit)
        cockpit.app.screen.model.value = "nobody"
        await cockpit.press("ctrl+r")
        assert "There is no model 'nobody'." in cockpit.screen_text
        assert cockpit.engine.sent == []


async def test_each_mode_says_what_it_does(open_cockpit) -> None:
    async with open_cockpit(scenes.empty()) as cockpit:
        await cockpit.press("n", "tab")
        assert "the rules do the same in every mode" in cockpit.screen_text
        cockpit.app.screen.model.value = "haiku"
        await cockpit.press("tab", "left")
        assert "each task gets the least costly model that may do" in cockpit.screen_text
        await cockpit.press("left")
        assert "the strongest model for everything, whatever it costs" in cockpit.screen_text
