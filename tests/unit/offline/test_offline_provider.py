"""The provider's seats: what it answers to each purpose, and that it says what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from support.offline_driver import OfflineDriver, files

from cockpit_tui.domain.conversation import (
    Message,
    ModelRequest,
    Speaker,
    StopReason,
    TextBlock,
    ToolCall,
    ToolResult,
    user,
)
from cockpit_tui.domain.drafts import JudgeDraft
from cockpit_tui.domain.errors import ProviderError
from cockpit_tui.domain.fences import fence
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.providers.offline.provider import RECIPES, OfflineProvider
from cockpit_tui.samples import create_sample

STORY = "Add the 4 missing agents: BackendDeveloper, FrontendDeveloper, Tester, DevOpsEngineer"


def request(purpose: str, *messages: Message) -> ModelRequest:
    return ModelRequest(model="rules", purpose=purpose, system="", messages=messages)


@pytest.fixture
def driver(tmp_path: Path) -> OfflineDriver:
    create_sample("python", tmp_path / "agents")
    return OfflineDriver(tmp_path / "agents")


async def test_it_is_free_and_no_ai_and_numbers_its_calls() -> None:
    provider = OfflineProvider()
    order = {"recipe": "no-such-rule", "data": {}}

    reply = await provider.complete(request("task", user(fence("work-order", json.dumps(order)))))

    assert (provider.name, provider.is_ai, reply.model) == ("offline", False, "rules")
    assert (reply.cost_microusd, reply.usage) == (0, TokenUsage())
    assert reply.stop_reason is StopReason.END_TURN
    assert reply.message.text.startswith("CANNOT: No offline rule is called 'no-such-rule'")


async def test_the_review_names_the_pattern_that_new_classes_will_follow(
        driver: OfflineDriver) -> None:
    review = await driver.review(STORY)

    assert ("CodeArchitect extends BaseAgent, tested by tests/test_code_architect.py, "
            "exported in agents/__init__.py") in review.patterns


async def test_what_no_rule_covers_gets_a_truthful_answer_and_no_plan(
        driver: OfflineDriver) -> None:
    plan = await driver.plan("Make the agents ten times faster with quantum entanglement")

    assert plan.phases == ()
    assert "set of rules, not an AI" in plan.answer
    assert "cockpit models use NAME" in plan.answer
    assert "cockpit keys set PROVIDER" in plan.answer
    assert all(recipe.offer in plan.answer for recipe in RECIPES)


async def test_uncovered_parts_of_a_request_are_named(driver: OfflineDriver) -> None:
    plan = await driver.plan(
        "Add the agents: Tester, Reviewer. Rewrite the parser. Optimize the database queries.")

    assert [phase.title for phase in plan.phases] == ["Tester", "Reviewer"]
    assert ("No rule covers this part, and it is not in the plan: 'Optimize the database "
            "queries'.") in plan.notes


async def test_classes_and_small_files_stand_in_one_plan_with_distinct_keys(
        driver: OfflineDriver) -> None:
    plan = await driver.plan("Add a Tester agent. Add a CI workflow.")

    keys = [task.key for phase in plan.phases for task in phase.tasks]
    assert plan.phases[0].title == "Tester"
    assert any(".github/workflows/ci.yml" in task.owned_paths
               for phase in plan.phases[1:] for task in phase.tasks)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(("comments", "titles"), [
    (["drop DevOpsEngineer, please"], ["BackendDeveloper", "FrontendDeveloper", "Tester"]),
    (["without the Tester", "and drop FrontendDeveloper"], ["BackendDeveloper", "DevOpsEngineer"]),
    (["Only Tester"], ["Tester"]),
])
async def test_simple_remarks_on_a_plan_are_followed(driver: OfflineDriver, comments: list[str],
                                                     titles: list[str]) -> None:
    plan = await driver.plan(STORY, *comments)

    assert [phase.title for phase in plan.phases] == titles
    keys = {task.key for phase in plan.phases for task in phase.tasks}
    assert all(set(task.depends_on) <= keys for phase in plan.phases for task in phase.tasks)


async def test_a_plan_with_a_dropped_phase_still_runs(driver: OfflineDriver) -> None:
    plan = await driver.plan("Add the agents: Reviewer, Tester, Writer", "drop Tester")

    await driver.carry_out(plan)

    assert driver.run("python -m pytest -q").returncode == 0


async def test_a_remark_that_rules_cannot_follow_is_said_to_be_unheard(
        driver: OfflineDriver) -> None:
    plain = await driver.plan(STORY)
    commented = await driver.plan(STORY, "use dependency injection")

    assert commented.phases == plain.phases
    assert any("Your remark was not followed: 'use dependency injection'" in note
               for note in commented.notes)


async def test_after_its_end_a_task_takes_no_more_instructions(driver: OfflineDriver) -> None:
    plan = await driver.plan(STORY)
    task = plan.phases[0].tasks[0]
    said = await driver.work(task)
    before = files(driver.root)
    done = Message(speaker=Speaker.ASSISTANT, blocks=(TextBlock(text=said),))

    reply = await OfflineProvider().complete(request(
        "task", user(task.instructions), done, user("The tests fail: 1 failed, 3 passed")))

    assert reply.message.text.startswith("CANNOT: ")
    assert "1 failed, 3 passed" in reply.message.text
    assert files(driver.root) == before


async def test_a_task_that_was_sent_back_is_not_simply_done_again(driver: OfflineDriver) -> None:
    plan = await driver.plan(STORY)
    words = plan.phases[0].tasks[0].instructions + fence("sent-back", "use fixtures")

    reply = await OfflineProvider().complete(request("task", user(words)))

    assert reply.message.text.startswith("CANNOT: ")
    assert "use fixtures" in reply.message.text


async def test_instructions_that_a_person_wrote_are_refused_truthfully() -> None:
    reply = await OfflineProvider().complete(request("task", user("Please write a novel.")))

    assert reply.message.text.startswith("CANNOT: This task was not written by the offline rules")


async def test_a_work_order_is_also_found_inside_a_fence_of_its_own() -> None:
    order = fence("work-order", json.dumps({"recipe": "scaffold-class", "data": {}}))

    reply = await OfflineProvider().complete(request("task", user(fence("instructions", order))))

    assert reply.message.text.startswith("CANNOT: The work order is not one of this recipe")


async def test_a_transcript_with_other_calls_is_refused(driver: OfflineDriver) -> None:
    plan = await driver.plan(STORY)
    other = ToolCall(id="call-1", name="read_file", arguments={"path": "elsewhere"})

    with pytest.raises(ProviderError, match="does not fit the offline rules: call-1"):
        await OfflineProvider().complete(request(
            "task", user(plan.phases[0].tasks[0].instructions),
            Message(speaker=Speaker.ASSISTANT, blocks=(other,)),
            Message(speaker=Speaker.USER, blocks=(ToolResult(call_id="call-1", text="x"),))))


@pytest.mark.parametrize(("exit_code", "verdict"), [(0, "pass"), (1, "revise")])
async def test_the_judge_goes_by_the_proofs(exit_code: int, verdict: str) -> None:
    diff = ("diff --git a/a.py b/a.py\nnew file mode 100644\nindex 0000000..1111111\n"
            "--- /dev/null\n+++ b/a.py\n@@ -0,0 +1 @@\n+a = 1\n")
    task = json.dumps({"title": "Add a", "instructions": "Add a.", "owned_paths": ["a.py"]})
    proofs = json.dumps([{"command": "true", "exit_code": exit_code}])

    reply = await OfflineProvider().complete(request("judge", user(
        f"{fence('task', task)}\n{fence('proofs', proofs)}\n{fence('diff', diff)}")))

    draft = TypeAdapter(JudgeDraft).validate_json(reply.message.text)
    assert draft.verdict == verdict


@pytest.mark.parametrize(("purpose", "text", "message"), [
    ("sing", "la la", "no answer for the seat 'sing'"),
    ("plan", "no blocks", "need a block 'request'"),
    ("plan", fence("request", "x") + "\n" + fence("facts", "{}"), "facts in the prompt cannot"),
    ("judge", fence("task", "{") + "\n" + fence("proofs", "[]"), "prompt for the judge cannot"),
])
async def test_prompts_that_are_not_ours_are_provider_errors(purpose: str, text: str,
                                                             message: str) -> None:
    with pytest.raises(ProviderError, match=message):
        await OfflineProvider().complete(request(purpose, user(text)))
