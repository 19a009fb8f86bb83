"""A job's events in order, with every state between them at hand. Pure.

States are kept at every so many events, so that a move in either direction folds a few hundred
events at most, however many there are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cockpit_tui.domain import event as ev
from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.ids import ApprovalId
from cockpit_tui.domain.replay import Moment, planned_tasks
from cockpit_tui.domain.view import JobView

KEPT_EVERY = 500
LONGEST_GAP_SECONDS = 120.0
"""A longer pause takes no more room than this on the slider: a night of waiting says nothing."""
_NOBODY = frozenset({"policy", "all"})
"""Who answers without being asked on a screen."""


class MarkKind(StrEnum):
    STAGE = "stage"
    """Review, plan or a phase began."""
    ASKED = "asked"
    FAILED = "failed"
    LANDED = "landed"


@dataclass(frozen=True, slots=True)
class Mark:
    position: int
    """How many events have happened once it has."""
    kind: MarkKind
    text: str


class Timeline:
    """Positions count events: at 0 nothing has happened, at `len(timeline)` everything."""

    def __init__(self, view: JobView, *, every: int = KEPT_EVERY) -> None:
        self.job_view = view
        self.events: list[RecordedEvent] = []
        self.marks: list[Mark] = []
        self.cuts: list[int] = []
        """Positions after pauses that are shown shorter than they were."""
        self._plan = planned_tasks(view)
        self._every = every
        self._times: list[datetime] = []
        self._seconds: list[float] = []
        """Of each event on the slider's axis."""
        self._tip = Moment.before(view)
        self._kept = [self._tip.copy()]
        self._here, self._here_at = self._tip.copy(), 0
        self._asked: dict[ApprovalId, Mark] = {}

    def __len__(self) -> int:
        return len(self.events)

    def extend(self, events: Iterable[RecordedEvent]) -> None:
        """Take the events that follow, oldest first."""
        for event in events:
            # A clock that was set back does not turn the order of events round.
            at = max(event.at, self._times[-1]) if self._times else event.at
            gap = (at - self._times[-1]).total_seconds() if self._times else 0.0
            before = self._seconds[-1] if self._seconds else 0.0
            self._seconds.append(before + min(gap, LONGEST_GAP_SECONDS))
            self._times.append(at)
            self.events.append(event)
            self._tip.take(event, self._plan)
            if len(self.events) % self._every == 0:
                self._kept.append(self._tip.copy())
            if gap > LONGEST_GAP_SECONDS:
                self.cuts.append(len(self.events))
            self._mark(event.payload)

    @property
    def begin(self) -> datetime | None:
        return self._times[0] if self._times else None

    @property
    def end(self) -> datetime | None:
        return self._times[-1] if self._times else None

    def moment(self, position: int) -> Moment:
        """The job after its first `position` events. Not to be changed: it is kept for the next."""
        position = min(max(position, 0), len(self.events))
        kept_at = position // self._every * self._every
        if not kept_at <= self._here_at <= position:
            self._here, self._here_at = self._kept[kept_at // self._every].copy(), kept_at
        for event in self.events[self._here_at:position]:
            self._here.take(event, self._plan)
        self._here_at = position
        return self._here

    def view(self, position: int) -> JobView:
        return self.moment(position).view(self.job_view)

    def at(self, position: int) -> datetime | None:
        """When the last event before `position` happened; before the first: when that will."""
        return self._times[max(position, 1) - 1] if self._times else None

    def position_at(self, at: datetime) -> int:
        """How many events had happened at `at`."""
        return bisect_right(self._times, at)

    def share(self, position: int) -> float:
        """Where on the slider `position` is, 0 to 1."""
        if not self._seconds or position <= 0:
            return 0.0
        if position >= len(self.events):
            return 1.0
        return self._seconds[position - 1] / self._seconds[-1] if self._seconds[-1] else 1.0

    def position_of_share(self, share: float) -> int:
        if not self._seconds or share <= 0:
            return 0
        return min(bisect_right(self._seconds, share * self._seconds[-1]), len(self.events))

    def next_mark(self, position: int, step: int) -> Mark | None:
        """The next question or failure after `position`; with `step` -1 the one before it."""
        marks = [m for m in self.marks if m.kind in {MarkKind.ASKED, MarkKind.FAILED}]
        places = [mark.position for mark in marks]
        at = bisect_right(places, position) if step > 0 else bisect_left(places, position) - 1
        return marks[at] if 0 <= at < len(marks) else None

    def mark_here(self, position: int) -> Mark | None:
        found = bisect_left([mark.position for mark in self.marks], position)
        mark = self.marks[found] if found < len(self.marks) else None
        return mark if mark is not None and mark.position == position else None

    def advance(self, position: int, into_seconds: float, seconds: float, *,
                longest_gap: float) -> tuple[int, float]:
        """Let `seconds` of the job's time pass; a pause longer than `longest_gap` is over after
        that. Where it comes to, and how far into the pause after that."""
        while position < len(self.events):
            before = self._times[max(position, 1) - 1]
            gap = min((self._times[position] - before).total_seconds(), longest_gap)
            left = gap - into_seconds
            if left > seconds:
                return position, into_seconds + seconds
            position, into_seconds, seconds = position + 1, 0.0, seconds - max(left, 0.0)
        return position, 0.0

    def now(self, position: int, into_seconds: float) -> datetime | None:
        """The job's own time `into_seconds` after the last event."""
        at = self.at(position)
        return at + timedelta(seconds=into_seconds) if at is not None else None

    def _mark(self, payload: ev.Payload) -> None:
        position = len(self.events)
        if isinstance(payload, ev.ApprovalRequired):
            mark = self._asked[payload.approval_id] = Mark(position, MarkKind.ASKED, payload.title)
            self.marks.append(mark)
        elif isinstance(payload, ev.ApprovalGranted | ev.ApprovalDenied):
            asked = self._asked.pop(payload.approval_id, None)
            if asked is not None and payload.by in _NOBODY:
                self.marks.remove(asked)
        elif (found := _stage(payload) or _failure(payload)) is not None:
            self.marks.append(Mark(position, *found))


def _stage(payload: ev.Payload) -> tuple[MarkKind, str] | None:
    match payload:
        case ev.ReviewStarted():
            return MarkKind.STAGE, "Review"
        case ev.ReviewComplete():
            return MarkKind.STAGE, "Plan"
        case ev.PhaseStarted():
            return MarkKind.STAGE, f"P{payload.number} {payload.title}"
        case ev.PhaseComplete() if payload.landed:
            return MarkKind.LANDED, f"P{payload.number} landed"
        case ev.JobCompleted():
            return MarkKind.LANDED, "done"
        case _:
            return None


def _failure(payload: ev.Payload) -> tuple[MarkKind, str] | None:
    match payload:
        case ev.TaskFailed() if payload.status == "failed":
            return MarkKind.FAILED, f"{payload.number} {payload.title}: {payload.reason}"
        case ev.JobFailed():
            return MarkKind.FAILED, payload.reason
        case ev.GitConflicted():
            return MarkKind.FAILED, f"conflict in {', '.join(payload.paths)}"
        case ev.BudgetExceeded():
            return MarkKind.FAILED, f"the {payload.scope}'s budget is used up"
        case _:
            return None
