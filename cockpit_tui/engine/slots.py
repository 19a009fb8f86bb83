"""Places at work over all jobs of the engine, given to the jobs in turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cockpit_tui.domain.ids import JobId


@dataclass(slots=True, kw_only=True)
class AgentSlots:
    """At most `limit` at once; of several jobs that wait, each gets one before any gets a second.

    A lower `limit` holds from the next place on; nobody is sent away.
    """

    limit: int
    taken: int = 0
    _waiting: dict[JobId, deque[asyncio.Future[None]]] = field(default_factory=dict)
    """By job, the one whose turn is next first."""

    @asynccontextmanager
    async def slot(self, job_id: JobId) -> AsyncIterator[None]:
        """A place until the block is left."""
        await self._take(job_id)
        try:
            yield
        finally:
            self.taken -= 1
            self._hand_on()

    async def _take(self, job_id: JobId) -> None:
        if self.taken < self.limit and not self._waiting:
            self.taken += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(job_id, deque()).append(turn)
        self._hand_on()  # The limit may have been raised.
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # It was its turn, but it goes.
                self.taken -= 1
                self._hand_on()
            else:
                self._forget(job_id, turn)
            raise

    def _hand_on(self) -> None:
        while self._waiting and self.taken < self.limit:
            job_id = next(iter(self._waiting))
            turns = self._waiting.pop(job_id)
            turn = turns.popleft()
            if turns:
                self._waiting[job_id] = turns  # At the end: the other jobs are first now.
            if not turn.done():
                self.taken += 1
                turn.set_result(None)

    def _forget(self, job_id: JobId, turn: asyncio.Future[None]) -> None:
        turns = self._waiting.get(job_id)
        if turns is not None and turn in turns:
            turns.remove(turn)
            if not turns:
                del self._waiting[job_id]
