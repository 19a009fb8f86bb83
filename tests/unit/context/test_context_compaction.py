"""Compaction: what must stay stays, calls keep their results, and it ends where it says."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit_tui.context.compaction import compact
from cockpit_tui.context.handover import (
    HANDOVER_SECTIONS,
    MAX_HANDOVER_TOKENS,
    fresh_start,
    handover_request,
    later_instructions,
)
from cockpit_tui.context.rounds import GO_ON, message_tokens
from cockpit_tui.domain.conversation import (
    Message,
    Speaker,
    TextBlock,
    ThinkingBlock,
    ToolCall,
    ToolResult,
    user,
)

LONG = "a line of output\n" * 200


def answer(*blocks: TextBlock | ToolCall | ThinkingBlock) -> Message:
    return Message(speaker=Speaker.ASSISTANT, blocks=blocks)


def results(*blocks: ToolResult | TextBlock) -> Message:
    return Message(speaker=Speaker.USER, blocks=blocks)


def a_round(number: int, call: ToolCall, text: str, *, is_error: bool = False,
            ) -> tuple[Message, Message]:
    thought = ThinkingBlock(text=f"thought {number}", raw={"signature": str(number)}, origin="p:m")
    return (answer(thought, call),
            results(ToolResult(call_id=call.id, text=text, is_error=is_error)))


def read(number: int, path: str, **more: object) -> ToolCall:
    return ToolCall(id=f"c{number}", name="read_file", arguments={"path": path, **more})


def run(number: int, command: str = "make test") -> ToolCall:
    return ToolCall(id=f"c{number}", name="run_command", arguments={"command": command})


def write(number: int, path: str, content: str = LONG) -> ToolCall:
    return ToolCall(id=f"c{number}", name="write_file",
                    arguments={"path": path, "content": content})


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Message, ...]:
    messages = [user(draw(st.text(max_size=200)))]
    number = 0
    texts = st.sampled_from(["", "ok", LONG, LONG * 5, "x" * 5_000])
    for _ in range(draw(st.integers(0, 14))):
        calls, answers = [], []
        for _ in range(draw(st.integers(1, 3))):
            number += 1
            path = draw(st.sampled_from(["a.py", "b.py", "dir/c.py"]))
            make = draw(st.sampled_from([read, write]))
            call = draw(st.sampled_from([make(number, path), run(number)]))
            calls.append(call)
            answers.append(ToolResult(call_id=call.id, text=draw(texts),
                                      is_error=draw(st.booleans())))
        thought = ThinkingBlock(text="", raw={"data": draw(texts)}, origin="p:m")
        said = draw(st.sampled_from([(), (), (), (TextBlock(text="Mind the gap."),)]))
        messages += [answer(thought, *calls), results(*answers, *said)]
        if draw(st.integers(0, 4)) == 0:
            messages += [answer(TextBlock(text=draw(texts))),
                         user("proofs failed: " + draw(st.text(max_size=50)))]
    return tuple(messages)


def spoken(messages: tuple[Message, ...]) -> list[str]:
    return [message.text for message in messages
            if message.speaker is Speaker.USER and message.text not in {"", GO_ON}]


@settings(max_examples=150, deadline=None)
@given(messages=conversations(), keep_tokens=st.integers(50, 20_000))
def test_invariants(messages: tuple[Message, ...], keep_tokens: int) -> None:
    shorter = compact(messages, keep_tokens=keep_tokens)

    assert shorter[0] == messages[0]
    assert spoken(shorter) == spoken(messages)
    assert message_tokens(shorter) <= max(message_tokens(messages), keep_tokens)
    assert compact(shorter, keep_tokens=keep_tokens) == shorter
    assert compact(messages, keep_tokens=keep_tokens) == shorter
    if message_tokens(messages) <= keep_tokens:
        assert shorter == messages
    before = {block.raw["data"] for message in messages for block in message.blocks
              if isinstance(block, ThinkingBlock)}
    for message, following in zip(shorter, (*shorter[1:], user("")), strict=True):
        answered = [b.call_id for b in following.blocks if isinstance(b, ToolResult)]
        assert answered == [call.id for call in message.tool_calls]
        assert all(b.raw["data"] in before for b in message.blocks
                   if isinstance(b, ThinkingBlock))
        assert message.speaker is not following.speaker or following == user("")


def test_old_results_become_stubs_and_the_newest_text_of_open_files_stays() -> None:
    rounds = [a_round(1, read(1, "a.py"), "old a\n" * 2_000),
              a_round(2, run(2), LONG + "[exit code 1]", is_error=True),
              a_round(3, read(3, "a.py"), "new a\n" * 500)]
    rounds += [a_round(n, run(n, "ls"), "ok") for n in range(4, 10)]
    messages = (user("# Task"), *(message for pair in rounds for message in pair))
    keep_tokens = message_tokens(messages) - 1_200

    shorter = compact(messages, keep_tokens=keep_tokens)

    assert message_tokens(shorter) <= keep_tokens
    assert [b.text for m in shorter for b in m.blocks if isinstance(b, ToolResult)] == [
        "[Shortened: 2,001 lines of read_file 'a.py' stood here. Call it again if you need "
        "them.]",
        "[Shortened: 201 lines of run_command 'make test' stood here. Call it again if you need "
        "them. It ended: [exit code 1]]",
        "new a\n" * 500, *["ok"] * 6]
    closed = compact(messages, keep_tokens=keep_tokens, is_open=lambda path: False)
    assert "new a" not in str(closed)


def test_what_was_written_stays_with_the_edits_after_it() -> None:
    edit = ToolCall(id="c2", name="edit_file",
                    arguments={"path": "a.py", "old_string": "x" * 500, "new_string": "y" * 500})
    rounds = [a_round(0, write(0, "a.py", "gone"), "done"), a_round(9, write(9, "b.py"), "done"),
              a_round(1, write(1, "a.py", "whole " * 100), "done"), a_round(2, edit, "done")]
    rounds += [a_round(n, run(n), LONG) for n in range(10, 20)]
    messages = (user("# Task"), *(message for pair in rounds for message in pair))

    shorter = compact(messages, keep_tokens=7_500, is_open=lambda path: path == "a.py")

    calls = {call.id: call.arguments for m in shorter for call in m.tool_calls}
    assert calls["c1"]["content"] == "whole " * 100
    assert calls["c2"]["new_string"] == "y" * 500
    assert calls["c9"]["content"] == (
        "[3,400 characters stood here; read the file to see what it holds now]")


def test_old_rounds_fold_into_a_list_that_grows_and_stays_bounded() -> None:
    messages: tuple[Message, ...] = (user("# Task"),)
    for n in range(200):
        messages = (*messages, *a_round(n, run(n, f"echo {n}"), "x" * 290))
        messages = compact(messages, keep_tokens=2_500)
        assert message_tokens(messages) <= 2_500

    assert [m.speaker for m in messages[:4]] == [Speaker.USER, Speaker.ASSISTANT, Speaker.USER,
                                                 Speaker.ASSISTANT]
    note = messages[1].text.split("\n")
    assert note[0] == "[Earlier steps, shortened]"
    assert len(note) <= 61
    folded = int(note[1].split()[1]) + len(note) - 2
    assert folded + sum(len(m.tool_calls) for m in messages) == 200


def test_one_huge_last_result_is_cut_with_head_and_tail() -> None:
    messages = (user("# Task"), *a_round(1, run(1), "start " + "x" * 400_000 + " end"))

    shorter = compact(messages, keep_tokens=3_000)

    text = shorter[2].blocks[0].text
    assert message_tokens(shorter) <= 3_000
    assert text.startswith("start ")
    assert text.endswith(" end")
    assert "characters cut" in text


def test_what_cannot_be_shortened_says_so_by_its_size() -> None:
    messages = (user("# Task\n" + "x" * 40_000), *a_round(1, run(1), "ok"))

    assert compact(messages, keep_tokens=1_000) == messages
    assert message_tokens(messages) > 1_000


def test_a_fresh_start_holds_task_words_and_handover() -> None:
    messages = (user("# Task"), *a_round(1, run(1), "ok"), answer(TextBlock(text="Done.")),
                user("This failed: make test"))
    said = later_instructions(messages)
    [fresh] = fresh_start(messages[0], "## Done\nall", instructions=said)

    assert said == ("This failed: make test",)
    assert fresh.text == (
        "# Task\n# Said since\nThis failed: make test\n\n# Hand-over\nYou worked on this before "
        "and wrote this down; your changes are in the worktree. Read the files it names before you "
        "use them, and check what matters before you build on it.\n"
        "```hand-over\n## Done\nall\n```")
    [flooded] = fresh_start(messages[0], "x" * 1_000_000)
    assert message_tokens((flooded,)) < MAX_HANDOVER_TOKENS + 100
    assert all(f"## {name}" in handover_request() for name in HANDOVER_SECTIONS)
