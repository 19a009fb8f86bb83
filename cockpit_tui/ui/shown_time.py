"""The one `now` of everything on screen: it stands still between two paintings of all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

_YOUNG = timedelta(minutes=1)
YOUNG_SECONDS = 5.0
"""How often an age is shown anew while it still counts seconds."""


class ShownTime:
    """Call it for now; two ages of one moment can never differ."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._now = clock()

    def __call__(self) -> datetime:
        return self._now

    def advance(self) -> None:
        """Before everything is painted again."""
        self._now = self._clock()

    def seconds_to_next(self, shown: Iterable[datetime]) -> float:
        """Until the ages of the moments `shown` read differently: few while one of them is
        younger than a minute, else until the clock's next minute."""
        now = self._clock()
        is_young = any(timedelta() <= now - moment < _YOUNG for moment in shown)
        return min(YOUNG_SECONDS, 60 - now.second) if is_young else 60 - now.second
