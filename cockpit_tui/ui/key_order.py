"""One key at a time: the next is given out only when what the last one opened stands and has focus.

A terminal may deliver many keys in one read. Without this they would all go to the screen that was
there when the first of them came: the text for a comment box would be taken as commands.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.timer import Timer

BURST_SECONDS = 0.05
"""Closer together than fingers are: such keys came in one go, and are no answer to what is seen."""

_LEAST_ROUNDS = 3
"""A key, the message of the widget it went to, and the screen's message to the app."""
_MOST_ROUNDS = 24
_GIVE_UP_SECONDS = 1.0

Input: TypeAlias = events.Key | events.Paste


class KeyOrder:
    """Keeps what was typed until it is its turn: `arrive` or `next`, forward it, then `follow`."""

    def __init__(self, app: App[int], monotonic: Callable[[], float]) -> None:
        self._app = app
        self._monotonic = monotonic
        self._waiting: deque[Input] = deque()
        self._is_busy = False
        self._last_at: float | None = None
        self._turn = 0
        self._watch: Timer | None = None
        self._seen: tuple[object, ...] = ()

    def arrive(self, event: Input) -> bool | None:
        """None: it has to wait. Else it is its turn; True if it came in one go with another."""
        before, self._last_at = self._last_at, self._monotonic()
        if self._is_busy:
            self._waiting.append(event)
            return None
        self._begin()
        return before is not None and self._last_at - before < BURST_SECONDS

    def next(self) -> Input | None:
        """What waited longest, whose turn it is now; it came in one go with the one before."""
        if self._is_busy or not self._waiting:
            return None
        self._begin()
        return self._waiting.popleft()

    @property
    def is_idle(self) -> bool:
        """Nothing waits, and all that was typed has settled."""
        return not (self._is_busy or self._waiting)

    def _begin(self) -> None:
        self._is_busy = True
        self._turn += 1

    def follow(self, done: Callable[[], object]) -> None:
        """The event is on its way: `done` is called in the app when all it set off has settled."""
        turn = self._turn

        def end() -> None:
            if self._is_busy and turn == self._turn:
                self._is_busy = False
                if self._watch is not None:
                    self._watch.stop()
                self._app.call_later(done)

        # A widget that is taken away may never answer; keys must not be stuck behind it.
        self._watch = self._app.set_timer(_GIVE_UP_SECONDS, end)
        self._seen = ()
        self._round(turn, 1, end)

    def _round(self, turn: int, number: int, end: Callable[[], None]) -> None:
        """Once through the queues from the focus up to the app, the way messages bubble."""
        if turn != self._turn or not self._is_busy:
            return
        start: MessagePump = self._app.focused or self._app.screen
        path = [start]
        while (parent := path[-1]._parent) is not None:
            path.append(parent)

        def climb(at: int) -> None:
            while at < len(path):
                if path[at].call_later(climb, at + 1):
                    return
                at += 1
            self._judge(turn, number, end)

        climb(0)

    def _judge(self, turn: int, number: int, end: Callable[[], None]) -> None:
        """Settled when nothing opened, closed or moved the focus since the round before."""
        screen = self._app.screen
        shown = (screen, self._app.focused, screen.is_mounted)
        is_settled = number >= _LEAST_ROUNDS and shown == self._seen and screen.is_mounted
        if number >= _MOST_ROUNDS:
            end()
        elif not is_settled:
            self._seen = shown
            self._round(turn, number + 1, end)
        else:
            screen.call_after_refresh(self._judge_painted, turn, number, end)

    def _judge_painted(self, turn: int, number: int, end: Callable[[], None]) -> None:
        """Focus is often moved after a paint: then the next key waits for that, too."""
        screen = self._app.screen
        if (screen, self._app.focused, screen.is_mounted) == self._seen:
            end()
        else:
            self._round(turn, number + 1, end)
