"""Decision arming: a key already on its way must never answer a question that just appeared."""

from __future__ import annotations

from collections.abc import Callable


class Arming:
    """Knows since when the same question is shown, and whether a decision key counts yet.

    A decision counts only when the shown item has stayed the same for `seconds` and no other key
    came in that time; each swallowed key starts the time again. So does, at any time, a key that
    came in one go with another (a paste, or several keys in one read): only the first of them can
    have been meant for what was on screen. Moving with single keys and then deciding stays fluent.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._shown: str | None = None
        self._since = monotonic()

    def show(self, item: str) -> None:
        """`item` names what is on screen, including its content: `approval id + action hash`."""
        if item != self._shown:
            self._shown = item
            self._since = self._monotonic()

    def reshow(self) -> None:
        """The window came back, or a sheet closed: count as newly shown."""
        self._since = self._monotonic()

    def key_pressed(self, *, in_burst: bool = False) -> None:
        """Any key: within the time, or in a burst, it starts it again; else it changes nothing."""
        now = self._monotonic()
        if in_burst or now - self._since < self._seconds:
            self._since = now

    @property
    def is_armed(self) -> bool:
        return self._monotonic() - self._since >= self._seconds
