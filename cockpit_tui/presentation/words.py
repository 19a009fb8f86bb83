"""One event in words, and how often its like comes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cockpit_tui.presentation.glyphs import Role


class Noise(StrEnum):
    """How often such an event comes, and so which verbosity still shows it."""

    CHATTER = "chatter"
    TOOL = "tool"
    MILESTONE = "milestone"


@dataclass(frozen=True, slots=True)
class Words:
    """One event in words, not yet made harmless."""

    word: str
    text: str
    detail: str = ""
    role: Role = Role.PLAIN
    noise: Noise = Noise.MILESTONE
    is_error: bool = False
