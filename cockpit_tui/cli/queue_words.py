"""The queue in words: what runs next, what it waits for, the schedules."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from cockpit_tui.cli.output import table
from cockpit_tui.domain.boards import RefusedCommand
from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.queue import QueueEntry, QueueState, Schedule
from cockpit_tui.domain.queue_order import is_parked, local_minute
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.presentation.control_words import command_words
from cockpit_tui.presentation.time import duration


def queue_lines(state: QueueState, names: Mapping[ProjectId, str], *, now: datetime,
                refused: Sequence[RefusedCommand] = (),
                paused: Collection[JobId] = ()) -> list[str]:
    """A table of jobs in order, one of schedules, what to do next, and what was asked for in vain.
    Of `paused` jobs it is said, whatever else they wait for.
    """
    lines = []
    if state.paused_at is not None:
        lines += [f"The queue is paused since {local_minute(state.paused_at)}. "
                  "Go on: cockpit queue resume", ""]
    if state.entries:
        lines += table([_row(entry, names, is_paused=entry.job_id in paused)
                        for entry in state.entries],
                       header=("job", "priority", "state", "project", "request", "waits for"))
    else:
        lines += ['Nothing is in the queue. Add: cockpit queue add "Add tests for the parser"']
    if state.schedules:
        lines += ["", *table([_schedule_row(s, now) for s in state.schedules],
                             header=("schedule", "cron", "next", "request"))]
    if refused:
        lines += ["", *table([_refused_row(one) for one in refused],
                             header=("not done", "at", "from", "why"))]
    return lines


def _refused_row(refused: RefusedCommand) -> tuple[str, ...]:
    return (sanitize_line(command_words(refused.command)), local_minute(refused.at),
            sanitize_line(refused.sender), sanitize_line(refused.why))


def entry_state(entry: QueueEntry) -> str:
    """`paused`, `waits for you`, `waits`, `begun` or `due`."""
    if entry.is_paused or entry.waiting_on is WaitingOn.PAUSED:
        return "paused"
    if is_parked(entry) or entry.waiting_on is WaitingOn.PERSON:
        return "waits for you"
    if entry.waiting_on is not WaitingOn.NOTHING:
        return "waits"
    return "due" if entry.status is JobStatus.QUEUED else "begun"


def _row(entry: QueueEntry, names: Mapping[ProjectId, str], *,
         is_paused: bool) -> tuple[str, ...]:
    state = entry_state(entry)
    if is_paused and state != "paused":
        state += ", paused"
    return (f"#{entry.number}", str(entry.priority), state,
            names.get(entry.project_id, "(removed)"), entry.title, entry.reason)


def _schedule_row(schedule: Schedule, now: datetime) -> tuple[str, ...]:
    left = (schedule.next_at - now).total_seconds()
    at = "paused" if schedule.is_paused else local_minute(schedule.next_at) + (
        f", in {duration(left)}" if left > 0 else ", due")
    return (f"s{schedule.number}", schedule.cron, at,
            sanitize_line(schedule.request.text.strip().partition("\n")[0]))


def run_lines(result: dict[str, Any]) -> list[str]:
    """How a run of the queue went, and what to type next."""
    parts = [f"{result[name]} {name}" for name in ("completed", "failed", "cancelled")
             if result[name]]
    lines = [f"The queue: {', '.join(parts) or 'nothing ended'}; {len(result['parked'])} wait for "
             f"you, {result['waiting']} wait in the queue."]
    return [*lines, "Look: cockpit jobs report"]
