"""What is said of agents, on the command line and on the screen."""

from __future__ import annotations

from cockpit_tui.domain.agent import AgentView
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.domain.task import AgentStatus
from cockpit_tui.presentation.event_line import event_line
from cockpit_tui.presentation.glyphs import GlyphSet, Role, StateSign, agent_sign


def state_sign(view: AgentView, glyphs: GlyphSet) -> StateSign:
    """`needs you` where its question waits, `left at work` where nobody works, else what it does.
    """
    if view.needs_person:
        return StateSign(glyph=glyphs.needs_you, word="needs you", role=Role.ATTENTION)
    if view.is_left:
        return StateSign(glyph=glyphs.blocked, word="left at work", role=Role.ATTENTION)
    return agent_sign(view.agent.status, glyphs)


def task_words(view: AgentView) -> str:
    """`2.3 Callback`; of a free agent what it did last; empty where that is nothing."""
    if not view.task_number:
        return ""
    task = f"{view.task_number} {sanitize_line(view.task_title)}"
    return f"last {task}" if view.agent.status is AgentStatus.IDLE else task


def waits_for(view: AgentView) -> str:
    """What it is blocked by, as `your answer: ...` or in the engine's words."""
    if view.asks:
        return f"your answer: {sanitize_line(view.asks)}"
    if view.agent.status is not AgentStatus.BLOCKED:
        return ""
    return sanitize_line(view.agent.detail).removeprefix("waits for ")


def ended(view: AgentView) -> str:
    """How the last task of a free agent ended, where that is worth a word."""
    is_free = view.agent.status is AgentStatus.IDLE
    return sanitize_line(view.agent.detail) if is_free else ""


def last_words(view: AgentView, glyphs: GlyphSet) -> tuple[str, str]:
    """Kind and text of the last thing it did: `edit`, `src/x.py`; empty where that is long ago."""
    if view.last is None:
        return "", ""
    line = event_line(view.last, glyphs=glyphs)
    return line.word, f"{line.text}  {line.detail}".rstrip()


def changes(view: AgentView) -> str:
    """`+84 -12, 5 files`; empty where it has written nothing."""
    files = len(view.files)
    if not files:
        return ""
    added, removed = (sum(file.added for file in view.files),
                      sum(file.removed for file in view.files))
    return f"+{added} -{removed}, {files} file{'s' * (files != 1)}"


def holds_up(view: AgentView, most: int = 6) -> str:
    """`2.4, 3.2`; empty where nothing waits for it."""
    more = f" and {len(view.holds_up) - most} more" if len(view.holds_up) > most else ""
    return ", ".join(view.holds_up[:most]) + more
