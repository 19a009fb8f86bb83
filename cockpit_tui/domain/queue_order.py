"""The queue's rules, without a clock or a ledger: what holds a job, and which ones start next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.queue import Dependency, NightRules, QueueEntry
from cockpit_tui.domain.usage import exact_microusd

_STOPPED = frozenset({WaitingOn.APPROVAL, WaitingOn.BUDGET, WaitingOn.PERSON,
                      WaitingOn.PAUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a job does not start now; with `until`, the queue looks again by itself then."""

    waiting_on: WaitingOn
    reason: str
    until: datetime | None = None


def is_parked(entry: QueueEntry) -> bool:
    """Whether only a person brings it further (or the job it waits for, once that is retried)."""
    return entry.waiting_on is WaitingOn.PAUSED or (
        entry.waiting_on in _STOPPED and entry.after is None)


def hold_of(entry: QueueEntry, now: datetime, rules: NightRules, *,
            dependencies: Mapping[JobId, Dependency], night_spent_microusd: int = 0
            ) -> Hold | None:
    """What an entry that is neither parked nor paused waits for; None: it may start."""
    if entry.after is not None and (hold := _after(entry, dependencies[entry.after])) is not None:
        return hold
    if entry.not_before is not None and entry.not_before > now:
        if entry.waiting_on in {WaitingOn.RATE_LIMIT, WaitingOn.DISK}:
            return Hold(waiting_on=entry.waiting_on, reason=entry.reason, until=entry.not_before)
        return Hold(waiting_on=WaitingOn.SCHEDULE, until=entry.not_before,
                    reason=f"Starts at {local_minute(entry.not_before)}.")
    return _night(now, rules, night_spent_microusd) if entry.is_overnight else None


def _after(entry: QueueEntry, first: Dependency) -> Hold | None:
    match first.status:
        case JobStatus.COMPLETED:
            return None
        case JobStatus.FAILED | JobStatus.CANCELLED:
            why = first.reason.strip().partition("\n")[0]
            return Hold(waiting_on=WaitingOn.PERSON, reason=(
                f"#{first.number}, which it waits for, is {first.status.value}"
                f"{': ' if why else '.'}{why} Go on without it: cockpit queue resume "
                f"{entry.number}"))
        case _:
            return Hold(waiting_on=WaitingOn.DEPENDENCY,
                        reason=f"Starts when #{first.number} is completed.")


def _night(now: datetime, rules: NightRules, spent: int) -> Hold | None:
    if not rules.overnight.contains(now):
        return Hold(waiting_on=WaitingOn.SCHEDULE, until=rules.overnight.next_begin(now),
                    reason=f"Starts in the night, {rules.overnight}.")
    budget = rules.overnight_budget_microusd
    if budget is not None and spent >= budget:
        return Hold(waiting_on=WaitingOn.SCHEDULE, until=rules.overnight.next_begin(now),
                    reason=f"This night's budget of {exact_microusd(budget)} is spent; "
                           "starts in the next night.")
    return None


def pick(due: Sequence[QueueEntry], room: int, *, running: Counter[ProjectId],
         last_started: Mapping[ProjectId, datetime]) -> tuple[QueueEntry, ...]:
    """At most `room` of `due` to start now, in this order.

    What was begun before goes first, then the highest priority. Among those of equal priority the
    projects take turns: fewest running jobs, then longest not served; within a project it goes by
    position, then number.
    """
    left = sorted(due, key=lambda entry: entry.order)
    busy = Counter(running)
    turns = {project: turn for turn, (project, _) in
             enumerate(sorted(last_started.items(), key=lambda item: item[1]), start=1)}
    chosen: list[QueueEntry] = []
    while left and len(chosen) < room:
        best = min(_first_of_each_project(left), key=lambda entry: (
            busy[entry.project_id], turns.get(entry.project_id, 0), entry.order))
        left.remove(best)
        chosen.append(best)
        busy[best.project_id] += 1
        turns[best.project_id] = len(turns) + len(chosen) + 1
    return tuple(chosen)


def _first_of_each_project(ordered: Sequence[QueueEntry]) -> tuple[QueueEntry, ...]:
    """Of the entries that rank with the first one: the first of each project."""
    rank = ordered[0].order[:2]
    firsts: dict[ProjectId, QueueEntry] = {}
    for entry in ordered:
        if entry.order[:2] != rank:
            break
        firsts.setdefault(entry.project_id, entry)
    return tuple(firsts.values())


def local_minute(at: datetime) -> str:
    """`2026-11-21 23:00`, in the person's time."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
