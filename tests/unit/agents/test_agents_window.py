"""What is asked of a model fits into its window: messages, system text, tools and the reply."""

from __future__ import annotations

import pytest

from cockpit_tui.agents.window import Window, output_tokens
from cockpit_tui.context.assembly import PromptBudgets
from cockpit_tui.domain.conversation import Message, Speaker, ToolCall, ToolResult, user
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.engine import briefing

PROMPT_AND_TOOLS = 1_300


@pytest.mark.parametrize("context", [8_192, 16_384, 32_768, 65_536, 128_000, 200_000, 1_000_000])
def test_a_long_conversation_its_system_text_and_the_reply_fit(context: int) -> None:
    profile = ModelProfile(provider="p", model="m", context_tokens=context,
                           max_output_tokens=64_000)
    budgets = briefing._budgets(profile)
    system = PROMPT_AND_TOOLS + sum((budgets.instructions, budgets.skills_index, budgets.skills,
                                     budgets.symbol_map))
    messages = [user("task")]
    window = Window(messages)
    for number in range(context // 200):
        call = ToolCall(id=str(number), name="search", arguments={"pattern": "x"})
        window.add(Message(speaker=Speaker.ASSISTANT, blocks=(call,)))
        window.add(Message(speaker=Speaker.USER, blocks=(
            ToolResult(call_id=str(number), text="found " * 200),)))
        assert window.fit(profile)
        assert window.tokens + system + output_tokens(profile) <= context
    assert window.tokens > context / 16  # and it is used
    assert budgets == PromptBudgets() or context <= 20_000
