"""A fresh start where shortening is not enough: the model writes down where it stands, and goes on
from that in an empty context."""

from __future__ import annotations

from collections.abc import Sequence

from cockpit_tui.context.rounds import CHARACTERS_PER_TOKEN, take_apart
from cockpit_tui.domain.conversation import Message, TextBlock
from cockpit_tui.domain.fences import fence
from cockpit_tui.domain.sanitize import clip

HANDOVER_SECTIONS = ("Done", "Decisions", "Open", "Next", "Files")
MAX_HANDOVER_TOKENS = 1_500
"""What a hand-over is cut to; 600 words are asked for."""


def handover_request() -> str:
    """The words that ask for a hand-over; the answer is text, without tool calls."""
    return (
        "Your context is nearly full. Stop working now, call no tool, and write a hand-over for "
        "an engineer who has the task and the worktree but has seen nothing of this conversation. "
        "Under 600 words, with exactly these headings:\n"
        "## Done\nWhat is finished, and how you know (command and exit code).\n"
        "## Decisions\nWhat you chose and why; what you tried that did not work.\n"
        "## Open\nWhat is unfinished, broken or unknown; exact error messages.\n"
        "## Next\nThe next steps, in order, concrete.\n"
        "## Files\nOne path a line: what you changed in it or need from it, most important first.\n"
        "State only what you saw. Do not guess.")


def fresh_start(task: Message, handover: str, *,
                instructions: Sequence[str] = ()) -> tuple[Message, ...]:
    """The new conversation: the task's message, and after it what was said since and the hand-over.

    `instructions` are the user's later words (failed proofs, comments), oldest first.
    """
    parts = [f"# Said since\n{words}" for words in instructions]
    words = clip(handover, MAX_HANDOVER_TOKENS * CHARACTERS_PER_TOKEN)
    parts.append("# Hand-over\nYou worked on this before and wrote this down; your changes are in "
                 "the worktree. Read the files it names before you use them, and check what "
                 f"matters before you build on it.\n{fence('hand-over', words)}")
    return (Message(speaker=task.speaker,
                    blocks=(*task.blocks, TextBlock(text="\n\n".join(parts)))),)


def later_instructions(messages: Sequence[Message]) -> tuple[str, ...]:
    """Everything the user said after the first message, to hand to `fresh_start`."""
    return tuple(part.text for part in take_apart(messages)[1:]
                 if isinstance(part, Message) and part.text)
