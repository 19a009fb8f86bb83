"""The Agents screen: who needs the person first, cards and rows, the way to task and question."""

from __future__ import annotations

from dataclasses import replace

from support.agent_scenes import agents_at_work

from cockpit_tui.domain.command import TerminateAgent
from cockpit_tui.domain.event import AgentMessage
from cockpit_tui.domain.ids import ApprovalId, JobId, TaskId
from cockpit_tui.ui.screens.agents import AgentsScreen
from cockpit_tui.ui.screens.home import HomeScreen


async def test_cards_say_state_task_model_cost_files_and_what_waits(open_cockpit) -> None:
    async with open_cockpit(agents_at_work()) as cockpit:
        await cockpit.press("g", "a")
        text = cockpit.screen_text
        assert isinstance(cockpit.app.screen, AgentsScreen)
        assert text.index("a1  ◆ needs you") < text.index("a2  ⊘ blocked")
        for words in ("1.1 Provider settings", "BackendDeveloper #42",
                      "for your answer: a3 asks: npm", "claude-sonnet-4-5",
                      "$0.44  96k tok", "4, attempt 1", "+40 -6, 1 file",
                      "up 1.2, 2.1, 2.2, 2.3, 2.4, 2.5 and 3 more", "last 1.2 Session model",
                      "12 passed", "◆ 1 needs you"):
            assert words in text, words


async def test_enter_goes_to_the_question_of_who_asks_and_to_the_task_of_others(
        open_cockpit) -> None:
    async with open_cockpit(agents_at_work()) as cockpit:
        await cockpit.press("g", "a", "enter")
        assert isinstance(cockpit.app.screen, HomeScreen)
        approval = cockpit.app.home.approval
        assert approval is not None
        assert approval.id == ApprovalId("A-cmd")
        await cockpit.press("g", "a", "l", "enter")
        home = cockpit.app.home
        assert isinstance(cockpit.app.screen, HomeScreen)
        assert (home.state.job_id, home.state.row) == (JobId("J41"), "task:T22")


async def test_the_cursor_stays_on_its_agent_between_cards_and_rows(open_cockpit) -> None:
    async with open_cockpit(agents_at_work()) as cockpit:
        await cockpit.press("g", "a", "j")
        assert "Enter goes to task 2.5" in cockpit.screen_text
        await cockpit.press("z", "l")
        assert "Enter goes to task 2.5" in cockpit.screen_text
        assert "a1  ◆" not in cockpit.screen_text
        await cockpit.press("k", "escape", "g", "a")
        assert "a1 #42 1.1 Provider settings" in cockpit.screen_text


async def test_a_filter_leaves_the_cards_that_hold_its_words(open_cockpit) -> None:
    async with open_cockpit(agents_at_work()) as cockpit:
        await cockpit.press("g", "a", "slash", *"tester", "enter")
        text = cockpit.screen_text
        assert "a3  ● working" in text
        assert "a1  ◆" not in text
        assert "Enter goes to task 2.5" in text


async def test_an_agent_is_sent_away_only_after_y(open_cockpit) -> None:
    async with open_cockpit(agents_at_work()) as cockpit:
        await cockpit.press("g", "a", "l", "X")
        assert "Another agent begins 2.2 anew" in cockpit.screen_text
        await cockpit.press("n")
        assert cockpit.engine.sent == []
        await cockpit.press("X", "y")
        assert cockpit.engine.sent == [TerminateAgent(job_id=JobId("J41"), agent="a2")]


async def test_an_agent_that_went_on_to_another_task_is_not_sent_away_for_the_one_before(
        open_cockpit) -> None:
    """The sheet said whose work is lost; agents go from task to task under one name."""
    scene = agents_at_work()
    async with open_cockpit(scene) as cockpit:
        await cockpit.press("g", "a", "l", "X")
        at = next(i for i, view in enumerate(scene.agents) if view.agent.name == "a2")
        view = scene.agents[at]
        scene.agents[at] = replace(view, agent=replace(view.agent, task_id=TaskId("T25")))
        cockpit.app.bridge.reload()
        await cockpit.settle()
        await cockpit.press("y")
        assert cockpit.engine.sent == []
        assert "a2 is at something else by now; nothing was changed." in cockpit.screen_text


async def test_quiet_events_reach_the_cards_while_they_are_shown_and_cost_nothing_after(
        open_cockpit) -> None:
    scene = agents_at_work()
    async with open_cockpit(scene) as cockpit:
        await cockpit.press("g", "a")
        scene.agents[2] = replace(scene.agents[2], steps=10)
        cockpit.engine.publish(AgentMessage(agent="a3", text="Now the tests."))
        await cockpit.settle()
        assert "10, attempt 1" in cockpit.screen_text
        await cockpit.press("escape")
        scene.agents[2] = replace(scene.agents[2], steps=11)
        cockpit.engine.publish(AgentMessage(agent="a3", text="Now the tests."))
        await cockpit.settle()
        assert cockpit.app.bridge.snapshot.agents[2].steps == 10


async def test_the_inbox_shows_the_question_that_a_filter_left(open_cockpit) -> None:
    """What a key would answer is what is read."""
    async with open_cockpit(agents_at_work()) as cockpit:
        await cockpit.press("i", "slash", *"passport", "enter")
        screen = cockpit.app.screen
        assert screen.approval.id == ApprovalId("A-cmd")
        assert "npm install is not one of the plan's commands" in cockpit.screen_text
