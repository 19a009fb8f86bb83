"""What a channel is given to tell, and how it says that it could not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from cockpit_tui.domain.notice import NoticeKind

TITLE = "cockpit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One notice as it leaves the house: harmless, and without secrets."""

    number: int
    kind: NoticeKind
    text: str
    at: datetime
    job: str = ""
    """`#41`; empty where it is about no job."""
    task: str = ""
    """`2.3`."""


class NotTold(Exception):
    """The channel did not take it; the message says why, without addresses and secrets."""


Send = Callable[[Outgoing], Awaitable[str]]
"""Returns how it went (`by notify-send`). Raises NotTold. Bounded in time by itself."""
