"""What a row shows: the question with its diff, the failure with its output, never markup."""

from __future__ import annotations

from dataclasses import replace

from support import scenes

from cockpit_tui.domain.ids import ApprovalId, TaskId
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.presentation.glyphs import ASCII, UNICODE
from cockpit_tui.ui.lines import Ink, Line
from cockpit_tui.ui.plan_rows import natural_row, plan_rows
from cockpit_tui.ui.snapshot import DiffSource
from cockpit_tui.ui.status_lines import attention_line
from cockpit_tui.ui.subjects import subject_of


def test_the_row_to_look_at_first() -> None:
    natural = {name: natural_row(scene.views[1]) for name, scene in {
        "plan": scenes.waiting_plan(), "diff": scenes.waiting_diff(), "running": scenes.running(),
        "failed": scenes.failed()}.items()}
    assert natural == {"plan": "plan", "diff": "phase:F2", "running": "task:T22",
                       "failed": "result"}


def test_a_phase_that_waits_shows_its_diff_and_what_is_not_proven() -> None:
    view = scenes.waiting_diff().views[1]
    subject = subject_of(view, "phase:F2", now=scenes.NOW, glyphs=UNICODE)
    assert subject.approval == scenes.phase_approval()
    assert subject.source == DiffSource.of_approval(ApprovalId("A-diff"))
    head = "\n".join(line.text for line in subject.head)
    assert "– ruff check . not runnable" in head
    assert "✓ pytest -q" in head


def test_a_failed_task_shows_the_output_of_its_check() -> None:
    view = scenes.failed().views[1]
    subject = subject_of(view, "task:T22", now=scenes.NOW, glyphs=UNICODE)
    text = "\n".join(line.text for line in subject.lines)
    assert "pytest -q failed in all 3 rounds" in text
    assert "FAILED tests/test_store.py::test_expiry" in text


def test_every_task_row_says_state_in_a_glyph_and_with_room_in_a_word() -> None:
    view = scenes.running().views[1]
    rows = {row.key: row.line.text for row in plan_rows(view, now=scenes.NOW, width=78,
                                                        glyphs=ASCII)}
    assert rows["task:T22"] == "* 2.2 Token store working backend 9m $0.31"
    assert rows["task:T24"] == "o 2.4 Session glue queued backend after 2.2, 2.3 ~$0.50"
    assert view.tasks[3].status is TaskStatus.RUNNING


def test_the_attention_line_is_empty_when_nothing_waits() -> None:
    scene = scenes.waiting_diff()
    jobs = [view.job for view in scene.views]
    pending = [a for view in scene.views for a in view.pending]
    line = attention_line(pending, jobs, now=scenes.NOW, glyphs=UNICODE, width=120)
    assert line.text.startswith(" ◆ 2 NEED YOU   ▸ #41 diff Phase 2: Provider flow MED 2m")
    assert attention_line([], jobs, now=scenes.NOW, glyphs=UNICODE, width=120).text == ""


def test_one_waiting_thing_needs_you() -> None:
    line = attention_line([scenes.plan_approval()], [scenes.new_job(41)], now=scenes.NOW,
                          glyphs=UNICODE, width=80)
    assert " ◆ 1 NEEDS YOU " in line.text


def test_a_job_without_a_plan_still_has_rows() -> None:
    view = scenes.running().views[0]
    assert [row.key for row in plan_rows(view, now=scenes.NOW, width=40, glyphs=UNICODE)] == [
        "review", "plan", "result"]
    assert view.job.request == JobRequest(text="Rate limits", limits=view.job.request.limits)
    assert view.job.id != TaskId("T22")


def test_a_question_that_came_back_says_why_before_anything_else() -> None:
    scene = scenes.waiting_diff()
    view, asked = scene.views[1], scenes.phase_approval()
    note = "Without the dropped hunks it fails: pytest -q (exit code 1: no module)."
    question = replace(asked.question, reasons=(note, *asked.question.reasons),
                       detail=f"{asked.question.detail}\n{note}",
                       action={**asked.question.action, "round": 2})
    again = replace(view, approvals=tuple(
        replace(a, question=question) if a.id == asked.id else a for a in view.approvals))
    subject = subject_of(again, "phase:F2", now=scenes.NOW, glyphs=UNICODE)
    assert subject.head[0] == Line(((f"! {note}", Ink.ATTENTION),))
    assert subject.is_head_whole
    before = subject_of(view, "phase:F2", now=scenes.NOW, glyphs=UNICODE)
    assert subject.head[1:] == before.head
    assert not before.is_head_whole


def test_a_phase_numbers_its_tasks_as_the_plan_does() -> None:
    view = scenes.running().views[1]
    text = [line.text for line in subject_of(view, "phase:F2", now=scenes.NOW,
                                             glyphs=UNICODE).lines]
    assert "2.2 Token store" in text


def test_an_ended_job_says_where_its_work_is_and_what_to_do_with_it() -> None:
    view = scenes.failed().views[1]
    job = replace(view.job, head_commit="f" * 40)
    subject = subject_of(replace(view, job=job), "result", now=scenes.NOW, glyphs=UNICODE)
    head = "\n".join(line.text for line in subject.head)
    assert f"git merge {job.branch}" in head
    assert ": undo job" in head
    assert "2.2 Token store: " in head
    assert subject.hint.text.startswith(" R tries the failed tasks again.")
