"""Whether the person is at this cockpit, and what of their terminal can be written to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from cockpit_tui.domain.notice import Notice


@dataclass(slots=True)
class Presence:
    """Filled by a face, read by the keeper of notices."""

    clock: Callable[[], datetime]
    has_screen: bool = False
    """A screen shows what waits: attention line, title, bell."""
    last_key_at: datetime | None = None
    write: Callable[[str], object] | None = None
    """Sends a control sequence to the terminal; None where there is none."""

    test: Callable[[], Awaitable[Notice]] | None = None
    """Tells a trial text everywhere; None while nothing can be told from here."""

    def key_pressed(self) -> None:
        self.last_key_at = self.clock()
