"""What a key does to the queue, as commands, with the commands that take it back."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit_tui.domain.command import (
    AddSchedule,
    CancelJob,
    Command,
    MoveJob,
    PauseQueue,
    PauseSchedule,
    PutBack,
    RemoveSchedule,
    ResumeQueue,
    ResumeSchedule,
)
from cockpit_tui.domain.ids import ScheduleId, new_ulid
from cockpit_tui.domain.queue import Move, QueueEntry, QueueState, Schedule


@dataclass(frozen=True, slots=True)
class Edit:
    commands: tuple[Command, ...]
    done: str
    """What happened, in words."""
    undo: tuple[Command, ...] = ()
    """Empty: it cannot be taken back."""


def move(state: QueueState, entry: QueueEntry, by: int) -> Edit | None:
    """One place up (-1) or down (1) among those that have not begun; None at an end. It takes the
    priority of those that it comes to stand among."""
    waiting = [e for e in state.entries if (e.begun_at is None) is (entry.begun_at is None)]
    at = waiting.index(entry)
    to = at + by
    if not 0 <= to < len(waiting):
        return None
    after = waiting[to] if by < 0 else waiting[to + 1] if to + 1 < len(waiting) else None
    return Edit((MoveJob(job_id=entry.job_id, to=_place(waiting, after)),),
                f"#{entry.number} moved {'down' if by > 0 else 'up'}.", undo=_back(waiting, at))


def _place(waiting: list[QueueEntry], before: QueueEntry | None) -> Move:
    if before is not None:
        return Move(before=before.job_id)
    return Move(is_last=True, priority=waiting[-1].priority)


def _back(waiting: list[QueueEntry], at: int) -> tuple[Command, ...]:
    """To its old place, with its old priority, which is not always that of who stands below."""
    entry = waiting[at]
    following = waiting[at + 1] if at + 1 < len(waiting) else None
    if following is not None and following.priority == entry.priority:
        return (MoveJob(job_id=entry.job_id, to=Move(before=following.job_id)),)
    # Nobody of its priority stands below: at the end of those it is in its place again.
    return (MoveJob(job_id=entry.job_id, to=Move(is_last=True, priority=entry.priority)),)


def prefer(entry: QueueEntry, priority: int) -> Edit:
    return Edit((MoveJob(job_id=entry.job_id, to=Move(priority=priority)),),
                f"#{entry.number} has priority {priority}.",
                undo=(MoveJob(job_id=entry.job_id, to=Move(priority=entry.priority)),))


def pause(entry: QueueEntry) -> Edit:
    stop, go = PauseQueue(job_id=entry.job_id), ResumeQueue(job_id=entry.job_id)
    if entry.is_paused:
        return Edit((go,), f"#{entry.number} goes on.", undo=(stop,))
    return Edit((stop,), f"#{entry.number} is paused.", undo=(go,))


def pause_all(state: QueueState) -> Edit:
    if state.paused_at is not None:
        return Edit((ResumeQueue(),), "The queue goes on.", undo=(PauseQueue(),))
    return Edit((PauseQueue(),), "The queue is paused; what runs goes on.", undo=(ResumeQueue(),))


def start_now(entry: QueueEntry) -> Edit:
    """Whatever it waited for; what that was is forgotten, so it cannot be taken back."""
    resumes = (ResumeQueue(job_id=entry.job_id),)
    return Edit(resumes * 2 if entry.is_paused else resumes,
                f"#{entry.number} starts as soon as there is room.")


def delete(entry: QueueEntry) -> Edit:
    """Only a job that the queue never began can be put back as it was."""
    undo = (PutBack(job_id=entry.job_id),) if entry.begun_at is None else ()
    return Edit((CancelJob(job_id=entry.job_id, reason="taken out of the queue"),),
                f"#{entry.number} is out of the queue.", undo=undo)


def pause_schedule(schedule: Schedule) -> Edit:
    stop, go = PauseSchedule(number=schedule.number), ResumeSchedule(number=schedule.number)
    if schedule.is_paused:
        return Edit((go,), f"s{schedule.number} goes on.", undo=(stop,))
    return Edit((stop,), f"s{schedule.number} is paused.", undo=(go,))


def delete_schedule(schedule: Schedule) -> Edit:
    again = AddSchedule(
        schedule_id=ScheduleId(new_ulid()), repository=schedule.repository,
        request=schedule.request, cron=schedule.cron, priority=schedule.priority,
        is_overnight=schedule.is_overnight)
    return Edit((RemoveSchedule(number=schedule.number),), f"s{schedule.number} is removed.",
                undo=(again,))
