"""Tool calls that a model wrote into its text instead of making them: recovered, or left alone.

Conservative on purpose: a text that merely mentions a call is not a call. A call counts only where
the reply made no native one, its tool is one of the request's, it starts a line (or a special token
marks it), and it stands outside of code fences, inline code and `<think>` sections. A reply cut off
by the token limit is left as it is, and so is one that a schema holds to JSON. The dialects are in
`text_call_dialects`.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter, itemgetter

from cockpit_tui.domain.conversation import (
    Block,
    Message,
    ModelReply,
    ModelRequest,
    StopReason,
    TextBlock,
    ToolCall,
)
from cockpit_tui.providers.text_call_dialects import (
    TAGS,
    TOKENS,
    Specs,
    Written,
    whole_answer,
)

MAX_CALLS = 1_000
"""More than anybody means; what stands behind them stays text."""
_MARKS = ("<tool_call>", "<function=", "<|python_tag|>", "[TOOL_CALLS]", "<｜tool",
          "<|tool_call", "{", "```tool")
_QUOTING = re.compile(r"<think>.*?(?:</think>|\Z)"
                      r"|^[ ]{0,3}(?P<fence>`{3,}|~{3,}).*?(?:^[ ]{0,3}(?P=fence)[`~]*[ ]*$|\Z)",
                      re.DOTALL | re.MULTILINE)


def with_text_calls(reply: ModelReply, request: ModelRequest) -> ModelReply:
    """`reply` with the calls of its text made into `ToolCall`s, and the text around them kept.

    Ids depend on the text and its place in the conversation alone, so that a replay gives the same.
    """
    blocks = reply.message.blocks
    if (not request.tools or request.output_schema is not None or reply.message.tool_calls
            or reply.stop_reason not in (StopReason.END_TURN, StopReason.TOOL_CALLS)
            or not any(mark in block.text for block in blocks if isinstance(block, TextBlock)
                       for mark in _MARKS)):
        return reply
    specs = {tool.name: tool.parameters for tool in request.tools}
    rebuilt: list[Block] = []
    for block in blocks:
        rebuilt.extend(_taken_apart(block, specs, len(request.messages), len(rebuilt))
                       if isinstance(block, TextBlock) else (block,))
    if not any(isinstance(block, ToolCall) for block in rebuilt):
        return reply
    message = Message(speaker=reply.message.speaker, blocks=tuple(rebuilt))
    return replace(reply, message=message, stop_reason=StopReason.TOOL_CALLS)


def _taken_apart(block: TextBlock, specs: Specs, turn: int,
                 place: int) -> Iterator[Block]:
    written = whole_answer(block.text, specs)
    found = [written] if written else _in_order(block.text, specs)
    if not found:
        yield block
        return
    digest = hashlib.sha256(f"{turn}:{place}:{block.text}".encode(errors="replace")).hexdigest()
    at = 0
    for number, call in enumerate(found, 1):
        if before := block.text[at:call.start].strip():
            yield TextBlock(text=before)
        yield ToolCall(id=f"text-{digest[:12]}-{number}", name=call.name,
                       arguments=call.arguments, malformed=call.malformed)
        at = call.end
    if after := block.text[at:].strip():
        yield TextBlock(text=after)


def _in_order(text: str, specs: Specs) -> list[Written]:
    """The calls of the first dialect that has any; a model speaks one."""
    quoted = [match.span() for match in _QUOTING.finditer(text)]
    for reader in (*TAGS, *TOKENS):
        found: list[Written] = []
        for call in reader(text, specs):
            last_end = found[-1].end if found else 0
            if (not _is_quoted(call.start, quoted, found)
                    and _is_said(text, call.start, last_end, starts_line=reader in TAGS)):
                found.append(call)
            if len(found) == MAX_CALLS:
                break
        if found:
            return found
    return []


def _is_quoted(at: int, quoted: Sequence[tuple[int, int]], found: Sequence[Written]) -> bool:
    """Whether `at` stands in a quotation. A fence inside of an earlier call's arguments quotes
    nothing behind that call. Both lists are in their order, and there may be very many of each."""
    section = bisect_right(quoted, at, key=itemgetter(0)) - 1
    if section < 0 or at >= quoted[section][1]:
        return False
    start = quoted[section][0]
    call = bisect_right(found, start, key=attrgetter("start")) - 1
    return call < 0 or start >= found[call].end


def _is_said(text: str, at: int, last_end: int, *, starts_line: bool) -> bool:
    """Whether what stands before `at` on its line leaves it a call rather than a mention."""
    if at < last_end:
        return False
    before = text[max(text.rfind("\n", last_end, at) + 1, last_end):at].rstrip()
    if before.endswith("</think>"):
        return True
    return not before if starts_line else not before.endswith(("`", '"', "'"))
