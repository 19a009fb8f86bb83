"""Where the words of a rewind wait for the agent's loop."""

from __future__ import annotations


def again_key(seat_key: str, turn: int) -> str:
    """Where a rewind to `turn` leaves the person's words in the durable memory, as done."""
    return f"{seat_key}/turn/{turn}/again"
