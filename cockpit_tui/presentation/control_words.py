"""What the events of pauses, budgets and commands of other processes say."""

from __future__ import annotations

import re
from typing import assert_never

from cockpit_tui.domain import event as ev
from cockpit_tui.presentation.glyphs import Role
from cockpit_tui.presentation.time import money
from cockpit_tui.presentation.words import Noise, Words


def command_words(kind: str) -> str:
    """A command's class name in words, `SubmitJob` as `submit job`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()


def control_words(payload: ev.ControlPayload) -> Words:
    match payload:
        case ev.JobPaused():
            return Words("paused", payload.reason, "", Role.ATTENTION)
        case ev.JobResumed():
            return Words("resumed", "goes on", "", Role.RUNNING)
        case ev.TaskPaused():
            return Words("paused", f"{payload.number} {payload.title}", "", Role.ATTENTION)
        case ev.TaskResumed():
            return Words("resumed", f"{payload.number} {payload.title}", "", Role.RUNNING)
        case ev.BudgetSet():
            before = "no bound" if payload.before_microusd is None else \
                money(payload.before_microusd)
            return Words("budget", f"is {money(payload.after_microusd)} now", f"was {before}")
        case ev.CommandReceived():
            is_error = payload.outcome != "done"
            said = f"{command_words(payload.command)} from {payload.sender}: {payload.outcome}"
            return Words("command", said, "", Role.ATTENTION if is_error else Role.MUTED,
                         Noise.TOOL)
        case _:
            assert_never(payload)
