"""Places at work over all jobs of the engine: by priority, then fair shares between jobs."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from cockpit_tui.domain.ids import JobId


@dataclass(slots=True, kw_only=True)
class AgentSlots:
    """At most `limit` places at once. A free one goes to the waiting job of the highest priority;
    of several, to the one that has the fewest places, and of these to the one that got none for
    the longest time. So many tasks of one job keep nobody of the same priority waiting.

    A lower `limit` holds from the next place on; nobody is sent away.
    """

    limit: int
    priorities: dict[JobId, int] = field(default_factory=dict)
    """Of jobs that run, as the ledger has them now; a job that is not in it has 0."""
    _held: Counter[JobId] = field(default_factory=Counter)
    _waiting: dict[JobId, deque[asyncio.Future[None]]] = field(default_factory=dict)
    """By job, the one whose turn is next first."""
    _last: dict[JobId, int] = field(default_factory=dict)
    """When each job got a place last, as a count of places given."""
    _given: Callable[[], int] = field(default_factory=lambda: count(1).__next__)

    @property
    def taken(self) -> int:
        return self._held.total()

    def forget(self, job_id: JobId) -> None:
        """The job does not run any more."""
        self.priorities.pop(job_id, None)
        self._last.pop(job_id, None)

    @asynccontextmanager
    async def slot(self, job_id: JobId) -> AsyncIterator[None]:
        """A place until the block is left."""
        await self._take(job_id)
        try:
            yield
        finally:
            self._give_back(job_id)

    async def _take(self, job_id: JobId) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(job_id, deque()).append(turn)
        self._hand_on()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # It was its turn, but it goes.
                self._give_back(job_id)
            else:
                self._leave(job_id, turn)
            raise

    def _give_back(self, job_id: JobId) -> None:
        self._held[job_id] -= 1
        if not self._held[job_id]:
            del self._held[job_id]
        self._hand_on()

    def _hand_on(self) -> None:
        while self._waiting and self.taken < self.limit:
            job_id = min(self._waiting, key=self._rank)
            turn = self._waiting[job_id][0]
            self._leave(job_id, turn)
            if not turn.done():
                self._held[job_id] += 1
                self._last[job_id] = self._given()
                turn.set_result(None)

    def _rank(self, job_id: JobId) -> tuple[int, int, int]:
        """The lowest is next; of those alike, who waits the longest stands first in `_waiting`."""
        return (-self.priorities.get(job_id, 0), self._held[job_id], self._last.get(job_id, 0))

    def _leave(self, job_id: JobId, turn: asyncio.Future[None]) -> None:
        turns = self._waiting.get(job_id)
        if turns is not None and turn in turns:
            turns.remove(turn)
            if not turns:
                del self._waiting[job_id]
