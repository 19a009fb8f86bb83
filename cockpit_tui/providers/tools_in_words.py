"""Tools for models whose endpoint takes none: described in words, and called in words.

The form is that of Hermes 2 Pro and Qwen 2.5 (`<tool_call>`, `<tool_response>`), which most small
models have seen; what they answer is read by `text_calls`.
"""

from __future__ import annotations

import json
from dataclasses import replace

from cockpit_tui.domain.conversation import (
    Block,
    Message,
    ModelRequest,
    TextBlock,
    ToolCall,
    ToolResult,
    ToolSpec,
)

_HOW = """

# Tools
To call a tool, write this on lines of its own, outside of any code fence, and then stop:
<tool_call>
{"name": "NAME", "arguments": {"ARGUMENT": "VALUE"}}
</tool_call>
The result comes back in <tool_response>; never write one yourself. The tools, one a line:
"""


def with_tools_in_words(request: ModelRequest) -> ModelRequest:
    """`request` as the endpoint of a model without tools takes it; unchanged for any other.

    Where a schema holds the answer to JSON no tool can be called, so none is described.
    """
    if request.profile is None or request.profile.supports_tools:
        return request
    is_told = bool(request.tools) and request.output_schema is None
    told = _HOW + "\n".join(map(_line, request.tools)) if is_told else ""
    return replace(request, system=request.system + told, tools=(),
                   messages=tuple(map(_in_words, request.messages)))


def _line(tool: ToolSpec) -> str:
    return json.dumps({"name": tool.name, "description": tool.description,
                       "parameters": tool.parameters}, ensure_ascii=False)


def _in_words(message: Message) -> Message:
    if all(isinstance(block, TextBlock) for block in message.blocks):
        return message
    return replace(message, blocks=tuple(map(_worded, message.blocks)))


def _worded(block: Block) -> Block:
    match block:
        case ToolCall():
            call = json.dumps({"name": block.name, "arguments": block.arguments},
                              ensure_ascii=False)
            return TextBlock(text=f"<tool_call>\n{call}\n</tool_call>")
        case ToolResult():
            text = f"Error: {block.text}" if block.is_error else block.text
            return TextBlock(text=f"<tool_response>\n{text}\n</tool_response>")
        case _:
            return block
