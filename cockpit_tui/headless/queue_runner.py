"""Runs the queue without a screen, telling a face what happens, until it is empty or stopped."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from cockpit_tui.domain.event import JobCancelled, JobCompleted, JobFailed, RecordedEvent
from cockpit_tui.domain.job import WaitingOn
from cockpit_tui.domain.queue import QueueState
from cockpit_tui.domain.queue_order import is_parked, local_minute
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.engine.engine import Engine
from cockpit_tui.headless.faces import Face

EXIT_DONE, EXIT_FAILED, EXIT_PARKED = 0, 1, 3
PAGE = 1_000
DRAIN_SECONDS = 60.0
"""How long steps under way have to come to their end when the queue is stopped."""
_ENDS = {JobCompleted: "completed", JobFailed: "failed", JobCancelled: "cancelled"}


@dataclass(slots=True, kw_only=True)
class QueueRun:
    """One run of the queue; `ended` counts what became of its jobs. `tell` gets in words what is
    waited for whenever nothing runs."""

    engine: Engine
    face: Face
    seen: int
    ended: Counter[str]
    tell: Callable[[str], None] = lambda words: None
    _told: str = ""

    async def run(self, *, until_empty: bool, stop: asyncio.Event,
                  at_once: asyncio.Event | None = None) -> dict[str, Any]:
        """Until the queue is empty (with `until_empty`), or `stop` is set, and then the steps under
        way are over, or `at_once` is set too; how it went."""
        async with self.engine.keeping_queue() as keeper, \
                self.engine.subscribe() as batches, asyncio.TaskGroup() as group:
            over = [group.create_task(stop.wait(), name="wait for a stop")]
            if until_empty:
                over.append(group.create_task(keeper.drained.wait(), name="wait for the end"))
            arriving = group.create_task(_next(batches), name="wait for events")
            while not any(task.done() for task in over):
                await self._tell_waits()
                runs = self.engine.runs.running().values()  # A run ends after its last event.
                await asyncio.wait({arriving, *over, *runs},
                                   return_when=asyncio.FIRST_COMPLETED)
                if arriving.done():
                    arriving = group.create_task(_next(batches), name="wait for events")
                await self._show_new()
            for task in (arriving, *over):
                task.cancel()
        if stop.is_set():
            await self.engine.drain(DRAIN_SECONDS, at_once or asyncio.Event())
        await self._show_new()
        return await self._result()

    async def _tell_waits(self) -> None:
        """Once, until something else is waited for."""
        words = "" if self.engine.runs.running() else waits_words(await self.engine.queue.state())
        if words and words != self._told:
            self.tell(words)
        self._told = words

    async def _show_new(self) -> None:
        while batch := await self.engine.events(after=self.seen, limit=PAGE):
            for event in batch:
                self.face.show(event)
                self.seen = event.seq
                if (end := _ENDS.get(type(event.payload))) is not None:
                    self.ended[end] += 1

    async def _result(self) -> dict[str, Any]:
        state = await self.engine.queue.state()
        parked = [entry.number for entry in state.entries if is_parked(entry)]
        return {"type": "result", "completed": self.ended["completed"],
                "failed": self.ended["failed"], "cancelled": self.ended["cancelled"],
                "parked": parked, "waiting": len(state.entries) - len(parked)}


def waits_words(state: QueueState) -> str:
    """`Nothing is due. #3: Starts at 2026-11-21 23:00.`; empty where a job may start now."""
    if state.paused_at is not None:
        return "The queue is paused. Go on: cockpit queue resume"
    if any(entry.waiting_on is WaitingOn.NOTHING and not entry.is_paused
           for entry in state.entries):
        return ""
    waits = [f"#{entry.number}: {sanitize_line(entry.reason)}" for entry in state.entries
             if not entry.is_paused and not is_parked(entry)]
    waits += [f"s{one.number}: Starts a job at {local_minute(one.next_at)}."
              for one in state.schedules if not one.is_paused]
    return f"Nothing is due. {' '.join(waits)}" if waits else ""


def exit_code(result: dict[str, Any]) -> int:
    """0: all is done; 3: something waits for the person; 1: something failed."""
    if result["failed"]:
        return EXIT_FAILED
    return EXIT_PARKED if result["parked"] else EXIT_DONE


async def _next(batches: AsyncIterator[tuple[RecordedEvent, ...]]) -> None:
    await anext(batches)
