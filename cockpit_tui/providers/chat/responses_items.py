"""How a request goes out over OpenAI Responses: items, tools, the schema of the answer."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cockpit_tui.domain.conversation import (
    JsonObject,
    Message,
    ModelRequest,
    Speaker,
    TextBlock,
    ThinkingBlock,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from cockpit_tui.providers.chat.outgoing import answers, orphans, wire_id

_READ_ONLY = ("status",)
"""Fields of an item that the endpoint tells and does not take."""


def input_items(request: ModelRequest, *, origin: str) -> list[JsonObject]:
    """The `input` of Responses. Each function call is answered once, directly after."""
    out: list[JsonObject] = []
    open_calls: tuple[ToolCall, ...] = ()
    for message in request.messages:
        if message.speaker is Speaker.ASSISTANT:
            out += _outputs((), open_calls)
            open_calls = message.tool_calls
            out += _assistant(message, origin)
            continue
        results = [block for block in message.blocks if isinstance(block, ToolResult)]
        out += _outputs(results, open_calls)
        texts = [*orphans(results, open_calls), message.text]
        if text := "\n\n".join(text for text in texts if text.strip()):
            out.append({"role": "user", "content": text})
        open_calls = ()
    return out + _outputs((), open_calls)


def function_tools(specs: Sequence[ToolSpec]) -> list[JsonObject]:
    return [{"type": "function", "name": spec.name, "description": spec.description,
             "parameters": spec.parameters, "strict": False} for spec in specs]


def _assistant(message: Message, origin: str) -> list[JsonObject]:
    """Reasoning goes back unchanged, before what came of it, and only to the same model."""
    out: list[JsonObject] = []
    thoughts: list[JsonObject] = []
    for block in message.blocks:
        if not isinstance(block, ThinkingBlock) and not (isinstance(block, TextBlock)
                                                         and not block.text):
            out += thoughts  # One that nothing came of is refused by the vendor.
            thoughts = []
        match block:
            case ThinkingBlock(raw=raw) if block.origin == origin and raw.get("encrypted_content"):
                thoughts.append({key: value for key, value in raw.items()
                                 if key not in _READ_ONLY})
            case TextBlock(text=text) if text:
                # The vendor lets `type` go; llama.cpp does not, for this speaker.
                out.append({"type": "message", "role": "assistant", "content": text})
            case ToolCall():
                out.append({"type": "function_call", "call_id": wire_id(block.id),
                            "name": block.name, "arguments": json.dumps(block.arguments)})
            case _:
                pass
    return out


def _outputs(results: Sequence[ToolResult], calls: Sequence[ToolCall]) -> list[JsonObject]:
    return [{"type": "function_call_output", "call_id": call_id, "output": text}
            for call_id, text in answers(results, calls)]
