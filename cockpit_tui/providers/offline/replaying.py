"""Play a recipe's generator again over the tool results that the transcript already holds.

The provider keeps nothing between turns; the transcript is its memory. Calls are numbered
`call-1`, `call-2`, ... in the order in which the generator asks for them, so the same transcript
always leads to the same next call.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from cockpit_tui.domain.conversation import Message, ToolCall, ToolResult
from cockpit_tui.domain.errors import ProviderError
from cockpit_tui.providers.offline.recipe import ToolReply, ToolUse

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Wants:
    """The generator's next call, which the transcript has no result for."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class Ended(Generic[Result]):
    value: Result


def replay_generator(generator: Generator[ToolUse, ToolReply, Result],
                     messages: Sequence[Message]) -> Wants | Ended[Result]:
    """How far the generator gets on what `messages` hold.

    Raises ProviderError where the transcript holds other calls than the generator asks for, and
    whatever the generator raises.
    """
    calls, results = _history(messages)
    number = 1
    try:
        use = next(generator)
        while True:
            wanted = ToolCall(id=f"call-{number}", name=use.name, arguments=use.arguments)
            result = results.get(wanted.id)
            if result is None:
                generator.close()
                return Wants(wanted)
            if calls.get(wanted.id) != wanted:
                raise ProviderError(
                    f"The transcript does not fit the offline rules: {wanted.id} should be "
                    f"{use.name}.", hint="Run the task again from its start.")
            use = generator.send(ToolReply(text=result.text, is_error=result.is_error))
            number += 1
    except StopIteration as end:
        return Ended(end.value)


def _history(messages: Sequence[Message]) -> tuple[dict[str, ToolCall], dict[str, ToolResult]]:
    calls: dict[str, ToolCall] = {}
    results: dict[str, ToolResult] = {}
    for message in messages:
        for block in message.blocks:
            match block:
                case ToolCall():
                    calls[block.id] = block
                case ToolResult():
                    results[block.call_id] = block
    return calls, results
