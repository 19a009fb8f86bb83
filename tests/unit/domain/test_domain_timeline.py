"""Moving about in a job's events: every place the same from either side, and none of them slow."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta

import pytest
from support import scenes

from cockpit_tui.domain.event import (
    ApprovalGranted,
    ApprovalRequired,
    JobFailed,
    JobStarted,
    Payload,
    PhaseStarted,
    PlanApproved,
    RecordedEvent,
    StepStarted,
    TaskStarted,
    ToolCalled,
    UsageRecorded,
)
from cockpit_tui.domain.ids import ApprovalId, EventId, JobId, TaskId
from cockpit_tui.domain.replay import Moment
from cockpit_tui.domain.task import TaskRecord, TaskStatus
from cockpit_tui.domain.timeline import KEPT_EVERY, Mark, MarkKind, Timeline

VIEW = scenes.running().views[1]
FIRST = scenes.NOW - timedelta(hours=9)


def events_of(*entries: tuple[float, str | None, Payload]) -> list[RecordedEvent]:
    return [RecordedEvent(seq=seq, id=EventId(f"E{seq}"), at=FIRST + timedelta(seconds=seconds),
                          payload=payload, job_id=JobId("J41"), execution_id=None,
                          task_id=TaskId(task) if task else None, correlation_id="J41")
            for seq, (seconds, task, payload) in enumerate(entries, 1)]


def asked(name: str, title: str) -> ApprovalRequired:
    return ApprovalRequired(approval_id=ApprovalId(name), gate="plan", risk="low", title=title)


def granted(name: str, by: str) -> ApprovalGranted:
    return ApprovalGranted(approval_id=ApprovalId(name), gate="plan", by=by)


NIGHT = events_of(
    (0, None, JobStarted(base="4f2c91aa")),
    (60, None, asked("A1", "Commands of this repository")), (60, None, granted("A1", "all")),
    (90, None, asked("A2", "Plan of 10 tasks")), (28_890, None, granted("A2", "person")),
    (28_890, None, PlanApproved(revision=1, by="person")),
    (28_900, None, PhaseStarted(number=1, title="Foundations", tasks=2)),
    (28_910, "T11", TaskStarted(number="1.1", title="Provider settings", role="r", attempt=1)),
    (28_960, None, JobFailed(reason="no key", error="ProviderError")))


def night() -> Timeline:
    timeline = Timeline(VIEW, every=3)
    timeline.extend(NIGHT)
    return timeline


def test_marks_are_what_a_person_was_asked_and_what_failed() -> None:
    timeline = night()
    assert timeline.marks == [
        Mark(4, MarkKind.ASKED, "Plan of 10 tasks"), Mark(7, MarkKind.STAGE, "P1 Foundations"),
        Mark(9, MarkKind.FAILED, "no key")]
    assert [timeline.next_mark(at, 1) for at in (0, 4, 9)] == [
        timeline.marks[0], timeline.marks[2], None]
    assert [timeline.next_mark(at, -1) for at in (9, 4)] == [timeline.marks[0], None]


def test_a_night_of_waiting_takes_no_more_room_than_a_pause() -> None:
    timeline = night()
    shares = [timeline.share(at) for at in range(len(timeline) + 1)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert timeline.share(5) - timeline.share(4) == 120 / 280
    assert timeline.position_at(FIRST + timedelta(hours=4)) == 4
    assert [timeline.position_of_share(share) for share in (0.0, 0.5, 1.0)] == [0, 4, 9]


def test_play_passes_time_and_cuts_pauses_short() -> None:
    timeline = night()
    assert timeline.advance(1, 0.0, 45.0, longest_gap=180.0) == (1, 45.0)
    assert timeline.advance(1, 45.0, 45.0, longest_gap=180.0) == (4, 0.0)
    assert timeline.advance(4, 0.0, 180.0, longest_gap=180.0) == (6, 0.0)
    assert timeline.advance(4, 0.0, 1e6, longest_gap=180.0) == (9, 0.0)
    assert timeline.now(1, 45.0) == FIRST + timedelta(seconds=45)


def test_before_and_after_a_question_the_job_waits_and_does_not() -> None:
    timeline = night()
    assert timeline.view(0).tasks == ()
    waiting = [timeline.moment(at).asked.get(ApprovalId("A2")) for at in (3, 4, 5)]
    assert waiting == [None, True, False]
    assert [timeline.view(at).tasks[0].status for at in (6, 8, 9)] == [
        TaskStatus.PENDING, TaskStatus.RUNNING, TaskStatus.CANCELLED]


def _long(count: int) -> list[RecordedEvent]:
    """A job of ten tasks at which agents work for `count` events."""
    kinds: list[tuple[float, str | None, Payload]] = [
        (0, None, JobStarted(base="4f2c91aa")), (1, None, PlanApproved(revision=1, by="person"))]
    ids = [task.id for task in VIEW.tasks]
    while len(kinds) < count:
        at, task = float(len(kinds)), ids[len(kinds) % len(ids)]
        kinds.append(((at, task, TaskStarted(number="1", title="t", role="r", attempt=1)),
                      (at, task, StepStarted(agent=f"a{at % 4:.0f}", number=int(at), model="m")),
                      (at, task, ToolCalled(agent=f"a{at % 4:.0f}", tool="t", summary=f"{at}")),
                      (at, task, UsageRecorded(model="m", input_tokens=1, output_tokens=1,
                                               cost_microusd=7)))[len(kinds) % 4])
    return events_of(*kinds)


def test_every_place_is_the_same_from_either_side() -> None:
    events, moves = _long(300), random.Random(4)
    timeline, straight = Timeline(VIEW, every=16), Timeline(VIEW, every=10_000)
    timeline.extend(events)
    straight.extend(events)
    expected = [straight.view(at) for at in range(301)]
    places = [moves.randrange(301) for _ in range(200)]
    assert [timeline.view(at) for at in places] == [expected[at] for at in places]


def test_a_move_among_a_hundred_thousand_events_folds_a_few_hundred(
        monkeypatch: pytest.MonkeyPatch) -> None:
    timeline, moves, folded = Timeline(VIEW), random.Random(5), 0
    timeline.extend(_long(100_000))
    take = Moment.take

    def counted(self: Moment, event: RecordedEvent, plan: Mapping[TaskId, TaskRecord]) -> None:
        nonlocal folded
        folded += 1
        take(self, event, plan)

    monkeypatch.setattr(Moment, "take", counted)
    for _ in range(100):
        folded = 0
        timeline.view(moves.randrange(100_001))
        assert folded < KEPT_EVERY
