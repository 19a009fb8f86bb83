"""A fresh start where shortening is not enough: the model writes down where it stands, and goes on
from that in an empty context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cockpit_tui.context.rounds import CHARACTERS_PER_TOKEN, take_apart
from cockpit_tui.domain.conversation import Message, TextBlock
from cockpit_tui.domain.fences import fence

HANDOVER_SECTIONS = ("Done", "Decisions", "Open", "Next", "Files")


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


def fresh_start(task: Message, handover: str, *, instructions: Sequence[str] = (),
                open_files: Mapping[str, str] | None = None,
                keep_tokens: int) -> tuple[Message, ...]:
    """The new conversation: the task's message unchanged but for a tail: what was said since,
    the hand-over, and open files (path → text as it is now) as far as `keep_tokens` goes.

    `instructions` are the user's later words (failed proofs, comments), oldest first. A file that
    does not fit is named, so that it can be read.
    """
    parts = [f"# Said since\n{words}" for words in instructions]
    parts.append("# Hand-over\nYou worked on this before and wrote this down; your changes are in "
                 f"the worktree. Check what matters before you build on it.\n"
                 f"{fence('hand-over', handover)}")
    used = len(task.text) + sum(map(len, parts))
    left = keep_tokens * CHARACTERS_PER_TOKEN - used
    unshown = []
    for path, text in (open_files or {}).items():
        block = f"# {path} as it is now\n{fence('file', text)}"
        if len(block) <= left:
            parts.append(block)
            left -= len(block)
        else:
            unshown.append(path)
    if unshown:
        parts.append("# Read these before you use them\n" + "\n".join(unshown))
    return (Message(speaker=task.speaker,
                    blocks=(*task.blocks, TextBlock(text="\n\n".join(parts)))),)


def later_instructions(messages: Sequence[Message]) -> tuple[str, ...]:
    """Everything the user said after the first message, to hand to `fresh_start`."""
    return tuple(part.text for part in take_apart(messages)[1:]
                 if isinstance(part, Message) and part.text)
