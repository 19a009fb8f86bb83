"""A span of every day, like the night: `22:00-06:00`, in the person's own time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from cockpit_tui.domain.errors import UsageError

_SPAN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyWindow:
    """From `begin` (inclusive) to `end` (exclusive); over midnight where `end` is not later."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> DailyWindow:
        """Raises UsageError."""
        found = _SPAN.fullmatch(text.strip())
        if found is None:
            raise UsageError(f"A window of the day is written like 22:00-06:00, not {text!r}.")
        first, second, third, fourth = (int(part) for part in found.groups())
        if (first, second) == (third, fourth):
            raise UsageError(f"The window {text!r} is empty: it ends when it begins.")
        return cls(begin=time(first, second), end=time(third, fourth))

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"

    def contains(self, at: datetime) -> bool:
        local = at.astimezone().time()
        if self.begin < self.end:
            return self.begin <= local < self.end
        return local >= self.begin or local < self.end

    def begin_of(self, at: datetime) -> datetime:
        """When the window that `at` is in, or the newest one before it, began."""
        day = at.astimezone().date()
        begin = datetime.combine(day, self.begin).astimezone()
        if begin > at:
            begin = datetime.combine(day - timedelta(days=1), self.begin).astimezone()
        return begin

    def next_begin(self, at: datetime) -> datetime:
        """When the next window after `at` begins."""
        day = at.astimezone().date()
        begin = datetime.combine(day, self.begin).astimezone()
        if begin <= at:
            begin = datetime.combine(day + timedelta(days=1), self.begin).astimezone()
        return begin
