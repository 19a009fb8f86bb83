"""Which status may follow which: one table for jobs, tasks and executions each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from cockpit_tui.domain.errors import IllegalTransition
from cockpit_tui.domain.job import JobStatus as J
from cockpit_tui.domain.task import ExecutionStatus as E
from cockpit_tui.domain.task import TaskStatus as T

JOB_TRANSITIONS: Mapping[J, frozenset[J]] = {
    J.QUEUED: frozenset({J.REVIEWING, J.PLANNING, J.FAILED, J.CANCELLED}),
    J.REVIEWING: frozenset({J.PLANNING, J.COMPLETED, J.FAILED, J.CANCELLED}),
    J.PLANNING: frozenset({J.BUILDING, J.COMPLETED, J.FAILED, J.CANCELLED}),
    J.BUILDING: frozenset({J.TESTING, J.COMPLETED, J.FAILED, J.CANCELLED}),
    J.TESTING: frozenset({J.BUILDING, J.DEPLOYING, J.COMPLETED, J.FAILED, J.CANCELLED}),
    J.DEPLOYING: frozenset({J.COMPLETED, J.FAILED, J.CANCELLED}),
    J.COMPLETED: frozenset(),
    J.FAILED: frozenset({J.QUEUED}),
    J.CANCELLED: frozenset({J.QUEUED}),
}
"""A failed or cancelled job may be queued again: that is what retry and resume do."""

_STOPPED = frozenset({T.FAILED, T.CANCELLED})

TASK_TRANSITIONS: Mapping[T, frozenset[T]] = {
    T.PENDING: frozenset({T.READY, T.SKIPPED, T.CANCELLED}),
    T.READY: frozenset({T.RUNNING, T.SKIPPED}) | _STOPPED,
    T.RUNNING: frozenset({T.VERIFYING, T.AWAITING_APPROVAL}) | _STOPPED,
    T.VERIFYING: frozenset({T.RUNNING, T.JUDGING, T.AWAITING_APPROVAL}) | _STOPPED,
    T.JUDGING: frozenset({T.RUNNING, T.AWAITING_APPROVAL, T.LANDING}) | _STOPPED,
    T.AWAITING_APPROVAL: frozenset({T.RUNNING, T.LANDING, T.DONE}) | _STOPPED,
    T.LANDING: frozenset({T.RUNNING, T.AWAITING_APPROVAL, T.DONE}) | _STOPPED,
    T.DONE: frozenset(),
    T.FAILED: frozenset({T.PENDING}),
    T.CANCELLED: frozenset({T.PENDING}),
    T.SKIPPED: frozenset({T.PENDING}),
}
"""From running or verifying straight back to awaiting approval: a revision that came to nothing."""

EXECUTION_TRANSITIONS: Mapping[E, frozenset[E]] = {
    E.STARTED: frozenset({E.RUNNING, E.FAILED, E.CANCELLED, E.INTERRUPTED}),
    E.RUNNING: frozenset({E.COMPLETED, E.FAILED, E.CANCELLED, E.INTERRUPTED}),
    E.COMPLETED: frozenset(),
    E.FAILED: frozenset({E.RUNNING}),
    E.CANCELLED: frozenset({E.RUNNING}),
    E.INTERRUPTED: frozenset({E.RUNNING, E.FAILED, E.CANCELLED}),
}

"""A failed or cancelled execution goes on after a rewind of its task."""

Status = TypeVar("Status", J, T, E)


def check_transition(table: Mapping[Status, frozenset[Status]], old: Status, new: Status) -> None:
    """Raise IllegalTransition unless `new` may follow `old`; staying is always legal."""
    if new is not old and new not in table[old]:
        raise IllegalTransition(f"{type(old).__name__}: {old.value} cannot become {new.value}")


def legal_path(table: Mapping[Status, frozenset[Status]], old: Status,
               new: Status) -> tuple[Status, ...]:
    """The shortest way from `old` to `new`, without `old`; empty where they are the same.
    Raises IllegalTransition where there is none."""
    ways: dict[Status, list[Status]] = {old: []}
    front: list[Status] = [old]
    while front and new not in ways:
        here: Status = front.pop(0)
        for following in sorted(table[here]):
            if following not in ways:
                ways[following] = list[Status](ways[here])
                ways[following].append(following)
                front.append(following)
    if new not in ways:
        check_transition(table, old, new)
    return tuple(ways[new])
