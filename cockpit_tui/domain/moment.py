"""Times as people type them: `23:00`, `+2h`, `2026-11-22 07:30`; always in their own zone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from cockpit_tui.domain.errors import UsageError

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_LATER = re.compile(r"\+(?=\d)(?:(\d{1,4})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m(?:in)?)?")
_HINT = "A time of day (23:00), from now (+2h, +1h30m), or a date: 2026-11-22T07:30"


def parse_moment(text: str, now: datetime) -> datetime:
    """The moment that is meant, later than `now`; a time of day is the next such. UsageError."""
    clean = text.strip()
    if clock := _CLOCK.fullmatch(clean):
        local = now.astimezone().replace(tzinfo=None, hour=int(clock[1]), minute=int(clock[2]),
                                         second=0, microsecond=0)
        at = local.astimezone()
        return at if at > now else (local + timedelta(days=1)).astimezone()
    if (later := _LATER.fullmatch(clean)) and any(later.groups()):
        days, hours, minutes = (int(part or 0) for part in later.groups())
        at = now + timedelta(days=days, hours=hours, minutes=minutes)
    else:
        try:
            at = datetime.fromisoformat(clean).astimezone()
        except (ValueError, OverflowError) as error:
            raise UsageError(f"{text!r} is no time.", hint=_HINT) from error
    if at <= now:
        raise UsageError(f"{text!r} is not in the future.", hint=_HINT)
    return at
