"""What a key does to the queue, as commands, with the commands that take it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

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
from cockpit_tui.domain.ids import JobId, ScheduleId, new_ulid
from cockpit_tui.domain.queue import Move, QueueEntry, QueueState, Schedule


def _nothing(_: QueueState) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Edit:
    commands: tuple[Command, ...]
    done: str
    """What happened, in words."""
    undo: tuple[Command, ...] = ()
    """Empty: it cannot be taken back."""
    instead: str = ""
    """Where it cannot: what can be done about it."""
    obstacle: Callable[[QueueState], str] = _nothing
    """Empty, or why it cannot be taken back any more now that the queue is like this."""


@dataclass(slots=True)
class Undone:
    """What the last undo came to: commands to send, or why there are none."""

    said: str
    commands: tuple[Command, ...] = ()


@dataclass(slots=True)
class History:
    """What was done here, the newest last. `u` goes back over exactly this, one at a time: what
    cannot be taken back is said, and dropped, so that nothing older is taken back in its place."""

    _done: list[tuple[Edit, QueueState]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self._done)

    def add(self, edit: Edit, state: QueueState) -> None:
        """`edit` was done to the queue as it is in `state`."""
        self._done.append((edit, state))

    def undo(self, state: QueueState) -> Undone:
        edit, before = self._done.pop()
        if not edit.undo:
            return Undone(f"This cannot be taken back: {edit.done} {edit.instead}".rstrip())
        # A screen that has not been drawn anew since does not show yet what was done.
        why = edit.obstacle(state) if state is not before else ""
        if why:
            return Undone(f"Not taken back: {edit.done} {why}")
        return Undone(f"Taken back: {edit.done}", edit.undo)


def _entry_of(state: QueueState, job_id: JobId) -> QueueEntry | None:
    return next((entry for entry in state.entries if entry.job_id == job_id), None)


def _stays_queued(entry: QueueEntry, others: Sequence[JobId] = (), *,
                  change: Callable[[QueueEntry], bool] = lambda _: True
                  ) -> Callable[[QueueState], str]:
    """Not once the job or one of `others` has left the queue, or what was done to it has been
    changed since: `change` says whether it still stands."""
    def obstacle(state: QueueState) -> str:
        now = _entry_of(state, entry.job_id)
        if now is None:
            return f"#{entry.number} is not in the queue any more."
        if not change(now):
            return f"#{entry.number} was changed since."
        if any(_entry_of(state, other) is None for other in others):
            return "The job that it stood before is not in the queue any more."
        return ""
    return obstacle


def _schedule_stays(schedule: Schedule) -> Callable[[QueueState], str]:
    def obstacle(state: QueueState) -> str:
        now = next((one for one in state.schedules if one.number == schedule.number), None)
        if now is None:
            return f"s{schedule.number} is not there any more."
        return "" if now.is_paused is not schedule.is_paused else (
            f"s{schedule.number} was changed since.")
    return obstacle


def move(state: QueueState, entry: QueueEntry, by: int) -> Edit | None:
    """One place up (-1) or down (1) among those that have not begun; None at an end. It takes the
    priority of those that it comes to stand among."""
    waiting = [e for e in state.entries if (e.begun_at is None) is (entry.begun_at is None)]
    at = waiting.index(entry)
    to = at + by
    if not 0 <= to < len(waiting):
        return None
    after = waiting[to] if by < 0 else waiting[to + 1] if to + 1 < len(waiting) else None
    back = _back(waiting, at)
    return Edit((MoveJob(job_id=entry.job_id, to=_place(waiting, after)),),
                f"#{entry.number} moved {'down' if by > 0 else 'up'}.",
                undo=(MoveJob(job_id=entry.job_id, to=back),),
                obstacle=_stays_queued(
                    entry, (back.before,) if back.before else (),
                    change=lambda now: (now.begun_at is None) is (entry.begun_at is None)))


def _place(waiting: list[QueueEntry], before: QueueEntry | None) -> Move:
    if before is not None:
        return Move(before=before.job_id)
    return Move(is_last=True, priority=waiting[-1].priority)


def _back(waiting: list[QueueEntry], at: int) -> Move:
    """To its old place, with its old priority, which is not always that of who stands below."""
    entry = waiting[at]
    following = waiting[at + 1] if at + 1 < len(waiting) else None
    if following is not None and following.priority == entry.priority:
        return Move(before=following.job_id)
    # Nobody of its priority stands below: at the end of those it is in its place again.
    return Move(is_last=True, priority=entry.priority)


def prefer(entry: QueueEntry, priority: int) -> Edit:
    return Edit((MoveJob(job_id=entry.job_id, to=Move(priority=priority)),),
                f"#{entry.number} has priority {priority}.",
                undo=(MoveJob(job_id=entry.job_id, to=Move(priority=entry.priority)),),
                obstacle=_stays_queued(entry, change=lambda now: now.priority == priority))


def pause(entry: QueueEntry) -> Edit:
    stop, go = PauseQueue(job_id=entry.job_id), ResumeQueue(job_id=entry.job_id)
    # To let a job go on that is not held is to start it at once, whatever it waits for.
    stays = _stays_queued(entry, change=lambda now: now.is_paused is not entry.is_paused)
    if entry.is_paused:
        return Edit((go,), f"#{entry.number} goes on.", undo=(stop,), obstacle=stays)
    return Edit((stop,), f"#{entry.number} is paused.", undo=(go,), obstacle=stays)


def pause_all(state: QueueState) -> Edit:
    was_paused = state.paused_at is not None

    def obstacle(now: QueueState) -> str:
        changed = (now.paused_at is not None) is was_paused
        return "The queue was changed since." if changed else ""

    if was_paused:
        return Edit((ResumeQueue(),), "The queue goes on.", undo=(PauseQueue(),),
                    obstacle=obstacle)
    return Edit((PauseQueue(),), "The queue is paused; what runs goes on.", undo=(ResumeQueue(),),
                obstacle=obstacle)


def start_now(entry: QueueEntry) -> Edit:
    """Whatever it waited for; what that was is forgotten, so it cannot be taken back."""
    resumes = (ResumeQueue(job_id=entry.job_id),)
    return Edit(resumes * 2 if entry.is_paused else resumes,
                f"#{entry.number} starts as soon as there is room.",
                instead="p holds it until you let it go on.")


def delete(entry: QueueEntry) -> Edit:
    """Only a job that the queue never began can be put back as it was."""
    undo = (PutBack(job_id=entry.job_id),) if entry.begun_at is None else ()
    return Edit((CancelJob(job_id=entry.job_id, reason="taken out of the queue"),),
                f"#{entry.number} is out of the queue.", undo=undo,
                instead=f"It had begun: cockpit jobs retry {entry.number} starts it again.")


def pause_schedule(schedule: Schedule) -> Edit:
    stop, go = PauseSchedule(number=schedule.number), ResumeSchedule(number=schedule.number)
    stays = _schedule_stays(schedule)
    if schedule.is_paused:
        return Edit((go,), f"s{schedule.number} goes on.", undo=(stop,), obstacle=stays)
    return Edit((stop,), f"s{schedule.number} is paused.", undo=(go,), obstacle=stays)


def delete_schedule(schedule: Schedule) -> Edit:
    again = AddSchedule(
        schedule_id=ScheduleId(new_ulid()), repository=schedule.repository,
        request=schedule.request, cron=schedule.cron, priority=schedule.priority,
        is_overnight=schedule.is_overnight)
    return Edit((RemoveSchedule(number=schedule.number),), f"s{schedule.number} is removed.",
                undo=(again,))
