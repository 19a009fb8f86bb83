"""Every event has words, and none of them can act on a terminal."""

from __future__ import annotations

import dataclasses
import typing
from datetime import UTC, datetime, timedelta

import pytest

from cockpit_tui.domain import event as ev
from cockpit_tui.domain.ids import ApprovalId, EventId, ExecutionId, JobId, TaskId
from cockpit_tui.presentation.event_line import EventLine, Verbosity, event_line
from cockpit_tui.presentation.event_words import Noise
from cockpit_tui.presentation.glyphs import ASCII, Role
from cockpit_tui.presentation.names import ShortNames

AT = datetime(2026, 11, 21, 12, 40, 44, tzinfo=UTC)
HOSTILE = "x\x1b]0;owned\x07\nline two\u202e\x9b31m\t"
SAMPLES: dict[str, object] = {"str": HOSTILE, "int": 3, "float": 0.4, "bool": True,
                              "tuple[str, ...]": (HOSTILE, "b"), "int | None": None,
                              "ApprovalId": ApprovalId(HOSTILE)}


def recorded(payload: ev.Payload, *, task: str | None = None,
             execution: str | None = None) -> ev.RecordedEvent:
    return ev.RecordedEvent(
        seq=1, id=EventId("e"), at=AT, payload=payload, job_id=JobId("J"),
        task_id=TaskId(task) if task else None,
        execution_id=ExecutionId(execution) if execution else None, correlation_id="J")


def sample(kind: type) -> ev.Payload:
    hints = typing.get_type_hints(kind)
    values = {field.name: (typing.get_args(hints[field.name])[0]
                           if str(field.type).startswith("Literal[") else SAMPLES[str(field.type)])
              for field in dataclasses.fields(kind) if field.name != "type"}
    made: ev.Payload = kind(**values)
    return made


@pytest.mark.parametrize("kind", typing.get_args(ev.Payload), ids=lambda kind: kind.__name__)
def test_every_payload_becomes_one_harmless_line(kind: type) -> None:
    line = event_line(recorded(sample(kind)), glyphs=ASCII)
    shown = f"{line.who}{line.word}{line.text}{line.detail}"
    assert line.word
    assert line.text
    assert shown.isprintable()
    assert "\u202e" not in shown
    assert len(line.plain(80, zone=UTC)) <= 80


def test_a_line_reads_as_designed() -> None:
    names = ShortNames()
    started = recorded(ev.AgentStarted(agent="a2", role="Tester", model="m"), execution="E")
    names.learn(started)
    line = event_line(recorded(
        ev.TestsComplete(command="pytest -q tests/test_store.py", commit="abc", exit_code=1,
                         seconds=8.2, summary="1 failed"), execution="E"), names)
    assert line == EventLine(
        at=AT, who="a2", word="test", text="pytest -q tests/test_store.py", detail="1 failed 8s",
        role=Role.FAILED, noise=Noise.MILESTONE, is_error=True, type="tests:complete")
    assert line.plain(80, zone=UTC) == (
        "12:40:44 a2   test     pytest -q tests/test_store.py                 1 failed 8s")
    assert line.plain(50, now=AT + timedelta(minutes=2)) == (
        "  2m a2   test     pytest -q tests/te… 1 failed 8s")


def test_who_is_the_agent_then_the_task_then_the_job() -> None:
    names = ShortNames()
    names.learn(recorded(ev.JobQueued(number=41, request="x", branch="b")))
    merged = ev.GitMerged(ref="main", commit="c")
    assert event_line(recorded(merged), names).who == "#41"
    names.learn(recorded(ev.TaskReady(number="2.3", title="t"), task="T"))
    assert event_line(recorded(merged, task="T"), names).who == "2.3"
    names.learn(recorded(ev.AgentStarted(agent="a7", role="r", model="m"), execution="E"))
    assert event_line(recorded(merged, task="T", execution="E"), names).who == "a7"


def test_a_budgets_warning_names_what_is_set_aside() -> None:
    warned = ev.BudgetWarned(scope="job", spent_microusd=450_000, held_microusd=400_000,
                             budget_microusd=1_000_000)
    assert "spent and set aside" in event_line(recorded(warned)).plain(120)
    assert "0.85" in event_line(recorded(warned)).plain(120)


def test_verbosity_goes_from_everything_to_errors_only() -> None:
    payloads: list[ev.Payload] = [
        ev.StepStarted(agent="a", number=1, model="m"),
        ev.ToolCalled(agent="a", tool="run", summary="run ls"),
        ev.ToolFinished(agent="a", tool="run", summary="ls", is_error=True, seconds=1),
        ev.PlanApproved(revision=1, by="person"),
        ev.JobFailed(reason="r", error="E"),
    ]
    lines = [event_line(recorded(payload)) for payload in payloads]
    shown = {v: [line.type for line in lines if line.shown_at(v)] for v in Verbosity}
    assert shown == {
        Verbosity.ALL: ["step:started", "tool:called", "tool:finished", "plan:approved",
                        "job:failed"],
        Verbosity.TOOLS: ["tool:called", "tool:finished", "plan:approved", "job:failed"],
        Verbosity.MILESTONES: ["plan:approved", "job:failed"],
        Verbosity.ERRORS: ["tool:finished", "job:failed"],
    }
