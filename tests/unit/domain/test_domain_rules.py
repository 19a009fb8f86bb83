"""Transitions, policy, ids, requests, events on the wire: the rules that everything rests on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cockpit_tui.domain import event
from cockpit_tui.domain.approval import Question
from cockpit_tui.domain.errors import IllegalTransition, UsageError
from cockpit_tui.domain.event import RecordedEvent, event_to_wire, payload_adapter
from cockpit_tui.domain.fences import fence, without_fences
from cockpit_tui.domain.ids import EventId, JobId, new_ulid
from cockpit_tui.domain.job import JobRequest, JobStatus, Until, job_slug
from cockpit_tui.domain.policy import ApproveMode, Gate, Policy, Risk, Verdict
from cockpit_tui.domain.sanitize import clip, sanitize, sanitize_line
from cockpit_tui.domain.task import ExecutionStatus, TaskStatus
from cockpit_tui.domain.transitions import (
    EXECUTION_TRANSITIONS,
    JOB_TRANSITIONS,
    TASK_TRANSITIONS,
    check_transition,
)


def test_every_status_has_its_row_and_only_final_ones_may_be_dead_ends() -> None:
    assert set(JOB_TRANSITIONS) == set(JobStatus)
    assert set(TASK_TRANSITIONS) == set(TaskStatus)
    assert set(EXECUTION_TRANSITIONS) == set(ExecutionStatus)
    assert all(job.is_final for job, following in JOB_TRANSITIONS.items() if not following)
    assert all(task.is_final for task, following in TASK_TRANSITIONS.items() if not following)


def test_staying_is_legal_and_a_leap_is_not() -> None:
    check_transition(TASK_TRANSITIONS, TaskStatus.RUNNING, TaskStatus.RUNNING)
    with pytest.raises(IllegalTransition, match="pending cannot become done"):
        check_transition(TASK_TRANSITIONS, TaskStatus.PENDING, TaskStatus.DONE)


@pytest.mark.parametrize(("approve", "gate", "risk", "expected"), [
    (ApproveMode.MANUAL, Gate.PLAN, Risk.LOW, Verdict.ASK),
    (ApproveMode.MANUAL, Gate.LAND, Risk.LOW, Verdict.ALLOW),
    (ApproveMode.POLICY, Gate.PLAN, Risk.LOW, Verdict.ALLOW),
    (ApproveMode.POLICY, Gate.PLAN, Risk.HIGH, Verdict.ASK),
    (ApproveMode.POLICY, Gate.COMMAND, Risk.LOW, Verdict.ASK),
    (ApproveMode.ALL, Gate.DEPLOY, Risk.HIGH, Verdict.ALLOW),
])
def test_policy(approve: ApproveMode, gate: Gate, risk: Risk, expected: Verdict) -> None:
    assert Policy(approve=approve).verdict(gate, risk=risk) is expected


@pytest.mark.parametrize("approve", list(ApproveMode))
def test_a_configured_deny_wins_over_every_mode(approve: ApproveMode) -> None:
    policy = Policy(approve=approve, verdicts={Gate.PUSH: Verdict.DENY})
    assert policy.verdict(Gate.PUSH) is Verdict.DENY


def test_a_ulid_is_26_characters_and_begins_with_its_time() -> None:
    first, second = new_ulid(), new_ulid()
    assert len(first) == len(second) == 26
    assert first != second
    assert first[:10] <= second[:10]


@pytest.mark.parametrize(("text", "slug"), [
    ("Add Google login", "41-add-google-login"),
    ("  Über Größe: 100 % ", "41-uber-groe-100"),
    ("日本語", "41"),
    ("../../etc/passwd", "41-etc-passwd"),
    ("-x --upload-pack=evil", "41-x-upload-pack-evil"),
])
def test_a_slug_is_a_safe_branch_name(text: str, slug: str) -> None:
    assert job_slug(41, text) == slug


def test_a_slug_stays_short() -> None:
    assert len(job_slug(123456, "word " * 100)) <= 48


@pytest.mark.parametrize("text", ["", " \n ", "x" * 20_001])
def test_a_request_of_no_or_too_many_words_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        JobRequest(text=text)


@pytest.mark.parametrize(("text", "parsed"), [
    ("review", Until(stage="review")), ("all", Until()), ("phase:2", Until(stage="phase", phase=2)),
])
def test_until_reads_and_writes(text: str, parsed: Until) -> None:
    assert Until.parse(text) == parsed
    assert str(parsed) == text


@pytest.mark.parametrize("text", ["phase:0", "phase:", "phase:x", "everything", ""])
def test_until_refuses_what_it_does_not_know(text: str) -> None:
    with pytest.raises(UsageError, match="--until"):
        Until.parse(text)


def test_the_action_decides_the_hash_and_nothing_else_does() -> None:
    def question(command: str, title: str) -> Question:
        return Question(gate=Gate.COMMAND, title=title, detail="", action={"command": command})

    assert question("ls", "One").action_hash == question("ls", "Two").action_hash
    assert question("ls", "One").action_hash != question("ls .", "One").action_hash
    assert question("\udcff", "Not UTF-8").action_hash


def test_an_event_on_the_wire() -> None:
    recorded = RecordedEvent(
        seq=7, id=EventId("e"), at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), job_id=JobId("j"),
        task_id=None, execution_id=None, correlation_id="j",
        payload=event.TestsComplete(command="make", commit="c", exit_code=None, seconds=0.5,
                                    summary="not runnable"))
    assert event_to_wire(recorded) == {
        "seq": 7, "id": "e", "at": "2026-01-02T03:04:05Z", "type": "tests:complete",
        "job_id": "j", "correlation_id": "j",
        "data": {"command": "make", "commit": "c", "exit_code": None, "seconds": 0.5,
                 "summary": "not runnable"}}


def test_every_payload_reads_back_from_its_own_json() -> None:
    adapter = payload_adapter()
    granted = event.ProjectAdded(path="/x", name="y")
    assert adapter.validate_json(adapter.dump_json(granted)) == granted


@pytest.mark.parametrize(("raw", "shown"), [
    ("a\x1b[2Jb", "a␛[2Jb"), ("a\x07", "a␇"), ("\x7f", "␡"), ("\x9b31m", "<U+009B>31m"),
    ("\u202eevil", "<U+202E>evil"), ("a\u200bb", "a<U+200B>b"), ("\udcff", "<U+DCFF>"),
    ("tab\tline\n", "tab\tline\n"), ("日本 é", "日本 é"),
])
def test_what_would_act_on_a_terminal_is_shown(raw: str, shown: str) -> None:
    assert sanitize(raw) == shown


def test_one_line_shows_line_ends_too() -> None:
    assert sanitize_line("a\nb\tc") == "a␊b␉c"


def test_clip_keeps_head_and_tail_and_says_the_cut() -> None:
    clipped = clip("a" * 500 + "z" * 500, 90)
    assert clipped.startswith("a" * 60 + "\n[... 910 characters cut")
    assert clipped.endswith("z" * 30)
    assert clip("short", 90) == "short"
    assert clip("abc", 0) == "\n[... 3 characters cut ...]\n"


def test_a_fenced_block_is_left_out_for_people() -> None:
    text = f"Before\n\n{fence('work-order', '```json```')}\n\nAfter"
    assert without_fences(text, "work-order") == "Before\n\nAfter"
