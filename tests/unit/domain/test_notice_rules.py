"""When which channel tells the person: the ladder, activity, pauses, and what the text says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cockpit_tui.domain import event
from cockpit_tui.domain.event import Payload, RecordedEvent
from cockpit_tui.domain.ids import ApprovalId, EventId, JobId
from cockpit_tui.domain.notice import (
    ACTIVE_SECONDS,
    LADDER,
    MAX_TEXT,
    PAUSE_SECONDS,
    Channel,
    Draft,
    Notice,
    NoticeKind,
    draft_of,
    due_at,
    is_seen,
    is_stale,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
KINDS = [kind for kind in NoticeKind if kind is not NoticeKind.TEST]


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def notice(kind: NoticeKind = NoticeKind.QUESTION, *, is_night: bool = False) -> Notice:
    return Notice(number=1, seq=1, at=NOON, draft=Draft(
        source="s", kind=kind, subject="J41", text="#41 asks", is_night=is_night))


def waits(told: Notice) -> list[float]:
    return [(due_at(told, channel, last_key_at=None, last_told_at=None) - NOON).total_seconds()
            for channel in LADDER]


def test_the_ladder_is_that_of_the_design() -> None:
    assert waits(notice()) == [10, 120, 120]
    assert waits(notice(is_night=True)) == [10, 0, 0]
    assert waits(notice(NoticeKind.DONE)) == [10, 120, 120]
    # A state must have lasted before it is told, even where nobody would have to wait.
    assert waits(notice(NoticeKind.FAILED, is_night=True)) == [10, 5, 5]
    assert waits(notice(NoticeKind.NIGHT)) == [10, 5, 5]


@given(st.sampled_from(KINDS), st.booleans(), st.sampled_from(LADDER), st.floats(-300, 3000),
       st.floats(-300, 3000))
def test_nobody_who_types_is_told_and_no_subject_twice_a_minute(
        kind: NoticeKind, is_night: bool, channel: Channel, key: float, told: float) -> None:
    one = notice(kind, is_night=is_night)
    alone = due_at(one, channel, last_key_at=None, last_told_at=None)

    due = due_at(one, channel, last_key_at=after(key), last_told_at=after(told))

    assert due == max(alone, after(key + ACTIVE_SECONDS), after(told + PAUSE_SECONDS))


def test_news_are_seen_by_who_was_there_but_a_question_waits_for_its_answer() -> None:
    seen = {kind for kind in KINDS if is_seen(notice(kind), after(1))}

    assert seen == {NoticeKind.DONE, NoticeKind.FAILED, NoticeKind.NIGHT}
    assert not any(is_seen(notice(kind), moment) for kind in KINDS for moment in (None, NOON))
    assert is_stale(notice(), after(12 * 3600 + 1))
    assert not is_stale(notice(), after(12 * 3600))


def told(payload: Payload, *, job: int | None = 41, task: str = "3.1") -> Draft | None:
    recorded = RecordedEvent(seq=7, id=EventId("E7"), at=NOON, payload=payload, job_id=JobId("J41"),
                             task_id=None, execution_id=None, correlation_id="J41")
    return draft_of(recorded, job_number=job, task_number=task)


def asked(title: str) -> event.ApprovalRequired:
    return event.ApprovalRequired(approval_id=ApprovalId("A1"), gate="command", risk="low",
                                  title=title)


def test_a_question_is_told_with_its_job_and_task() -> None:
    assert told(asked("npm install passport-google")) == Draft(
        source="approval:A1", kind=NoticeKind.QUESTION, subject="J41",
        text="#41 3.1 asks: npm install passport-google", job_id=JobId("J41"))


def test_what_each_event_says() -> None:
    texts = {payload: told(payload) for payload in (
        event.JobCompleted(branch="cockpit/41", head="c", commits=1, summary=""),
        event.JobFailed(reason="No model answered.\nTraceback ...", error="ProviderError"),
        event.JobWaiting(waiting_on="person", reason="Your branch moved."),
        event.JobWaiting(waiting_on="budget", reason="$10.00 are gone."),
        event.BudgetWarned(scope="job", spent_microusd=8_100_000, budget_microusd=10_000_000),
        event.AgentStalled(agent="a3", doing="runs pytest -q", seconds=300, then="left alone"),
    )}

    assert [(draft.kind.value, draft.text) for draft in texts.values() if draft] == [
        ("done", "#41 3.1 is done: 1 commit on cockpit/41"),
        ("failed", "#41 3.1 failed: No model answered."),
        ("parked", "#41 3.1 waits for you: Your branch moved."),
        ("budget", "#41 3.1 stopped for money: $10.00 are gone."),
        ("budget", "#41 3.1 has used 81% of the job's budget"),
        ("stalled", "#41 3.1 agent a3 is silent for 5 min: runs pytest -q")]
    assert told(event.JobWaiting(waiting_on="schedule", reason="Starts in the night.")) is None
    assert told(event.JobCancelled(reason="cancelled by the person")) is None
    assert told(asked("x"), job=None) is None


@given(st.text(max_size=400))
def test_nothing_that_acts_on_a_terminal_is_in_a_text(title: str) -> None:
    draft = told(asked(f"\x1b]0;{title}\x07\n\u202e"))

    assert draft is not None
    assert len(draft.text) <= MAX_TEXT
    assert draft.text.startswith("#41 3.1 asks: ")
    assert not any(ord(letter) < 32 or 0x7f <= ord(letter) < 0xa0 or letter == "\u202e"
                   for letter in draft.text)
