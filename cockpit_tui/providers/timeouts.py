"""How long and how much one model call may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    connect_seconds: float = 10
    idle_seconds: float = 120
    """Silence: no byte for this long, before the first one or inside the stream."""
    total_seconds: float = 900
    """From the request to the last byte."""
    max_reply_bytes: int = 20_000_000
    """The most that is read of one answer."""
