"""What the review pane shows for a selected row: title, figures, text or diff, and the question.

Pure: from a view and a row key to a `Subject`. The pane paints it, the screen acts on it.
"""

from __future__ import annotations

from datetime import datetime

from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.policy import Gate
from cockpit_tui.domain.view import JobView
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.ui.parked import parked_subject
from cockpit_tui.ui.plan_rows import PARKED, RESULT, REVIEW, pending_of_row
from cockpit_tui.ui.subject import Subject
from cockpit_tui.ui.subject_jobs import result_subject, review_subject
from cockpit_tui.ui.subject_plans import phase_subject, plan_subject, task_subject
from cockpit_tui.ui.subject_questions import diff_question, plan_question, question_subject


def subject_of(view: JobView, key: str, *, now: datetime, glyphs: GlyphSet) -> Subject:
    """The subject of one row of `plan_rows`."""
    approval = pending_of_row(view, key)
    if approval is not None and approval.question.gate in {Gate.PHASE, Gate.LAND}:
        return diff_question(view, approval, now, glyphs)
    if approval is not None and approval.question.gate is Gate.PLAN and view.plan is not None:
        return plan_question(view, view.plan, approval, glyphs)
    if approval is not None:
        return question_subject(view, approval, now=now, glyphs=glyphs)
    if key == PARKED:
        return parked_subject(view.job, glyphs)
    if key == REVIEW:
        return review_subject(view, glyphs)
    if key == RESULT:
        return result_subject(view, glyphs)
    if key.startswith("task:"):
        return task_subject(view, TaskId(key.removeprefix("task:")), now, glyphs)
    if key.startswith("phase:"):
        return phase_subject(view, key)
    return plan_subject(view)
