"""What is said of locks, of the collision radar, and of batches that fail."""

from __future__ import annotations

from typing import assert_never

from cockpit_tui.domain import event as ev
from cockpit_tui.presentation.glyphs import Role
from cockpit_tui.presentation.time import duration
from cockpit_tui.presentation.words import Noise, Words


def lock_words(payload: ev.LockAcquired | ev.LockWaiting | ev.LockReleased
               | ev.CollisionForeseen | ev.CollisionCleared | ev.TaskStrayed
               | ev.BatchFailed) -> Words:
    match payload:
        case ev.LockAcquired():
            waited = payload.waited_seconds
            return Words("lock", f"{payload.number} has {', '.join(payload.names)}",
                         f"waited {duration(waited)}" if waited >= 1 else "", Role.MUTED,
                         Noise.TOOL if waited >= 1 else Noise.CHATTER)
        case ev.LockWaiting():
            return Words("lock", f"{payload.number} waits for {', '.join(payload.names)}",
                         f"held by {', '.join(payload.held_by)}", Role.ATTENTION)
        case ev.LockReleased():
            return Words("lock", f"{payload.number} gave back {', '.join(payload.names)}"
                         if not payload.reason else
                         f"{payload.number} lost {', '.join(payload.names)}: {payload.reason}", "",
                         Role.ATTENTION if payload.reason else Role.MUTED,
                         Noise.MILESTONE if payload.reason else Noise.CHATTER)
        case ev.CollisionForeseen():
            against = payload.other or "what has landed"
            files = len(payload.files)
            return Words("radar", f"{payload.number} will clash with {against}: "
                         f"{', '.join(payload.files)}", f"{files} file{'s' * (files != 1)}",
                         Role.ATTENTION)
        case ev.CollisionCleared():
            against = payload.other or "what has landed"
            return Words("radar", f"{payload.number} does not clash with {against} any more: "
                         f"{', '.join(payload.files)}", payload.reason, Role.OK)
        case ev.TaskStrayed():
            where = "outside of its paths"
            if payload.held_by:
                where = f"where {' and '.join(payload.held_by)} works"
            return Words("stray", f"{payload.number} writes {where}: {', '.join(payload.files)}",
                         "" if payload.held_by else "locked for it", Role.ATTENTION)
        case ev.BatchFailed():
            return Words("batch", f"{', '.join(payload.numbers)} fail together: {payload.reason}",
                         "looks for who breaks it", Role.ATTENTION)
        case _:
            assert_never(payload)
