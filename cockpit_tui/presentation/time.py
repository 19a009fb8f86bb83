"""Durations, ages, clock times, money, token counts and paths in the few cells a pane has."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.domain.usage import format_microusd

_HALF_A_CENT = 5_000


def duration(seconds: float) -> str:
    """`0.4s`, `38s`, `4m12s`, `2h05m`, `3d4h`: the two largest units; negative counts as 0."""
    if seconds < 0:
        seconds = 0.0
    if seconds < 1 and round(seconds, 1) > 0:
        return f"{seconds:.1f}s" if round(seconds, 1) < 1 else "1s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86_400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{whole // 86_400}d{whole % 86_400 // 3600}h"


def age(then: datetime, now: datetime) -> str:
    """How long ago, in one unit: `40s`, `2m`, `3h`, `5d`."""
    seconds = max(0, int((now - then).total_seconds()))
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m"
    if seconds < 86_400:
        return f"{seconds // 3600}h"
    return f"{seconds // 86_400}d"


def clock(at: datetime, zone: tzinfo | None = None) -> str:
    """`09:12:04` in `zone`, by default this machine's."""
    return at.astimezone(zone).strftime("%H:%M:%S")


def short_clock(at: datetime, zone: tzinfo | None = None) -> str:
    """`09:12`."""
    return at.astimezone(zone).strftime("%H:%M")


def when(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Relative up to an hour (`2m ago`), then the clock, then the date."""
    passed = now - at
    if passed < timedelta(hours=1):
        return f"{age(at, now)} ago"
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return local.strftime("%H:%M")
    return local.strftime("%d %b %H:%M" if local.year == today.year else "%Y-%m-%d")


def money(amount_microusd: int | None, limit_microusd: int | None = None) -> str:
    """`$3.42`, or `$3.42/10.00` with a limit; an unknown price is `?`, less than a cent `<$0.01`.
    """
    is_tiny = amount_microusd is not None and 0 < amount_microusd < _HALF_A_CENT
    spent = "<$0.01" if is_tiny else format_microusd(amount_microusd)
    if limit_microusd is None:
        return spent
    return f"{spent}/{format_microusd(limit_microusd).removeprefix('$')}"


def tokens(count: int) -> str:
    """`950`, `1.2k`, `184k`, `1.4M`."""
    if count < 1_000:
        return str(count)
    for size, letter in ((1_000, "k"), (1_000_000, "M"), (1_000_000_000, "G")):
        scaled = count / size
        if scaled < 9.95:
            return f"{scaled:.1f}{letter}"
        if scaled < 999.5:
            return f"{scaled:.0f}{letter}"
    return f"{count / 1_000_000_000:.0f}G"


def short_path(path: str, width: int, ellipsis: str = "…") -> str:
    """`path` in at most `width` characters, harmless: folders in the middle go first.

    `src/auth/oauth/callback.py` becomes `src/…/callback.py`, then `…/callback.py`, then the
    name's own end.
    """
    path = sanitize_line(path)
    if len(path) <= width:
        return path
    folders, _, name = path.rpartition("/")
    parts = folders.split("/") if folders else []
    for kept in range(len(parts) - 1, 0, -1):
        head = (kept + 1) // 2
        tail = kept - head
        middle = [*parts[:head], ellipsis, *(parts[-tail:] if tail else [])]
        shortened = "/".join([*middle, name])
        if len(shortened) <= width:
            return shortened
    if parts and len(name) + len(ellipsis) + 1 <= width:
        return f"{ellipsis}/{name}"
    if len(name) <= width:
        return name
    if width <= len(ellipsis):
        return name[-width:] if width > 0 else ""
    return ellipsis + name[len(ellipsis) - width:]
