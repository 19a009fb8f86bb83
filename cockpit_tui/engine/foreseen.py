"""The conflicts that a job's radar foresees now: each told once as it comes, and once as it goes.

What was told is remembered under durable keys, so that a resumed job does not say it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from cockpit_tui.domain import event
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.record import Facts

HEAD = TaskId("head")
"""In the place of a task: what has landed."""


class Pair(NamedTuple):
    """Two tasks, or a task and HEAD, in a fixed order."""

    one: TaskId
    other: TaskId

    @classmethod
    def of(cls, one: TaskId, other: TaskId) -> Pair:
        return cls(*sorted((one, other)))


@dataclass(frozen=True, slots=True)
class Clash:
    number: str
    other: str
    """Empty: what has landed."""
    files: tuple[str, ...]
    told_as: Pair
    """The pair when it was told: one of them may have landed since."""


@dataclass(slots=True, kw_only=True)
class Foreseen:
    ctx: JobContext
    key: str
    _open: dict[Pair, Clash] = field(default_factory=dict)
    _times: dict[Pair, int] = field(default_factory=dict)
    """How often each pair's conflict was told so far."""

    def of(self, task_id: TaskId) -> list[Clash]:
        return [clash for pair, clash in self._open.items() if task_id in pair]

    def files(self) -> tuple[str, ...]:
        return tuple(sorted({file for clash in self._open.values() for file in clash.files}))

    async def see(self, pair: Pair, number: str, other: str, files: tuple[str, ...]) -> None:
        """What the pair's newest trial came to; empty `files`: they go together."""
        known = self._open.get(pair)
        if files == (known.files if known is not None else ()):
            return
        if not files:
            await self._clear(pair, "merges cleanly")
        elif known is not None and set(files) <= set(known.files):
            self._open[pair] = replace(known, files=files)
        else:
            told_as = known.told_as if known is not None else pair
            self._open[pair] = clash = Clash(number, other, files, told_as)
            await self._tell(told_as, "seen", event.CollisionForeseen(
                number=clash.number, other=clash.other, files=clash.files))

    async def end(self, task_id: TaskId, reason: str) -> None:
        """No conflict of the task will come any more."""
        for pair in [pair for pair in self._open if task_id in pair]:
            await self._clear(pair, reason)

    def landed(self, task_id: TaskId) -> None:
        """What conflicts with the task conflicts with what has landed from now on; it was told."""
        for pair in [pair for pair in self._open if task_id in pair]:
            clash = self._open.pop(pair)
            (other,) = (one for one in pair if one != task_id)
            if other != HEAD:
                self._open.setdefault(Pair.of(other, HEAD), clash)

    async def _clear(self, pair: Pair, reason: str) -> None:
        clash = self._open.pop(pair)
        await self._tell(clash.told_as, "cleared", event.CollisionCleared(
            number=clash.number, other=clash.other, files=clash.files, reason=reason))

    async def _tell(self, pair: Pair, what: str, payload: Payload) -> None:
        key = f"{self.key}/{pair.one}+{pair.other}"
        times = self._times.get(pair, 0)
        if what == "seen":  # An earlier run may have told it, and that it was over, before.
            times += 1
            while self.ctx.was_finished(f"{key}/{times}/cleared"):
                times += 1
            self._times[pair] = times
        task_id = next(one for one in pair if one != HEAD)
        await self.ctx.record(f"{key}/{times}/{what}", Facts(events=(
            Event(payload=payload, job_id=self.ctx.job_id, task_id=task_id),)))
