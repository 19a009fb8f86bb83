"""What the queue screen and the locks screen show, each taken at one moment of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cockpit_tui.domain.agent import Agent
from cockpit_tui.domain.ids import JobId, LockId, TaskId
from cockpit_tui.domain.lock import Lock, in_the_way
from cockpit_tui.domain.night_report import NightReport
from cockpit_tui.domain.queue import NightRules, QueueEntry, QueueState
from cockpit_tui.domain.queue_order import is_parked


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A task of a job in the queue that wants what another job's task holds."""

    number: str
    """The task's."""
    names: tuple[str, ...]
    holder: str
    """`#41 2.3`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a job in the queue has before it."""

    minutes: float | None = None
    """None: there is neither a plan nor a history to tell it from."""
    cost_microusd: int | None = None
    basis: str = ""
    """What the figures are from, in words; empty without any."""
    spent_microusd: int | None = 0
    budget_microusd: int | None = None
    clashes: tuple[Clash, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCommand:
    """What another process asked of the engine, and did not get."""

    seq: int
    at: datetime
    command: str
    """Its name, like `SubmitJob`; `a letter` where it could not be read."""
    sender: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueBoard:
    state: QueueState
    rules: NightRules
    night_spent_microusd: int = 0
    """Of this night's budget, or of the newest one's."""
    outlooks: Mapping[JobId, Outlook] = field(default_factory=dict)
    """Of the first entries."""
    night: NightReport | None = None
    """What the newest night brought; it begins where that did."""
    refused: tuple[RefusedCommand, ...] = ()
    """Of the last hour, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockBoard:
    locks: tuple[Lock, ...] = ()
    """What is held, then what is waited for, in their order."""
    agents: Mapping[TaskId, Agent] = field(default_factory=dict)
    """Who works at the tasks of these locks."""
    minutes: Mapping[TaskId, float] = field(default_factory=dict)
    """How long the plan thinks that their tasks take; without those that it says nothing of."""

    def lock(self, lock_id: LockId | None) -> Lock | None:
        return next((lock for lock in self.locks if lock.id == lock_id), None)

    def holder_of(self, waiting: Lock) -> Lock | None:
        """The first that stands in the way of a lock that waits."""
        return next(iter(in_the_way(waiting, self.locks)), None)

    def waiting_for(self, held: Lock) -> tuple[Lock, ...]:
        """Who waits for something of `held`, in the order in which they will have it."""
        return tuple(lock for lock in self.locks if lock.held_at is None
                     and lock.project_id == held.project_id and lock.task_id != held.task_id
                     and held.order < lock.order and lock.claim.shared_with(held.claim))

    def free_at(self, held: Lock) -> datetime | None:
        """When its task will have ended by the plan's estimate; None: nobody knows."""
        minutes = self.minutes.get(held.task_id)
        if held.held_at is None or not minutes:
            return None
        return held.held_at + timedelta(minutes=minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class NightSlot:
    """When a job of the queue will probably run."""

    entry: QueueEntry
    begin: datetime
    end: datetime
    is_guess: bool
    """Its length is not known; a usual one is shown."""


USUAL_MINUTES = 30.0
MOST_LOOKED_AT = 40
"""Of so many entries the outlook is told and the night is planned: the rest is far away."""


def night_plan(board: QueueBoard, now: datetime) -> tuple[NightSlot, ...]:
    """Who runs when, if all goes as estimated: the queue's rules with as many at once as allowed.
    Without those that wait for a person, and those that wait for one of these; of a long queue only
    its first jobs."""
    rules, state = board.rules, board.state
    if state.paused_at is not None:
        return ()
    free = [now] * rules.concurrent_jobs
    slots: dict[JobId, NightSlot] = {}
    left = [entry for entry in state.entries if not entry.is_paused
            and not is_parked(entry)][:MOST_LOOKED_AT]
    while left:
        turns = [(_earliest(entry, slots, board, now), entry) for entry in left]
        ready = [(at, entry) for at, entry in turns if at is not None]
        if not ready:
            break
        room = min(free)
        # Of those that could begin once there is room the first in order goes, else the earliest.
        begin, entry = min(ready, key=lambda turn: (max(turn[0], room), turn[1].order))
        begin = max(begin, room)
        minutes = board.outlooks.get(entry.job_id, Outlook()).minutes
        end = begin + timedelta(minutes=minutes or USUAL_MINUTES)
        free[free.index(room)] = end
        slots[entry.job_id] = NightSlot(entry=entry, begin=begin, end=end, is_guess=not minutes)
        left.remove(entry)
    return tuple(sorted(slots.values(), key=lambda slot: (slot.begin, slot.entry.order)))


def _earliest(entry: QueueEntry, slots: Mapping[JobId, NightSlot], board: QueueBoard,
              now: datetime) -> datetime | None:
    """When it may begin at the earliest; None while that is not known."""
    at = max(now, entry.not_before or now)
    if entry.after is not None:
        if (before := slots.get(entry.after)) is None:
            return None
        at = max(at, before.end)
    if entry.is_overnight and entry.begun_at is None and not board.rules.overnight.contains(at):
        at = board.rules.overnight.next_begin(at)
    return at
