"""What the log says of notices to the person, and of an agent that is silent."""

from __future__ import annotations

from typing import assert_never

from cockpit_tui.domain import event as ev
from cockpit_tui.presentation.glyphs import Role
from cockpit_tui.presentation.time import duration
from cockpit_tui.presentation.words import Noise, Words


def telling_words(payload: ev.AgentStalled | ev.NoticeTold) -> Words:
    match payload:
        case ev.AgentStalled():
            return Words("silent", f"{duration(payload.seconds)}: {payload.doing}", payload.then,
                         Role.ATTENTION)
        case ev.NoticeTold():
            if payload.is_error:
                return Words("notice", f"not told by {payload.channel}: {payload.detail}",
                             payload.text, Role.FAILED, Noise.TOOL, is_error=True)
            return Words("notice", f"told by {payload.channel}: {payload.text}", "", Role.MUTED,
                         Noise.TOOL)
        case _:
            assert_never(payload)
