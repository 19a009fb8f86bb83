"""What the person is told outside of the screen, and what an agent's silence is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStalled:
    """An agent brought nothing for so long while it waited for a model or a command."""

    agent: str
    doing: str
    """`waits for anthropic:claude-x`, `run pytest -q`: one line for people."""
    seconds: float
    """How long it was silent."""
    then: Literal["asked again", "next model", "given up", "left alone"]
    """What was done about it. A command is left alone: its own time limit ends it. Where a model is
    given up its job waits in the queue, or the task fails."""
    type: Literal["agent:stalled"] = "agent:stalled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeTold:
    """A channel told the person something, or failed to."""

    number: int
    """Of the notice."""
    channel: str
    text: str
    is_error: bool = False
    detail: str = ""
    type: Literal["notice:told"] = "notice:told"
