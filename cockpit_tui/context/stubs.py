"""What stands in a shortened conversation where more stood: one line that says what and how to
get it again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cockpit_tui.context.rounds import (
    GO_ON,
    NOTE,
    Part,
    Round,
    message_characters,
    put_together,
)
from cockpit_tui.context.touched import path_of
from cockpit_tui.domain.conversation import (
    Message,
    Speaker,
    TextBlock,
    ToolCall,
    ToolResult,
    user,
)
from cockpit_tui.domain.sanitize import clip, sanitize_line

_LONG_RESULT, _LONG_ARGUMENT = 300, 400
"""Characters: what is shorter stays, because a stub would save nothing."""
_SUBJECT_KEYS = ("command", "cmd", "pattern", "query", "name")
_SHELLS = frozenset({"run_command", "bash"})
_MAX_LINES = 60
_COUNTED = re.compile(r"- (\d+) steps before these")
_MARK = 80
"""Characters that the mark of a cut can add to what was asked for."""


def short_result(result: ToolResult, call: ToolCall) -> ToolResult:
    if len(result.text) <= _LONG_RESULT:
        return result
    lines = result.text.count("\n") + 1
    last = sanitize_line(result.text.rstrip().rpartition("\n")[2])
    ending = f" It ended: {_cut(last, 80)}" if call.name in _SHELLS else ""
    return replace(result, text=f"[Shortened: {lines:,} lines of {_name_of(call)} stood here. "
                                f"Call it again if you need them.{ending}]")


def short_call(call: ToolCall) -> ToolCall:
    """Long texts among the arguments (what was written) become a word about their length."""
    arguments = {key: _short_argument(value) for key, value in call.arguments.items()}
    return replace(call, arguments=arguments) if arguments != call.arguments else call


def trimmed_result(result: ToolResult, characters: int) -> ToolResult:
    if len(result.text) <= characters:
        return result
    return replace(result, text=clip(result.text, max(characters - _MARK, 0)))


def fold_rounds(rounds: Sequence[Round], *, goes_on: bool) -> list[Part]:
    """The rounds as one message of the model: a line for each call and its last words.

    `goes_on`: another answer of the model follows, so a word of the user must stand between. Comes
    back unchanged where it would not be shorter.
    """
    lines = [line for old in rounds for line in _lines_of(old)]
    if len(lines) > _MAX_LINES:
        cut = len(lines) - _MAX_LINES + 1
        lines = [f"- {sum(map(_steps_in, lines[:cut]))} steps before these", *lines[cut:]]
    note = Message(speaker=Speaker.ASSISTANT,
                   blocks=(TextBlock(text="\n".join((NOTE, *lines))),))
    folded: list[Part] = [Round((note,))]
    if goes_on:
        folded.append(user(GO_ON))
    is_shorter = (message_characters(put_together(folded))
                  < message_characters(put_together(rounds)))
    return folded if is_shorter else list(rounds)


def _lines_of(old: Round) -> list[str]:
    first = old.messages[0]
    if first.text.startswith(NOTE) and not old.calls:
        return [_cut(line, 400) for line in first.text.split("\n")[1:]]
    results = old.results
    lines = [f"- {_name_of(call)}{_outcome(results.get(call.id))}" for call in old.calls]
    if not old.calls and first.text:
        lines.append(f"- said: {_cut(sanitize_line(first.text), 300)}")
    return lines


def _outcome(result: ToolResult | None) -> str:
    if result is None or not result.is_error:
        return ""
    return f": failed: {_cut(sanitize_line(result.text), 100)}"


def _name_of(call: ToolCall) -> str:
    """`read_file 'src/a.py'`: the tool and what it was pointed at."""
    subjects = [call.arguments.get(key) for key in _SUBJECT_KEYS]
    subjects.insert(len(subjects) if call.name == "search" else 0, path_of(call))
    for value in subjects:
        if isinstance(value, str) and value:
            return f"{_cut(call.name, 40)} {_cut(sanitize_line(value), 100)!r}"
    return _cut(call.name, 40)


def _short_argument(value: object) -> object:
    if not isinstance(value, str) or len(value) <= _LONG_ARGUMENT:
        return value
    return f"[{len(value):,} characters stood here; read the file to see what it holds now]"


def _steps_in(line: str) -> int:
    counted = _COUNTED.fullmatch(line)
    return int(counted[1]) if counted else 1


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit - 1] + "…"
