"""Calls that models write as text, and texts that only look like it."""

from __future__ import annotations

import time

import pytest

from cockpit_tui.domain.conversation import (
    Message,
    ModelReply,
    ModelRequest,
    Speaker,
    StopReason,
    TextBlock,
    ToolCall,
    ToolSpec,
    user,
)
from cockpit_tui.providers.text_calls import with_text_calls

READ = ToolSpec(name="read_file", description="", parameters={
    "type": "object", "properties": {"path": {"type": "string"}, "limit": {"type": "integer"},
                                     "all": {"type": "boolean"}}})
REQUEST = ModelRequest(model="m", purpose="task", system="", messages=(user("Go"),), tools=(READ,))
JSON = '{"name": "read_file", "arguments": {"path": "a.py", "limit": 3}}'
LLAMA = '{"name": "read_file", "parameters": {"path": "a.py", "limit": 3}}'
ARGS = '{"path": "a.py", "limit": 3}'
KIMI = (f"<|tool_calls_section_begin|><|tool_call_begin|>functions.read_file:0"
        f"<|tool_call_argument_begin|>{ARGS}<|tool_call_end|><|tool_calls_section_end|>")
DEEPSEEK = (f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read_file\n"
            f"```json\n{ARGS}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>")
QWEN = ("<function=read_file>\n<parameter=path>\na.py\n</parameter>\n<parameter=limit>\n3\n"
        "</parameter>\n</function>")


def reply(text: str, stop: StopReason = StopReason.END_TURN) -> ModelReply:
    return ModelReply(message=Message(speaker=Speaker.ASSISTANT, blocks=(TextBlock(text=text),)),
                      stop_reason=stop, model="m")


def calls(text: str) -> tuple[ToolCall, ...]:
    return with_text_calls(reply(text), REQUEST).message.tool_calls


@pytest.mark.parametrize("written", [
    f"<tool_call>\n{JSON}\n</tool_call>",
    f"<tool_call>{JSON}",
    f"<think>I will use <tool_call>{{}}</tool_call></think><tool_call>{JSON}</tool_call>",
    QWEN,
    f"<tool_call>\n{QWEN}\n</tool_call>",
    f"<function=read_file>{ARGS}</function>",
    f"<|python_tag|>{LLAMA}<|eom_id|>",
    LLAMA,
    f'{{"type": "function", {LLAMA[1:]}',
    f"[TOOL_CALLS][{JSON}]</s>",
    f"[TOOL_CALLS]read_file[ARGS]{ARGS}</s>",
    f"[TOOL_CALLS]read_file{ARGS}",
    DEEPSEEK,
    f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>read_file<｜tool▁sep｜>{ARGS}<｜tool▁call▁end｜>",
    KIMI,
    f"```json\n{JSON}\n```",
    f"I look.\n```tool_call\n{JSON}\n```",
    '<tool_call>{"name": "read_file", "arguments": "{\\"path\\": \\"a.py\\", \\"limit\\": 3}"}'
    "</tool_call>",
])
def test_each_dialect_gives_the_same_call(written: str) -> None:
    (call,) = calls(written)

    assert (call.name, call.arguments, call.malformed) == (
        "read_file", {"path": "a.py", "limit": 3}, "")


@pytest.mark.parametrize("text", [
    f"You call it like this:\n```json\n{JSON}\n```",
    f"```\n<tool_call>{JSON}</tool_call>\n```\nis how Hermes writes.",
    f"A sentence with <tool_call>{JSON}</tool_call> in it.",
    f"The token `[TOOL_CALLS][{JSON}]` is Mistral's.",
    f"<think>\n<tool_call>{JSON}</tool_call>\n</think>\nDone.",
    JSON.replace("read_file", "rm"),
    f"<tool_call>{JSON.replace('read_file', 'rm')}</tool_call>",
    DEEPSEEK.replace("read_file", "rm"),
    '{"name": "read_file", "arguments": {}, "version": "1.0"}',
    "<tool_call> is the tag, {braces} are not.",
])
def test_a_mention_is_no_call(text: str) -> None:
    plain = reply(text)

    assert with_text_calls(plain, REQUEST) is plain


def test_text_around_is_kept_and_every_call_has_an_id_of_its_own() -> None:
    text = (f"First.\n<tool_call>{JSON}</tool_call><tool_call>{JSON}</tool_call>\nThen.")

    read = with_text_calls(reply(text), REQUEST)

    kinds = [block.kind for block in read.message.blocks]
    assert kinds == ["text", "tool_call", "tool_call", "text"]
    assert read.message.text == "First.\nThen."
    assert read.stop_reason is StopReason.TOOL_CALLS
    later = with_text_calls(reply(text), ModelRequest(
        model="m", purpose="task", system="", messages=(user("Go"), user("On")), tools=(READ,)))
    ids = [call.id for call in (*read.message.tool_calls, *later.message.tool_calls)]
    assert len(set(ids)) == 4
    assert with_text_calls(reply(text), REQUEST) == read


def test_several_calls_in_one_list_come_in_order() -> None:
    found = calls(f"I read both. [TOOL_CALLS][{JSON}, {JSON.replace('a.py', 'b.py')}]")

    assert [call.arguments["path"] for call in found] == ["a.py", "b.py"]


def test_fences_inside_of_a_call_hide_no_call_behind_it() -> None:
    one = DEEPSEEK.removesuffix("<｜tool▁calls▁end｜>")
    two = one.removeprefix("<｜tool▁calls▁begin｜>").replace("a.py", "b.py")
    unclosed = QWEN.replace("a.py", "# Read me\n```python\nx = 1")

    both = calls(f"Both. {one}\n{two}<｜tool▁calls▁end｜>")
    assert [call.arguments["path"] for call in both] == ["a.py", "b.py"]
    assert [call.arguments["path"] for call in calls(f"{unclosed}\n{QWEN}")] == [
        "# Read me\n```python\nx = 1", "a.py"]


@pytest.mark.parametrize(("written", "malformed"), [
    ('<tool_call>{"name": "read_file", "arguments": {"path": }}</tool_call>',
     "The arguments of read_file are no JSON: Expecting value, line 1 column 45."),
    ('<tool_call>{"name": "read_file", "arguments": ["a.py"]}</tool_call>',
     "The arguments of read_file must be one JSON object."),
    ("<function=read_file>a.py</function>",
     "Between the parameters of read_file stands text that belongs to none: 'a.py'. Write each as "
     "<parameter=NAME>value</parameter>."),
    (KIMI.replace('"limit": 3}', '"limit": 3'),
     "The arguments of read_file are no JSON: Expecting ',' delimiter, line 1 column 28."),
])
def test_a_call_that_cannot_be_read_says_exactly_why(written: str, malformed: str) -> None:
    (call,) = calls(written)

    assert (call.name, call.arguments, call.malformed) == ("read_file", {}, malformed)


def test_a_reply_cut_off_or_with_native_calls_or_held_to_a_schema_is_left_alone() -> None:
    cut = reply(f"<tool_call>{JSON}", StopReason.MAX_TOKENS)
    native = ModelReply(stop_reason=StopReason.TOOL_CALLS, model="m", message=Message(
        speaker=Speaker.ASSISTANT, blocks=(TextBlock(text=f"<tool_call>{JSON}</tool_call>"),
                                           ToolCall(id="1", name="read_file", arguments={}))))
    held = ModelRequest(model="m", purpose="plan", system="", messages=(), tools=(READ,),
                        output_schema={"type": "object"})

    assert with_text_calls(cut, REQUEST) is cut
    assert with_text_calls(native, REQUEST) is native
    assert with_text_calls(reply(JSON), held) == reply(JSON)


def test_a_parameter_that_is_no_value_of_its_type_stays_the_text_it_was() -> None:
    (call,) = calls("<function=read_file><parameter=limit>ten</parameter>"
                    "<parameter=all>True</parameter><parameter=path>1</parameter></function>")

    assert call.arguments == {"limit": "ten", "all": True, "path": "1"}


@pytest.mark.parametrize("text", [
    "<tool_call>{" + " " * 1_000_000,
    "<think>" * 100_000 + "<tool_call>{",
    "```" * 300_000 + "{",
    "<tool_call>" * 50_000,
    "<｜tool▁call▁begin｜>function" + " " * 1_000_000,
    "<|tool_call_begin|>" + "a" * 1_000_000,
    "[TOOL_CALLS][{" * 50_000,
    "[TOOL_CALLS]" + "[" * 500_000,
    '{"a":' * 100_000,
], ids=lambda text: text[:30])
def test_a_megabyte_of_nothing_is_read_at_once(text: str) -> None:
    """Each of these took minutes, or the whole stack, when the reading was careless."""
    assert calls(text) == ()


@pytest.mark.parametrize(("between", "behind"), [("", ""), ("```\nx\n```\n", ""), ("", "```\n")],
                         ids=["calls", "fences", "open-fences"])
def test_thousands_of_calls_are_read_at_once_and_most_of_them_left(between: str,
                                                                   behind: str) -> None:
    """With a fence before each, every call was held against all fences and all calls: minutes."""
    one = f"{between}<tool_call>\n{JSON}\n</tool_call>\n"
    written = behind.join([one] * 10_000)
    began = time.monotonic()
    found = calls(written)
    assert len(found) == 1_000
    assert time.monotonic() - began < 5
