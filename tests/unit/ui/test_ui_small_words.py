"""Words that said too much: a night that was a day, an agent at work in a job that is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from support import scenes
from support.queue_scene import board

from cockpit_tui.cli.jobs_words import variance_words
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.job import JobStatus
from cockpit_tui.domain.plan import Estimate
from cockpit_tui.domain.replay import AgentMoment, Moment
from cockpit_tui.domain.usage import estimate_words
from cockpit_tui.engine.estimates import Variance
from cockpit_tui.presentation.glyphs import UNICODE
from cockpit_tui.presentation.time import short_clock
from cockpit_tui.ui.queue_rows import night_name
from cockpit_tui.ui.replay_words import agent_lines, at_work
from cockpit_tui.ui.subject_questions import diff_question


def test_what_ended_by_day_is_not_called_last_nights() -> None:
    shown = board()
    night = shown.night
    assert night is not None
    done, = night.done

    def ended(hours: float):
        job = replace(done.job, finished_at=shown_begin + timedelta(hours=hours))
        return replace(night, done=(replace(done, job=job),))

    local = scenes.NOW.astimezone()
    shown_begin = local.replace(hour=22, minute=0) - timedelta(days=1)
    assert night_name(ended(3), shown) == "Last night"
    assert night_name(ended(14), shown) == f"Since {short_clock(night.since)}"


def test_nobody_works_in_a_replay_once_it_is_over_and_the_lead_only_before_the_tasks() -> None:
    view = scenes.running().views[0]
    lead = AgentMoment(name="lead", role="", model="m:x", task_id=None, since=scenes.NOW)
    agent = replace(lead, name="a1", role="Tester")
    moment = Moment.before(view)
    moment.agents = {"lead": lead, "a1": agent}

    def working(status: JobStatus) -> tuple[str, list[bool]]:
        moment.job = replace(moment.job, status=status)
        lines = agent_lines(moment, scenes.NOW, UNICODE)
        return at_work(moment), [UNICODE.working in line.text for line in lines]

    assert working(JobStatus.PLANNING) == ("lead, a1", [True, True])
    assert working(JobStatus.BUILDING) == ("a1", [True, False])
    assert working(JobStatus.COMPLETED) == ("", [False, False])


def test_a_round_is_named_once() -> None:
    view = next(one for one in scenes.waiting_diff().views if one.pending)
    approval = view.pending[0]
    question = replace(approval.question, title="Phase 1: Missing tests (round 3)",
                       action={**approval.question.action, "round": 3})
    subject = diff_question(view, replace(approval, question=question), scenes.NOW, UNICODE)
    assert "".join(text for text, _ in subject.title).count("round 3") == 1


def test_less_than_a_minute_is_called_so_in_the_plan_and_in_the_result() -> None:
    planned = Estimate(minutes=0.1)
    variance = Variance(task_id=TaskId("T1"), number="1.1", title="Tests", estimate=planned,
                        actual=Estimate(minutes=1 / 60))
    assert estimate_words(planned.minutes, 0, None).startswith("<1 min")
    assert variance_words(variance).startswith("1s of <1 min")
