"""The agents of one job, `a1` and on: who is free, and whose turn is next."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count


class Seats:
    """`limit` agents. Not for several event loops."""

    def __init__(self, limit: int) -> None:
        self.changed = asyncio.Event()
        """Set whenever an agent became free, or something else is worth a look."""
        self._free = list(range(1, limit + 1))
        self._wanting: list[tuple[int, int, asyncio.Future[int]]] = []
        self._asked = count()

    def take_free(self) -> str | None:
        """An agent at once, the lowest first; None where all are busy or spoken for."""
        return f"a{heapq.heappop(self._free)}" if self._free else None

    async def take(self, rank: int) -> str:
        """An agent, as soon as one is free; lower ranks are served first."""
        agent = self.take_free()
        if agent is not None:
            return agent
        turn: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._wanting, (rank, next(self._asked), turn))
        try:
            return f"a{await turn}"
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(f"a{turn.result()}")
            raise

    def give(self, agent: str) -> None:
        """The agent is free again."""
        number = int(agent[1:])
        self.changed.set()
        while self._wanting:
            turn = heapq.heappop(self._wanting)[2]
            if not turn.done():
                turn.set_result(number)
                return
        heapq.heappush(self._free, number)
