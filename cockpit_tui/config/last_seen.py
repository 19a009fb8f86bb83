"""When a screen was open last: a file whose time of change says it, also after a crash."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

AWAY_SECONDS = 30 * 60.0
"""A shorter absence is none."""


def away_since(file: Path, now: datetime) -> datetime | None:
    """Since when no screen was open; None where that is not long, or none ever was."""
    try:
        seen = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError:
        return None
    return seen if now - seen > timedelta(seconds=AWAY_SECONDS) else None


def mark_seen(file: Path) -> None:
    """A screen is open now. A disk that cannot take it only costs the next start page."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.utime(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        return
